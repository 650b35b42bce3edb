/* Small problems for the solver, decoded from any bytes, and the plainest way to solve them.
 *
 * Used by test_solver.c with pseudo-random bytes and by the fuzzer with its own.
 */
#ifndef THOTH_TESTS_PROBLEM_H
#define THOTH_TESTS_PROBLEM_H

#include "proof.h"

enum { MAX_NODES = 8, MAX_SIZE = 7, MAX_EDGES = 4, MAX_ROOTS = 3 };

typedef struct {
    int target;
    unsigned char allowed; /* bit i: candidate i */
} small_edge;

typedef struct {
    small_edge items[MAX_EDGES];
    int count;
} small_edges;

typedef struct {
    int nodes;
    int sizes[MAX_NODES];
    small_edges roots;
    unsigned char excluded[MAX_NODES];
    small_edges requirements[MAX_NODES][MAX_SIZE];
    unsigned char
        early[MAX_NODES]; /* candidates whose requirements are told before they are asked */
    bool exclude_late;    /* exclusions are told after the first run */
} small_problem;

/* Every sequence of bytes is a problem; what is missing is 0. */
small_problem problem_decode(const unsigned char *bytes, size_t length);

/* n pigeons into `holes` holes; at most MAX_NODES together. */
small_problem problem_pigeonhole(int pigeons, int holes);

/* Searches depth first, trying everything: versions[node] is -1 for absent. Whether there is an
 * answer. */
bool problem_solve_plainly(const small_problem *problem, int versions[MAX_NODES]);

/* What one use of the solver may be disturbed by. */
typedef struct {
    th_stop stop;
    int64_t conflict_budget;
} disturbances;

/* Tells the solver everything and runs it to the end; goes on after each disturbance and each
 * failed request for memory (which the caller may have ordered by allocation_fail_after). */
th_outcome problem_drive(const small_problem *problem, th_solver *solver, disturbances disturbance);

/* Stops the test unless the outcome is that of problem_solve_plainly, and a proof is well formed.
 */
void problem_check(const small_problem *problem, const th_solver *solver, th_outcome outcome);

#endif
