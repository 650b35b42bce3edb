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
 * A residue is the partner found last time: looking there first makes most checks one step.
 */
#include "cfn.h"

/* Deltas stay within this, so that a forbidden pair minus two of them is still recognised. A move
 * that would leave it is not made: bounds get weaker, never wrong. */
static const th_cost delta_limit = (th_cost)1 << 60;

/* Whether so much work is to be interrupted, and not only counted once it is done. */
static bool is_large(size_t work) {
    return work > TH_HALT_WORK;
}

/* What is on top of the bound that no solution here may reach. */
static th_cost room(const th_cfn *cfn) {
    return cfn->top - cfn->bound;
}

/* Notes that unary costs of the variable grew. */
static void note_raised(th_cfn *cfn, th_id variable) {
    th_cfn_note(&cfn->raised, variable);
    th_cfn_note(&cfn->doubtful, variable);
    for (th_id e = 0; e < cfn->variables[variable].edge_count; e++)
        th_cfn_note(&cfn->doubtful, cfn->variables[variable].edges[e].other);
}

/* Least cost of `value` with a partner. With `full`, partners' unary costs count. */
static th_cost least_cost(const th_cfn *cfn, const th_edge *edge, th_id value, bool full) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    th_id residue = edge->residue[value];
    const th_cost *row = edge->table + (size_t)value * edge->stride;
    th_cost mine = edge->mine[value];
    if (th_cfn_has(other, residue) && row[residue] - mine - edge->theirs[residue] == 0 &&
        (!full || other->unary[residue] == 0))
        return 0;
    th_cost least = TH_TOP;
    th_id best = residue;
    if (full) {
        for (th_id i = 0; i < other->count; i++) {
            th_id partner = other->values[i];
            th_cost cost = row[partner] - edge->theirs[partner] + other->unary[partner];
            if (cost < least) {
                least = cost;
                best = partner;
            }
        }
    } else
        for (th_id i = 0; i < other->count; i++) {
            th_id partner = other->values[i];
            th_cost cost = row[partner] - edge->theirs[partner];
            if (cost < least) {
                least = cost;
                best = partner;
            }
        }
    edge->residue[value] = best;
    return least - mine;
}

/* Moves `cost` from the pairs of `value` to its unary cost. */
static void project(th_cfn *cfn, th_id variable, const th_edge *edge, th_id value, th_cost cost) {
    if (edge->mine[value] > delta_limit - cost)
        return;
    edge->mine[value] += cost;
    cfn->variables[variable].unary[value] += cost;
}

static void save_side(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_save_unary(cfn, variable);
    th_cfn_save_delta(cfn, edge->mine, cfn->variables[variable].size, edge->saved);
}

/* AC: gives every value of `variable` a support along `edge`. */
static bool find_supports(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_variable *of = &cfn->variables[variable];
    bool changed = false, large = is_large((size_t)of->size * edge->stride);
    cfn->blamed = edge->constraint;
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        if (large && th_cfn_should_stop(cfn, edge->stride))
            break; /* whatever moved so far moved rightly */
        th_cost least = least_cost(cfn, edge, value, false);
        if (least == 0)
            continue;
        if (!changed)
            save_side(cfn, variable, edge);
        changed = true;
        if (least >= room(cfn))
            of->unary[value] = TH_TOP;
        else
            project(cfn, variable, edge, value, least);
    }
    if (!changed)
        return true;
    note_raised(cfn, variable);
    return th_cfn_settle(cfn, variable);
}

/* Moves unary costs of the other end into the pairs of `value`, as far as `least` needs. */
static bool extend(th_cfn *cfn, const th_edge *edge, th_id value, th_cost least) {
    th_cfn_variable *other = &cfn->variables[edge->other];
    bool moved = false;
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        th_cost need = least - th_edge_cost(edge, value, partner);
        if (need <= 0)
            continue;
        if (!moved) {
            th_cfn_save_unary(cfn, edge->other);
            th_cfn_save_delta(cfn, edge->theirs, other->size, edge->their_saved);
            moved = true;
        }
        other->unary[partner] -= need;
        edge->theirs[partner] -= need;
    }
    return moved;
}

/* Whether moving `least` through the pairs of `value` keeps every delta in its limits. */
static bool can_move(const th_cfn *cfn, const th_edge *edge, th_id value, th_cost least) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    if (edge->mine[value] > delta_limit - least)
        return false;
    for (th_id i = 0; i < other->count; i++)
        if (edge->theirs[other->values[i]] < least - delta_limit)
            return false;
    return true;
}

/* DAC: gives every value of `variable` a full support along `edge`. The caller settles. */
static bool find_full_supports(th_cfn *cfn, th_id variable, const th_edge *edge) {
    th_cfn_variable *of = &cfn->variables[variable];
    bool changed = false, moved = false, large = is_large((size_t)of->size * edge->stride);
    cfn->blamed = edge->constraint;
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        if (large && th_cfn_should_stop(cfn, 3 * edge->stride))
            break;
        th_cost least = least_cost(cfn, edge, value, true);
        bool prune = least >= room(cfn);
        if (least == 0 || (!prune && !can_move(cfn, edge, value, least)))
            continue;
        if (!changed)
            save_side(cfn, variable, edge);
        changed = true;
        if (prune)
            of->unary[value] = TH_TOP;
        else {
            moved |= extend(cfn, edge, value, least);
            project(cfn, variable, edge, value, least);
        }
    }
    if (moved) /* the pairs changed under the other end's feet */
        th_cfn_note(&cfn->doubtful, edge->other);
    if (changed)
        note_raised(cfn, variable);
    return changed;
}

/* The sum of what every neighbour adds to `value`; stops once it reaches `limit`. */
static th_cost total_cost(const th_cfn *cfn, th_id variable, th_id value, th_cost limit) {
    const th_cfn_variable *of = &cfn->variables[variable];
    th_cost total = of->unary[value];
    for (th_id e = 0; total < limit && e < of->edge_count; e++)
        if (cfn->variables[of->edges[e].other].count > 1)
            total += least_cost(cfn, &of->edges[e], value, true);
    return total;
}

/* EAC: finds a value with full supports everywhere, or raises the bound by what is missing. */
static bool find_existential_support(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_cost least = room(cfn);
    th_id best = TH_NONE;
    if (th_cfn_has(of, of->support)) {
        least = total_cost(cfn, variable, of->support, least);
        if (least == 0)
            return true;
        best = of->support;
    }
    bool large = is_large(of->work);
    for (th_id i = 0; i < of->count && least > 0; i++) {
        if (large && th_cfn_should_stop(cfn, of->work / (size_t)of->size))
            return true;
        th_cost total = total_cost(cfn, variable, of->values[i], least);
        if (total < least) {
            least = total;
            best = of->values[i];
        }
    }
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
    bool large = is_large(of->work);
    for (th_id e = 0; e < of->edge_count; e++) {
        th_id other = of->edges[e].other;
        if (cfn->variables[other].count == 1 && of->count > 1)
            continue; /* its only value is already paid for */
        if (large && th_cfn_should_stop(cfn, (size_t)of->size * of->edges[e].stride))
            return true;
        if (!find_supports(cfn, other, th_cfn_view(cfn, &of->edges[e])))
            return false;
    }
    return true;
}

/* Unary costs of `variable` grew: earlier neighbours pull them through. */
static bool propagate_raised(th_cfn *cfn, th_id variable) {
    const th_cfn_variable *of = &cfn->variables[variable];
    bool large = is_large(of->work);
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        if (edge->other > variable)
            continue;
        if (large && th_cfn_should_stop(cfn, (size_t)of->size * edge->stride))
            return true;
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
