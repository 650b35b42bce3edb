/* Conversions and errors. See pep_text.h. */
#define PY_SSIZE_T_CLEAN
#include "pep_text.h"

int slice_from_text(PyObject *text, th_slice *slice) {
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "expected a str: %.200R", text);
        return -1;
    }
    Py_ssize_t length;
    slice->start = PyUnicode_AsUTF8AndSize(text, &length);
    if (slice->start == NULL)
        return -1;
    slice->length = (size_t)length;
    if (slice->length > TH_TEXT_LENGTH_LIMIT) {
        PyErr_Format(PyExc_ValueError, "longer than %d bytes: %.80R", TH_TEXT_LENGTH_LIMIT, text);
        return -1;
    }
    return 0;
}

int slice_from_ascii(PyObject *text, th_slice *slice) {
    if (slice_from_text(text, slice) < 0)
        return -1;
    if (!th_slice_is_ascii(*slice)) {
        PyErr_Format(PyExc_ValueError, "not ASCII: %.200R", text);
        return -1;
    }
    return 0;
}

PyObject *text_from_slice(th_slice slice) {
    return PyUnicode_FromStringAndSize(slice.start, (Py_ssize_t)slice.length);
}

PyObject *normalized_name_from_slice(th_slice name) {
    th_buffer normalized;
    th_buffer_start(&normalized);
    PyObject *result = th_name_write(name, &normalized) == TH_OK
                           ? text_from_slice(th_buffer_slice(&normalized))
                           : PyErr_NoMemory();
    th_buffer_free(&normalized);
    return result;
}

PyObject *normalized_name_from_text(PyObject *name) {
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "expected a str: %.200R", name);
    Py_ssize_t length;
    const char *start = PyUnicode_AsUTF8AndSize(name, &length);
    if (start == NULL)
        return NULL;
    th_slice slice = {start, (size_t)length};
    if (th_slice_is_ascii(slice))
        return normalized_name_from_slice(slice);
    PyObject *lower = PyObject_CallMethod(name, "lower", NULL); /* the core knows ASCII only */
    if (lower == NULL)
        return NULL;
    PyObject *result = NULL;
    start = PyUnicode_AsUTF8AndSize(lower, &length);
    if (start != NULL)
        result = normalized_name_from_slice((th_slice){start, (size_t)length});
    Py_DECREF(lower);
    return result;
}

PyObject *normalized_version(const th_version *version, PyObject *text) {
    th_buffer normalized;
    th_buffer_start(&normalized);
    PyObject *result = NULL;
    uint8_t *at = th_buffer_reserve(&normalized, th_version_room(version));
    if (at == NULL) {
        (void)PyErr_NoMemory();
    } else {
        normalized.length = th_version_write_text(version, (char *)at);
        th_slice written = th_buffer_slice(&normalized);
        Py_ssize_t length;
        const char *start = PyUnicode_AsUTF8AndSize(text, &length);
        if (start != NULL && PyUnicode_CheckExact(text) &&
            th_slice_equal(written, (th_slice){start, (size_t)length})) {
            result = text;
            Py_INCREF(result);
        } else if (start != NULL) {
            result = text_from_slice(written);
        }
    }
    th_buffer_free(&normalized);
    return result;
}

int version_from_text(PyObject *text, th_version *version) {
    th_slice slice;
    if (slice_from_text(text, &slice) < 0)
        return -1;
    if (th_version_parse(slice, version) == TH_OK && !version->too_long)
        return 0;
    (void)raise_not(TH_INVALID, "a PEP 440 version", text);
    return -1;
}

PyObject *raise_not(th_status status, const char *what, PyObject *text) {
    if (status == TH_NO_MEMORY)
        return PyErr_NoMemory();
    return PyErr_Format(PyExc_ValueError, "not %s: %.200R", what, text);
}

PyObject *raise_fault(th_status status, const th_fault *fault, const char *what, PyObject *text) {
    if (status == TH_NO_MEMORY)
        return PyErr_NoMemory();
    const char *start = PyUnicode_AsUTF8AndSize(text, NULL);
    if (start == NULL)
        return NULL;
    Py_ssize_t position = 0;
    for (const char *at = start; at < fault->at; at++)
        position += ((unsigned char)*at & 0xc0) != 0x80; /* once per character */
    return PyErr_Format(PyExc_ValueError, "not a usable %s: %s at position %zd: %.200R", what,
                        fault->problem, position, text);
}
