/* Virtual arc consistency: a bound where several variables have to be looked at together (Cooper,
 * de Givry, Sanchez, Schiex, Zytnicki & Werner 2010, "Soft arc consistency revisited", section 6).
 *
 * Take away every value and every pair that costs `threshold` or more. What is left is an ordinary
 * constraint network. When arc consistency empties a domain of it, no solution avoids all that was
 * taken away, so each costs something; and the deletions, read backwards, say how to move those
 * costs to the bound. Example, w, x, y, z of two values each; these cost 1, all else nothing:
 *
 *     w0, x1, (w1, z0), (x0, y1), (y0, z1), (x1, z0)
 *
 * Each variable has a value that is free with some free partner in every neighbour, so existential
 * directional arc consistency finds nothing, and the sweeps of trws.c cannot halve a 1. Without
 * what costs 1, w is w1 and x is x0: z0 goes (by w), y1 goes (by x), then z1 goes (by y, whose y1
 * went). z is empty. Backwards: z1 asks y1 to make (y1, z1) cost 1 as well, for that y1 asks the
 * same of x1, which has it; z0 asks w0. All moved at once, z0 and z1 cost 1 each: the bound is 1.
 *
 * A value that several others ask takes several *shares*, and what it has is divided by as many.
 *
 * The sweeps share costs equally and rise fast, but slowly to the end, and not where a share would
 * be less than the least cost. So they come first, and this finds what they left.
 */
#ifndef THOTH_CORE_VAC_H
#define THOTH_CORE_VAC_H

#include "cfn.h"

/* Why a value is not in the network that is left; else the constraint that had no partner. */
enum { TH_VAC_LIVE = -1, TH_VAC_DEAR = -2 };

typedef struct {
    th_id variable, value;
} th_vac_deletion;

typedef struct {
    th_cfn *cfn;
    size_t *first;       /* variable -> its first entry of the arrays by value */
    th_id *killer;       /* by value */
    int32_t *asked;      /* by value: shares it has to come up with */
    size_t *first_moved; /* 2 * constraint + view -> its first entry of `moved` */
    int32_t *moved; /* by view and value: shares from the pairs to the value, less those back */
    th_id *live;    /* variable -> values left */
    th_worklist changed;        /* variables that lost a value */
    th_vac_deletion *deletions; /* first to last; as many as there are values */
    size_t deletion_count;
    th_weight threshold;
    size_t pairs;        /* in all tables */
    size_t work, budget; /* pairs looked at, and how many may be */
    size_t traced;       /* pairs of the conflict at hand */
    size_t conflicts;    /* that raised the bound, ever */
} th_vac;

/* Takes memory from the arena of the network. */
th_status th_vac_create(th_cfn *cfn, th_vac *vac);

/* Raises the bound, looking at about `passes` times all pairs at most, then th_cfn_propagate; only
 * at level 0. Returns false on a dead end. */
bool th_vac_run(th_vac *vac, size_t passes);

#endif
