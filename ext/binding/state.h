/* State of the module `advisor_core._engine`, and what its files share.
 *
 * Each file of this folder that adds a type or functions has one `NAME_exec(module)`: it is
 * declared here and called by the table in module.c. Types live in the state of the module object;
 * nothing in this extension is global, so sub-interpreters and reloads each have their own.
 */
#ifndef THOTH_BINDING_STATE_H
#define THOTH_BINDING_STATE_H

#include <Python.h>

#include "stack_problem.h"

/* One slot per heap type; the garbage collector visits them all. */
enum {
    TYPE_MARKER_ENVIRONMENT,
    TYPE_OPTIMIZER,
    TYPE_PREDICTOR,
    TYPE_PROBLEM,
    TYPE_SOLVER,
    TYPE_VERSION_LIST,
    TYPE_COUNT,
};

typedef struct {
    PyObject *types[TYPE_COUNT]; /* strong references, NULL until the file's exec has run */
} module_state;

/* Creates the heap type of `spec`, keeps it in the module's state and adds it to the module under
 * its name. Returns 0, or -1 with an exception set. */
int module_add_type(PyObject *module, int slot, PyType_Spec *spec);

/* Sets MemoryError for TH_NO_MEMORY, ValueError with `message` for TH_INVALID. Returns NULL. */
PyObject *raise_status(th_status status, const char *message);

/* What an object of TYPE_PROBLEM holds; it lives as long as the object. */
const th_problem *problem_get(PyObject *problem);

/* Each adds the functions and types of its file. Returns 0, or -1 with an exception set. */
int page_functions_exec(PyObject *module);
int pep_functions_exec(PyObject *module);
int pep_markers_exec(PyObject *module);
int pep_version_list_exec(PyObject *module);
int predictor_exec(PyObject *module);
int problem_exec(PyObject *module);
int solver_exec(PyObject *module);

#endif
