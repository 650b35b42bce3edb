/* Tabu search over the network of the exact search. See local.h. */
#include "local.h"

#include <string.h>

/* A value that was left is forbidden for so many steps, and up to so many more. */
enum { tenure = 10, tenure_spread = 20 };

/* More than this a forbidden pair does not count: sums over all pairs of a variable stay far from
 * overflow, and a walk may cross it. */
static const th_cost charge_limit = (th_cost)1 << 44;

static th_cost limit_of(const th_cfn *cfn) {
    th_cost room = cfn->top - cfn->bound;
    return room < charge_limit ? room : charge_limit;
}

static th_cost charge_of(const th_edge *edge, th_id value, th_id other, th_cost limit) {
    th_cost cost = th_edge_cost(edge, value, other);
    return cost < limit ? cost : limit;
}

th_status th_local_create(th_cfn *cfn, th_local *local) {
    size_t count = (size_t)cfn->variable_count, values = 0;
    memset(local, 0, sizeof *local);
    local->cfn = cfn;
    th_rng_seed(&local->rng, 1);
    local->first = th_arena_take(&cfn->arena, count, sizeof *local->first);
    local->values = th_arena_take(&cfn->arena, count, sizeof *local->values);
    local->best = th_arena_take(&cfn->arena, count, sizeof *local->best);
    if (local->first == NULL || local->values == NULL || local->best == NULL)
        return TH_NO_MEMORY;
    for (size_t v = 0; v < count; v++) {
        local->first[v] = values;
        values += (size_t)cfn->variables[v].size;
    }
    local->value_count = values;
    local->charge = th_arena_take(&cfn->arena, values, sizeof *local->charge);
    local->banned = th_arena_take(&cfn->arena, values, sizeof *local->banned);
    return local->charge != NULL && local->banned != NULL ? TH_OK : TH_NO_MEMORY;
}

/* Counts every charge anew. */
static void count_charges(th_local *local, th_cost limit) {
    const th_cfn *cfn = local->cfn;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_cfn_variable *of = &cfn->variables[v];
        for (th_id i = 0; i < of->count; i++) {
            th_id value = of->values[i];
            th_cost sum = of->unary[value] < limit ? of->unary[value] : limit;
            for (th_id e = 0; e < of->edge_count; e++)
                sum += charge_of(&of->edges[e], value, local->values[of->edges[e].other], limit);
            local->charge[local->first[v] + (size_t)value] = sum;
        }
    }
}

/* Gives a variable another value and tells its neighbours. */
static void move(th_local *local, th_id variable, th_id value, th_cost limit) {
    const th_cfn_variable *of = &local->cfn->variables[variable];
    th_id old = local->values[variable];
    for (th_id e = 0; e < of->edge_count; e++) {
        const th_edge *edge = &of->edges[e];
        const th_cfn_variable *other = &local->cfn->variables[edge->other];
        th_cost *charge = local->charge + local->first[edge->other];
        for (th_id i = 0; i < other->count; i++)
            charge[other->values[i]] += charge_of(edge, value, other->values[i], limit) -
                                        charge_of(edge, old, other->values[i], limit);
    }
    local->values[variable] = value;
    local->banned[local->first[variable] + (size_t)old] =
        local->step + tenure + th_rng_below(&local->rng, tenure_spread);
}

/* Finds the step with the least growth among those not forbidden, or that lead below `aim`. Returns
 * its growth; *variable is TH_NONE when there is no step. */
static th_cost find_step(const th_local *local, th_cost aim, th_id *variable, th_id *value) {
    const th_cfn *cfn = local->cfn;
    th_cost least = TH_TOP;
    *variable = TH_NONE;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_cfn_variable *of = &cfn->variables[v];
        const th_cost *charge = local->charge + local->first[v];
        const uint64_t *banned = local->banned + local->first[v];
        th_cost now = charge[local->values[v]];
        for (th_id i = 0; i < of->count; i++) {
            th_id at = of->values[i];
            th_cost growth = charge[at] - now;
            if (growth >= least || at == local->values[v] ||
                (banned[at] > local->step && growth >= aim))
                continue;
            least = growth;
            *variable = v;
            *value = at;
        }
    }
    return least;
}

th_cost th_local_run(th_local *local, const th_id *start, size_t patience) {
    th_cfn *cfn = local->cfn;
    th_cost limit = limit_of(cfn), total = 0, best = 0;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_cfn_variable *of = &cfn->variables[v];
        local->values[v] = th_cfn_has(of, start[v]) ? start[v] : of->values[0];
        local->best[v] = local->values[v];
    }
    count_charges(local, limit);
    /* The walk is judged by how it differs from its start, which is counted exactly. */
    th_cost from = th_cfn_cost(cfn, local->values);
    for (size_t since = 0; since < patience && !th_cfn_should_stop(cfn, 2 * local->value_count);
         since++, local->step++) {
        th_id variable, value = 0;
        th_cost growth = find_step(local, best - total, &variable, &value);
        if (variable == TH_NONE)
            break;
        move(local, variable, value, limit);
        total += growth;
        if (total >= best)
            continue;
        best = total;
        since = 0;
        memcpy(local->best, local->values, (size_t)cfn->variable_count * sizeof *local->best);
    }
    th_cost found = th_cfn_cost(cfn, local->best);
    return found < from ? found : from;
}
