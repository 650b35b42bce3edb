/* The functions on names, versions, specifiers and filenames. */
#define PY_SSIZE_T_CLEAN
#include "pep_text.h"

#include "filename.h"

static PyObject *normalize_name(PyObject *module, PyObject *name) {
    (void)module;
    return normalized_name_from_text(name);
}

static PyObject *normalize_version(PyObject *module, PyObject *text) {
    (void)module;
    th_version version;
    return version_from_text(text, &version) < 0 ? NULL : normalized_version(&version, text);
}

static PyObject *compare_versions(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *texts[2];
    if (!PyArg_ParseTuple(args, "OO:compare_versions", &texts[0], &texts[1]))
        return NULL;
    th_buffer keys[2];
    th_status status = TH_OK;
    th_buffer_start(&keys[0]);
    th_buffer_start(&keys[1]);
    for (int i = 0; i < 2 && status == TH_OK; i++) {
        th_version version;
        if (version_from_text(texts[i], &version) < 0) {
            status = TH_INVALID;
            break;
        }
        uint8_t *at = th_buffer_reserve(&keys[i], th_version_room(&version));
        if (at == NULL) {
            (void)PyErr_NoMemory();
            status = TH_NO_MEMORY;
        } else {
            keys[i].length = th_version_write_key(&version, at).local;
        }
    }
    int order = th_key_compare(keys[0].bytes, keys[0].length, keys[1].bytes, keys[1].length);
    th_buffer_free(&keys[0]);
    th_buffer_free(&keys[1]);
    return status != TH_OK ? NULL : PyLong_FromLong((order > 0) - (order < 0));
}

/* Whether some clause of a valid set is `===`. */
static bool has_arbitrary(th_slice specifier) {
    th_slice text;
    while (th_specifier_next(&specifier, &text))
        if (text.length >= 3 && memcmp(text.start, "===", 3) == 0)
            return true;
    return false;
}

static PyObject *specifier_contains(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    static char *names[] = {"specifier", "version", "prereleases", NULL};
    PyObject *specifier, *version;
    int prereleases = 1;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "UU|$p:specifier_contains", names, &specifier,
                                     &version, &prereleases))
        return NULL;
    th_slice set, candidate;
    if (slice_from_text(specifier, &set) < 0 || slice_from_text(version, &candidate) < 0)
        return NULL;
    if (th_specifier_check(set) != TH_OK)
        return raise_not(TH_INVALID, "a PEP 440 specifier", specifier);
    if (!th_slice_is_ascii(candidate) && has_arbitrary(set))
        return PyErr_Format(PyExc_ValueError, "=== compares ASCII text only: %.200R", version);
    bool contains;
    th_status status = th_specifier_contains(set, candidate, prereleases != 0, &contains);
    if (status != TH_OK)
        return raise_not(status, "a PEP 440 version", version);
    return PyBool_FromLong(contains);
}

static PyObject *specifier_names_prerelease(PyObject *module, PyObject *specifier) {
    (void)module;
    th_slice set;
    bool names;
    if (slice_from_text(specifier, &set) < 0)
        return NULL;
    if (th_specifier_names_prerelease(set, &names) != TH_OK)
        return raise_not(TH_INVALID, "a PEP 440 specifier", specifier);
    return PyBool_FromLong(names);
}

/* Returns () or (number, suffix). */
static PyObject *build_tag(const th_wheel_filename *wheel) {
    if (!wheel->has_build)
        return PyTuple_New(0);
    PyObject *digits = text_from_slice(wheel->build_number);
    PyObject *number = digits == NULL ? NULL : PyNumber_Long(digits);
    Py_XDECREF(digits);
    return Py_BuildValue("NN", number, text_from_slice(wheel->build_suffix));
}

static PyObject *lower_case(th_slice text) {
    th_buffer lower;
    th_buffer_start(&lower);
    PyObject *result = NULL;
    if (th_buffer_append(&lower, text) == TH_OK) {
        for (size_t i = 0; i < lower.length; i++)
            lower.bytes[i] = (uint8_t)th_lower((char)lower.bytes[i]);
        result = text_from_slice(th_buffer_slice(&lower));
    } else {
        (void)PyErr_NoMemory();
    }
    th_buffer_free(&lower);
    return result;
}

static PyObject *parse_wheel_filename(PyObject *module, PyObject *filename) {
    (void)module;
    th_slice slice;
    th_wheel_filename wheel;
    if (slice_from_text(filename, &slice) < 0)
        return NULL;
    if (th_wheel_filename_read(slice, &wheel) != TH_OK)
        return raise_not(TH_INVALID, "a wheel filename", filename);
    return Py_BuildValue("NNNN", normalized_name_from_slice(wheel.name),
                         normalized_version(&wheel.version, filename), build_tag(&wheel),
                         lower_case(wheel.tags));
}

static PyObject *parse_sdist_filename(PyObject *module, PyObject *args, PyObject *keywords) {
    (void)module;
    static char *names[] = {"filename", "project_name", NULL};
    PyObject *filename, *project_name, *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "UU:parse_sdist_filename", names, &filename,
                                     &project_name))
        return NULL;
    PyObject *project = normalized_name_from_text(project_name);
    th_slice text, name;
    th_version version;
    if (project == NULL)
        return NULL;
    /* A text without UTF-8 or of absurd length is no filename either. */
    if (slice_from_text(project, &name) < 0 || slice_from_text(filename, &text) < 0) {
        PyErr_Clear();
    } else if (th_sdist_filename_read(text, name, &version) == TH_OK) {
        result = normalized_version(&version, filename);
        Py_DECREF(project);
        return result;
    }
    Py_DECREF(project);
    Py_INCREF(Py_None);
    return Py_None;
}

#define WITH_KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef functions[] = {
    {"compare_versions", compare_versions, METH_VARARGS,
     "compare_versions($module, a, b, /)\n--\n\nReturn -1, 0 or 1: a is older, equal, newer."},
    {"normalize_name", normalize_name, METH_O,
     "normalize_name($module, name, /)\n--\n\nReturn the PEP 503 form."},
    {"normalize_version", normalize_version, METH_O,
     "normalize_version($module, text, /)\n--\n\nReturn the PEP 440 normalized form."},
    {"parse_sdist_filename", WITH_KEYWORDS(parse_sdist_filename), METH_VARARGS | METH_KEYWORDS,
     "parse_sdist_filename($module, /, filename, project_name)\n--\n\n"
     "Return the normalized version of an sdist of that project, None when it is none."},
    {"parse_wheel_filename", parse_wheel_filename, METH_O,
     "parse_wheel_filename($module, filename, /)\n--\n\n"
     "Return name, version, build tag and compressed tags of a wheel."},
    {"specifier_contains", WITH_KEYWORDS(specifier_contains), METH_VARARGS | METH_KEYWORDS,
     "specifier_contains($module, /, specifier, version, *, prereleases=True)\n--\n\n"
     "Return whether the specifier set holds the version."},
    {"specifier_names_prerelease", specifier_names_prerelease, METH_O,
     "specifier_names_prerelease($module, specifier, /)\n--\n\n"
     "Return whether some clause, other than !=, has a pre-release as its version."},
    {NULL, NULL, 0, NULL},
};

int pep_functions_exec(PyObject *module) {
    return PyModule_AddFunctions(module, functions);
}
