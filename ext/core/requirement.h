/* PEP 508 requirements. */
#ifndef THOTH_CORE_REQUIREMENT_H
#define THOTH_CORE_REQUIREMENT_H

#include "marker.h"

/* The parts as written; slices of the text. */
typedef struct {
    th_slice name;
    th_slice extras;    /* between the brackets, see th_extras_next */
    th_slice specifier; /* without parentheses, valid; th_specifier_write makes it compact */
    th_slice url;       /* empty: none */
    th_slice marker;    /* empty: none */
} th_requirement;

/* Reads a requirement that is the whole text; with `environment` evaluates its marker for it and
 * `extra` (see th_marker_read), else `holds` may be NULL. A requirement without a marker always
 * holds. TH_INVALID: the fault says what is wrong where. */
th_status th_requirement_read(th_slice text, const th_marker_environment *environment,
                              th_slice extra, th_requirement *requirement, unsigned *holds,
                              th_fault *fault);

/* Takes the first name off the extras of a requirement. Returns false when there is none left. */
bool th_extras_next(th_slice *rest, th_slice *name);

#endif
