/* The module `advisor_core._engine`: registers the types and functions of the other files here. */
#include "state.h"

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "advisor_core._engine", "The engine in C.", sizeof(module_state),
    NULL, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__engine(void) {
    return PyModuleDef_Init(&module_definition);
}
