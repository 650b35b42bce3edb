/* State of the module `advisor_core._engine`, and the conversions its types share. */
#ifndef THOTH_BINDING_STATE_H
#define THOTH_BINDING_STATE_H

#include <Python.h>

/* One per module object: nothing in this extension is global. */
typedef struct {
    PyObject *placeholder_types[8]; /* strong references to the heap types, NULL when unused */
} module_state;

#endif
