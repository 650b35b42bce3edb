/* The allocator of the C tests: realloc, until it is told to fail. See check.h. */
#include "check.h"

static long requests_left;
static bool failed;
static long failures;

void allocation_fail_after(long requests) {
    requests_left = requests;
    failed = false;
}

bool allocation_has_failed(void) {
    return failed;
}

long allocation_failures(void) {
    return failures;
}

void *th_allocation_hook(void *block, size_t size) {
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (failed || (requests_left > 0 && --requests_left == 0)) {
        failed = true;
        failures++;
        return NULL;
    }
    return realloc(block, size);
}
