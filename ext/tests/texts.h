/* What the tests of PEP 440 and PEP 508 share. */
#ifndef THOTH_TESTS_TEXTS_H
#define THOTH_TESTS_TEXTS_H

#include "check.h"
#include "text.h"

static inline th_slice slice_of(const char *text) {
    return (th_slice){text, strlen(text)};
}

/* Runs `statement`, which must be TH_OK or TH_NO_MEMORY as `status` after it, with the first, then
 * the second, ... request for memory failing, until it asks for no more. */
#define WITH_FAILING_ALLOCATION(status, statement)                                                 \
    for (long request_ = 1;; request_++) {                                                         \
        allocation_fail_after(request_);                                                           \
        statement;                                                                                 \
        bool failed_ = allocation_has_failed();                                                    \
        allocation_fail_after(0);                                                                  \
        CHECK((status) == (failed_ ? TH_NO_MEMORY : TH_OK));                                       \
        if (!failed_)                                                                              \
            break;                                                                                 \
    }

#endif
