/* A set of hashes. See predict_seen.h. */
#include "predict_seen.h"

#include "memory.h"

enum { FIRST_SLOTS = 1024 };

th_status th_seen_create(size_t memory_limit, th_seen *seen) {
    *seen = (th_seen){.slot_count = FIRST_SLOTS, .most_slots = FIRST_SLOTS};
    while (seen->most_slots <= memory_limit / sizeof *seen->slots / 2)
        seen->most_slots *= 2;
    seen->slots = th_allocate(seen->slot_count, sizeof *seen->slots);
    return seen->slots == NULL ? TH_NO_MEMORY : TH_OK;
}

void th_seen_free(th_seen *seen) {
    th_free(seen->slots);
    seen->slots = NULL;
}

/* The slot that holds the hash, or the free one where it belongs. Hashes are random already. */
static uint64_t *find(const th_seen *seen, uint64_t hash) {
    size_t mask = seen->slot_count - 1, slot = (size_t)hash & mask;
    while (seen->slots[slot] != 0 && seen->slots[slot] != hash)
        slot = (slot + 1) & mask;
    return &seen->slots[slot];
}

static th_status grow(th_seen *seen) {
    th_seen larger = *seen;
    larger.slot_count *= 2;
    larger.slots = th_allocate(larger.slot_count, sizeof *larger.slots);
    if (larger.slots == NULL)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < seen->slot_count; i++)
        if (seen->slots[i] != 0)
            *find(&larger, seen->slots[i]) = seen->slots[i];
    th_free(seen->slots);
    *seen = larger;
    return TH_OK;
}

th_status th_seen_add(th_seen *seen, uint64_t hash, bool *is_new) {
    *is_new = false;
    if (hash == 0)
        hash = 1;
    uint64_t *slot = find(seen, hash);
    if (*slot == hash)
        return TH_OK;
    if (seen->count >= seen->slot_count / 4 * 3) {
        if (seen->slot_count >= seen->most_slots) {
            seen->full = true;
            return TH_OK;
        }
        th_status status = grow(seen);
        if (status != TH_OK)
            return status;
        slot = find(seen, hash);
    }
    *slot = hash;
    seen->count++;
    *is_new = true;
    return TH_OK;
}
