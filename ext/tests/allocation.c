/* The allocator of the C tests: realloc, until it is told to fail. See check.h. */
#include "check.h"

static long requests_left;
static bool failed;

void allocation_fail_after(long requests) {
    requests_left = requests;
    failed = false;
}

bool allocation_has_failed(void) {
    return failed;
}

void *th_allocation_hook(void *block, size_t size) {
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (failed || (requests_left > 0 && --requests_left == 0)) {
        failed = true;
        return NULL;
    }
    return realloc(block, size);
}
