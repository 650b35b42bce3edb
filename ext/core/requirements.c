/* Lists by candidate and by target. See requirements.h. */
#include "requirements.h"

th_status th_requirement_table_add_node(th_requirement_table *table, size_t id) {
    if (table->by_candidate.count > id)
        return TH_OK;
    if (th_vec_reserve(&table->by_candidate, 1) != TH_OK ||
        th_vec_reserve(&table->by_target, 1) != TH_OK)
        return TH_NO_MEMORY;
    table->by_candidate.items[table->by_candidate.count++] = NULL;
    table->by_target.items[table->by_target.count++] = (th_incoming_list){0};
    return TH_OK;
}

void th_requirement_table_free(th_requirement_table *table) {
    for (size_t i = 0; i < table->by_candidate.count; i++) {
        th_incoming_list *list = &table->by_target.items[i];
        for (size_t k = 0; k < list->count; k++)
            th_vec_free(&list->items[k].items);
        th_vec_free(list);
        th_free(table->by_candidate.items[i]);
    }
    th_vec_free(&table->by_candidate);
    th_vec_free(&table->by_target);
    th_arena_free(&table->arena);
}

th_requirement *th_requirement_table_reserve(th_requirement_table *table, th_id node, size_t size,
                                             size_t count) {
    th_requirements **known = &table->by_candidate.items[node];
    if (*known == NULL)
        *known = th_allocate(size, sizeof **known);
    if (*known == NULL)
        return NULL;
    /* One more than asked for: a known list is never NULL. */
    return th_arena_take(&table->arena, count + 1, sizeof(th_requirement));
}

void th_requirement_table_set(th_requirement_table *table, th_id node, th_id version,
                              const th_requirement *items, size_t count) {
    table->by_candidate.items[node][version] = (th_requirements){.items = items, .count = count};
}

th_incoming *th_requirement_table_incoming(th_requirement_table *table, th_id target,
                                           th_id source) {
    th_incoming_list *list = &table->by_target.items[target];
    th_incoming *incoming = NULL;
    for (size_t i = list->count; i > 0 && incoming == NULL; i--) /* the latest is the likeliest */
        if (list->items[i - 1].source == source)
            incoming = &list->items[i - 1];
    if (incoming == NULL) {
        th_incoming none = {.source = source};
        if (th_vec_push(list, none) != TH_OK)
            return NULL;
        incoming = &list->items[list->count - 1];
    }
    return th_vec_reserve(&incoming->items, 1) == TH_OK ? incoming : NULL;
}
