/* What all predictors look up and none changes: values, tables of points, who may require whom.
 *
 * Points of pairs are added up per pair of nodes and *class* (classes.h), so the tables are small:
 *
 *     tensorflow 2.19.0 and 2.19.1 are one class, and so are protobuf 5.29.1 to 5.29.3;
 *     one cell of the table (tensorflow, protobuf) holds the points of all six combinations.
 *
 * Each table is stored twice, once for each of its nodes, so that both read it row by row. A stack
 * has a 64-bit hash: the exclusive or of one random number for each visible release (Zobrist 1970).
 * Stacks that look the same when they are reported hash the same.
 */
#ifndef THOTH_CORE_PREDICT_SPACE_H
#define THOTH_CORE_PREDICT_SPACE_H

#include "arena.h"
#include "classes.h"

typedef struct {
    th_id other;
    th_id columns;         /* classes of `other`, and absent, which is the last */
    const int64_t *points; /* row-major: [class of this node][class of other] */
    const int64_t *mirror; /* the other's copy: [class of other][class of this node] */
} th_space_table;

/* Lists by node: those of `node` are items[first[node]] to items[first[node + 1] - 1]. */
typedef struct {
    size_t *first;
    th_id *items;
} th_space_lists;

typedef struct {
    const th_problem *problem;
    th_domains domains;
    th_classes classes;
    th_arena arena;      /* owns all that follows */
    size_t *first_value; /* node -> first of its size + 1 entries: candidates, then absent */
    th_id *class_of;     /* by value: its class, or the class count for absent; TH_NONE: dead */
    int64_t *unary;      /* by value */
    uint64_t *zobrist;   /* by value; 0 where nothing is visible */
    size_t *first_class; /* node -> first of its class count + 1 entries */
    size_t *first_table; /* node -> its first table */
    th_space_table *tables;
    th_word *live[2]; /* values to choose from, laid out as domains.words, never absent: all
                         that can be part of a stack; only the best of each class */
    th_space_lists choices[2];  /* the same values as lists, newest first */
    th_space_lists requirers;   /* node -> nodes that may require it */
    th_space_lists hard_rules;  /* node -> rules that can forbid or require and look at the node */
    th_space_lists aimed_rules; /* node -> rules that may require it */
    th_space_lists score_rules; /* node -> rules that give points and look at it */
    th_id *by_rank; /* rank -> node: who may require comes before what it requires, where no
                       circle forbids it */
    th_id *rank;    /* node -> rank */
    size_t hard_rule_count;
    uint64_t combinations; /* no more assignments exist than this; UINT64_MAX: more than fit */
} th_space;

/* Which releases a predictor chooses from. Releases of one class differ in nothing but their own
 * points, so the best stack has only the best of each class; all others are stacks too. */
typedef enum { TH_LIVE_ALL, TH_LIVE_BEST } th_live;

/* Fills *space, which th_space_free frees (also after a failure). TH_LIMIT: the tables need more
 * than memory_limit bytes (0: no limit). TH_STOPPED: `stop` (NULL: never), which is asked about
 * every tenth of a millisecond while tables are filled, said so. When domains.infeasible is set
 * there is no stack at all and nothing else is filled. */
th_status th_space_create(const th_problem *problem, size_t memory_limit,
                          bool (*stop)(void *context), void *stop_context, th_space *space);
void th_space_free(th_space *space);

static inline th_id th_space_list(const th_space *space, th_id node, th_id value) {
    return space->problem->candidate_lists[space->problem->first[node] + (size_t)value];
}

static inline size_t th_list_length(const th_problem *problem, th_id list) {
    return (size_t)(problem->list_offsets[list + 1] - problem->list_offsets[list]);
}

static inline size_t th_space_value(const th_space *space, th_id node, th_id value) {
    return space->first_value[node] + (size_t)value;
}

static inline const th_word *th_space_live(const th_space *space, th_live live, th_id node) {
    return space->live[live] + space->domains.first[node];
}

/* Whether all sets in items[from] to items[to - 1] hold. */
static inline bool th_space_all_hold(const th_problem *problem, const int32_t *items, int32_t from,
                                     int32_t to, const th_id *values) {
    for (int32_t i = from; i < to; i++)
        if (!th_problem_holds(problem, items[i], values))
            return false;
    return true;
}

/* Whether all of `when` holds and not all of `unless` (of which there is at least one). */
bool th_space_rule_active(const th_problem *problem, th_id rule, const th_id *values);

/* The points and the hash of any assignment; O(nodes + tables + rules). */
int64_t th_space_score(const th_space *space, const th_id *values);
uint64_t th_space_hash(const th_space *space, const th_id *values);

#endif
