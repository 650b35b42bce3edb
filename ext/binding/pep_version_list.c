/* The type VersionList: the versions of one project, sorted, and what specifiers hold of them.
 *
 * The core's entries point into the UTF-8 of the str objects in `versions`, which an object never
 * changes once it is made; so several threads may use one.
 */
#define PY_SSIZE_T_CLEAN
#include "pep_text.h"
#include "version_list.h"

typedef struct {
    PyObject ob_base;
    PyObject *versions;    /* tuple of str */
    PyObject *invalid;     /* tuple of str */
    PyObject *prereleases; /* bytes */
    th_version_list list;
} version_list;

/* Adds one text to the list, and the str that has its normalized form to `texts` (a list); a text
 * that is no version to `invalid` (a list). Returns 0, or -1 with an exception set. */
static int add_version(version_list *self, PyObject *text, PyObject *texts, PyObject *invalid) {
    th_version version;
    if (version_from_text(text, &version) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_ValueError))
            return -1;
        PyErr_Clear();
        PyObject *exact = PyUnicode_FromObject(text); /* no attributes, so no reference cycles */
        int failed = exact == NULL ? -1 : PyList_Append(invalid, exact);
        Py_XDECREF(exact);
        return failed;
    }
    PyObject *normalized = normalized_version(&version, text);
    if (normalized == NULL)
        return -1;
    th_slice slice;
    int failed = slice_from_text(normalized, &slice);
    if (failed == 0 && th_version_list_add(&self->list, &version, slice) != TH_OK) {
        (void)PyErr_NoMemory();
        failed = -1;
    }
    if (failed == 0)
        failed = PyList_Append(texts, normalized);
    Py_DECREF(normalized);
    return failed;
}

/* Returns the texts of the list's entries as a tuple. */
static PyObject *entry_texts(const version_list *self, PyObject *texts) {
    Py_ssize_t count = (Py_ssize_t)self->list.entries.count;
    PyObject *result = PyTuple_New(count);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyObject *text = PyList_GetItem(texts, self->list.entries.items[i].position);
        Py_XINCREF(text);
        if (text == NULL || PyTuple_SetItem(result, i, text) < 0)
            Py_CLEAR(result);
    }
    return result;
}

static PyObject *bits_new(size_t count, unsigned char **bits) {
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count / 8 + (count % 8 != 0)));
    *bits = bytes == NULL ? NULL : (unsigned char *)PyBytes_AsString(bytes);
    return bytes;
}

/* Fills a new object from a tuple of texts. Returns 0, or -1 with an exception set. */
static int fill(version_list *self, PyObject *given, bool sorted) {
    PyObject *texts = PyList_New(0), *invalid = PyList_New(0);
    int failed = texts == NULL || invalid == NULL ? -1 : 0;
    Py_ssize_t count = PyTuple_Size(given);
    for (Py_ssize_t i = 0; failed == 0 && i < count; i++)
        failed = add_version(self, PyTuple_GetItem(given, i), texts, invalid);
    if (failed == 0 && !sorted && th_version_list_sort(&self->list) != TH_OK) {
        (void)PyErr_NoMemory();
        failed = -1;
    }
    if (failed == 0) {
        unsigned char *bits;
        self->versions = entry_texts(self, texts);
        self->invalid = PyList_AsTuple(invalid);
        self->prereleases = bits_new(self->list.entries.count, &bits);
        if (self->versions == NULL || self->invalid == NULL || self->prereleases == NULL)
            failed = -1;
        else
            th_version_list_prereleases(&self->list, bits);
    }
    if (failed == 0 && sorted) {
        int same = PyObject_RichCompareBool(self->versions, given, Py_EQ);
        if (same == 0 || (same > 0 && !th_version_list_is_sorted(&self->list)))
            PyErr_SetString(PyExc_ValueError,
                            "versions are not normalized and strictly descending");
        failed = PyErr_Occurred() != NULL ? -1 : 0;
    }
    Py_XDECREF(texts);
    Py_XDECREF(invalid);
    return failed;
}

static PyObject *create(PyTypeObject *type, PyObject *versions, bool sorted) {
    PyObject *given = PySequence_Tuple(versions);
    if (given == NULL)
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    version_list *self = (version_list *)allocate(type, 0); /* zeroed */
    if (self != NULL && fill(self, given, sorted) < 0)
        Py_CLEAR(self);
    Py_DECREF(given);
    return (PyObject *)self;
}

static PyObject *version_list_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"versions", NULL};
    PyObject *versions;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:VersionList", names, &versions))
        return NULL;
    return create(type, versions, false);
}

static PyObject *version_list_from_sorted(PyObject *type, PyObject *versions) {
    return create((PyTypeObject *)type, versions, true);
}

static PyObject *version_list_match(PyObject *object, PyObject *specifier) {
    version_list *self = (version_list *)object;
    th_slice slice;
    if (slice_from_text(specifier, &slice) < 0)
        return NULL;
    unsigned char *bits;
    PyObject *result = bits_new(self->list.entries.count, &bits);
    if (result == NULL)
        return NULL;
    th_status status = th_version_list_match(&self->list, slice, bits);
    if (status != TH_OK) {
        Py_DECREF(result);
        return raise_not(status, "a PEP 440 specifier", specifier);
    }
    return result;
}

static Py_ssize_t version_list_length(PyObject *object) {
    return (Py_ssize_t)((version_list *)object)->list.entries.count;
}

static PyObject *shared(PyObject *member) {
    Py_INCREF(member);
    return member;
}

static PyObject *get_versions(PyObject *object, void *closure) {
    (void)closure;
    return shared(((version_list *)object)->versions);
}

static PyObject *get_invalid(PyObject *object, void *closure) {
    (void)closure;
    return shared(((version_list *)object)->invalid);
}

static PyObject *get_prereleases(PyObject *object, void *closure) {
    (void)closure;
    return shared(((version_list *)object)->prereleases);
}

static void version_list_dealloc(PyObject *object) {
    version_list *self = (version_list *)object;
    PyTypeObject *type = Py_TYPE(object);
    th_version_list_free(&self->list);
    Py_CLEAR(self->versions);
    Py_CLEAR(self->invalid);
    Py_CLEAR(self->prereleases);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static PyGetSetDef version_list_attributes[] = {
    {"versions", get_versions, NULL, "Normalized, descending, no repeats.", NULL},
    {"invalid", get_invalid, NULL, "What is no version, as it came.", NULL},
    {"prereleases", get_prereleases, NULL, "Bitset over versions.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef version_list_methods[] = {
    {"from_sorted", version_list_from_sorted, METH_O | METH_CLASS,
     "from_sorted($type, versions, /)\n--\n\nReturn the list of what `versions` said."},
    {"match", version_list_match, METH_O,
     "match($self, specifier, /)\n--\n\nReturn the bitset of what the specifier set holds."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot version_list_slots[] = {
    {Py_tp_doc, (void *)"VersionList(versions)\n--\n\nThe versions of one project, newest first."},
    {Py_tp_new, (void *)version_list_new},
    {Py_tp_dealloc, (void *)version_list_dealloc},
    {Py_tp_getset, (void *)version_list_attributes},
    {Py_tp_methods, (void *)version_list_methods},
    {Py_sq_length, (void *)version_list_length},
    {0, NULL},
};

static PyType_Spec version_list_spec = {
    .name = "advisor_core._engine.VersionList",
    .basicsize = sizeof(version_list),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = version_list_slots,
};

int pep_version_list_exec(PyObject *module) {
    return module_add_type(module, TYPE_VERSION_LIST, &version_list_spec);
}
