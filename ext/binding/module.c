/* The module `advisor_core._engine`: multi-phase initialisation, and the state that holds its
 * types.
 *
 * Shape: CPython's Modules/_queuemodule.c. Source of the rules: PEP 489, PEP 630, PEP 684 (an
 * interpreter with its own GIL) and PEP 703 (no GIL): there is no global state, and every object
 * refuses to be used by two threads at once.
 */
#include "state.h"

static module_state *get_state(PyObject *module) {
    return (module_state *)PyModule_GetState(module);
}

int module_add_type(PyObject *module, int slot, PyType_Spec *spec) {
    module_state *state = get_state(module);
    state->types[slot] = PyType_FromModuleAndSpec(module, spec, NULL);
    if (state->types[slot] == NULL)
        return -1;
    return PyModule_AddType(module, (PyTypeObject *)state->types[slot]);
}

PyObject *raise_status(th_status status, const char *message) {
    if (status == TH_NO_MEMORY)
        return PyErr_NoMemory();
    PyErr_SetString(PyExc_ValueError, message);
    return NULL;
}

/* One exec per file of this folder, sorted. */
static int (*const parts[])(PyObject *module) = {
    page_functions_exec, pep_functions_exec, pep_markers_exec, pep_version_list_exec,
    predictor_exec,      problem_exec,       solver_exec,      NULL,
};

static int module_exec(PyObject *module) {
    for (size_t i = 0; parts[i] != NULL; i++)
        if (parts[i](module) < 0)
            return -1;
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    module_state *state = get_state(module);
    for (int i = 0; i < TYPE_COUNT; i++)
        Py_VISIT(state->types[i]);
    return 0;
}

static int module_clear(PyObject *module) {
    module_state *state = get_state(module);
    for (int i = 0; i < TYPE_COUNT; i++)
        Py_CLEAR(state->types[i]);
    return 0;
}

static void module_free(void *module) {
    (void)module_clear((PyObject *)module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)module_exec},
#ifdef Py_mod_multiple_interpreters /* 3.12 */
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil /* 3.13 */
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "advisor_core._engine",
    .m_doc = "The engine in C: versions, requirements and solvers. See the .pyi beside it.",
    .m_size = sizeof(module_state),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__engine(void) {
    return PyModuleDef_Init(&module_definition);
}
