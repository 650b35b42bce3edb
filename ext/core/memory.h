/* The engine's only way to ask for memory: every size is a checked product.
 *
 * A build with -DTH_ALLOCATION_HOOK calls `th_allocation_hook` instead of realloc and free, which
 * lets a test fail the n-th request (tests define the hook, the product has none and no state).
 *
 * A growing list is declared in place and holds its items by value:
 *
 *     TH_VEC(th_id) queue = {0};
 *     if (th_vec_push(&queue, node) != TH_OK) ...   // the list is unchanged when memory runs out
 *     queue.items[queue.count - 1]
 *     th_vec_free(&queue);
 */
#ifndef THOTH_CORE_MEMORY_H
#define THOTH_CORE_MEMORY_H

#include "ids.h"

#ifdef TH_ALLOCATION_HOOK
/* Like realloc; frees `block` and returns NULL when `size` is 0. */
void *th_allocation_hook(void *block, size_t size);
#endif

/* Returns zeroed room for `count` items, owned by the caller, or NULL: out of memory, or the
 * product does not fit in size_t. Never NULL for a product of 0. */
void *th_allocate(size_t count, size_t item_size);

/* Returns `block` moved to room for `count` items (the added part is not set), or NULL, and then
 * `block` is still valid. */
void *th_resize(void *block, size_t count, size_t item_size);

/* Frees what th_allocate or th_resize returned; NULL is allowed. */
void th_free(void *block);

#define TH_VEC(type)                                                                               \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

/* Makes room for `extra` more items, at least doubling. `items` is the address of a pointer to the
 * items: it is read and written by memcpy, whatever its type. */
th_status th_vec_grow(void *items, size_t *capacity, size_t count, size_t extra, size_t item_size);

#define th_vec_reserve(vec, extra)                                                                 \
    ((extra) <= (vec)->capacity - (vec)->count                                                     \
         ? TH_OK                                                                                   \
         : th_vec_grow(&(vec)->items, &(vec)->capacity, (vec)->count, (extra),                     \
                       sizeof *(vec)->items))

#define th_vec_push(vec, ...)                                                                      \
    (th_vec_reserve((vec), 1) == TH_OK ? ((vec)->items[(vec)->count++] = (__VA_ARGS__), TH_OK)     \
                                       : TH_NO_MEMORY)

#define th_vec_free(vec)                                                                           \
    (th_free((vec)->items), (vec)->items = NULL, (vec)->count = (vec)->capacity = 0)

#endif
