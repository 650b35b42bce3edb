/* Sorted keys. See version_list.h. */
#include "version_list.h"

#include <stdlib.h>

typedef struct {
    const uint8_t *key; /* what sorting compares, without a way round over the list */
    th_version_entry entry;
} sorted_entry;

static int compare_entries(const th_version_list *list, const th_version_entry *a,
                           const th_version_entry *b) {
    return th_key_compare(list->keys.items + a->key, a->length, list->keys.items + b->key,
                          b->length);
}

th_status th_version_list_add(th_version_list *list, const th_version *version, th_slice text) {
    if (list->entries.count >= (size_t)TH_ID_MAX)
        return TH_NO_MEMORY;
    if (th_vec_reserve(&list->keys, th_version_room(version)) != TH_OK)
        return TH_NO_MEMORY;
    uint8_t *key = list->keys.items + list->keys.count;
    size_t length = th_version_write_key(version, key).local;
    th_version_entry entry = {
        .key = list->keys.count,
        .length = (uint32_t)length,
        .position = (uint32_t)list->entries.count,
        .text = text,
        .is_prerelease = th_version_is_prerelease(version),
    };
    if (th_vec_push(&list->entries, entry) != TH_OK)
        return TH_NO_MEMORY;
    list->keys.count += length;
    return TH_OK;
}

/* Newest first; equal ones as they were added. */
static int compare_sorted(const void *left, const void *right) {
    const sorted_entry *a = left, *b = right;
    int order = th_key_compare(b->key, b->entry.length, a->key, a->entry.length);
    return order != 0
               ? order
               : (a->entry.position > b->entry.position) - (a->entry.position < b->entry.position);
}

th_status th_version_list_sort(th_version_list *list) {
    size_t count = list->entries.count;
    if (th_version_list_is_sorted(list))
        return TH_OK;
    sorted_entry *sorted = th_allocate(count, sizeof *sorted);
    if (sorted == NULL)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        sorted[i].entry = list->entries.items[i];
        sorted[i].key = list->keys.items + sorted[i].entry.key;
    }
    qsort(sorted, count, sizeof *sorted, compare_sorted);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const th_version_entry *entry = &sorted[i].entry;
        if (kept == 0 || compare_entries(list, &list->entries.items[kept - 1], entry) != 0)
            list->entries.items[kept++] = *entry;
    }
    list->entries.count = kept;
    th_free(sorted);
    return TH_OK;
}

bool th_version_list_is_sorted(const th_version_list *list) {
    for (size_t i = 1; i < list->entries.count; i++)
        if (compare_entries(list, &list->entries.items[i - 1], &list->entries.items[i]) <= 0)
            return false;
    return true;
}

/* Returns the number of entries that are not below `end`. */
static size_t rank(const th_version_list *list, const th_buffer *end) {
    size_t low = 0, high = list->entries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const th_version_entry *entry = &list->entries.items[middle];
        if (th_key_compare(list->keys.items + entry->key, entry->length, end->bytes, end->length) <
            0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Clears the bits from..to-1. */
static void clear_run(unsigned char *bits, size_t from, size_t to) {
    for (; from < to && from % 8 != 0; from++)
        bits[from / 8] &= (unsigned char)~(1U << from % 8);
    if (from >= to)
        return;
    memset(bits + from / 8, 0, (to - from) / 8);
    for (from += (to - from) / 8 * 8; from < to; from++)
        bits[from / 8] &= (unsigned char)~(1U << from % 8);
}

static void match_range(const th_version_list *list, const th_range *range, unsigned char *bits) {
    size_t count = list->entries.count;
    size_t first = range->has_high ? rank(list, &range->high) : 0;
    size_t end = range->has_low ? rank(list, &range->low) : count;
    if (range->outside) {
        clear_run(bits, first, end);
    } else {
        clear_run(bits, 0, first);
        clear_run(bits, end > first ? end : first, count);
    }
}

static void match_arbitrary(const th_version_list *list, th_slice text, unsigned char *bits) {
    for (size_t i = 0; i < list->entries.count; i++)
        if (!th_slice_equal_folded(text, list->entries.items[i].text))
            clear_run(bits, i, i + 1);
}

th_status th_version_list_match(const th_version_list *list, th_slice specifier,
                                unsigned char *bits) {
    size_t count = list->entries.count;
    memset(bits, 0xff, count / 8);
    if (count % 8 != 0)
        bits[count / 8] = (unsigned char)((1U << count % 8) - 1);
    th_range range;
    th_range_start(&range);
    th_status status = TH_OK;
    th_slice text;
    while (status == TH_OK && th_specifier_next(&specifier, &text)) {
        th_clause clause;
        status = th_clause_parse(text, &clause);
        if (status == TH_OK && clause.version.too_long)
            status = TH_INVALID;
        if (status == TH_OK && clause.operator == TH_ARBITRARY) {
            match_arbitrary(list, clause.written, bits);
        } else if (status == TH_OK) {
            status = th_clause_range(&clause, &range);
            if (status == TH_OK)
                match_range(list, &range, bits);
        }
    }
    th_range_free(&range);
    return status;
}

void th_version_list_prereleases(const th_version_list *list, unsigned char *bits) {
    size_t count = list->entries.count;
    memset(bits, 0, count / 8 + (count % 8 != 0));
    for (size_t i = 0; i < count; i++)
        if (list->entries.items[i].is_prerelease)
            bits[i / 8] |= (unsigned char)(1U << i % 8);
}

void th_version_list_free(th_version_list *list) {
    th_vec_free(&list->keys);
    th_vec_free(&list->entries);
}
