/* See problem.h. */
#include "problem.h"

#include <string.h>

#include "check.h"

typedef struct {
    const unsigned char *bytes;
    size_t length;
} byte_reader;

static int read_byte(byte_reader *reader) {
    if (reader->length == 0)
        return 0;
    reader->length--;
    return *reader->bytes++;
}

static small_edge read_edge(byte_reader *reader, const small_problem *problem) {
    small_edge edge = {.target = read_byte(reader) % problem->nodes};
    edge.allowed = (unsigned char)(read_byte(reader) & ((1 << problem->sizes[edge.target]) - 1));
    return edge;
}

small_problem problem_decode(const unsigned char *bytes, size_t length) {
    byte_reader reader = {bytes, length};
    small_problem problem = {.nodes = 1 + read_byte(&reader) % MAX_NODES};
    for (int node = 0; node < problem.nodes; node++)
        problem.sizes[node] = read_byte(&reader) % (MAX_SIZE + 1);
    problem.exclude_late = read_byte(&reader) & 1;
    problem.roots.count = read_byte(&reader) % (MAX_ROOTS + 1);
    for (int i = 0; i < problem.roots.count; i++)
        problem.roots.items[i] = read_edge(&reader, &problem);
    for (int node = 0; node < problem.nodes; node++) {
        problem.early[node] = (unsigned char)read_byte(&reader);
        if (read_byte(&reader) % 4 == 0)
            problem.excluded[node] =
                (unsigned char)(read_byte(&reader) & ((1 << problem.sizes[node]) - 1));
        for (int version = 0; version < problem.sizes[node]; version++) {
            small_edges *edges = &problem.requirements[node][version];
            edges->count = read_byte(&reader) % (MAX_EDGES + 1);
            for (int i = 0; i < edges->count; i++)
                edges->items[i] = read_edge(&reader, &problem);
        }
    }
    return problem;
}

small_problem problem_pigeonhole(int pigeons, int holes) {
    small_problem problem = {.nodes = pigeons + holes};
    for (int pigeon = 0; pigeon < pigeons; pigeon++) {
        problem.sizes[pigeon] = holes;
        for (int hole = 0; hole < holes; hole++) {
            small_edges *edges = &problem.requirements[pigeon][hole];
            edges->items[edges->count++] =
                (small_edge){.target = pigeons + hole, .allowed = (unsigned char)(1 << pigeon)};
        }
    }
    for (int hole = 0; hole < holes; hole++)
        problem.sizes[pigeons + hole] = pigeons;
    problem.roots.count = 1;
    problem.roots.items[0] =
        (small_edge){.target = 0, .allowed = (unsigned char)((1 << holes) - 1)};
    for (int pigeon = 0; pigeon + 1 < pigeons; pigeon++) /* each pigeon brings the next */
        for (int hole = 0; hole < holes; hole++) {
            small_edges *edges = &problem.requirements[pigeon][hole];
            edges->items[edges->count++] =
                (small_edge){.target = pigeon + 1, .allowed = (unsigned char)((1 << holes) - 1)};
        }
    return problem;
}

/* --- the plain search --- */

static bool edges_hold(const small_edges *edges, const int versions[MAX_NODES]) {
    for (int i = 0; i < edges->count; i++) {
        int version = versions[edges->items[i].target];
        if (version >= 0 && (edges->items[i].allowed >> version & 1) == 0)
            return false;
    }
    return true;
}

/* Whether nothing that is decided contradicts anything that is required. */
static bool is_consistent(const small_problem *problem, const int versions[MAX_NODES]) {
    if (!edges_hold(&problem->roots, versions))
        return false;
    for (int node = 0; node < problem->nodes; node++) {
        int version = versions[node];
        if (version >= 0 && ((problem->excluded[node] >> version & 1) != 0 ||
                             !edges_hold(&problem->requirements[node][version], versions)))
            return false;
    }
    return true;
}

/* Adds the targets to the queue and returns its new length. */
static int extend_queue(int queue[MAX_NODES], int length, const small_edges *edges) {
    for (int i = 0; i < edges->count; i++) {
        bool known = false;
        for (int k = 0; k < length; k++)
            known = known || queue[k] == edges->items[i].target;
        if (!known)
            queue[length++] = edges->items[i].target;
    }
    return length;
}

static bool decide(const small_problem *problem, int queue[MAX_NODES], int next, int length,
                   int versions[MAX_NODES]) {
    if (next == length)
        return true;
    int node = queue[next];
    for (int version = 0; version < problem->sizes[node]; version++) {
        versions[node] = version;
        if (is_consistent(problem, versions) &&
            decide(problem, queue, next + 1,
                   extend_queue(queue, length, &problem->requirements[node][version]), versions))
            return true;
    }
    versions[node] = -1;
    return false;
}

bool problem_solve_plainly(const small_problem *problem, int versions[MAX_NODES]) {
    int queue[MAX_NODES];
    for (int node = 0; node < MAX_NODES; node++)
        versions[node] = -1;
    return decide(problem, queue, 0, extend_queue(queue, 0, &problem->roots), versions);
}

/* --- the solver --- */

/* Does a step again when memory ran out, which then is there again. */
#define AGAIN(step)                                                                                \
    do {                                                                                           \
        if ((step) == TH_OK)                                                                       \
            break;                                                                                 \
        CHECK(allocation_has_failed());                                                            \
        allocation_fail_after(0);                                                                  \
        CHECK((step) == TH_OK);                                                                    \
    } while (0)

static void tell_requirements(const small_problem *problem, th_solver *solver, int node,
                              int version) {
    const small_edges *edges = &problem->requirements[node][version];
    th_requirement_input inputs[MAX_EDGES];
    for (int i = 0; i < edges->count; i++) {
        const small_edge *edge = &edges->items[i];
        inputs[i] = (th_requirement_input){.target = edge->target,
                                           .allowed = &edge->allowed,
                                           .length = problem->sizes[edge->target] != 0,
                                           .tag = node * 100 + version * 10 + i};
    }
    AGAIN(th_solver_add_requirements(solver, node, version, inputs, (size_t)edges->count));
}

static void tell_exclusions(const small_problem *problem, th_solver *solver) {
    for (int node = 0; node < problem->nodes; node++)
        if (problem->excluded[node] != 0)
            AGAIN(th_solver_exclude(solver, node, &problem->excluded[node], 1, node));
}

static void tell_beginning(const small_problem *problem, th_solver *solver) {
    th_id id;
    for (int node = 0; node < problem->nodes; node++)
        AGAIN(th_solver_add_node(solver, problem->sizes[node], &id));
    if (!problem->exclude_late)
        tell_exclusions(problem, solver);
    for (int i = 0; i < problem->roots.count; i++) {
        const small_edge *root = &problem->roots.items[i];
        AGAIN(th_solver_add_root(solver, root->target, &root->allowed,
                                 problem->sizes[root->target] != 0, i));
    }
    for (int node = 0; node < problem->nodes; node++)
        for (int version = 0; version < problem->sizes[node]; version++)
            if (problem->early[node] >> version & 1)
                tell_requirements(problem, solver, node, version);
}

th_outcome problem_drive(const small_problem *problem, th_solver *solver,
                         disturbances disturbance) {
    bool exclude_later = problem->exclude_late;
    tell_beginning(problem, solver);
    for (;;) {
        th_outcome outcome = th_solver_run(solver, disturbance.conflict_budget, &disturbance.stop);
        th_choice needed[MAX_NODES];
        size_t count = th_solver_needed(solver, needed);
        CHECK((outcome == TH_NEED) == (count != 0));
        for (size_t i = 0; i < count; i++)
            tell_requirements(problem, solver, needed[i].node, needed[i].version);
        if (outcome == TH_EXHAUSTED) {
            CHECK(allocation_has_failed());
            allocation_fail_after(0);
        } else if (exclude_later) {
            exclude_later = false;
            tell_exclusions(problem, solver);
        } else if (outcome == TH_SOLVED || outcome == TH_UNSATISFIABLE) {
            return outcome;
        }
    }
}

/* Every step comes after what it is derived from, none has an empty term, the last has no terms. */
static void check_proof(const th_solver *solver) {
    th_proof proof;
    th_status status = th_proof_write(&proof, solver);
    while (status == TH_NO_MEMORY && allocation_has_failed()) {
        allocation_fail_after(0);
        th_proof_free(&proof);
        status = th_proof_write(&proof, solver);
    }
    CHECK(status == TH_OK && proof.steps.count != 0);
    for (size_t i = 0; i < proof.steps.count; i++) {
        const th_proof_step *step = &proof.steps.items[i];
        CHECK((step->count == 0) == (i == proof.steps.count - 1));
        for (uint32_t k = 0; k < step->count; k++)
            CHECK(!th_bitset_is_empty(step->terms[k].words, step->terms[k].count));
        if (step->incompatibility == TH_NONE)
            CHECK(step->left >= 0 && step->right >= 0 && step->left < (th_id)i &&
                  step->right < (th_id)i);
    }
    th_proof_free(&proof);
}

void problem_check(const small_problem *problem, const th_solver *solver, th_outcome outcome) {
    int expected[MAX_NODES], found[MAX_NODES];
    bool solvable = problem_solve_plainly(problem, expected);
    CHECK((outcome == TH_SOLVED) == solvable);
    if (!solvable) {
        check_proof(solver);
        return;
    }
    memset(found, 0xff, sizeof found); /* -1 */
    for (size_t i = 0; i < solver->state.partial.decisions.count; i++) {
        th_choice choice = th_solver_choice(solver, i);
        found[choice.node] = choice.version;
    }
    CHECK(memcmp(expected, found, sizeof found) == 0);
}
