/* Tabu search: better solutions early, from one that the search found (Glover 1989, "Tabu search";
 * Galinier & Hao 1997 for constraint satisfaction with the same tables).
 *
 * A step gives one variable another value: whichever makes the total least, even when it grows. The
 * value that was left is forbidden for some steps, so that the walk does not fall back. Example:
 * pandas 1.5 with numpy 1.24 is better than each of its neighbours; the best stack has 2.1 with
 * 2.0. The step to pandas 2.1 makes it worse, the way back is forbidden, and numpy follows.
 *
 * A better solution lowers `top`, and with it every branch is cut earlier; nothing is proved here.
 */
#ifndef THOTH_CORE_LOCAL_H
#define THOTH_CORE_LOCAL_H

#include "cfn.h"
#include "rng.h"

typedef struct {
    th_cfn *cfn;
    th_rng rng;
    size_t *first;      /* variable -> its first entry of the next two */
    th_cost *charge;    /* by value: its unary cost and its pairs with the others as they are */
    uint64_t *banned;   /* by value: until this step */
    size_t value_count; /* entries of these */
    th_id *values;      /* by variable */
    th_id *best;        /* by variable: the best found by the last run */
    uint64_t step;
} th_local;

/* Takes memory from the arena of the network. */
th_status th_local_create(th_cfn *cfn, th_local *local);

/* Walks from `start` until `patience` steps have found nothing better; only at level 0. Returns the
 * cost (scaled) of local->best, which is `cfn->top` or more when nothing is below the top. */
th_cost th_local_run(th_local *local, const th_id *start, size_t patience);

#endif
