/* Tree-reweighted sweeps: a strong bound at the root (Kolmogorov 2006, "Convergent tree-reweighted
 * message passing for energy minimization", TRW-S; here with whole numbers).
 *
 * Consistency (consistency.c) moves costs one support at a time and sticks where several variables
 * would have to move at once. A sweep goes through all variables in order. At each it collects what
 * every pair charges its values, moves the least to the bound, and hands an equal share of the rest
 * on to the pairs ahead; then the same backwards. Example: three variables in a triangle, each pair
 * costs 2 when equal, two values each: any two variables alone are free. Shares of each unary cost
 * travel along both other pairs, meet, and the bound rises towards the linear relaxation's.
 *
 * Every step is one of the moves of cfn.h, so totals stay what they were; the bound never falls.
 */
#include "cfn.h"

/* The bound is looked at every so many sweeps; less than 1/gain_share of its growth so far: stop.
 */
enum { sweeps_per_look = 8, gain_share = 200 };

static const th_cost delta_limit = (th_cost)1 << 60;

/* Least cost of `value` with any partner along the edge. */
static th_cost least_pair(const th_cfn *cfn, const th_edge *edge, th_id value) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    const th_cost *row = edge->table + (size_t)value * edge->stride;
    th_cost least = TH_TOP;
    if (other->count == other->size) {
        for (th_id partner = 0; partner < other->size; partner++) {
            th_cost cost = row[partner] - edge->theirs[partner];
            least = cost < least ? cost : least;
        }
    } else
        for (th_id i = 0; i < other->count; i++) {
            th_id partner = other->values[i];
            th_cost cost = row[partner] - edge->theirs[partner];
            least = cost < least ? cost : least;
        }
    return least - edge->mine[value];
}

/* Takes from every pair what it charges each value anyway. */
static void collect(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_cfn_save_unary(cfn, variable);
    for (th_id e = 0; e < of->edge_count; e++) {
        th_edge *edge = &of->edges[e];
        if (cfn->stopped)
            return;
        bool large = (size_t)of->size * edge->stride > TH_HALT_WORK;
        th_cfn_save_delta(cfn, edge->mine, of->size, edge->saved);
        for (th_id i = 0; i < of->count; i++) {
            th_id value = of->values[i];
            if (large && th_cfn_should_stop(cfn, edge->stride))
                return; /* whatever moved so far moved rightly */
            th_cost least = least_pair(cfn, edge, value);
            if (least >= cfn->top - cfn->bound)
                of->unary[value] = TH_TOP;
            else if (edge->mine[value] <= delta_limit - least) {
                edge->mine[value] += least;
                of->unary[value] = th_cost_add(of->unary[value], least);
            }
        }
    }
}

/* Hands unary costs on to the pairs ahead, one share for each of the longer side. */
static void distribute(th_cfn_variable *of, th_id variable, int direction) {
    th_id ahead = 0;
    for (th_id e = 0; e < of->edge_count; e++)
        ahead += direction * (of->edges[e].other - variable) > 0;
    th_id shares = ahead > of->edge_count - ahead ? ahead : of->edge_count - ahead;
    if (ahead == 0)
        return;
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        th_cost share = of->unary[value] / shares;
        if (share == 0)
            continue;
        for (th_id e = 0; e < of->edge_count; e++)
            if (direction * (of->edges[e].other - variable) > 0 &&
                of->edges[e].mine[value] >= share - delta_limit) {
                of->edges[e].mine[value] -= share;
                of->unary[value] -= share;
            }
    }
}

static bool sweep(th_cfn *cfn, int direction) {
    for (th_id i = 0; i < cfn->variable_count; i++) {
        th_id variable = direction > 0 ? i : cfn->variable_count - 1 - i;
        th_cfn_variable *of = &cfn->variables[variable];
        collect(cfn, variable);
        if (!th_cfn_settle(cfn, variable))
            return false;
        distribute(of, variable, direction);
        if (th_cfn_should_stop(cfn, of->work))
            break;
    }
    return true;
}

bool th_cfn_sweep(th_cfn *cfn, size_t sweeps) {
    th_cost start = cfn->bound, before = cfn->bound;
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
