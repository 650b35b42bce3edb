/* A whole stack from nothing: decide the required packages one after the other.
 *
 * What decides first is who requires before what it requires (th_space.rank), so a package is
 * decided when all that require it are, and takes a release that they all accept. A release is
 * skipped if it asks for something that others have ruled out already (forward checking: Haralick &
 * Elliott 1980). Example: flask 3 was chosen and wants werkzeug>=3; then a release that wants
 * werkzeug<3 is not chosen any more. If no release is left, the rollout has failed.
 */
#ifndef THOTH_CORE_PREDICT_ROLLOUT_H
#define THOTH_CORE_PREDICT_ROLLOUT_H

#include "predict_stack.h"

typedef struct th_rollout th_rollout;

/* Returns the index in `values` (of `count`, newest first) of what to choose for the node. Asked
 * again without that value if it does not fit. */
typedef size_t (*th_rollout_choose)(void *context, th_rollout *rollout, th_id node,
                                    const th_id *values, size_t count);

struct th_rollout {
    const th_space *space;
    th_live live;
    th_id forced_node, forced_value; /* the only release this node may have; TH_NONE: none */
    const th_id *priority; /* node -> place in the order of decisions; th_space.rank or another */
    const th_id *by_priority;
    th_id *values; /* by node; absent until decided */
    th_word *open; /* laid out as domains.words: what all decided nodes accept */
    unsigned char *required;
    th_word *pending;  /* places of nodes required and not decided */
    th_id *sequence;   /* the nodes decided, in order */
    size_t count;      /* of them */
    th_id *candidates; /* scratch: as many as the largest node has */
    uint64_t effort;   /* of the last run: requirements looked at */
    int64_t *worth;    /* scratch of th_rollout_worth, by class */
    size_t worth_at;   /* the decision that it was filled for */
};

th_status th_rollout_create(const th_space *space, th_live live, th_rollout *rollout);
void th_rollout_free(th_rollout *rollout);

/* Fills `values` and returns true, or returns false: failed. Without rules, what it fills in is a
 * valid stack; with rules it is one only if th_stack_valid says so of it. */
bool th_rollout_run(th_rollout *rollout, th_rollout_choose choose, void *context);

/* Returns, by class of the node that is to be decided, the points of pairs with what has been
 * decided before. Points of absence and of rules are nobody's. */
const int64_t *th_rollout_worth(th_rollout *rollout, th_id node);

#endif
