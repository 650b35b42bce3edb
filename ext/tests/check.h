/* What every C test uses: a check that stops the test, and a failing allocator.
 *
 * A test file has `int main(void)` and calls its tests one by one; run.sh builds each with the
 * core.
 */
#ifndef THOTH_TESTS_CHECK_H
#define THOTH_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "memory.h"

#define CHECK(condition)                                                                           \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition), exit(1)))

/* The n-th request from now fails, and so do all after it; 0: none fails. */
void allocation_fail_after(long requests);
/* Whether a request has failed since the last call of allocation_fail_after. */
bool allocation_has_failed(void);
/* How many requests have failed at all. */
long allocation_failures(void);

#endif
