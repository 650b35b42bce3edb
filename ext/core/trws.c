/* Tree-reweighted sweeps: a strong bound at the root and at each node (Kolmogorov 2006, "Convergent
 * tree-reweighted message passing for energy minimization", TRW-S; here with whole numbers).
 *
 * Consistency (consistency.c) moves costs one support at a time and sticks where several variables
 * would have to move at once. A sweep goes through all variables in order. At each it collects what
 * the pairs behind charge its values, moves the least to the bound, and hands an equal share of the
 * rest on to the pairs ahead; then the same backwards. Example: three variables in a triangle, each
 * pair costs 2 when equal, two values each: any two variables alone are free. Shares of each unary
 * cost travel along both other pairs, meet, and the bound rises towards the linear relaxation's.
 *
 * Every step is one of the moves of cfn.h, so totals stay what they were; the bound never falls.
 * The sweeps of a node start from where those of its parent ended, and a few suffice; consistency
 * follows, which finds what is left between neighbours, and the supports that branching looks at.
 */
#include "cfn.h"

/* The bound is looked at every so many sweeps; less than 1/gain_share of its growth so far: stop.
 */
enum { sweeps_per_look = 8, gain_share = 200 };

/* At a node: less than this share of what is left to the top, and sweeps will not close it. */
enum { node_gain_share = 32 };

/* Takes from every pair what it charges each value anyway. A pair of a variable that has one value
 * left with one that has more is settled from the other end. */
static void collect(th_cfn *cfn, th_id variable, int direction) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_weight limit = cfn->top - cfn->bound;
    th_cfn_save_unary(cfn, variable);
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        const th_cfn_variable *other = &cfn->variables[edge->other];
        size_t width = of->stride, pairs = of->stride * (size_t)other->count;
        if (direction * (edge->other - variable) > 0 || (of->count == 1 && other->count > 1))
            continue;
        th_cfn_save_delta(cfn, edge->mine, of->stride, edge->saved);
        if (pairs > TH_HALT_WORK)
            width = TH_LANES;
        for (size_t at = 0; at < of->stride; at += width) {
            if (pairs > TH_HALT_WORK && th_cfn_should_stop(cfn, width * (size_t)other->count))
                return; /* whatever moved so far moved rightly */
            th_collect(edge->turned + at, of->stride, width, other->values, other->count,
                       edge->theirs, limit, edge->mine + at, of->unary + at);
        }
    }
}

/* Hands unary costs on to the pairs ahead, one share for each of the longer side. */
static void distribute(th_cfn *cfn, th_id variable, int direction) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_weight *share = cfn->scratch;
    th_id ahead = 0, behind = 0;
    for (th_id e = 0; e < of->edge_count; e++)
        if (cfn->variables[of->edges[e].other].count > 1) {
            if (direction * (of->edges[e].other - variable) > 0)
                ahead++;
            else
                behind++;
        }
    if (ahead == 0 || of->count == 1)
        return;
    for (size_t v = 0; v < of->stride; v++)
        share[v] = of->unary[v] / (ahead > behind ? ahead : behind);
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        if (direction * (edge->other - variable) > 0 && cfn->variables[edge->other].count > 1) {
            th_cfn_save_delta(cfn, edge->mine, of->stride, edge->saved);
            th_hand_on(share, of->stride, edge->mine, of->unary);
        }
    }
}

static bool sweep(th_cfn *cfn, int direction) {
    for (th_id i = 0; i < cfn->variable_count; i++) {
        th_id variable = direction > 0 ? i : cfn->variable_count - 1 - i;
        collect(cfn, variable, direction);
        if (!th_cfn_settle(cfn, variable))
            return false;
        distribute(cfn, variable, direction);
        if (th_cfn_should_stop(cfn, cfn->variables[variable].work))
            break;
    }
    return true;
}

bool th_cfn_tighten(th_cfn *cfn, size_t sweeps) {
    for (size_t i = 0; i < sweeps && !cfn->stopped; i++) {
        th_weight before = cfn->bound;
        if (!sweep(cfn, 1) || !sweep(cfn, -1))
            return false;
        if (cfn->bound - before <= (cfn->top - cfn->bound) / node_gain_share)
            break;
    }
    return th_cfn_propagate(cfn);
}

bool th_cfn_sweep(th_cfn *cfn, size_t sweeps) {
    th_weight start = cfn->bound, before = cfn->bound;
    for (size_t i = 0; i < sweeps && !cfn->stopped; i++) {
        if (!sweep(cfn, 1) || !sweep(cfn, -1))
            return false;
        if ((i + 1) % sweeps_per_look != 0)
            continue;
        if (cfn->bound - before <= (cfn->bound - start) / gain_share)
            break;
        before = cfn->bound;
    }
    th_cfn_touch_all(cfn);
    return th_cfn_propagate(cfn);
}
