/* Storage, undoing and the elementary moves of costs. See cfn.h. */
#include "cfn.h"

#include <string.h>

/* The sum of all spreads of costs, scaled, stays below this: then every cost and delta that a
 * solution can have fits, and sums of a few of them do. Shares of less than 1/16 of a point would
 * be lost with a smaller scale in 32 bits, and bounds be weaker. */
#ifdef TH_NARROW
static const th_cost spread_limit = TH_WEIGHT_SPREAD, least_scale = 16;
#else
static const th_cost spread_limit = (th_cost)1 << 57, least_scale = 1;
#endif

static th_weight *matrix(th_cfn *cfn, size_t rows, size_t columns) {
    return th_arena_take(&cfn->arena, rows * columns, sizeof(th_weight));
}

/* Least and largest finite cost among the live values; false when there is none. */
static bool unary_range(const th_reduction *reduction, th_id variable, th_cost *least,
                        th_cost *most) {
    const th_cost *unary = reduction->network->variables.items[variable].unary;
    bool any = false;
    for (th_id i = 0; i < reduction->live_count[variable]; i++) {
        th_cost cost = unary[reduction->live[variable][i]];
        if (th_cost_is_top(cost))
            continue;
        *least = any && *least < cost ? *least : cost;
        *most = any && *most > cost ? *most : cost;
        any = true;
    }
    return any;
}

/* Sets *least and *most to the extreme finite costs among live values; 0 when there is none. */
static th_status table_range(const th_reduction *reduction, const th_table *table, th_cost *least,
                             th_cost *most) {
    size_t columns = (size_t)reduction->network->variables.items[table->y].size;
    bool any = false;
    *least = *most = 0;
    for (th_id i = 0; i < reduction->live_count[table->x]; i++) {
        const th_cost *row = table->cost + (size_t)reduction->live[table->x][i] * columns;
        if (th_halt_after(reduction->network->halt, (size_t)reduction->live_count[table->y]))
            return TH_STOPPED;
        for (th_id k = 0; k < reduction->live_count[table->y]; k++) {
            th_cost cost = row[reduction->live[table->y][k]];
            if (th_cost_is_top(cost))
                continue;
            *least = any && *least < cost ? *least : cost;
            *most = any && *most > cost ? *most : cost;
            any = true;
        }
    }
    return TH_OK;
}

static bool worklist_create(th_cfn *cfn, th_worklist *list) {
    list->in = th_arena_take(&cfn->arena, (size_t)cfn->variable_count, 1);
    list->items = th_arena_take(&cfn->arena, (size_t)cfn->variable_count, sizeof *list->items);
    return list->in != NULL && list->items != NULL;
}

/* Fills the variables but for their unary costs; adds to *spread. */
static bool create_variables(th_cfn *cfn, const th_reduction *reduction, th_id component,
                             th_id *index, uint64_t *spread) {
    const th_network *network = reduction->network;
    for (th_id v = 0; v < (th_id)network->variables.count; v++) {
        if (reduction->component[v] != component)
            continue;
        index[v] = cfn->variable_count++;
    }
    cfn->variables =
        th_arena_take(&cfn->arena, (size_t)cfn->variable_count, sizeof *cfn->variables);
    if (cfn->variables == NULL)
        return false;
    for (th_id v = 0; v < (th_id)network->variables.count; v++) {
        if (reduction->component[v] != component)
            continue;
        th_cfn_variable *made = &cfn->variables[index[v]];
        size_t size = (size_t)reduction->live_count[v];
        made->size = made->count = (th_id)size;
        made->stride = (size + TH_LANES - 1) / TH_LANES * TH_LANES;
        made->network_variable = v;
        made->values = th_arena_take(&cfn->arena, size, sizeof *made->values);
        made->place = th_arena_take(&cfn->arena, size, sizeof *made->place);
        made->unary = th_arena_take(&cfn->arena, made->stride, sizeof *made->unary);
        made->names = th_arena_take(&cfn->arena, size, sizeof *made->names);
        made->edges = th_arena_take(&cfn->arena, network->variables.items[v].tables.count,
                                    sizeof *made->edges);
        if (made->values == NULL || made->place == NULL || made->unary == NULL ||
            made->names == NULL || made->edges == NULL)
            return false;
        th_cost least = 0, most = 0;
        (void)unary_range(reduction, v, &least, &most);
        *spread += (uint64_t)(most - least);
        cfn->offset += least;
        for (th_id i = 0; i < (th_id)size; i++) {
            made->values[i] = made->place[i] = i;
            made->names[i] = reduction->live[v][i];
        }
    }
    return true;
}

/* Counts the constraints, and finds what is least in each; adds to *spread. Returns TH_NO_MEMORY
 * also when the tables would take more than the network's limit leaves. */
static th_status measure_constraints(th_cfn *cfn, const th_reduction *reduction, th_cost **least,
                                     uint64_t *spread) {
    th_network *network = reduction->network;
    size_t count = 0, left = th_network_left(network);
    for (th_id v = 0; v < cfn->variable_count; v++)
        count += network->variables.items[cfn->variables[v].network_variable].tables.count;
    *least = th_allocate(count / 2, sizeof **least);
    if (*least == NULL)
        return TH_NO_MEMORY;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_variable *from = &network->variables.items[cfn->variables[v].network_variable];
        for (size_t t = 0; t < from->tables.count; t++) {
            const th_table *table = &network->tables.items[from->tables.items[t]];
            if (table->x != cfn->variables[v].network_variable)
                continue;
            size_t pairs =
                (size_t)reduction->live_count[table->x] * (size_t)reduction->live_count[table->y];
            if (pairs > left / (2 * sizeof(th_weight))) {
                network->over_limit = true;
                return TH_NO_MEMORY;
            }
            left -= 2 * sizeof(th_weight) * pairs;
            th_cost most, *mine = &(*least)[cfn->constraint_count++];
            if (table_range(reduction, table, mine, &most) != TH_OK)
                return TH_STOPPED;
            *spread += (uint64_t)(most - *mine);
            cfn->offset += *mine;
        }
    }
    return TH_OK;
}

/* Copies the live part of a table above `least`, scaled, as it is and turned: a few rows at a time,
 * so that what is written turned fills whole lines of the cache. */
static th_status copy_table(const th_cfn *cfn, const th_network *network, const th_table *table,
                            const th_cfn_variable *x, const th_cfn_variable *y, th_cost least,
                            th_weight *straight, th_weight *turned) {
    enum { rows_at_once = 8 };
    size_t full = (size_t)network->variables.items[table->y].size;
    size_t rows = (size_t)x->size, columns = (size_t)y->size;
    size_t row_stride = y->stride, column_stride = x->stride;
    for (size_t from = 0; from < rows; from += rows_at_once) {
        size_t to = rows - from < rows_at_once ? rows : from + rows_at_once;
        if (th_halt_after(network->halt, 2 * rows_at_once * columns))
            return TH_STOPPED;
        for (size_t k = 0; k < columns; k++)
            for (size_t i = from; i < to; i++) {
                th_cost cost = table->cost[(size_t)x->names[i] * full + (size_t)y->names[k]];
                th_weight scaled =
                    th_cost_is_top(cost) ? TH_FORBIDDEN : (th_weight)((cost - least) * cfn->scale);
                straight[i * row_stride + k] = turned[k * column_stride + i] = scaled;
            }
    }
    return TH_OK;
}

/* Makes both views of one table. */
static th_status create_constraint(th_cfn *cfn, const th_network *network, const th_table *table,
                                   th_id v, th_id w, th_id made, th_cost least, uint64_t *stamps) {
    th_cfn_variable *x = &cfn->variables[v], *y = &cfn->variables[w];
    size_t rows = (size_t)x->size, columns = (size_t)y->size;
    th_weight *straight = matrix(cfn, rows, y->stride), *turned = matrix(cfn, columns, x->stride);
    th_weight *delta_x = th_arena_take(&cfn->arena, x->stride, sizeof *delta_x);
    th_weight *delta_y = th_arena_take(&cfn->arena, y->stride, sizeof *delta_y);
    th_id *residue_x = th_arena_take(&cfn->arena, rows, sizeof *residue_x);
    th_id *residue_y = th_arena_take(&cfn->arena, columns, sizeof *residue_y);
    if (straight == NULL || turned == NULL || delta_x == NULL || delta_y == NULL ||
        residue_x == NULL || residue_y == NULL)
        return TH_NO_MEMORY;
    th_status status = copy_table(cfn, network, table, x, y, least, straight, turned);
    cfn->first_variable[made] = v;
    cfn->weights[made] = 1;
    uint64_t *stamp_x = &stamps[0], *stamp_y = &stamps[1];
    cfn->constraints[made][0] = (th_edge){w,       made,    y->stride, straight, turned,
                                          delta_x, delta_y, residue_x, stamp_x,  stamp_y};
    cfn->constraints[made][1] = (th_edge){v,       made,    x->stride, turned,  straight,
                                          delta_y, delta_x, residue_y, stamp_y, stamp_x};
    x->edges[x->edge_count++] = cfn->constraints[made][0];
    y->edges[y->edge_count++] = cfn->constraints[made][1];
    x->work += rows * columns;
    y->work += rows * columns;
    cfn->save_size += x->stride + y->stride;
    cfn->save_count += 2;
    return status;
}

/* Fills both views of each table; least[i]: what the i-th costs at least. */
static th_status create_constraints(th_cfn *cfn, const th_reduction *reduction, const th_id *index,
                                    const th_cost *least) {
    const th_network *network = reduction->network;
    size_t count = cfn->constraint_count;
    cfn->constraints = th_arena_take(&cfn->arena, count, sizeof *cfn->constraints);
    cfn->first_variable = th_arena_take(&cfn->arena, count, sizeof *cfn->first_variable);
    cfn->weights = th_arena_take(&cfn->arena, count, sizeof *cfn->weights);
    uint64_t *stamps = th_arena_take(&cfn->arena, 2 * count, sizeof *stamps);
    if (cfn->constraints == NULL || cfn->first_variable == NULL || cfn->weights == NULL ||
        stamps == NULL)
        return TH_NO_MEMORY;
    th_id made = 0;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_variable *from = &network->variables.items[cfn->variables[v].network_variable];
        for (size_t t = 0; t < from->tables.count; t++) {
            const th_table *table = &network->tables.items[from->tables.items[t]];
            if (table->x != cfn->variables[v].network_variable)
                continue;
            th_status status = create_constraint(cfn, network, table, v, index[table->y], made,
                                                 least[made], &stamps[2 * made]);
            if (status != TH_OK)
                return status;
            made++;
        }
    }
    return TH_OK;
}

static void fill_unary(th_cfn *cfn, const th_reduction *reduction) {
    for (th_id v = 0; v < cfn->variable_count; v++) {
        th_cfn_variable *made = &cfn->variables[v];
        const th_cost *unary = reduction->network->variables.items[made->network_variable].unary;
        th_cost least = 0, most = 0;
        (void)unary_range(reduction, made->network_variable, &least, &most);
        for (th_id i = 0; i < made->size; i++) {
            th_cost cost = unary[made->names[i]];
            made->unary[i] = th_cost_is_top(cost) ? TH_FORBIDDEN_LIMIT
                                                  : (th_weight)((cost - least) * cfn->scale);
        }
    }
}

static th_status create_rest(th_cfn *cfn) {
    size_t largest = 1;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        if (cfn->variables[v].stride > largest)
            largest = cfn->variables[v].stride;
        cfn->save_size += cfn->variables[v].stride;
        cfn->save_count += 2;
    }
    cfn->largest_stride = largest;
    cfn->scratch = th_arena_take(&cfn->arena, 5 * largest, sizeof *cfn->scratch);
    cfn->chosen = th_arena_take(&cfn->arena, largest, sizeof *cfn->chosen);
    return cfn->scratch != NULL && cfn->chosen != NULL && worklist_create(cfn, &cfn->removed) &&
                   worklist_create(cfn, &cfn->raised) && worklist_create(cfn, &cfn->doubtful)
               ? TH_OK
               : TH_NO_MEMORY;
}

th_status th_cfn_create(const th_reduction *reduction, th_id component, th_cost scale,
                        th_cfn *cfn) {
    memset(cfn, 0, sizeof *cfn);
    cfn->halt = reduction->network->halt;
    cfn->next_stamp = 1;
    uint64_t spread = 0;
    th_cost *least = NULL;
    th_id *index = th_allocate(reduction->network->variables.count, sizeof *index);
    th_status status = index != NULL && create_variables(cfn, reduction, component, index, &spread)
                           ? measure_constraints(cfn, reduction, &least, &spread)
                           : TH_NO_MEMORY;
    /* The reader bounds the sum of all points by 2^61, so at least a scale of 1 is looked at; a
     * spread past the limit is scaled by 1 and kept exact by the guards on deltas. */
    for (cfn->scale = scale; cfn->scale > 1 && spread >= (uint64_t)(spread_limit / cfn->scale);)
        cfn->scale /= 2;
    if (status == TH_OK && cfn->scale < least_scale)
        status = TH_LIMIT;
    cfn->step = cfn->scale / 16 > 0 ? (th_weight)(cfn->scale / 16) : 1;
    cfn->top = spread >= (uint64_t)spread_limit ? TH_FORBIDDEN_LIMIT - 1
                                                : (th_weight)(((th_cost)spread + 1) * cfn->scale);
    if (status == TH_OK)
        status = create_constraints(cfn, reduction, index, least);
    if (status == TH_OK)
        status = create_rest(cfn);
    if (status == TH_OK)
        fill_unary(cfn, reduction);
    th_free(index);
    th_free(least);
    return status;
}

void th_cfn_free(th_cfn *cfn) {
    th_vec_free(&cfn->trail);
    th_vec_free(&cfn->costs);
    th_vec_free(&cfn->levels);
    th_arena_free(&cfn->arena);
}

th_status th_cfn_push(th_cfn *cfn) {
    if (th_vec_reserve(&cfn->levels, 1) != TH_OK ||
        th_vec_reserve(&cfn->trail, cfn->save_count) != TH_OK ||
        th_vec_reserve(&cfn->costs, cfn->save_size) != TH_OK)
        return TH_NO_MEMORY;
    cfn->levels.items[cfn->levels.count++] =
        (th_trail_level){cfn->bound, cfn->trail.count, cfn->costs.count, cfn->stamp};
    cfn->stamp = cfn->next_stamp++;
    return TH_OK;
}

static void clear_list(th_worklist *list) {
    for (size_t i = 0; i < list->count; i++)
        list->in[list->items[i]] = 0;
    list->count = 0;
}

void th_cfn_pop(th_cfn *cfn) {
    const th_trail_level *level = &cfn->levels.items[--cfn->levels.count];
    while (cfn->trail.count > level->entries) {
        const th_trail_entry *entry = &cfn->trail.items[--cfn->trail.count];
        if (entry->place == NULL)
            cfn->variables[entry->variable].count = entry->count;
        else
            memcpy(entry->place, cfn->costs.items + entry->saved,
                   entry->length * sizeof *entry->place);
        /* Unary costs are restored, so their largest is not known any more. */
        if (entry->variable != TH_NONE)
            cfn->variables[entry->variable].largest = TH_FORBIDDEN_LIMIT;
    }
    cfn->costs.count = level->costs;
    cfn->bound = level->bound;
    cfn->stamp = level->stamp;
    clear_list(&cfn->removed);
    clear_list(&cfn->raised);
    clear_list(&cfn->doubtful);
    cfn->prune_all = true;
}

static void save(th_cfn *cfn, th_weight *place, size_t length, th_id variable) {
    cfn->trail.items[cfn->trail.count++] =
        (th_trail_entry){place, variable, 0, cfn->costs.count, length};
    memcpy(cfn->costs.items + cfn->costs.count, place, length * sizeof *place);
    cfn->costs.count += length;
}

void th_cfn_save_unary(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    if (cfn->levels.count == 0 || of->saved_unary == cfn->stamp)
        return;
    of->saved_unary = cfn->stamp;
    save(cfn, of->unary, of->stride, variable);
}

void th_cfn_save_delta(th_cfn *cfn, th_weight *delta, size_t length, uint64_t *saved) {
    if (cfn->levels.count == 0 || *saved == cfn->stamp)
        return;
    *saved = cfn->stamp;
    save(cfn, delta, length, TH_NONE);
}

static void save_count(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    if (cfn->levels.count == 0 || of->saved_count == cfn->stamp)
        return;
    of->saved_count = cfn->stamp;
    cfn->trail.items[cfn->trail.count++] = (th_trail_entry){NULL, variable, of->count, 0, 0};
}

void th_cfn_note(th_worklist *list, th_id variable) {
    if (list->in[variable])
        return;
    list->in[variable] = 1;
    list->items[list->count++] = variable;
}

/* The domain shrank: partners may be lost, and with them existential supports. */
static void note_removed(th_cfn *cfn, th_id variable) {
    th_cfn_note(&cfn->removed, variable);
    th_cfn_note(&cfn->doubtful, variable);
    for (th_id e = 0; e < cfn->variables[variable].edge_count; e++)
        th_cfn_note(&cfn->doubtful, cfn->variables[variable].edges[e].other);
}

static void move_to(th_cfn_variable *variable, th_id value, th_id place) {
    th_id other = variable->values[place], from = variable->place[value];
    variable->values[place] = value;
    variable->place[value] = place;
    variable->values[from] = other;
    variable->place[other] = from;
}

void th_cfn_remove(th_cfn *cfn, th_id variable, th_id value) {
    th_cfn_variable *of = &cfn->variables[variable];
    if (!th_cfn_has(of, value))
        return;
    save_count(cfn, variable);
    move_to(of, value, --of->count);
    note_removed(cfn, variable);
}

void th_cfn_assign(th_cfn *cfn, th_id variable, th_id value) {
    th_cfn_variable *of = &cfn->variables[variable];
    save_count(cfn, variable);
    if (!th_cfn_has(of, value)) {
        of->count = 0;
    } else {
        move_to(of, value, 0);
        of->count = 1;
        of->support = value;
    }
    note_removed(cfn, variable);
}

bool th_cfn_least(th_cfn *cfn, const th_edge *edge, size_t stride, bool full, th_weight *least) {
    const th_cfn_variable *other = &cfn->variables[edge->other];
    th_weight *shift = cfn->scratch + 4 * cfn->largest_stride;
    for (th_id i = 0; i < other->count; i++)
        shift[i] = (full ? other->unary[other->values[i]] : 0) - edge->theirs[other->values[i]];
    if (stride * (size_t)other->count <= TH_HALT_WORK) {
        th_min_plus(edge->turned, stride, stride, other->values, shift, other->count, least);
        return true;
    }
    for (size_t at = 0; at < stride; at += TH_LANES) {
        if (th_cfn_should_stop(cfn, TH_LANES * (size_t)other->count))
            return false;
        th_min_plus(edge->turned + at, stride, TH_LANES, other->values, shift, other->count,
                    least + at);
    }
    return true;
}

bool th_cfn_settle(th_cfn *cfn, th_id variable) {
    th_cfn_variable *of = &cfn->variables[variable];
    th_weight least = TH_FORBIDDEN_LIMIT;
    for (th_id i = 0; i < of->count; i++)
        if (of->unary[of->values[i]] < least)
            least = of->unary[of->values[i]];
    if (least >= cfn->top - cfn->bound)
        return false;
    if (least > 0) {
        th_cfn_save_unary(cfn, variable);
        for (th_id i = 0; i < of->count; i++)
            of->unary[of->values[i]] -= least;
        cfn->bound += least;
        cfn->prune_all = true;
    }
    th_weight most = 0;
    th_id before = of->count;
    for (th_id i = of->count - 1; i >= 0; i--) {
        th_weight cost = of->unary[of->values[i]];
        if (cost >= cfn->top - cfn->bound) {
            save_count(cfn, variable);
            move_to(of, of->values[i], --of->count);
        } else if (cost > most)
            most = cost;
    }
    of->largest = most;
    if (of->count != before)
        note_removed(cfn, variable);
    return true;
}

void th_cfn_touch_all(th_cfn *cfn) {
    for (th_id v = 0; v < cfn->variable_count; v++) {
        th_cfn_note(&cfn->removed, v);
        th_cfn_note(&cfn->raised, v);
        th_cfn_note(&cfn->doubtful, v);
    }
    cfn->prune_all = true;
}

th_cost th_cfn_bound(const th_cfn *cfn, th_cost scaled) {
    /* scaled is not negative: all moves keep costs at or above 0. */
    return cfn->offset + (scaled + cfn->scale - 1) / cfn->scale;
}

void th_cfn_set_top(th_cfn *cfn, th_cost cost) {
    if (th_cost_is_top(cost))
        return;
    /* Totals are whole: less than `cost` is at most cost - 1. None is less than the offset. */
    th_cost top = cost <= cfn->offset ? 0 : (cost - cfn->offset - 1) * cfn->scale + 1;
    if (top < cfn->top) {
        cfn->top = (th_weight)top;
        cfn->prune_all = true;
    }
}

th_cost th_cfn_cost(const th_cfn *cfn, const th_id *values) {
    th_cost total = cfn->bound;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        if (cfn->variables[v].unary[values[v]] >= TH_FORBIDDEN_LIMIT)
            return TH_TOP;
        total += cfn->variables[v].unary[values[v]];
    }
    for (size_t c = 0; c < cfn->constraint_count; c++) {
        const th_edge *edge = &cfn->constraints[c][0];
        th_weight cost = th_edge_cost(edge, values[cfn->first_variable[c]], values[edge->other]);
        if (cost >= TH_FORBIDDEN_LIMIT)
            return TH_TOP;
        total += cost;
    }
    return total;
}
