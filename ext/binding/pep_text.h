/* Python texts as slices and back, and the errors of what reads them. */
#ifndef THOTH_BINDING_PEP_TEXT_H
#define THOTH_BINDING_PEP_TEXT_H

#include "state.h"

#include "requirement.h"
#include "specifier.h"

/* Sets `slice` to the UTF-8 of a str, which keeps it. Returns 0, or -1 with an exception set:
 * TypeError for no str, ValueError for one that is longer than TH_TEXT_LENGTH_LIMIT bytes or has no
 * UTF-8. */
int slice_from_text(PyObject *text, th_slice *slice);

/* The same; ValueError too when the text is not ASCII. */
int slice_from_ascii(PyObject *text, th_slice *slice);

/* All that return an object return a new reference, or NULL with an exception set. */
PyObject *text_from_slice(th_slice slice);
PyObject *normalized_name_from_slice(th_slice name);
PyObject *normalized_name_from_text(PyObject *name);

/* The normalized text of a version read from `text`, which is returned itself when it is that. */
PyObject *normalized_version(const th_version *version, PyObject *text);

/* Reads a whole text as a version. Returns 0, or -1 with ValueError set. */
int version_from_text(PyObject *text, th_version *version);

/* Raises MemoryError, or for TH_INVALID ValueError "not WHAT: TEXT". Returns NULL. */
PyObject *raise_not(th_status status, const char *what, PyObject *text);

/* The same with the problem and its position; the fault lies in the UTF-8 of `text`. */
PyObject *raise_fault(th_status status, const th_fault *fault, const char *what, PyObject *text);

#endif
