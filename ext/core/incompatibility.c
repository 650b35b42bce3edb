/* The store of incompatibilities. See incompatibility.h. */
#include "incompatibility.h"

#include <string.h>

void th_store_init(th_store *store) {
    *store = (th_store){.derivation_bytes_max = TH_DERIVATION_BYTES_MAX};
}

void th_store_free(th_store *store) {
    for (size_t i = 0; i < store->items.count; i++) {
        th_incompatibility *item = &store->items.items[i];
        if (item->cause == TH_CAUSE_DERIVED) {
            th_free(item->terms);
            th_free(item->derived.derivation);
        }
    }
    th_vec_free(&store->items);
    th_vec_free(&store->free_ids);
    th_arena_free(&store->arena);
    th_free(store->slots);
}

/* Copies `item` to a free id. Keeps room in free_ids for all, so that freeing one cannot fail. */
static th_status add_item(th_store *store, th_incompatibility item, th_id *id) {
    if (store->free_ids.count != 0) {
        *id = store->free_ids.items[--store->free_ids.count];
        store->items.items[*id] = item;
        return TH_OK;
    }
    if (store->items.count >= (size_t)TH_ID_MAX)
        return TH_NO_MEMORY;
    if (th_vec_reserve(&store->free_ids, store->items.count + 1) != TH_OK ||
        th_vec_push(&store->items, item) != TH_OK)
        return TH_NO_MEMORY;
    *id = (th_id)store->items.count - 1;
    return TH_OK;
}

/* Makes a term whose words live in the arena; term->words is NULL when memory runs out. */
static th_term take_term(th_store *store, th_id node, const th_word *set, size_t words) {
    uint32_t first, count = th_term_window(set, words, &first);
    th_word *copy = th_arena_take(&store->arena, count, sizeof *copy);
    if (copy == NULL)
        return (th_term){.node = node};
    return th_term_copy(node, set, first, count, copy);
}

th_status th_store_add_unary(th_store *store, th_cause cause, th_id node, const th_word *set,
                             size_t words, bool full, int64_t tag, th_id *id) {
    th_incompatibility item = {.cause = cause,
                               .external = {.node = node, .target = TH_NONE, .tag = tag}};
    if (!full) {
        item.count = 1;
        item.terms = th_arena_take(&store->arena, 1, sizeof *item.terms);
        if (item.terms == NULL)
            return TH_NO_MEMORY;
        *item.terms = take_term(store, node, set, words);
        if (item.terms->words == NULL)
            return TH_NO_MEMORY;
    }
    return add_item(store, item, id);
}

/* --- requirements: a hash table from (node, target, forbidden set) --- */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_requirement(th_id node, th_id target, const th_word *window, uint32_t first,
                                 uint32_t count) {
    uint64_t hash = mix(mix((uint64_t)node, (uint64_t)target), first);
    for (uint32_t i = 0; i < count; i++)
        hash = mix(hash, window[i]);
    return hash;
}

/* Doubles the table when it is half full. */
static th_status reserve_slot(th_store *store) {
    if (2 * (store->requirements + 1) <= store->slot_count)
        return TH_OK;
    size_t slot_count = store->slot_count == 0 ? 64 : 2 * store->slot_count;
    th_id *slots = th_resize(NULL, slot_count, sizeof *slots);
    if (slots == NULL)
        return TH_NO_MEMORY;
    memset(slots, 0xff, slot_count * sizeof *slots); /* TH_NONE */
    for (size_t i = 0; i < store->items.count; i++) {
        const th_incompatibility *item = &store->items.items[i];
        if (item->cause != TH_CAUSE_REQUIREMENT)
            continue;
        const th_term *term = &item->terms[1];
        uint64_t hash = hash_requirement(item->external.node, item->external.target, term->words,
                                         term->first, term->count);
        size_t slot = hash & (slot_count - 1);
        while (slots[slot] != TH_NONE)
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (th_id)i;
    }
    th_free(store->slots);
    store->slots = slots;
    store->slot_count = slot_count;
    return TH_OK;
}

/* Adds the version to the first term. The window becomes all words of the node at once, so that it
 * grows at most once. */
static th_status grow_versions(th_store *store, th_term *term, size_t version, size_t words) {
    if (version / TH_WORD_BITS - term->first >= term->count) {
        th_word *all = th_arena_take(&store->arena, words, sizeof *all);
        if (all == NULL)
            return TH_NO_MEMORY;
        memcpy(all + term->first, term->words, term->count * sizeof *all);
        *term = (th_term){.node = term->node, .count = (uint32_t)words, .words = all};
    }
    th_bitset_add(term->words, version - (size_t)term->first * TH_WORD_BITS);
    return TH_OK;
}

th_status th_store_add_requirement(th_store *store, th_id node, size_t version, size_t node_words,
                                   th_id target, const th_word *forbidden, size_t target_words,
                                   bool full, th_id *id) {
    if (reserve_slot(store) != TH_OK)
        return TH_NO_MEMORY;
    uint32_t first, count = th_term_window(forbidden, target_words, &first);
    size_t slot =
        hash_requirement(node, target, forbidden + first, first, count) & (store->slot_count - 1);
    for (; store->slots[slot] != TH_NONE; slot = (slot + 1) & (store->slot_count - 1)) {
        th_incompatibility *item = &store->items.items[store->slots[slot]];
        const th_term *term = &item->terms[1];
        if (item->external.node == node && item->external.target == target &&
            term->first == first && term->count == count &&
            th_bitset_equal(term->words, forbidden + first, count)) {
            *id = store->slots[slot];
            return grow_versions(store, &item->terms[0], version, node_words);
        }
    }
    th_term *terms = th_arena_take(&store->arena, 2, sizeof *terms);
    th_word *versions = th_arena_take(&store->arena, 1, sizeof *versions);
    if (terms == NULL || versions == NULL)
        return TH_NO_MEMORY;
    *versions = (th_word)1 << (version % TH_WORD_BITS);
    terms[0] = (th_term){
        .node = node, .first = (uint32_t)(version / TH_WORD_BITS), .count = 1, .words = versions};
    terms[1] = take_term(store, target, forbidden, target_words);
    if (terms[1].words == NULL)
        return TH_NO_MEMORY;
    th_incompatibility item = {.terms = terms,
                               .count = full || node == target ? 1 : 2,
                               .cause = TH_CAUSE_REQUIREMENT,
                               .external = {.node = node, .target = target}};
    if (add_item(store, item, id) != TH_OK)
        return TH_NO_MEMORY;
    store->slots[slot] = *id;
    store->requirements++;
    return TH_OK;
}

/* --- derived incompatibilities and their derivations --- */

static void drop_derivation(th_store *store, th_incompatibility *item) {
    store->derivation_bytes -= item->derived.length * sizeof(th_resolution);
    th_free(item->derived.derivation);
    item->derived.derivation = NULL;
    item->derived.length = 0;
}

th_status th_store_add_derived(th_store *store, th_term *terms, uint32_t count, size_t bytes,
                               const th_resolution *derivation, size_t length, th_id *id) {
    th_incompatibility item = {.terms = terms, .count = count, .cause = TH_CAUSE_DERIVED};
    if (!store->derivations_dropped) {
        item.derived.derivation = th_resize(NULL, length, sizeof *derivation);
        if (item.derived.derivation == NULL)
            return TH_NO_MEMORY;
        memcpy(item.derived.derivation, derivation, length * sizeof *derivation);
        item.derived.length = (uint32_t)length;
    }
    if (add_item(store, item, id) != TH_OK) {
        th_free(item.derived.derivation);
        return TH_NO_MEMORY;
    }
    store->term_bytes += bytes;
    store->derivation_bytes += item.derived.length * sizeof *derivation;
    if (store->derivation_bytes > store->derivation_bytes_max) {
        store->derivations_dropped = true;
        for (size_t i = 0; i < store->items.count; i++)
            if (store->items.items[i].cause == TH_CAUSE_DERIVED)
                drop_derivation(store, &store->items.items[i]);
    }
    return TH_OK;
}

static size_t bytes_of_terms(const th_incompatibility *item) {
    size_t bytes = item->count * sizeof *item->terms;
    for (uint32_t i = 0; i < item->count; i++)
        bytes += item->terms[i].count * sizeof(th_word);
    return bytes;
}

void th_store_forget(th_store *store, th_id id) {
    th_incompatibility *item = &store->items.items[id];
    store->term_bytes -= bytes_of_terms(item);
    th_free(item->terms);
    item->terms = NULL;
}

th_status th_store_sweep(th_store *store) {
    size_t words = th_bitset_words(store->items.count);
    th_word *needed = th_allocate(words, sizeof *needed);
    TH_VEC(th_id) open = {0};
    if (needed == NULL)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < store->items.count; i++) {
        const th_incompatibility *item = &store->items.items[i];
        if (item->cause == TH_CAUSE_DERIVED && item->terms != NULL) {
            th_bitset_add(needed, i);
            if (th_vec_push(&open, (th_id)i) != TH_OK)
                goto no_memory;
        }
    }
    while (open.count != 0) {
        const th_incompatibility *item = &store->items.items[open.items[--open.count]];
        for (uint32_t i = 0; i < item->derived.length; i++) {
            th_id id = item->derived.derivation[i].incompatibility;
            if (store->items.items[id].cause != TH_CAUSE_DERIVED ||
                th_bitset_has(needed, (size_t)id))
                continue;
            th_bitset_add(needed, (size_t)id);
            if (th_vec_push(&open, id) != TH_OK)
                goto no_memory;
        }
    }
    for (size_t i = 0; i < store->items.count; i++) {
        th_incompatibility *item = &store->items.items[i];
        if (item->cause != TH_CAUSE_DERIVED || th_bitset_has(needed, i))
            continue;
        drop_derivation(store, item);
        item->cause = TH_CAUSE_NONE;
        store->free_ids.items[store->free_ids.count++] = (th_id)i;
    }
    th_vec_free(&open);
    th_free(needed);
    return TH_OK;
no_memory:
    th_vec_free(&open);
    th_free(needed);
    return TH_NO_MEMORY;
}
