/* Checked allocation. See memory.h. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

static void *reallocate(void *block, size_t size) {
#ifdef TH_ALLOCATION_HOOK
    return th_allocation_hook(block, size);
#else
    return realloc(block, size);
#endif
}

void *th_resize(void *block, size_t count, size_t item_size) {
    if (item_size != 0 && count > SIZE_MAX / 2 / item_size)
        return NULL;
    size_t size = count * item_size;
    return reallocate(block, size == 0 ? 1 : size); /* realloc to 0 would free the block */
}

void *th_allocate(size_t count, size_t item_size) {
#ifdef TH_ALLOCATION_HOOK
    void *block = th_resize(NULL, count, item_size);
    if (block != NULL)
        memset(block, 0, count * item_size);
    return block;
#else
    if (item_size != 0 && count > SIZE_MAX / 2 / item_size)
        return NULL;
    size_t size = count * item_size;
    return calloc(size == 0 ? 1 : size, 1);
#endif
}

void th_free(void *block) {
    if (block == NULL)
        return;
#ifdef TH_ALLOCATION_HOOK
    (void)th_allocation_hook(block, 0);
#else
    free(block);
#endif
}

th_status th_vec_grow(void *items, size_t *capacity, size_t count, size_t extra, size_t item_size) {
    if (extra > SIZE_MAX / 4 - count)
        return TH_NO_MEMORY;
    size_t wanted = count + extra;
    if (wanted < 2 * *capacity)
        wanted = 2 * *capacity;
    if (wanted < 4)
        wanted = 4;
    void *block;
    memcpy(&block, items, sizeof block);
    block = th_resize(block, wanted, item_size);
    if (block == NULL)
        return TH_NO_MEMORY;
    memcpy(items, &block, sizeof block);
    *capacity = wanted;
    return TH_OK;
}
