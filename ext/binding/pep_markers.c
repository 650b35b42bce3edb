/* The type MarkerEnvironment, and what is asked of requirements in one. */
#define PY_SSIZE_T_CLEAN
#include "pep_text.h"

#include "memory.h"

/* Never changes once it is made; the core's slices point into the UTF-8 of the str objects. */
typedef struct {
    PyObject ob_base;
    PyObject *values[TH_TEXT_VARIABLES]; /* str */
    PyObject *names[2];                  /* tuples of str, of extras and of dependency groups */
    th_slice *slices[2];                 /* owned */
    th_marker_environment environment;
} marker_environment;

/* Raises ValueError when the keys are not exactly the variables. Returns 0 or -1. */
static int check_variables(PyObject *markers) {
    PyObject *wrong = PyMapping_Keys(markers); /* a list */
    if (wrong == NULL)
        return -1;
    int failed = 0;
    for (int i = 0; failed == 0 && i < TH_TEXT_VARIABLES; i++) {
        PyObject *name = PyUnicode_FromString(th_variable_name((th_variable)i));
        Py_ssize_t at = name == NULL ? -1 : PySequence_Contains(wrong, name);
        if (at > 0) {
            at = PySequence_Index(wrong, name);
            failed = at < 0 ? -1 : PySequence_DelItem(wrong, at);
        } else {
            failed = at < 0 ? -1 : PyList_Append(wrong, name);
        }
        Py_XDECREF(name);
    }
    if (failed == 0 && PyList_Size(wrong) != 0) {
        PyErr_Format(PyExc_ValueError, "missing or unknown marker variables: %.400R", wrong);
        failed = -1;
    }
    Py_DECREF(wrong);
    return failed;
}

/* Takes the value of one variable. Returns 0, or -1 with an exception set. */
static int take_value(marker_environment *self, th_variable variable, PyObject *markers) {
    PyObject *value = PyMapping_GetItemString(markers, th_variable_name(variable));
    if (value == NULL)
        return -1;
    th_slice slice;
    int failed = slice_from_ascii(value, &slice);
    if (failed == 0 && variable == TH_PYTHON_FULL_VERSION && slice.length != 0 &&
        slice.start[slice.length - 1] == '+') {
        /* What an untagged build of CPython calls itself; `packaging` makes a version of it. */
        PyObject *whole = PyUnicode_FromFormat("%Ulocal", value);
        Py_DECREF(value);
        value = whole;
        failed = value == NULL ? -1 : slice_from_ascii(value, &slice);
    }
    if (failed < 0) {
        Py_XDECREF(value);
        return -1;
    }
    self->values[variable] = value;
    self->environment.values[variable] = slice;
    return 0;
}

/* Takes set number `which` from an iterable of names; None leaves it undefined. */
static int take_names(marker_environment *self, int which, PyObject *given, th_name_set *set) {
    if (given == Py_None)
        return 0;
    PyObject *texts = PySequence_Tuple(given);
    Py_ssize_t count = texts == NULL ? -1 : PyTuple_Size(texts);
    PyObject *names = count < 0 ? NULL : PyTuple_New(count);
    th_slice *slices = names == NULL ? NULL : th_allocate((size_t)count, sizeof *slices);
    if (names != NULL && slices == NULL)
        (void)PyErr_NoMemory();
    self->names[which] = names;
    self->slices[which] = slices;
    int failed = slices == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; failed == 0 && i < count; i++) {
        th_slice slice;
        PyObject *text = PyTuple_GetItem(texts, i);
        failed = slice_from_ascii(text, &slice);
        PyObject *name = failed < 0 ? NULL : normalized_name_from_slice(slice);
        if (name == NULL || PyTuple_SetItem(names, i, name) < 0)
            failed = -1;
        else
            failed = slice_from_text(name, &slices[i]);
    }
    Py_XDECREF(texts);
    *set = (th_name_set){slices, (size_t)count, true};
    return failed;
}

static PyObject *environment_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"markers", "extras", "dependency_groups", NULL};
    PyObject *markers, *extras = Py_None, *groups = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$OO:MarkerEnvironment", names, &markers,
                                     &extras, &groups) ||
        check_variables(markers) < 0)
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    marker_environment *self = (marker_environment *)allocate(type, 0); /* zeroed */
    if (self == NULL)
        return NULL;
    int failed = 0;
    for (int i = 0; failed == 0 && i < TH_TEXT_VARIABLES; i++)
        failed = take_value(self, (th_variable)i, markers);
    if (failed == 0)
        failed = take_names(self, 0, extras, &self->environment.extras);
    if (failed == 0)
        failed = take_names(self, 1, groups, &self->environment.dependency_groups);
    if (failed < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void environment_dealloc(PyObject *object) {
    marker_environment *self = (marker_environment *)object;
    PyTypeObject *type = Py_TYPE(object);
    for (int i = 0; i < TH_TEXT_VARIABLES; i++)
        Py_CLEAR(self->values[i]);
    for (int i = 0; i < 2; i++) {
        Py_CLEAR(self->names[i]);
        th_free(self->slices[i]);
    }
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

/* Returns the environment of an argument, borrowed, or NULL with TypeError set. */
static const th_marker_environment *get_environment(PyObject *module, PyObject *object) {
    const module_state *state = PyModule_GetState(module);
    if (Py_TYPE(object) != (PyTypeObject *)state->types[TYPE_MARKER_ENVIRONMENT]) {
        PyErr_Format(PyExc_TypeError, "expected a MarkerEnvironment: %.200R", object);
        return NULL;
    }
    return &((marker_environment *)object)->environment;
}

/* Returns the normalized extra, a new reference that keeps `slice`, or NULL. */
static PyObject *normalized_extra(PyObject *extra, th_slice *slice) {
    if (slice_from_ascii(extra, slice) < 0)
        return NULL;
    PyObject *name = normalized_name_from_slice(*slice);
    if (name != NULL && slice_from_text(name, slice) < 0)
        Py_CLEAR(name);
    return name;
}

static PyObject *evaluate_marker(PyObject *module, PyObject *args, PyObject *keywords) {
    static char *names[] = {"marker", "environment", "extra", NULL};
    PyObject *marker, *object, *extra = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "UO|U:evaluate_marker", names, &marker,
                                     &object, &extra))
        return NULL;
    const th_marker_environment *environment = get_environment(module, object);
    th_slice text, with = {"", 0};
    if (environment == NULL || slice_from_text(marker, &text) < 0)
        return NULL;
    PyObject *kept = NULL;
    if (extra != NULL && (kept = normalized_extra(extra, &with)) == NULL)
        return NULL;
    unsigned holds;
    th_fault fault = {text.start, "cannot be read"};
    th_cursor cursor = th_cursor_over(text);
    th_status status = th_marker_read(&cursor, environment, with, &holds, &fault);
    Py_XDECREF(kept);
    if (status == TH_OK && !th_cursor_done(&cursor))
        status = th_fault_set(&fault, cursor.at, "expected the end of the marker");
    if (status != TH_OK)
        return raise_fault(status, &fault, "PEP 508 marker", marker);
    return PyBool_FromLong((holds & TH_HOLDS_WITH_EXTRA) != 0);
}

/* Returns the normalized names as a sorted tuple without repeats. */
static PyObject *extras_tuple(th_slice extras) {
    th_slice name;
    if (!th_extras_next(&extras, &name))
        return PyTuple_New(0);
    PyObject *list = PyList_New(0);
    int failed = list == NULL ? -1 : 0;
    do {
        PyObject *text = failed < 0 ? NULL : normalized_name_from_slice(name);
        int repeated = text == NULL ? -1 : PySequence_Contains(list, text);
        failed = repeated < 0 ? -1 : repeated > 0 ? 0 : PyList_Append(list, text);
        Py_XDECREF(text);
    } while (failed == 0 && th_extras_next(&extras, &name));
    PyObject *result = failed < 0 || PyList_Sort(list) < 0 ? NULL : PyList_AsTuple(list);
    Py_XDECREF(list);
    return result;
}

static PyObject *compact_specifier(th_slice specifier) {
    th_buffer compact;
    th_buffer_start(&compact);
    PyObject *result = th_specifier_write(specifier, &compact) == TH_OK
                           ? text_from_slice(th_buffer_slice(&compact))
                           : PyErr_NoMemory();
    th_buffer_free(&compact);
    return result;
}

static PyObject *text_or_none(th_slice slice) {
    if (slice.length == 0) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    return text_from_slice(slice);
}

/* Py_BuildValue takes each reference ("N"), and with one of them NULL returns NULL. */
static PyObject *parse_requirement_parts(PyObject *module, PyObject *text) {
    (void)module;
    th_slice slice;
    if (slice_from_text(text, &slice) < 0)
        return NULL;
    th_requirement requirement;
    th_fault fault = {slice.start, "cannot be read"};
    th_status status =
        th_requirement_read(slice, NULL, (th_slice){"", 0}, &requirement, NULL, &fault);
    if (status != TH_OK)
        return raise_fault(status, &fault, "PEP 508 requirement", text);
    return Py_BuildValue("NNNNN", normalized_name_from_slice(requirement.name),
                         extras_tuple(requirement.extras), compact_specifier(requirement.specifier),
                         text_or_none(requirement.marker), text_or_none(requirement.url));
}

/* Appends the line's tuple to `active` if it counts. Returns 0, or -1 with an exception set. */
static int add_active(PyObject *active, PyObject *line, Py_ssize_t index,
                      const th_marker_environment *environment, th_slice extra) {
    th_slice slice;
    if (slice_from_text(line, &slice) < 0)
        return -1;
    th_requirement requirement;
    unsigned holds;
    th_fault fault = {slice.start, "cannot be read"};
    th_status status = th_requirement_read(slice, environment, extra, &requirement, &holds, &fault);
    if (status != TH_OK) {
        (void)raise_fault(status, &fault, "PEP 508 requirement", line);
        return -1;
    }
    bool always = (holds & TH_HOLDS_WITHOUT_EXTRA) != 0;
    if (extra.length == 0 ? !always : holds != TH_HOLDS_WITH_EXTRA)
        return 0;
    PyObject *row = Py_BuildValue(
        "NNNNn", normalized_name_from_slice(requirement.name), extras_tuple(requirement.extras),
        compact_specifier(requirement.specifier), text_or_none(requirement.url), index);
    int failed = row == NULL ? -1 : PyList_Append(active, row);
    Py_XDECREF(row);
    return failed;
}

static PyObject *active_requirements(PyObject *module, PyObject *args, PyObject *keywords) {
    static char *names[] = {"lines", "environment", "extra", NULL};
    PyObject *given, *object, *extra;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOU:active_requirements", names, &given,
                                     &object, &extra))
        return NULL;
    const th_marker_environment *environment = get_environment(module, object);
    th_slice with;
    PyObject *kept = environment == NULL ? NULL : normalized_extra(extra, &with);
    PyObject *lines = kept == NULL ? NULL : PySequence_Tuple(given);
    PyObject *active = lines == NULL ? NULL : PyList_New(0);
    Py_ssize_t count = active == NULL ? 0 : PyTuple_Size(lines);
    for (Py_ssize_t i = 0; active != NULL && i < count; i++)
        if (add_active(active, PyTuple_GetItem(lines, i), i, environment, with) < 0)
            Py_CLEAR(active);
    Py_XDECREF(lines);
    Py_XDECREF(kept);
    return active;
}

/* The call goes through a pointer of another type; void (*)(void) is the neutral one. */
#define WITH_KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef functions[] = {
    {"active_requirements", WITH_KEYWORDS(active_requirements), METH_VARARGS | METH_KEYWORDS,
     "active_requirements($module, /, lines, environment, extra)\n--\n\n"
     "Return (name, extras, specifier, URL, index) of the requirements that count."},
    {"evaluate_marker", WITH_KEYWORDS(evaluate_marker), METH_VARARGS | METH_KEYWORDS,
     "evaluate_marker($module, /, marker, environment, extra='')\n--\n\n"
     "Return whether the PEP 508 marker holds."},
    {"parse_requirement_parts", parse_requirement_parts, METH_O,
     "parse_requirement_parts($module, text, /)\n--\n\n"
     "Return name, extras, specifier, marker and URL of a PEP 508 requirement."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot environment_slots[] = {
    {Py_tp_doc, (void *)"MarkerEnvironment(markers, *, extras=None, dependency_groups=None)\n--\n\n"
                        "What the variables of PEP 508 markers stand for."},
    {Py_tp_new, (void *)environment_new},
    {Py_tp_dealloc, (void *)environment_dealloc},
    {0, NULL},
};

static PyType_Spec environment_spec = {
    .name = "advisor_core._engine.MarkerEnvironment",
    .basicsize = sizeof(marker_environment),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = environment_slots,
};

int pep_markers_exec(PyObject *module) {
    if (module_add_type(module, TYPE_MARKER_ENVIRONMENT, &environment_spec) < 0)
        return -1;
    return PyModule_AddFunctions(module, functions);
}
