/* The solver against a plain search, undisturbed and disturbed in every way. */
#include <string.h>

#include "check.h"
#include "problem.h"

enum { LENGTH = 400 };

/* A generator of pseudo-random bytes: xorshift64. */
static void fill(unsigned char bytes[LENGTH], uint64_t seed) {
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < LENGTH; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (unsigned char)(state >> 32);
    }
}

static small_problem random_problem(uint64_t seed) {
    unsigned char bytes[LENGTH];
    fill(bytes, seed);
    return problem_decode(bytes, LENGTH);
}

/* Solves and checks; returns the number of conflicts. */
static int64_t solve_and_check(const small_problem *problem, disturbances disturbance,
                               size_t learnt_bytes) {
    th_solver solver;
    th_solver_init(&solver);
    solver.learner.bytes_max = solver.learner.next_bytes = learnt_bytes;
    th_outcome outcome = problem_drive(problem, &solver, disturbance);
    problem_check(problem, &solver, outcome);
    int64_t conflicts = solver.learner.conflicts;
    th_solver_free(&solver);
    return conflicts;
}

static const disturbances undisturbed = {.conflict_budget = -1};

static void random_problems_have_the_answer_of_a_plain_search(void) {
    int64_t conflicts = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        small_problem problem = random_problem(seed);
        conflicts += solve_and_check(&problem, undisturbed, TH_LEARNT_BYTES_MAX);
    }
    CHECK(conflicts > 1000);
}

static void forgetting_and_interruptions_do_not_change_the_answer(void) {
    const disturbances one_conflict = {.conflict_budget = 1};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        small_problem problem = random_problem(seed);
        solve_and_check(&problem, one_conflict, 0);
    }
    for (int holes = 2; holes <= 4; holes++) {
        small_problem full = problem_pigeonhole(holes, holes), over = problem_pigeonhole(4, holes);
        solve_and_check(&full, one_conflict, 0);
        solve_and_check(&over, one_conflict, 0);
    }
}

/* For each n, the n-th request for memory fails, until a whole run needs fewer. Returns that n. */
static long fail_everywhere(const small_problem *problem) {
    for (long n = 1;; n++) {
        long failures = allocation_failures();
        allocation_fail_after(n);
        solve_and_check(problem, undisturbed, 0);
        allocation_fail_after(0);
        if (allocation_failures() == failures)
            return n;
    }
}

static void memory_that_runs_out_anywhere_loses_nothing(void) {
    small_problem pigeons = problem_pigeonhole(4, 3);
    CHECK(fail_everywhere(&pigeons) > 100);
    for (uint64_t seed = 0; seed < 60; seed++) {
        small_problem problem = random_problem(seed);
        fail_everywhere(&problem);
    }
}

static bool stop_often(void *context) {
    int *countdown = context;
    if (--*countdown > 0)
        return false;
    *countdown = 3;
    return true;
}

static void a_run_that_is_stopped_goes_on_where_it_was(void) {
    /* 40 nodes: each of 20 wants one value of each of the other 20, in a different order. */
    enum { HALF = 9 };
    th_solver solver;
    th_solver_init(&solver);
    unsigned char allowed[2];
    th_id id;
    for (int i = 0; i < 2 * HALF - 1; i++)
        CHECK(th_solver_add_node(&solver, i < HALF ? HALF - 1 : HALF, &id) == TH_OK);
    for (int pigeon = 0; pigeon < HALF; pigeon++) {
        allowed[0] = 0xff;
        CHECK(th_solver_add_root(&solver, pigeon, allowed, 1, pigeon) == TH_OK);
        for (int hole = 0; hole < HALF - 1; hole++) {
            allowed[0] = (unsigned char)(1 << pigeon);
            allowed[1] = (unsigned char)(1 << pigeon >> 8);
            th_requirement_input input = {.target = HALF + hole, .allowed = allowed, .length = 2};
            CHECK(th_solver_add_requirements(&solver, pigeon, hole, &input, 1) == TH_OK);
            CHECK(th_solver_add_requirements(&solver, HALF + hole, pigeon, NULL, 0) == TH_OK);
        }
    }
    int countdown = 3, halted = 0;
    th_stop stop = {.should_stop = stop_often, .context = &countdown};
    th_outcome outcome;
    while ((outcome = th_solver_run(&solver, -1, &stop)) == TH_HALTED)
        halted++;
    CHECK(outcome == TH_UNSATISFIABLE && halted > 5);
    th_solver_free(&solver);
}

static void what_is_out_of_range_is_refused_by_name(void) {
    th_solver solver;
    th_solver_init(&solver);
    th_id id;
    unsigned char three = 3, four = 4;
    CHECK(th_solver_add_node(&solver, -1, &id) == TH_INVALID);
    CHECK(th_solver_add_node(&solver, TH_CANDIDATES_MAX + 1, &id) == TH_INVALID);
    CHECK(strcmp(solver.fault, "size out of range: 1048577") == 0);
    CHECK(th_solver_add_node(&solver, 2, &id) == TH_OK && id == 0);
    CHECK(th_solver_add_root(&solver, 1, &three, 1, 0) == TH_INVALID);
    CHECK(strcmp(solver.fault, "node out of range: 1") == 0);
    CHECK(th_solver_add_root(&solver, 0, &four, 1, 0) == TH_INVALID);
    CHECK(th_solver_exclude(&solver, 0, &three, 2, 0) == TH_INVALID);
    CHECK(th_solver_add_requirements(&solver, 0, 2, NULL, 0) == TH_INVALID);
    th_requirement_input inputs[2] = {{.target = 0, .allowed = &three, .length = 1},
                                      {.target = 7, .allowed = &three, .length = 1}};
    CHECK(th_solver_add_requirements(&solver, 0, 0, inputs, 2) == TH_INVALID);
    CHECK(strcmp(solver.fault, "requirements[1]: node out of range: 7") == 0);
    CHECK(th_solver_add_requirements(&solver, 0, 0, inputs, 1) == TH_OK);
    CHECK(th_solver_add_requirements(&solver, 0, 0, inputs, 1) == TH_INVALID);
    th_solver_free(&solver);
}

int main(void) {
    random_problems_have_the_answer_of_a_plain_search();
    forgetting_and_interruptions_do_not_change_the_answer();
    memory_that_runs_out_anywhere_loses_nothing();
    a_run_that_is_stopped_goes_on_where_it_was();
    what_is_out_of_range_is_refused_by_name();
    return 0;
}
