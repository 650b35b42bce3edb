/* Existential directional arc consistency, EDAC (de Givry, Heras, Zytnicki & Larrosa 2005).
 *
 * Four properties, each enforced by moving costs (cfn.h) until a fixpoint:
 *
 * NC   every value costs less than `top` together with the bound, and some value costs 0.
 * AC   every value has a *support* in each neighbour: a partner such that the pair costs 0.
 *      If not, the least pair cost moves to the value.
 * DAC  towards earlier variables the support is *full*: the partner's unary cost counts too, and is
 *      moved through the pair first. So unary costs flow to the front and meet there.
 * EAC  every variable has one value that costs 0 and has a full support in *every* neighbour. If
 *      not, taking all those costs to the variable leaves every value of it above 0: the bound
 * grows.
 *
 * Example of EAC: z has neighbours x and y; value z0 costs 2 with whatever x can take, z1 costs 3
 * with whatever y can take. Each neighbour alone allows a z for free; together none is: bound + 2.
 *
 * What a pair charges is counted for all values of a variable at once (min_plus.h). Only the check
 * of one value, which mostly holds still, looks at the partner found last time first, its residue.
 */
#include "cfn.h"

/* What is on top of the bound that no solution here may reach. */
static th_weight room(const th_cfn *cfn) {
    return cfn->top - cfn->bound;
}

/* Notes that unary costs of the variable grew. */
static void note_raised(th_cfn *cfn, th_id variable) {
    th_cfn_note(&cfn->raised, variable);
    th_cfn_note(&cfn->doubtful, variable);
    for (th_id e = 0; e < cfn->variables[variable].edge_count; e++)
        th_cfn_note(&cfn->doubtful, cfn->variables[variable].edges[e].other);
}

static void save_side(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_save_unary(cfn, variable);
    th_cfn_save_delta(cfn, edge->mine, cfn->variables[variable].stride, edge->saved);
}

/* AC: gives every value of `variable` a support along `edge`. */
static bool find_supports(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_variable *of = &cfn->variables[variable];
    bool changed = false;
    th_weight *least = cfn->scratch, limit = room(cfn);
    cfn->blamed = edge->constraint;
    if (!th_cfn_least(cfn, edge, of->stride, false, least))
        return true;
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        th_weight cost = least[value] - edge->mine[value];
        if (cost == 0 || of->unary[value] >= limit)
            continue;
        if (!changed)
            save_side(cfn, variable, edge);
        changed = true;
        if (cost >= limit)
            of->unary[value] = TH_FORBIDDEN_LIMIT;
        else if (edge->mine[value] <= TH_DELTA_LIMIT - cost) {
            edge->mine[value] += cost;
            of->unary[value] += cost;
        }
    }
    if (!changed)
        return true;
    note_raised(cfn, variable);
    return th_cfn_settle(cfn, variable);
}

/* Moves unary costs of the other end into the pairs of the `count` values in cfn->chosen, which
 * will be charged `charge[i]` together with what moved before: as far as the dearest of them needs.
 * Returns whether anything moved. */
static bool extend(th_cfn *cfn, const th_edge *edge, const th_weight *charge, th_id count) {
    th_cfn_variable *other = &cfn->variables[edge->other];
    th_weight *most = cfn->scratch + 2 * cfn->largest_stride;
    bool moved = false;
    th_max_minus(edge->table, edge->stride, cfn->chosen, charge, count, most);
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        th_weight need = most[partner] + edge->theirs[partner];
        if (need <= 0)
            continue;
        if (!moved) {
            th_cfn_save_unary(cfn, edge->other);
            th_cfn_save_delta(cfn, edge->theirs, other->stride, edge->their_saved);
            moved = true;
        }
        other->unary[partner] -= need;
        edge->theirs[partner] -= need;
    }
    return moved;
}

/* The least delta of the other end: what is moved through it may not take it out of its limits. */
static th_weight least_delta(const th_cfn *cfn, const th_edge *edge) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    th_weight least = 0;
    for (th_id i = 0; i < other->count; i++)
        least = edge->theirs[other->values[i]] < least ? edge->theirs[other->values[i]] : least;
    return least;
}

/* DAC: gives every value of `variable` a full support along `edge`. The caller settles. */
static bool find_full_supports(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_weight *least = cfn->scratch, *charge = cfn->scratch + cfn->largest_stride;
    th_weight limit = room(cfn), lowest = 1;
    th_id moving = 0;
    bool changed = false;
    cfn->blamed = edge->constraint;
    if (!th_cfn_least(cfn, edge, of->stride, true, least))
        return false;
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        th_weight cost = least[value] - edge->mine[value];
        if (cost == 0 || of->unary[value] >= limit)
            continue;
        if (cost < limit) {
            lowest = lowest > 0 ? least_delta(cfn, edge) : lowest;
            if (edge->mine[value] > TH_DELTA_LIMIT - cost || lowest < cost - TH_DELTA_LIMIT)
                continue;
            charge[moving] = least[value];
            cfn->chosen[moving++] = value;
        }
        if (!changed)
            save_side(cfn, variable, edge);
        changed = true;
        if (cost >= limit)
            of->unary[value] = TH_FORBIDDEN_LIMIT;
        else {
            edge->mine[value] += cost;
            of->unary[value] += cost;
        }
    }
    /* Their deltas are still what `least` was counted with, and `charge` does not hold mine. */
    if (moving != 0 && extend(cfn, edge, charge, moving))
        th_cfn_note(&cfn->doubtful, edge->other); /* the pairs changed under its feet */
    if (changed)
        note_raised(cfn, variable);
    return changed;
}

/* Least cost of `value` with a partner, partners' unary costs counted. */
static th_weight full_cost(const th_cfn *cfn, const th_edge *edge, th_id value) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    th_id residue = edge->residue[value];
    const th_weight *row = edge->table + (size_t)value * edge->stride;
    th_weight mine = edge->mine[value], least = TH_FORBIDDEN;
    if (th_cfn_has(other, residue) && other->unary[residue] == 0 &&
        row[residue] - mine - edge->theirs[residue] == 0)
        return 0;
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        th_weight cost = row[partner] - edge->theirs[partner] + other->unary[partner];
        if (cost < least) {
            least = cost;
            edge->residue[value] = partner;
        }
    }
    return least - mine;
}

/* The sum of what every neighbour adds to `value`; stops once it reaches `limit`. */
static th_weight total_cost(const th_cfn *cfn, th_id variable, th_id value, th_weight limit) {
    const th_cfn_variable *of = &cfn->variables[variable];
    th_weight total = of->unary[value];
    for (th_id e = 0; total < limit && e < of->edge_count; e++)
        if (cfn->variables[of->edges[e].other].count > 1)
            total += full_cost(cfn, &of->edges[e], value);
    return total;
}

/* The value that all neighbours together charge least, and how much in *least; below `limit`, or
 * TH_NONE. */
static th_id find_cheapest(th_cfn *cfn, th_id variable, th_weight limit, th_weight *least) {
    const th_cfn_variable *of = &cfn->variables[variable];
    th_weight *one = cfn->scratch, *total = cfn->scratch + 3 * cfn->largest_stride;
    th_id best = TH_NONE;
    for (size_t v = 0; v < of->stride; v++)
        total[v] = of->unary[v];
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        if (cfn->variables[edge->other].count == 1)
            continue;
        if (!th_cfn_least(cfn, edge, of->stride, true, one))
            return TH_NONE;
        th_add_within(total, one, edge->mine, of->stride);
    }
    *least = limit;
    for (th_id i = 0; i < of->count; i++)
        if (total[of->values[i]] < *least) {
            *least = total[of->values[i]];
            best = of->values[i];
        }
    return best;
}

/* EAC: finds a value with full supports everywhere, or raises the bound by what is missing. */
static bool find_existential_support(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_weight least = room(cfn);
    th_id best = TH_NONE;
    if (th_cfn_has(of, of->support)) {
        least = total_cost(cfn, variable, of->support, least);
        if (least == 0)
            return true;
        best = of->support;
    }
    th_id other = find_cheapest(cfn, variable, least, &least);
    best = other != TH_NONE ? other : best;
    if (cfn->stopped)
        return true;
    if (best == TH_NONE) /* every value reaches the top */
        return false;
    of->support = best;
    if (least < cfn->step)
        return true;
    for (th_id e = 0; e < of->edge_count; e++)
        if (cfn->variables[of->edges[e].other].count > 1 && !cfn->stopped)
            (void)find_full_supports(cfn, variable, &of->edges[e]);
    return th_cfn_settle(cfn, variable);
}

static th_id take_last(th_worklist *list) {
    th_id variable = list->items[--list->count];
    list->in[variable] = 0;
    return variable;
}

/* Takes the greatest (direction 1) or the least (-1) variable. */
static th_id take_extreme(th_worklist *list, int direction) {
    size_t at = 0;
    for (size_t i = 1; i < list->count; i++)
        if (direction * (list->items[i] - list->items[at]) > 0)
            at = i;
    th_id variable = list->items[at];
    list->in[variable] = 0;
    list->items[at] = list->items[--list->count];
    return variable;
}

/* Values went from `variable`: neighbours look for new supports, earlier ones for full ones. */
static bool propagate_removed(th_cfn *cfn, th_id variable) {
    const th_cfn_variable *of = &cfn->variables[variable];
    if (of->count == 0)
        return false;
    for (th_id e = 0; e < of->edge_count; e++) {
        th_id other = of->edges[e].other;
        if (cfn->variables[other].count == 1 && of->count > 1)
            continue; /* its only value is already paid for */
        if (!find_supports(cfn, other, th_cfn_view(cfn, &of->edges[e])))
            return false;
    }
    return true;
}

/* Unary costs of `variable` grew: earlier neighbours pull them through. */
static bool propagate_raised(th_cfn *cfn, th_id variable) {
    const th_cfn_variable *of = &cfn->variables[variable];
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        if (edge->other > variable)
            continue;
        if (find_full_supports(cfn, edge->other, th_cfn_view(cfn, edge)) &&
            !th_cfn_settle(cfn, edge->other))
            return false;
    }
    return true;
}

static bool prune_everywhere(th_cfn *cfn) {
    cfn->prune_all = false;
    if (cfn->bound >= cfn->top)
        return false;
    for (th_id v = 0; v < cfn->variable_count; v++)
        if (cfn->variables[v].largest >= room(cfn) && !th_cfn_settle(cfn, v))
            return false;
    return true;
}

bool th_cfn_propagate(th_cfn *cfn) {
    /* What a node of the search takes besides is linear in the network. */
    size_t work = (size_t)cfn->variable_count + cfn->constraint_count + 1;
    while (!th_cfn_should_stop(cfn, work)) {
        bool alive;
        if (cfn->prune_all) {
            alive = prune_everywhere(cfn);
            work = (size_t)cfn->variable_count;
        } else {
            th_id variable;
            if (cfn->removed.count != 0) {
                variable = take_last(&cfn->removed);
                alive = propagate_removed(cfn, variable);
            } else if (cfn->raised.count != 0) {
                variable = take_extreme(&cfn->raised, 1);
                alive = propagate_raised(cfn, variable);
            } else if (cfn->doubtful.count != 0) {
                variable = take_extreme(&cfn->doubtful, -1);
                alive = find_existential_support(cfn, variable);
            } else
                return true;
            work = cfn->variables[variable].work + cfn->doubtful.count + 1;
        }
        if (!alive) {
            if (cfn->constraint_count != 0)
                cfn->weights[cfn->blamed]++;
            return false;
        }
    }
    return true;
}
