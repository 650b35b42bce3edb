/* A resolution problem in integers: what `thoth-problem/1` says once names are numbers.
 *
 * Nodes 0..n-1 (packages, and packages with one extra) have candidates 0..size-1, the preferred
 * first. A *set* is some of the values of one node: a bit for each candidate and, last, the bit
 * `size` for "absent". Everything else is told in sets:
 *
 *     app 1 requires lib>=2           list of (app, 0) = [{lib: 2, 3}]
 *     app 1 with lib 2: -5 points     pair ({app: 1}, {lib: 2}, -5)
 *     "x absent" and "y 1" forbidden  rule FORBID when [{x: absent}, {y: 1}]
 *
 * Meaning (th_problem_judge is this sentence in code): conditions are evaluated on the whole stack;
 * presence is the least set reached from the roots under them; every requirement of a reached
 * release that is not switched off must hold.
 */
#ifndef THOTH_CORE_STACK_PROBLEM_H
#define THOTH_CORE_STACK_PROBLEM_H

#include "bitset.h"

/* What a rule does when all of its `when` holds (and not all of its `unless`). */
typedef enum {
    TH_RULE_SCORE,   /* adds `value` points; has no `unless` */
    TH_RULE_FORBID,  /* the stack is not valid; has no `unless` */
    TH_RULE_REQUIRE, /* the set `value` must hold, and its node is reached once the nodes that
                        `when` wants present are; TH_NONE: a requirement that nothing can meet */
} th_rule_kind;

/* The arrays as they come from outside; th_problem_create copies and checks them all. An array of
 * offsets has one entry more than what it describes, starts at 0 and never falls. */
typedef struct {
    size_t node_count;
    const int32_t *node_sizes;
    size_t
        candidate_count; /* the sum of node_sizes; candidates of all nodes are numbered in order */
    const int32_t *candidate_lists; /* requirement list, or TH_NONE: the release is unusable */
    const int64_t *candidate_scores;
    const unsigned char *candidate_visible; /* 1: part of a reported stack */
    size_t set_count;
    const int32_t *set_nodes;
    const unsigned char
        *set_bytes; /* the sets one after the other, ceil((size + 1) / 8) bytes each */
    size_t set_bytes_count;
    size_t list_count;
    const int32_t *list_offsets;
    const int32_t *list_sets;
    size_t list_sets_count;
    size_t root_count;
    const int32_t *root_sets;
    size_t pair_count;
    const int32_t *pair_a, *pair_b; /* sets of two different nodes */
    const int64_t *pair_scores;
    size_t rule_count;
    const unsigned char *rule_kinds;
    const int64_t *rule_values;
    const int32_t *rule_when_offsets;
    const int32_t *rule_when; /* sets; the node is wanted present if the set lacks "absent" */
    size_t rule_when_count;
    const int32_t *rule_unless_offsets;
    const int32_t *rule_unless; /* sets; none: the rule is never switched off */
    size_t rule_unless_count;
} th_problem_input;

/* A checked copy; nothing in it changes, so threads may share it. */
typedef struct {
    size_t node_count, candidate_count, set_count, list_count, root_count, pair_count, rule_count;
    int32_t *node_sizes;
    size_t *first; /* node -> its first candidate; node_count + 1 entries */
    int32_t *candidate_lists;
    int64_t *candidate_scores;
    unsigned char *candidate_visible;
    int32_t *set_nodes;
    size_t *set_first; /* set -> its first word in set_words */
    th_word *set_words;
    int32_t *list_offsets, *list_sets, *root_sets;
    int32_t *pair_a, *pair_b;
    int64_t *pair_scores;
    unsigned char *rule_kinds;
    int64_t *rule_values;
    int32_t *rule_when_offsets, *rule_when, *rule_unless_offsets, *rule_unless;
} th_problem;

/* Returns TH_INVALID, with the name of the first array at fault in *fault, when an index is out of
 * range, a set is malformed or empty-handed, or scores could leave int64. Linear in the arrays: 4
 * ms for those of a problem file of 12 MB, and a file has 64 MB at most (problem_file.py), so it
 * does not ask whether to stop. */
th_status th_problem_create(const th_problem_input *input, th_problem **problem,
                            const char **fault);
void th_problem_free(th_problem *problem);

static inline const th_word *th_problem_set(const th_problem *problem, th_id set) {
    return problem->set_words + problem->set_first[set];
}

/* Whether node's `value` (a candidate, or its size for absent) is in the set. */
static inline bool th_problem_set_has(const th_problem *problem, th_id set, th_id value) {
    return th_bitset_has(th_problem_set(problem, set), (size_t)value);
}

static inline th_id th_problem_absent(const th_problem *problem, th_id node) {
    return problem->node_sizes[node];
}

/* `values` has a value for each node. */
static inline bool th_problem_holds(const th_problem *problem, th_id set, const th_id *values) {
    return th_problem_set_has(problem, set, values[problem->set_nodes[set]]);
}

/* Fills `reached` (node_count bytes, 1: the roots reach the node) by the definition above. */
th_status th_problem_reach(const th_problem *problem, const th_id *values, unsigned char *reached);

/* Sets *valid to whether the stack is valid by the definition above, and *score to its points. */
th_status th_problem_judge(const th_problem *problem, const th_id *values, bool *valid,
                           int64_t *score);

#endif
