/* Open addressing with linear probing. See intern.h. */
#include "intern.h"

enum { FIRST_SLOTS = 64 };

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_of(const th_intern *table, th_slice text) {
    uint64_t hash = table->seed;
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.start[i]) * 0x100000001b3U;
    return hash ^ hash >> 32;
}

/* Returns the slot that holds the text, or the free one where it belongs. */
static size_t slot_of(const th_intern *table, th_slice text) {
    size_t mask = table->slot_count - 1;
    size_t slot = (size_t)hash_of(table, text) & mask;
    while (table->slots[slot] != 0 &&
           !th_slice_equal(table->texts.items[table->slots[slot] - 1], text))
        slot = (slot + 1) & mask;
    return slot;
}

static th_status grow(th_intern *table) {
    size_t count = table->slot_count == 0 ? FIRST_SLOTS : 2 * table->slot_count;
    uint32_t *slots = th_allocate(count, sizeof *slots);
    if (slots == NULL)
        return TH_NO_MEMORY;
    th_free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    table->seed = 0xcbf29ce484222325U ^ (uint64_t)(uintptr_t)slots * 0x9e3779b97f4a7c15U;
    for (size_t i = 0; i < table->texts.count; i++)
        slots[slot_of(table, table->texts.items[i])] = (uint32_t)i + 1;
    return TH_OK;
}

th_id th_intern_find(const th_intern *table, th_slice text) {
    return table->slot_count == 0 ? TH_NONE : (th_id)table->slots[slot_of(table, text)] - 1;
}

th_status th_intern_add(th_intern *table, th_slice text, th_id *id) {
    *id = th_intern_find(table, text);
    if (*id != TH_NONE)
        return TH_OK;
    if (table->texts.count >= (size_t)TH_ID_MAX)
        return TH_NO_MEMORY;
    if (table->texts.count >= table->slot_count / 2 && grow(table) != TH_OK)
        return TH_NO_MEMORY;
    if (th_vec_push(&table->texts, text) != TH_OK)
        return TH_NO_MEMORY;
    *id = (th_id)table->texts.count - 1;
    table->slots[slot_of(table, text)] = (uint32_t)table->texts.count;
    return TH_OK;
}

void th_intern_free(th_intern *table) {
    th_vec_free(&table->texts);
    th_free(table->slots);
    *table = (th_intern){0};
}
