/* PEP 508 markers, evaluated while they are read.
 *
 * `packaging` evaluates every comparison of a marker, whatever the others came to, and so does
 * this; then there is no need for a tree or a program: reading a comparison gives its value, and
 * `and` and `or` of the grammar are `&` and `|` of values.
 *
 * A value is two bits, as most questions are asked for an extra and for none together: bit 0 is
 * what the marker comes to without an extra, bit 1 with the one that is asked for.
 */
#ifndef THOTH_CORE_MARKER_H
#define THOTH_CORE_MARKER_H

#include "text.h"

/* Parentheses open at once; each costs a frame of C stack. People nest two or three. A deeper
 * marker is refused. */
#define TH_MARKER_DEPTH_LIMIT 64

/* The variables with one text as value, sorted by name; then `extra` and the sets of PEP 751. */
typedef enum {
    TH_IMPLEMENTATION_NAME,
    TH_IMPLEMENTATION_VERSION,
    TH_OS_NAME,
    TH_PLATFORM_MACHINE,
    TH_PLATFORM_PYTHON_IMPLEMENTATION,
    TH_PLATFORM_RELEASE,
    TH_PLATFORM_SYSTEM,
    TH_PLATFORM_VERSION,
    TH_PYTHON_FULL_VERSION,
    TH_PYTHON_VERSION,
    TH_SYS_PLATFORM,
    TH_EXTRA,
    TH_EXTRAS,
    TH_DEPENDENCY_GROUPS,
    TH_VARIABLE_NONE, /* not a variable */
} th_variable;

enum { TH_TEXT_VARIABLES = TH_EXTRA };

/* The name of a variable other than TH_VARIABLE_NONE. */
const char *th_variable_name(th_variable variable);

typedef struct {
    const th_slice *names; /* normalized */
    size_t count;
    bool is_defined;
} th_name_set;

/* What the variables stand for. Everything is borrowed. Values and names are ASCII. */
typedef struct {
    th_slice values[TH_TEXT_VARIABLES];
    th_name_set extras;
    th_name_set dependency_groups;
} th_marker_environment;

enum { TH_HOLDS_WITHOUT_EXTRA = 1, TH_HOLDS_WITH_EXTRA = 2, TH_HOLDS = 3 };

/* Reads the marker at the cursor, with the blanks around it, and sets `holds` to its value for the
 * environment and the normalized `extra`. With `environment` NULL it is only read. TH_INVALID: it
 * is no marker, or it cannot be evaluated; the fault says which and where. */
th_status th_marker_read(th_cursor *cursor, const th_marker_environment *environment,
                         th_slice extra, unsigned *holds, th_fault *fault);

#endif
