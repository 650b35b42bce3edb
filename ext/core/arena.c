/* Blocks in a list, each filled from its start. See arena.h. */
#include "arena.h"

#include <stdalign.h>

#include "memory.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

struct th_arena_block {
    th_arena_block *previous;
    size_t used;
    size_t size; /* bytes of `data` */
    alignas(max_align_t) unsigned char data[];
};

void *th_arena_take(th_arena *arena, size_t count, size_t item_size) {
    const size_t alignment = alignof(max_align_t);
    if (item_size != 0 && count > SIZE_MAX / 4 / item_size)
        return NULL;
    size_t wanted = (count * item_size + alignment - 1) / alignment * alignment;
    if (arena->last == NULL || wanted > arena->last->size - arena->last->used) {
        size_t size = arena->last == NULL ? FIRST_BLOCK : 2 * arena->last->size;
        if (size > LARGEST_BLOCK)
            size = LARGEST_BLOCK;
        if (size < wanted)
            size = wanted;
        /* All zeros, by the system where it can: a large block costs nothing until it is used. */
        th_arena_block *block = th_allocate(1, sizeof *block + size);
        if (block == NULL)
            return NULL;
        block->previous = arena->last;
        block->size = size;
        arena->last = block;
        arena->bytes += size;
    }
    void *taken = arena->last->data + arena->last->used;
    arena->last->used += wanted;
    return taken;
}

void th_arena_free(th_arena *arena) {
    while (arena->last != NULL) {
        th_arena_block *block = arena->last;
        arena->last = block->previous;
        th_free(block);
    }
    arena->bytes = 0;
}
