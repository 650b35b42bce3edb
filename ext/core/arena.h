/* Memory that is only taken, never given back one by one, and freed all at once.
 *
 * What lives exactly as long as its owner (the sets of an incompatibility, a parsed version) needs
 * no free of its own, stays at its address, and lies next to what was taken before it. Example: the
 * tables of a network are taken one by one while it is encoded, and go with th_network_free.
 * (Hanson 1990, "Fast allocation and deallocation of memory based on object lifetimes".)
 */
#ifndef THOTH_CORE_ARENA_H
#define THOTH_CORE_ARENA_H

#include "ids.h"

typedef struct th_arena_block th_arena_block;

typedef struct {
    th_arena_block *last; /* the block that is being filled; each points to the one before */
    size_t bytes;         /* asked of the system in total */
} th_arena;               /* all zero is an empty arena */

/* Returns `count` zeroed items, aligned for any type and owned by the arena, or NULL: out of memory
 * or the product is too large. */
void *th_arena_take(th_arena *arena, size_t count, size_t item_size);

/* Frees everything that was taken; the arena is empty again. */
void th_arena_free(th_arena *arena);

#endif
