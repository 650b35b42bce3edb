/* Draws small problems from a stream of numbers: for the random test and for the fuzzer. */
#ifndef THOTH_TESTS_RANDOM_PROBLEM_H
#define THOTH_TESTS_RANDOM_PROBLEM_H

#include "stack_problem.h"

enum {
    MOST_NODES = 6,
    MOST_CANDIDATES = 24,
    MOST_SETS = 40,
    MOST_LISTS = 12,
    MOST_ITEMS = 64,
    MOST_PAIRS = 10,
    MOST_RULES = 6
};

/* The arrays of one problem, and the input that points to them. */
typedef struct {
    int32_t node_sizes[MOST_NODES];
    int32_t candidate_lists[MOST_CANDIDATES];
    int64_t candidate_scores[MOST_CANDIDATES];
    unsigned char candidate_visible[MOST_CANDIDATES];
    int32_t set_nodes[MOST_SETS];
    unsigned char set_bytes[MOST_SETS];
    int32_t list_offsets[MOST_LISTS + 1], list_sets[MOST_ITEMS], root_sets[MOST_NODES];
    int32_t pair_a[MOST_PAIRS], pair_b[MOST_PAIRS];
    int64_t pair_scores[MOST_PAIRS];
    unsigned char rule_kinds[MOST_RULES];
    int64_t rule_values[MOST_RULES];
    int32_t rule_when_offsets[MOST_RULES + 1], rule_when[MOST_ITEMS];
    int32_t rule_unless_offsets[MOST_RULES + 1], rule_unless[MOST_ITEMS];
    th_problem_input input;
} random_problem;

/* `draw(context, below)` returns a number in 0..below-1. */
void random_problem_fill(random_problem *problem, unsigned (*draw)(void *, unsigned),
                         void *context);

#endif
