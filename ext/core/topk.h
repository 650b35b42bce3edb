/* The k best stacks, pairwise different in what is visible of them.
 *
 * The search finds stacks of version classes; every class stands for its members, so one stack of
 * classes unfolds into many. Unfolding keeps a sorted list of at most k partial sums of what
 * choosing a lesser member loses, node by node: O(nodes * k * members). Example: two classes whose
 * members lose {0, 2} and {0, 3} unfold into stacks that lose 0, 2, 3 and 5; with k = 3 the last is
 * not kept. (The least sums of two lists: Frederickson & Johnson 1982, "The complexity of selection
 * and ranking in X + Y and matrices with sorted columns".)
 */
#ifndef THOTH_CORE_TOPK_H
#define THOTH_CORE_TOPK_H

#include "classes.h"

typedef struct {
    const th_problem *problem;
    size_t wanted, count;
    bool cut;        /* `wanted` is less than what was asked for: no more fit in memory */
    size_t bytes;    /* of the rows */
    th_id *values;   /* wanted rows of node_count, best first */
    int64_t *scores; /* wanted */
} th_best_stacks;

/* Makes room for `wanted` stacks, or for as many (one at least) as can be kept and unfolded within
 * `memory_limit` bytes; 0: no limit. */
th_status th_best_stacks_create(const th_problem *problem, size_t wanted, size_t memory_limit,
                                th_best_stacks *best);
void th_best_stacks_free(th_best_stacks *best);

/* Keeps a copy of the stack if it is among the best so far. A stack that looks like one that is
 * kept replaces it if it scores more, else it is ignored. */
void th_best_stacks_add(th_best_stacks *best, const th_id *values, int64_t score);

/* Adds the stack and all that differ from it only within classes, as far as they are among the
 * best. Only visible nodes unfold. TH_STOPPED: `halt` (may be NULL) said so; what was added stays.
 */
th_status th_best_stacks_unfold(th_best_stacks *best, const th_classes *classes,
                                const th_id *values, int64_t score, th_halt *halt);

/* About how many units of work (halt.h) adding one stack is. */
static inline size_t th_best_stacks_work(const th_best_stacks *best) {
    return 4 * best->count + 2 * best->problem->node_count;
}

static inline bool th_best_stacks_full(const th_best_stacks *best) {
    return best->count == best->wanted;
}

static inline int64_t th_best_stacks_worst(const th_best_stacks *best) {
    return best->scores[best->count - 1];
}

#endif
