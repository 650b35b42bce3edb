/* Builds a cost function network from conjunctions of literals. See network.h. */
#include "network.h"

#include <string.h>

void th_network_free(th_network *network) {
    for (size_t i = 0; i < network->variables.count; i++)
        th_vec_free(&network->variables.items[i].tables);
    th_vec_free(&network->variables);
    th_vec_free(&network->tables);
    th_arena_free(&network->arena);
}

size_t th_network_left(const th_network *network) {
    size_t limit = network->memory_limit, used = network->arena.bytes + network->other_bytes;
    if (limit == 0)
        return SIZE_MAX;
    return used < limit ? limit - used : 0;
}

void *th_network_take(th_network *network, size_t count, size_t item_size) {
    if (item_size != 0 && count > th_network_left(network) / item_size) {
        network->over_limit = true;
        return NULL;
    }
    (void)th_halt_after(network->halt, count * item_size / 8); /* it is zeroed */
    return th_arena_take(&network->arena, count, item_size);
}

th_status th_network_add_variable(th_network *network, th_id size, th_id *variable) {
    th_variable made = {.size = size};
    made.unary = th_network_take(network, (size_t)size, sizeof *made.unary);
    if (made.unary == NULL || network->variables.count >= (size_t)TH_ID_MAX)
        return TH_NO_MEMORY;
    *variable = (th_id)network->variables.count;
    return th_vec_push(&network->variables, made);
}

th_table *th_network_find(th_network *network, th_id x, th_id y) {
    th_variable *one = &network->variables.items[x], *other = &network->variables.items[y];
    if (other->tables.count < one->tables.count)
        one = other;
    (void)th_halt_after(network->halt, one->tables.count);
    for (size_t i = 0; i < one->tables.count; i++) {
        th_table *table = &network->tables.items[one->tables.items[i]];
        if (table->x == x && table->y == y)
            return table;
    }
    return NULL;
}

th_status th_network_table(th_network *network, th_id x, th_id y, th_table **table) {
    *table = th_network_find(network, x, y);
    if (*table != NULL)
        return TH_OK;
    th_variable *one = &network->variables.items[x], *other = &network->variables.items[y];
    th_table made = {x, y, NULL};
    /* Both sizes are below 2^30, so the product fits in 64 bits. */
    made.cost =
        th_network_take(network, (size_t)one->size * (size_t)other->size, sizeof *made.cost);
    if (made.cost == NULL || network->tables.count >= (size_t)TH_ID_MAX ||
        th_vec_reserve(&network->tables, 1) != TH_OK || th_vec_reserve(&one->tables, 1) != TH_OK ||
        th_vec_reserve(&other->tables, 1) != TH_OK)
        return TH_NO_MEMORY;
    th_id id = (th_id)network->tables.count;
    network->tables.items[network->tables.count++] = made;
    one->tables.items[one->tables.count++] = id;
    other->tables.items[other->tables.count++] = id;
    *table = &network->tables.items[id];
    return TH_OK;
}

/* A literal with its mask merged: one per variable, never full, never empty. */
typedef struct {
    th_id variable;
    const unsigned char *mask;
} condition;

typedef TH_VEC(condition) conditions;

static bool mask_has(const unsigned char *mask, th_id size, unsigned char wanted) {
    return memchr(mask, wanted, (size_t)size) != NULL;
}

/* Merges literals over the same variable and drops those that always hold. Sets *never when one of
 * them cannot hold. */
static th_status normalize(th_network *network, const th_literal *literals, size_t count,
                           conditions *made, bool *never) {
    *never = false;
    for (size_t i = 0; i < count; i++) {
        th_id size = network->variables.items[literals[i].variable].size;
        size_t k = 0;
        while (k < made->count && made->items[k].variable != literals[i].variable)
            k++;
        if (th_halt_after(network->halt, (size_t)size / 4 + k))
            return TH_STOPPED;
        if (k == made->count) {
            if (th_vec_push(made, (condition){literals[i].variable, literals[i].mask}) != TH_OK)
                return TH_NO_MEMORY;
            continue;
        }
        unsigned char *both = th_network_take(network, (size_t)size, 1);
        if (both == NULL)
            return TH_NO_MEMORY;
        for (th_id value = 0; value < size; value++)
            both[value] = made->items[k].mask[value] & literals[i].mask[value];
        made->items[k].mask = both;
    }
    size_t kept = 0;
    for (size_t k = 0; k < made->count; k++) {
        th_id size = network->variables.items[made->items[k].variable].size;
        if (!mask_has(made->items[k].mask, size, 1))
            *never = true;
        if (mask_has(made->items[k].mask, size, 0))
            made->items[kept++] = made->items[k];
    }
    made->count = kept;
    return TH_OK;
}

static void add_unary(th_network *network, const condition *a, th_cost cost) {
    th_variable *variable = &network->variables.items[a->variable];
    for (th_id value = 0; value < variable->size; value++)
        if (a->mask[value])
            variable->unary[value] = th_cost_add(variable->unary[value], cost);
}

static th_status add_binary(th_network *network, const condition *a, const condition *b,
                            th_cost cost) {
    if (a->variable > b->variable) {
        const condition *swap = a;
        a = b;
        b = swap;
    }
    th_table *table;
    th_status status = th_network_table(network, a->variable, b->variable, &table);
    if (status != TH_OK)
        return status;
    th_id rows = network->variables.items[a->variable].size;
    th_id columns = network->variables.items[b->variable].size;
    for (th_id i = 0; i < rows; i++) {
        th_cost *row = table->cost + (size_t)i * (size_t)columns;
        if (th_halt_after(network->halt, a->mask[i] ? (size_t)columns + 1 : 1))
            return TH_STOPPED;
        if (a->mask[i])
            for (th_id j = 0; j < columns; j++)
                if (b->mask[j])
                    row[j] = th_cost_add(row[j], cost);
    }
    return TH_OK;
}

/* Forbids hidden = `value` together with (holds ? the condition : its opposite). */
static th_status tie(th_network *network, th_id hidden, th_id value, const condition *to,
                     bool holds) {
    th_variable *variable = &network->variables.items[to->variable];
    th_table *table;
    th_id x = to->variable < hidden ? to->variable : hidden;
    th_id y = to->variable < hidden ? hidden : to->variable;
    th_status status = th_network_table(network, x, y, &table);
    if (status != TH_OK)
        return status;
    size_t hidden_size = (size_t)network->variables.items[hidden].size;
    size_t size = (size_t)variable->size;
    if (th_halt_after(network->halt, size))
        return TH_STOPPED;
    for (size_t i = 0; i < size; i++)
        if ((to->mask[i] != 0) == holds) {
            if (x == hidden)
                table->cost[(size_t)value * size + i] = TH_TOP;
            else
                table->cost[i * hidden_size + (size_t)value] = TH_TOP;
        }
    return TH_OK;
}

/* Values of the hidden variable: i < count means "condition i is the first that fails"; `count`
 * means "all hold" and is left out when that is forbidden. */
static th_status add_hidden(th_network *network, const conditions *all, th_cost cost) {
    th_id count = (th_id)all->count;
    bool forbidden = th_cost_is_top(cost);
    th_id hidden;
    th_status status = th_network_add_variable(network, forbidden ? count : count + 1, &hidden);
    if (status == TH_OK && !forbidden)
        network->variables.items[hidden].unary[count] = cost;
    for (th_id i = 0; status == TH_OK && i < count; i++) {
        status = tie(network, hidden, i, &all->items[i], true);
        for (th_id later = i + 1; status == TH_OK && later < count + !forbidden; later++)
            status = tie(network, hidden, later, &all->items[i], false);
    }
    return status;
}

th_status th_network_add(th_network *network, const th_literal *literals, size_t count,
                         th_cost cost) {
    conditions merged = {0};
    bool never;
    if (th_halt_after(network->halt, 16))
        return TH_STOPPED;
    th_status status = normalize(network, literals, count, &merged, &never);
    if (status == TH_OK && !never && cost != 0) {
        if (merged.count == 0)
            network->constant = th_cost_add(network->constant, cost);
        else if (merged.count == 1)
            add_unary(network, &merged.items[0], cost);
        else if (merged.count == 2)
            status = add_binary(network, &merged.items[0], &merged.items[1], cost);
        else
            status = add_hidden(network, &merged, cost);
    }
    th_vec_free(&merged);
    return status;
}
