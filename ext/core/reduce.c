/* Arc consistency, dominance, variable elimination, components. See reduce.h. */
#include "reduce.h"

#include <string.h>

/* A variable with two neighbours is minimised out if that takes at most so many steps; past it the
 * search treats it like any other. */
static const size_t elimination_limit = 2000000;

typedef struct value_sketch value_sketch;

typedef struct {
    th_reduction *reduction;
    th_network *network;
    unsigned char *waiting; /* variable -> 1 when in the queue */
    unsigned char *suspect; /* variable -> 1 when a value may have come to dominate another */
    th_id *queue;           /* a ring of variables whose neighbours have to be looked at */
    size_t head, count;
    th_reduce_options options;
    value_sketch *sketches; /* as many as the largest domain has values */
} reducing;

static th_variable *variable_of(const reducing *run, th_id variable) {
    return &run->network->variables.items[variable];
}

static th_table *table_of(const reducing *run, th_id table) {
    return &run->network->tables.items[table];
}

static th_id other_end(const th_table *table, th_id variable) {
    return table->x == variable ? table->y : table->x;
}

/* Cost of `value` of `variable` with `other` of the other end. */
static th_cost cost_of(const reducing *run, const th_table *table, th_id variable, th_id value,
                       th_id other) {
    size_t columns = (size_t)variable_of(run, table->y)->size;
    return table->x == variable ? table->cost[(size_t)value * columns + (size_t)other]
                                : table->cost[(size_t)other * columns + (size_t)value];
}

static void enqueue(reducing *run, th_id variable) {
    run->suspect[variable] = 1;
    if (run->waiting[variable] || run->reduction->gone[variable])
        return;
    run->waiting[variable] = 1;
    run->queue[(run->head + run->count++) % run->network->variables.count] = variable;
}

static th_id dequeue(reducing *run) {
    th_id variable = run->queue[run->head];
    run->head = (run->head + 1) % run->network->variables.count;
    run->count--;
    run->waiting[variable] = 0;
    return variable;
}

static bool is_infeasible(const reducing *run) {
    return th_cost_is_top(run->network->constant);
}

/* Whether to give up, after so many costs were looked at. Whoever sees it may leave its work half
 * done: reduce() throws all away then. */
static bool should_stop(const reducing *run, size_t work) {
    return th_halt_after(run->network->halt, work);
}

/* Keeps the values whose unary cost is finite. Returns whether any went. */
static bool drop_forbidden(reducing *run, th_id variable) {
    th_id *live = run->reduction->live[variable];
    th_id kept = 0, count = run->reduction->live_count[variable];
    for (th_id i = 0; i < count; i++)
        if (!th_cost_is_top(variable_of(run, variable)->unary[live[i]]))
            live[kept++] = live[i];
    run->reduction->live_count[variable] = kept;
    if (kept == 0)
        run->network->constant = TH_TOP;
    return kept != count;
}

/* Removes values of `variable` without a partner in `table`. Returns whether any went. */
static bool revise(reducing *run, th_id variable, const th_table *table) {
    th_id other = other_end(table, variable);
    const th_reduction *reduction = run->reduction;
    bool changed = false;
    for (th_id i = 0; i < reduction->live_count[variable]; i++) {
        th_id value = reduction->live[variable][i];
        bool found = false;
        th_id k = 0;
        for (; !found && k < reduction->live_count[other]; k++)
            found =
                !th_cost_is_top(cost_of(run, table, variable, value, reduction->live[other][k]));
        if (should_stop(run, (size_t)k))
            return false;
        if (!found) {
            variable_of(run, variable)->unary[value] = TH_TOP;
            changed = true;
        }
    }
    return changed && drop_forbidden(run, variable);
}

/* To the fixpoint, from the variables in the queue. */
static void make_arc_consistent(reducing *run) {
    while (run->count != 0 && !is_infeasible(run) && !should_stop(run, 1)) {
        th_id variable = dequeue(run);
        for (size_t i = 0; i < variable_of(run, variable)->tables.count && !should_stop(run, 1);
             i++) {
            const th_table *table = table_of(run, variable_of(run, variable)->tables.items[i]);
            th_id other = other_end(table, variable);
            run->suspect[other] = 1;
            if (revise(run, other, table))
                enqueue(run, other);
        }
    }
    while (run->count != 0)
        (void)dequeue(run);
}

/* Takes a table out of the list of one of its variables. */
static void forget_table(reducing *run, th_id variable, th_id table) {
    th_variable *from = variable_of(run, variable);
    size_t i = 0;
    while (from->tables.items[i] != table)
        i++;
    (void)should_stop(run, i);
    from->tables.items[i] = from->tables.items[--from->tables.count];
}

static th_status record(reducing *run, th_id variable, th_id first, th_id second) {
    run->reduction->gone[variable] = 1;
    return th_vec_push(&run->reduction->eliminations, (th_elimination){variable, {first, second}});
}

/* The only value left pays its tables into the neighbours' unary costs. */
static th_status fix(reducing *run, th_id variable) {
    th_variable *fixed = variable_of(run, variable);
    th_id value = run->reduction->live[variable][0];
    run->network->constant = th_cost_add(run->network->constant, fixed->unary[value]);
    while (fixed->tables.count != 0) {
        th_id id = fixed->tables.items[fixed->tables.count - 1];
        const th_table *table = table_of(run, id);
        th_id other = other_end(table, variable);
        th_variable *neighbour = variable_of(run, other);
        if (should_stop(run, (size_t)run->reduction->live_count[other]))
            return TH_STOPPED;
        for (th_id k = 0; k < run->reduction->live_count[other]; k++) {
            th_id other_value = run->reduction->live[other][k];
            neighbour->unary[other_value] = th_cost_add(
                neighbour->unary[other_value], cost_of(run, table, variable, value, other_value));
        }
        forget_table(run, other, id);
        fixed->tables.count--;
        (void)drop_forbidden(run, other);
        enqueue(run, other);
    }
    return record(run, variable, TH_NONE, TH_NONE);
}

/* min over the values of `variable` of its unary cost and its costs with the given partners. */
static th_cost best_with(const reducing *run, th_id variable, const th_table *first, th_id a,
                         const th_table *second, th_id b, th_id *best) {
    th_cost least = TH_TOP;
    *best = TH_NONE;
    for (th_id i = 0; i < run->reduction->live_count[variable]; i++) {
        th_id value = run->reduction->live[variable][i];
        th_cost cost = variable_of(run, variable)->unary[value];
        if (first != NULL)
            cost = th_cost_add(cost, cost_of(run, first, variable, value, a));
        if (second != NULL)
            cost = th_cost_add(cost, cost_of(run, second, variable, value, b));
        if (!th_cost_is_top(cost) && (*best == TH_NONE || cost < least)) {
            least = cost;
            *best = value;
        }
    }
    return least;
}

static th_status eliminate_one(reducing *run, th_id variable) {
    th_variable *from = variable_of(run, variable);
    th_id best;
    if (from->tables.count == 0) {
        run->network->constant =
            th_cost_add(run->network->constant, best_with(run, variable, NULL, 0, NULL, 0, &best));
        return record(run, variable, TH_NONE, TH_NONE);
    }
    th_id id = from->tables.items[0];
    const th_table *table = table_of(run, id);
    th_id other = other_end(table, variable);
    th_variable *neighbour = variable_of(run, other);
    for (th_id k = 0; k < run->reduction->live_count[other]; k++) {
        th_id value = run->reduction->live[other][k];
        if (should_stop(run, (size_t)run->reduction->live_count[variable]))
            return TH_STOPPED;
        neighbour->unary[value] = th_cost_add(
            neighbour->unary[value], best_with(run, variable, table, value, NULL, 0, &best));
    }
    forget_table(run, other, id);
    (void)drop_forbidden(run, other);
    enqueue(run, other);
    return record(run, variable, id, TH_NONE);
}

static th_status eliminate_two(reducing *run, th_id variable) {
    th_id ids[2] = {variable_of(run, variable)->tables.items[0],
                    variable_of(run, variable)->tables.items[1]};
    th_id x = other_end(table_of(run, ids[0]), variable);
    th_id y = other_end(table_of(run, ids[1]), variable);
    if (x > y) {
        th_id swap = x;
        x = y;
        y = swap;
        swap = ids[0];
        ids[0] = ids[1];
        ids[1] = swap;
    }
    th_table *into;
    th_status status = th_network_table(run->network, x, y, &into);
    if (status != TH_OK)
        return status;
    const th_table *to_x = table_of(run, ids[0]), *to_y = table_of(run, ids[1]);
    size_t columns = (size_t)variable_of(run, y)->size;
    for (th_id i = 0; i < run->reduction->live_count[x]; i++)
        for (th_id k = 0; k < run->reduction->live_count[y]; k++) {
            th_id a = run->reduction->live[x][i], b = run->reduction->live[y][k], best;
            th_cost *cost = &into->cost[(size_t)a * columns + (size_t)b];
            if (should_stop(run, 2 * (size_t)run->reduction->live_count[variable]))
                return TH_STOPPED;
            *cost = th_cost_add(*cost, best_with(run, variable, to_x, a, to_y, b, &best));
        }
    forget_table(run, x, ids[0]);
    forget_table(run, y, ids[1]);
    enqueue(run, x);
    enqueue(run, y);
    return record(run, variable, ids[0], ids[1]);
}

static size_t steps_of_elimination(const reducing *run, th_id variable) {
    size_t steps = (size_t)run->reduction->live_count[variable];
    for (size_t i = 0; i < variable_of(run, variable)->tables.count; i++) {
        const th_table *table = table_of(run, variable_of(run, variable)->tables.items[i]);
        steps *= (size_t)run->reduction->live_count[other_end(table, variable)];
        if (steps > elimination_limit)
            return steps;
    }
    return steps;
}

/* Fixes and minimises out until nothing more goes. Sets *changed when anything did. */
static th_status eliminate(reducing *run, bool keep_all, bool *changed) {
    th_id variables = (th_id)run->network->variables.count;
    bool again = true;
    while (again && !is_infeasible(run)) {
        again = false;
        for (th_id variable = 0; variable < variables && !is_infeasible(run); variable++) {
            th_status status = should_stop(run, 1) ? TH_STOPPED : TH_OK;
            size_t degree = variable_of(run, variable)->tables.count;
            if (run->reduction->gone[variable])
                continue;
            if (status != TH_OK)
                return status;
            if (run->reduction->live_count[variable] == 1)
                status = fix(run, variable);
            else if (keep_all || degree > 2)
                continue;
            else if (degree < 2)
                status = eliminate_one(run, variable);
            else if (steps_of_elimination(run, variable) <= elimination_limit)
                status = eliminate_two(run, variable);
            else
                continue;
            if (status != TH_OK)
                return status;
            again = *changed = true;
        }
        make_arc_consistent(run);
    }
    return TH_OK;
}

/* What can be told of a value at once: if a dominates b, its sketch allows it to. */
struct value_sketch {
    th_cost least;         /* its unary cost and the least finite cost of each table */
    uint64_t forbidden[4]; /* Bloom filter of the partners it forbids */
};

/* Fills the sketches of the live values of `variable`. */
static void sketch_values(const reducing *run, th_id variable, value_sketch *sketches) {
    const th_variable *from = variable_of(run, variable);
    for (th_id i = 0; i < run->reduction->live_count[variable]; i++) {
        th_id value = run->reduction->live[variable][i];
        value_sketch *sketch = &sketches[i];
        *sketch = (value_sketch){.least = from->unary[value]};
        for (size_t t = 0; t < from->tables.count; t++) {
            const th_table *table = table_of(run, from->tables.items[t]);
            th_id other = other_end(table, variable);
            th_cost least = TH_TOP;
            if (should_stop(run, 2 * (size_t)run->reduction->live_count[other]))
                return;
            for (th_id k = 0; k < run->reduction->live_count[other]; k++) {
                th_id partner = run->reduction->live[other][k];
                th_cost cost = cost_of(run, table, variable, value, partner);
                uint64_t mixed = ((uint64_t)from->tables.items[t] << 20 ^ (uint64_t)partner) *
                                 UINT64_C(0x9e3779b97f4a7c15);
                if (th_cost_is_top(cost))
                    sketch->forbidden[mixed >> 62] |= (uint64_t)1 << (mixed >> 56 & 63);
                else if (cost < least)
                    least = cost;
            }
            sketch->least = th_cost_add(sketch->least, least);
        }
    }
}

static bool may_dominate(const value_sketch *b, const value_sketch *a) {
    return b->least <= a->least && (b->forbidden[0] & ~a->forbidden[0]) == 0 &&
           (b->forbidden[1] & ~a->forbidden[1]) == 0 && (b->forbidden[2] & ~a->forbidden[2]) == 0 &&
           (b->forbidden[3] & ~a->forbidden[3]) == 0;
}

/* Whether `b` never costs more than `a`: the sum of the file's head is not positive. */
static bool dominates(const reducing *run, th_id variable, th_id b, th_id a) {
    th_variable *from = variable_of(run, variable);
    th_cost sum = from->unary[b] - from->unary[a];
    for (size_t i = 0; i < from->tables.count; i++) {
        const th_table *table = table_of(run, from->tables.items[i]);
        th_id other = other_end(table, variable);
        bool rows = table->x == variable;
        size_t columns = (size_t)variable_of(run, table->y)->size;
        size_t step = rows ? 1 : columns;
        const th_cost *cost_a = table->cost + (size_t)a * (rows ? columns : 1);
        const th_cost *cost_b = table->cost + (size_t)b * (rows ? columns : 1);
        th_cost most = -TH_TOP;
        const th_id *live = run->reduction->live[other];
        if (should_stop(run, (size_t)run->reduction->live_count[other]))
            return false;
        for (th_id k = 0; k < run->reduction->live_count[other]; k++) {
            size_t at = (size_t)live[k] * step;
            if (th_cost_is_top(cost_a[at]))
                continue;
            if (th_cost_is_top(cost_b[at])) {
                /* What told these two apart is likely to tell the next two apart: look here first.
                 */
                th_id first = from->tables.items[0];
                from->tables.items[0] = from->tables.items[i];
                from->tables.items[i] = first;
                return false;
            }
            th_cost difference = cost_b[at] - cost_a[at];
            most = difference > most ? difference : most;
        }
        if (most == -TH_TOP)
            return true; /* `a` lost its last partner: nothing is lost with it */
        sum += most;
    }
    return sum <= 0;
}

/* Removes dominated values everywhere. Sets *changed when any went. */
static void drop_dominated(reducing *run, bool *changed) {
    for (th_id variable = 0; variable < (th_id)run->network->variables.count; variable++) {
        if (run->reduction->gone[variable] || !run->suspect[variable])
            continue;
        run->suspect[variable] = 0;
        th_id *live = run->reduction->live[variable];
        bool dropped = false;
        sketch_values(run, variable, run->sketches);
        if (should_stop(run, 1))
            return;
        for (th_id i = 0; i < run->reduction->live_count[variable]; i++) {
            if (should_stop(run, (size_t)run->reduction->live_count[variable]))
                return;
            th_cost *mine = &variable_of(run, variable)->unary[live[i]];
            for (th_id k = 0; k < run->reduction->live_count[variable]; k++)
                if (k != i && may_dominate(&run->sketches[k], &run->sketches[i]) &&
                    !th_cost_is_top(variable_of(run, variable)->unary[live[k]]) &&
                    dominates(run, variable, live[k], live[i])) {
                    *mine = TH_TOP;
                    dropped = true;
                    break;
                }
        }
        if (dropped) {
            *changed |= drop_forbidden(run, variable);
            enqueue(run, variable);
        }
    }
}

/* Numbers the components of what is left, by a walk along tables. */
static void find_components(reducing *run, bool keep_all) {
    th_reduction *reduction = run->reduction;
    for (th_id variable = 0; keep_all && variable < (th_id)run->network->variables.count;
         variable++)
        if (!reduction->gone[variable]) {
            reduction->component[variable] = 0;
            reduction->component_count = 1;
        }
    for (th_id start = 0; start < (th_id)run->network->variables.count; start++) {
        if (reduction->gone[start] || reduction->component[start] != TH_NONE)
            continue;
        th_id component = reduction->component_count++;
        reduction->component[start] = component;
        enqueue(run, start);
        while (run->count != 0) {
            const th_variable *from = variable_of(run, dequeue(run));
            for (size_t i = 0; i < from->tables.count; i++) {
                const th_table *table = table_of(run, from->tables.items[i]);
                th_id ends[2] = {table->x, table->y};
                for (size_t k = 0; k < 2; k++)
                    if (reduction->component[ends[k]] == TH_NONE) {
                        reduction->component[ends[k]] = component;
                        enqueue(run, ends[k]);
                    }
            }
        }
    }
}

static th_status reduce(reducing *run) {
    th_reduce_options options = run->options;
    th_id variables = (th_id)run->network->variables.count;
    for (th_id variable = 0; variable < variables && !is_infeasible(run); variable++) {
        if (should_stop(run, 2 * (size_t)run->reduction->live_count[variable] + 8))
            return TH_STOPPED;
        (void)drop_forbidden(run, variable);
        enqueue(run, variable);
    }
    make_arc_consistent(run);
    for (bool changed = true; changed && !is_infeasible(run);) {
        changed = false;
        if (should_stop(run, 1))
            return TH_STOPPED;
        th_status status = eliminate(run, options.keep_all, &changed);
        if (status != TH_OK)
            return status;
        if (!options.keep_all && !is_infeasible(run)) {
            drop_dominated(run, &changed);
            make_arc_consistent(run);
        }
    }
    if (!is_infeasible(run) && should_stop(run, 1))
        return TH_STOPPED;
    if (!is_infeasible(run))
        find_components(run, options.keep_all);
    return TH_OK;
}

static th_status allocate_live(th_reduction *reduction, th_network *network) {
    size_t count = network->variables.count;
    reduction->live = th_allocate(count, sizeof *reduction->live);
    reduction->live_count = th_allocate(count, sizeof *reduction->live_count);
    reduction->gone = th_allocate(count, 1);
    reduction->component = th_allocate(count, sizeof *reduction->component);
    if (reduction->live == NULL || reduction->live_count == NULL || reduction->gone == NULL ||
        reduction->component == NULL)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        th_id size = network->variables.items[i].size;
        reduction->component[i] = TH_NONE;
        if (th_halt_after(network->halt, 2 * (size_t)size + 32))
            return TH_STOPPED;
        if ((size_t)size > th_network_left(network) / sizeof **reduction->live) {
            network->over_limit = true;
            return TH_NO_MEMORY;
        }
        network->other_bytes += (size_t)size * sizeof **reduction->live;
        reduction->live[i] = th_allocate((size_t)size, sizeof **reduction->live);
        if (reduction->live[i] == NULL)
            return TH_NO_MEMORY;
        reduction->live_count[i] = size;
        for (th_id value = 0; value < size; value++)
            reduction->live[i][value] = value;
    }
    return TH_OK;
}

th_status th_reduce(th_network *network, th_reduce_options options, th_reduction *reduction) {
    memset(reduction, 0, sizeof *reduction);
    reduction->network = network;
    th_status status = allocate_live(reduction, network);
    reducing run = {.reduction = reduction, .network = network, .options = options};
    run.waiting = th_allocate(network->variables.count, 1);
    run.suspect = th_allocate(network->variables.count, 1);
    size_t largest = 1;
    for (size_t i = 0; i < network->variables.count; i++)
        if ((size_t)network->variables.items[i].size > largest)
            largest = (size_t)network->variables.items[i].size;
    run.sketches = th_allocate(largest, sizeof *run.sketches);
    run.queue = th_allocate(network->variables.count, sizeof *run.queue);
    if (status == TH_OK)
        status =
            run.waiting != NULL && run.suspect != NULL && run.queue != NULL && run.sketches != NULL
                ? reduce(&run)
                : TH_NO_MEMORY;
    th_free(run.waiting);
    th_free(run.suspect);
    th_free(run.sketches);
    th_free(run.queue);
    return status;
}

void th_reduction_free(th_reduction *reduction) {
    if (reduction->live != NULL)
        for (size_t i = 0; i < reduction->network->variables.count; i++)
            th_free(reduction->live[i]);
    th_free(reduction->live);
    th_free(reduction->live_count);
    th_free(reduction->gone);
    th_free(reduction->component);
    th_vec_free(&reduction->eliminations);
    memset(reduction, 0, sizeof *reduction);
}

void th_reduction_complete(const th_reduction *reduction, th_id *values) {
    /* best_with only reads. */
    reducing run = {.reduction = (th_reduction *)(uintptr_t)reduction,
                    .network = reduction->network};
    for (size_t i = reduction->eliminations.count; i > 0; i--) {
        const th_elimination *one = &reduction->eliminations.items[i - 1];
        const th_table *tables[2] = {NULL, NULL};
        th_id partners[2] = {0, 0};
        for (size_t k = 0; k < 2; k++)
            if (one->tables[k] != TH_NONE) {
                tables[k] = table_of(&run, one->tables[k]);
                partners[k] = values[other_end(tables[k], one->variable)];
            }
        (void)best_with(&run, one->variable, tables[0], partners[0], tables[1], partners[1],
                        &values[one->variable]);
    }
}
