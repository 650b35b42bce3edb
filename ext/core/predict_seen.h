/* Which stacks have been seen, by their 64-bit hash: an open hash table that grows to a limit.
 *
 * Two different stacks share a hash with probability 2^-64, so that among a million stacks one pair
 * is expected to do so in 37 million runs. Past the limit nothing more is remembered. Example: a
 * hash is the exclusive or of one random number for each (node, release), so that changing
 * flask 3.0 to 2.3 is two operations (Zobrist 1970, "A new hashing method with application for game
 * playing").
 */
#ifndef THOTH_CORE_PREDICT_SEEN_H
#define THOTH_CORE_PREDICT_SEEN_H

#include "ids.h"

typedef struct {
    uint64_t *slots; /* 0: free */
    size_t slot_count, count, most_slots;
    bool full; /* no room was left for a stack; it was not remembered */
} th_seen;

/* memory_limit in bytes; there is room for some hundred stacks at least. th_seen_free frees. */
th_status th_seen_create(size_t memory_limit, th_seen *seen);
void th_seen_free(th_seen *seen);

/* Sets *is_new to whether the hash had not been added before (false when that is not known). */
th_status th_seen_add(th_seen *seen, uint64_t hash, bool *is_new);

#endif
