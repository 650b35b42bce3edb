/* The optimum of small random problems against trying every assignment, budgets, and what happens
 * when memory runs out at each single request. */
#include <string.h>

#include "check.h"
#include "optimum.h"
#include "random_problem.h"

enum {
    PROBLEMS = 4000,
    MOST_STACKS = 64,
    FAILING_PROBLEMS = 40,
    STOPPED_PROBLEMS = 300,
    LARGE_PROBLEMS = 800,
    CUT_PROBLEMS = 300
};

static unsigned draw(void *context, unsigned below) {
    uint64_t *state = context; /* xorshift64* (Vigna 2016) */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (unsigned)((*state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Returns NULL when memory runs out. All points are multiplied by `unit`. */
static th_problem *draw_scaled_problem(uint64_t seed, int64_t unit) {
    random_problem drawn;
    th_problem *problem;
    const char *fault;
    uint64_t state = seed * 977 + 1;
    random_problem_fill(&drawn, draw, &state);
    for (size_t i = 0; i < drawn.input.candidate_count; i++)
        drawn.candidate_scores[i] *= unit;
    for (size_t i = 0; i < drawn.input.pair_count; i++)
        drawn.pair_scores[i] *= unit;
    for (size_t i = 0; i < drawn.input.rule_count; i++)
        if (drawn.rule_kinds[i] == TH_RULE_SCORE)
            drawn.rule_values[i] *= unit;
    th_status status = th_problem_create(&drawn.input, &problem, &fault);
    if (status == TH_NO_MEMORY)
        return NULL;
    CHECK(status == TH_OK);
    return problem;
}

static th_problem *draw_problem(uint64_t seed) {
    return draw_scaled_problem(seed, 1);
}

/* What brute force knows: the best scores of stacks that look different, best first. */
typedef struct {
    size_t count;
    th_id values[MOST_STACKS][MOST_NODES];
    int64_t scores[MOST_STACKS];
} truth;

static bool looks_like(const th_problem *problem, const th_id *a, const th_id *b) {
    for (th_id node = 0; node < (th_id)problem->node_count; node++) {
        th_id absent = problem->node_sizes[node];
        bool shows_a =
            a[node] != absent && problem->candidate_visible[problem->first[node] + (size_t)a[node]];
        bool shows_b =
            b[node] != absent && problem->candidate_visible[problem->first[node] + (size_t)b[node]];
        if (shows_a != shows_b || (shows_a && a[node] != b[node]))
            return false;
    }
    return true;
}

static void add_truth(truth *known, const th_problem *problem, const th_id *values, int64_t score) {
    size_t at = 0;
    while (at < known->count && !looks_like(problem, known->values[at], values))
        at++;
    if (at == known->count) {
        if (known->count == MOST_STACKS)
            return; /* more than the tests ask for; the best few may be missed, so callers check */
        known->count++;
        known->scores[at] = INT64_MIN;
    }
    if (score > known->scores[at]) {
        known->scores[at] = score;
        memcpy(known->values[at], values, problem->node_count * sizeof *values);
    }
}

static void try_all(const th_problem *problem, truth *known) {
    th_id values[MOST_NODES] = {0};
    known->count = 0;
    for (;;) {
        bool valid;
        int64_t score;
        CHECK(th_problem_judge(problem, values, &valid, &score) == TH_OK);
        if (valid)
            add_truth(known, problem, values, score);
        size_t node = 0;
        while (node < problem->node_count && values[node] == problem->node_sizes[node])
            values[node++] = 0;
        if (node == problem->node_count)
            break;
        values[node]++;
    }
    for (size_t i = 1; i < known->count; i++)
        for (size_t k = i; k > 0 && known->scores[k] > known->scores[k - 1]; k--) {
            int64_t swap = known->scores[k];
            known->scores[k] = known->scores[k - 1];
            known->scores[k - 1] = swap;
        }
}

static th_optimize_options options_for(size_t wanted) {
    return (th_optimize_options){.wanted = wanted, .node_budget = UINT64_MAX};
}

static void check_against(const th_problem *problem, const truth *known, size_t wanted) {
    th_optimum optimum;
    th_optimize_options options = options_for(wanted);
    CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
    if (known->count == 0)
        CHECK(optimum.outcome == TH_OUTCOME_UNSATISFIABLE);
    else {
        CHECK(optimum.outcome == TH_OUTCOME_OPTIMAL);
        CHECK(optimum.upper_bound == known->scores[0]);
        CHECK(optimum.stack_count == (known->count < wanted ? known->count : wanted));
        for (size_t i = 0; i < optimum.stack_count; i++) {
            bool valid;
            int64_t score;
            CHECK(th_problem_judge(problem, optimum.stacks + i * problem->node_count, &valid,
                                   &score) == TH_OK);
            CHECK(valid && score == optimum.scores[i] && score == known->scores[i]);
        }
    }
    th_optimum_free(&optimum);
}

static void check_budgets(const th_problem *problem, const truth *known) {
    for (uint64_t nodes = 0; nodes < 3; nodes++) {
        th_optimum optimum;
        th_optimize_options options = options_for(1);
        options.node_budget = nodes;
        CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
        if (optimum.outcome == TH_OUTCOME_UNSATISFIABLE)
            CHECK(known->count == 0);
        else if (known->count != 0) {
            CHECK(optimum.upper_bound >= known->scores[0]);
            CHECK(optimum.stack_count == 0 || optimum.scores[0] <= known->scores[0]);
        }
        th_optimum_free(&optimum);
    }
}

static void the_optimum_is_the_best_of_all_assignments(void) {
    static truth known;
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        th_problem *problem = draw_problem(seed);
        try_all(problem, &known);
        if (known.count < MOST_STACKS) {
            check_against(problem, &known, 1);
            check_against(problem, &known, 5);
            check_budgets(problem, &known);
        }
        th_problem_free(problem);
    }
}

/* Costs of more than 32 bits, and of so many that a share of a point does not fit either. */
static void points_may_be_large(void) {
    static truth known;
    for (uint64_t seed = 1; seed <= LARGE_PROBLEMS; seed++) {
        th_problem *problem = draw_scaled_problem(seed, (int64_t)1 << (24 + 29 * (seed % 2)));
        try_all(problem, &known);
        if (known.count < MOST_STACKS) {
            check_against(problem, &known, 1);
            check_against(problem, &known, 5);
        }
        th_problem_free(problem);
    }
}

static void every_failing_request_is_reported(void) {
    for (uint64_t seed = 1; seed <= FAILING_PROBLEMS; seed++)
        for (size_t wanted = 1; wanted <= 3; wanted += 2)
            for (long n = 1;; n++) {
                th_optimum optimum = {0};
                th_optimize_options options = options_for(wanted);
                allocation_fail_after(n);
                th_problem *problem = draw_problem(seed);
                th_status status = TH_NO_MEMORY;
                if (problem != NULL)
                    status = th_optimize(problem, &options, &optimum);
                bool failed = allocation_has_failed();
                allocation_fail_after(0);
                CHECK(failed == (status == TH_NO_MEMORY));
                th_optimum_free(&optimum);
                th_problem_free(problem);
                if (!failed)
                    break;
            }
}

static bool stop_at_once(void *context) {
    (void)context;
    return true;
}

typedef struct {
    long questions; /* left until the answer is yes; stays so */
    bool stopped;
} stopper;

static bool stop_after(void *context) {
    stopper *stopping = context;
    stopping->stopped = stopping->stopped || stopping->questions-- == 0;
    return stopping->stopped;
}

/* Wherever it is stopped, encoding and reducing included, what is answered is true. */
static void a_stop_at_any_question_ends_in_a_true_answer(void) {
    static truth known;
    for (uint64_t seed = 1; seed <= STOPPED_PROBLEMS; seed++) {
        th_problem *problem = draw_problem(seed);
        try_all(problem, &known);
        for (long n = 0; known.count != 0 && known.count < MOST_STACKS; n++) {
            th_optimum optimum;
            stopper stopping = {n, false};
            th_optimize_options options = options_for(1 + seed % 2);
            options.stop = stop_after;
            options.stop_context = &stopping;
            CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
            CHECK(optimum.outcome != TH_OUTCOME_UNSATISFIABLE);
            CHECK(optimum.upper_bound >= known.scores[0]);
            CHECK(optimum.stack_count == 0 || optimum.scores[0] <= known.scores[0]);
            CHECK(optimum.outcome != TH_OUTCOME_OPTIMAL || optimum.scores[0] == known.scores[0]);
            CHECK(stopping.stopped || optimum.outcome == TH_OUTCOME_OPTIMAL);
            th_optimum_free(&optimum);
            if (!stopping.stopped)
                break;
        }
        th_problem_free(problem);
    }
}

static void a_memory_budget_ends_the_search_and_keeps_the_bound(void) {
    th_problem *problem = draw_problem(7);
    th_optimum optimum;
    th_optimize_options options = options_for(1);
    options.memory_budget = 1;
    CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
    CHECK(optimum.outcome == TH_OUTCOME_UNSATISFIABLE || optimum.limit == TH_LIMIT_MEMORY);
    th_optimum_free(&optimum);
    options = options_for(1);
    options.stop = stop_at_once;
    CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
    th_optimum_free(&optimum);
    th_problem_free(problem);
}

/* More stacks than the budget holds: the best of them, and the limit is named. */
static void a_memory_budget_bounds_the_stacks_that_are_kept(void) {
    static truth known;
    size_t cut = 0;
    for (uint64_t seed = 1; seed <= CUT_PROBLEMS; seed++) {
        th_problem *problem = draw_problem(seed);
        th_optimum optimum;
        th_optimize_options options = options_for((size_t)1 << 40);
        options.memory_budget = 24000;
        try_all(problem, &known);
        CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
        CHECK(optimum.stack_count < 24000 / sizeof(th_id));
        for (size_t i = 0; known.count < MOST_STACKS && i < optimum.stack_count; i++)
            CHECK(optimum.limit != TH_LIMIT_NONE || optimum.scores[i] == known.scores[i]);
        if (optimum.stack_count > 1 && optimum.limit == TH_LIMIT_MEMORY) {
            CHECK(optimum.outcome == TH_OUTCOME_FEASIBLE);
            cut++;
        }
        th_optimum_free(&optimum);
        th_problem_free(problem);
    }
    CHECK(cut != 0);
}

static void a_malformed_problem_is_refused(void) {
    random_problem drawn;
    th_problem *problem;
    const char *fault;
    uint64_t state = 5;
    random_problem_fill(&drawn, draw, &state);
    drawn.set_nodes[0] = 99;
    CHECK(th_problem_create(&drawn.input, &problem, &fault) == TH_INVALID && problem == NULL);
    CHECK(strcmp(fault, "set_nodes") == 0);
    random_problem_fill(&drawn, draw, &state);
    drawn.candidate_scores[0] = INT64_MIN;
    CHECK(th_problem_create(&drawn.input, &problem, &fault) == TH_INVALID);
    CHECK(strcmp(fault, "candidate_scores") == 0);
    random_problem_fill(&drawn, draw, &state);
    drawn.list_offsets[1] = -1;
    CHECK(th_problem_create(&drawn.input, &problem, &fault) == TH_INVALID);
    CHECK(strcmp(fault, "list_offsets") == 0);
    random_problem_fill(&drawn, draw, &state);
    drawn.set_bytes[0] = 0xff;
    CHECK(th_problem_create(&drawn.input, &problem, &fault) == TH_INVALID);
    CHECK(strcmp(fault, "set_bytes") == 0);
}

int main(void) {
    the_optimum_is_the_best_of_all_assignments();
    points_may_be_large();
    every_failing_request_is_reported();
    a_stop_at_any_question_ends_in_a_true_answer();
    a_memory_budget_ends_the_search_and_keeps_the_bound();
    a_memory_budget_bounds_the_stacks_that_are_kept();
    a_malformed_problem_is_refused();
    return 0;
}
