/* The function on project pages. */
#define PY_SSIZE_T_CLEAN
#include "pep_text.h"

#include "releases.h"

static PyObject *bytes_of(const void *start, size_t length) {
    return PyBytes_FromStringAndSize(start, (Py_ssize_t)length);
}

static PyObject *text_of(const th_buffer *buffer) {
    return text_from_slice(th_buffer_slice(buffer));
}

static PyObject *records_of(const th_releases *releases) {
    PyObject *records = PyList_New((Py_ssize_t)releases->count);
    size_t start = 0;
    for (size_t i = 0; records != NULL && i < releases->count; i++) {
        PyObject *record = bytes_of(releases->records.bytes + start, releases->ends[i] - start);
        if (record == NULL || PyList_SetItem(records, (Py_ssize_t)i, record) < 0)
            Py_CLEAR(records);
        start = releases->ends[i];
    }
    return records;
}

/* Returns the tuple that the .pyi describes. */
static PyObject *tuple_of(const th_releases *releases) {
    size_t count = releases->count;
    return Py_BuildValue("NNNNNNNN", text_from_slice(releases->base), text_of(&releases->versions),
                         text_of(&releases->file_shapes), text_of(&releases->shapes),
                         bytes_of(releases->prereleases, (count + 7) / 8),
                         bytes_of(releases->shape_of, count * sizeof *releases->shape_of),
                         bytes_of(releases->times, 2 * count * sizeof *releases->times),
                         records_of(releases));
}

static PyObject *read_page(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *body, *project, *result = NULL;
    int is_json;
    char *start;
    Py_ssize_t length;
    th_slice name;
    if (!PyArg_ParseTuple(args, "SpU:read_page", &body, &is_json, &project) ||
        PyBytes_AsStringAndSize(body, &start, &length) < 0 || slice_from_ascii(project, &name) < 0)
        return NULL;
    th_slice text = {start, (size_t)length};
    th_page page = {0};
    th_releases releases;
    th_releases_start(&releases);
    th_status status;
    /* Bytes do not change, and the arguments keep them. */
    Py_BEGIN_ALLOW_THREADS;
    status = is_json ? th_page_read_json(text, name, &page) : th_page_read_html(text, &page);
    if (status == TH_OK)
        status = th_releases_build(&releases, &page, name);
    Py_END_ALLOW_THREADS;
    if (status == TH_OK) {
        result = tuple_of(&releases);
    } else if (status == TH_NO_MEMORY) {
        (void)PyErr_NoMemory();
    } else {
        Py_INCREF(Py_None);
        result = Py_None;
    }
    th_releases_free(&releases);
    th_page_free(&page);
    return result;
}

static PyMethodDef functions[] = {
    {"read_page", read_page, METH_VARARGS,
     "read_page($module, body, is_json, project, /)\n--\n\n"
     "Return the releases of a plain project page, None when it is to be read the long way."},
    {NULL, NULL, 0, NULL},
};

int page_functions_exec(PyObject *module) {
    return PyModule_AddFunctions(module, functions);
}
