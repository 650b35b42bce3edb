/* The type `advisor_core._engine.Solver`: ext/core/solver.h for Python. Its manual is _engine.pyi.
 *
 * A solver belongs to one thread at a time: each method but cancel() marks it as busy and raises
 * RuntimeError when it was. So `run` can let go of the GIL, and nothing needs a lock.
 */
#include "state.h"

#include <math.h>
#include <stdatomic.h>
#include <time.h>

#include "proof.h"

/* How often a run takes the GIL to let Python handle signals (Ctrl-C). */
static const double SECONDS_BETWEEN_SIGNAL_CHECKS = 0.1;

typedef struct {
    PyObject_HEAD th_solver solver;
    atomic_bool is_busy;
    atomic_bool is_cancelled;
} solver_object;

/* Returns 0, or -1 with RuntimeError set when another thread is using the solver. */
static int solver_enter(solver_object *self) {
    if (!atomic_exchange(&self->is_busy, true))
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "solver is already running");
    return -1;
}

static void solver_leave(solver_object *self) {
    atomic_store(&self->is_busy, false);
}

/* Leaves, and returns None or NULL with an exception set for the status. */
static PyObject *solver_return(solver_object *self, th_status status) {
    PyObject *result =
        status == TH_OK ? Py_NewRef(Py_None) : raise_status(status, self->solver.fault);
    solver_leave(self);
    return result;
}

/* --- from Python --- */

/* Returns 0, or -1 with an exception set. What does not fit in 64 bits becomes the nearest that
 * does: no index is that large, so the engine's own check refuses and names it. */
static int convert_index(PyObject *object, int64_t *index) {
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (value == -1 && PyErr_Occurred())
        return -1;
    *index = overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN : value;
    return 0;
}

/* Returns 0, or -1 with an exception set; ValueError when it does not fit in 64 bits. */
static int convert_tag(PyObject *object, int64_t *tag) {
    int overflow;
    *tag = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (*tag == -1 && PyErr_Occurred())
        return -1;
    if (overflow == 0)
        return 0;
    PyErr_Format(PyExc_ValueError, "tag does not fit in 64 bits: %R", object);
    return -1;
}

/* Borrows the bytes of the object. Returns 0, or -1 with an exception set. */
static int convert_bytes(PyObject *object, const unsigned char **bytes, size_t *length) {
    char *text;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &text, &size) < 0)
        return -1;
    *bytes = (const unsigned char *)text;
    *length = (size_t)size;
    return 0;
}

static int check_count(const char *name, Py_ssize_t count, Py_ssize_t expected) {
    if (count == expected)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, not %zd", name, expected, count);
    return -1;
}

static PyObject *solver_add_node(PyObject *object, PyObject *size_object) {
    solver_object *self = (solver_object *)object;
    int64_t size;
    th_id node = TH_NONE;
    if (convert_index(size_object, &size) < 0 || solver_enter(self) < 0)
        return NULL;
    PyObject *result = solver_return(self, th_solver_add_node(&self->solver, size, &node));
    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    return PyLong_FromLong(node);
}

/* What add_root and exclude share. */
typedef th_status (*add_set)(th_solver *, int64_t, const unsigned char *, size_t, int64_t);

static PyObject *call_add_set(PyObject *object, const char *name, PyObject *const *arguments,
                              Py_ssize_t count, add_set add) {
    solver_object *self = (solver_object *)object;
    int64_t node, tag;
    const unsigned char *bytes;
    size_t length;
    if (check_count(name, count, 3) < 0 || convert_index(arguments[0], &node) < 0 ||
        convert_bytes(arguments[1], &bytes, &length) < 0 || convert_tag(arguments[2], &tag) < 0 ||
        solver_enter(self) < 0)
        return NULL;
    return solver_return(self, add(&self->solver, node, bytes, length, tag));
}

static PyObject *solver_add_root(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    return call_add_set(self, "add_root", arguments, count, th_solver_add_root);
}

static PyObject *solver_exclude(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    return call_add_set(self, "exclude", arguments, count, th_solver_exclude);
}

/* Reads one (target, allowed, tag). Returns 0, or -1 with an exception set. */
static int convert_requirement(PyObject *object, th_requirement_input *requirement) {
    if (!PyTuple_Check(object) || PyTuple_Size(object) != 3) {
        PyErr_Format(PyExc_TypeError, "a requirement is (node, allowed, tag), not %R", object);
        return -1;
    }
    if (convert_index(PyTuple_GetItem(object, 0), &requirement->target) < 0 ||
        convert_bytes(PyTuple_GetItem(object, 1), &requirement->allowed, &requirement->length) < 0)
        return -1;
    return convert_tag(PyTuple_GetItem(object, 2), &requirement->tag);
}

static PyObject *solver_add_requirements(PyObject *object, PyObject *const *arguments,
                                         Py_ssize_t argument_count) {
    solver_object *self = (solver_object *)object;
    PyObject *result = NULL, *items = NULL;
    th_requirement_input *requirements = NULL;
    int64_t node, version;
    if (check_count("add_requirements", argument_count, 3) < 0 ||
        convert_index(arguments[0], &node) < 0 || convert_index(arguments[1], &version) < 0)
        return NULL;
    items = PySequence_Tuple(arguments[2]); /* keeps what the requirements point into alive */
    if (items == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_Size(items);
    requirements = th_allocate((size_t)count, sizeof *requirements);
    if (requirements == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (convert_requirement(PyTuple_GetItem(items, i), &requirements[i]) < 0)
            goto done;
    if (solver_enter(self) < 0)
        goto done;
    result = solver_return(self, th_solver_add_requirements(&self->solver, node, version,
                                                            requirements, (size_t)count));
done:
    th_free(requirements);
    Py_DECREF(items);
    return result;
}

/* --- run --- */

typedef struct {
    solver_object *self;
    PyThreadState *thread;
    double deadline; /* of the monotonic clock; infinite: none */
    double signal_check;
    bool is_interrupted; /* a signal's handler has set an exception */
    bool is_cancelled;
} run_context;

static double monotonic_seconds(void) {
    struct timespec now;
#ifdef _WIN32
    (void)timespec_get(&now, TIME_UTC);
#else
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool run_should_stop(void *opaque) {
    run_context *context = opaque;
    if (atomic_exchange(&context->self->is_cancelled, false)) {
        context->is_cancelled = true;
        return true;
    }
    double now = monotonic_seconds();
    if (now >= context->deadline)
        return true;
    if (now < context->signal_check)
        return false;
    PyEval_RestoreThread(context->thread);
    context->is_interrupted = PyErr_CheckSignals() < 0;
    context->thread = PyEval_SaveThread();
    context->signal_check = now + SECONDS_BETWEEN_SIGNAL_CHECKS;
    return context->is_interrupted;
}

static PyObject *name_outcome(th_outcome outcome, const run_context *context) {
    switch (outcome) {
    case TH_SOLVED:
        return PyUnicode_FromString("solved");
    case TH_UNSATISFIABLE:
        return PyUnicode_FromString("unsatisfiable");
    case TH_NEED:
        return PyUnicode_FromString("need");
    case TH_HALTED:
        if (context->is_interrupted)
            return NULL;
        return PyUnicode_FromString(context->is_cancelled ? "cancelled" : "budget");
    case TH_BUDGET:
        return PyUnicode_FromString("budget");
    case TH_EXHAUSTED:
        break;
    }
    return PyErr_NoMemory();
}

static PyObject *solver_run(PyObject *object, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"conflict_budget", "deadline_seconds", NULL};
    solver_object *self = (solver_object *)object;
    long long conflict_budget = -1;
    PyObject *deadline_object = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$LO:run", names, &conflict_budget,
                                     &deadline_object))
        return NULL;
    double now = monotonic_seconds(), seconds = INFINITY;
    if (deadline_object != Py_None) {
        seconds = PyFloat_AsDouble(deadline_object);
        if (seconds == -1.0 && PyErr_Occurred())
            return NULL;
        if (isnan(seconds)) {
            PyErr_SetString(PyExc_ValueError, "deadline_seconds is not a number");
            return NULL;
        }
    }
    if (solver_enter(self) < 0)
        return NULL;
    run_context context = {.self = self,
                           .deadline = now + seconds,
                           .signal_check = now + SECONDS_BETWEEN_SIGNAL_CHECKS};
    th_stop stop = {.should_stop = run_should_stop, .context = &context};
    context.thread = PyEval_SaveThread();
    th_outcome outcome = th_solver_run(&self->solver, conflict_budget, &stop);
    PyEval_RestoreThread(context.thread);
    solver_leave(self);
    return name_outcome(outcome, &context);
}

static PyObject *solver_cancel(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    atomic_store(&((solver_object *)object)->is_cancelled, true);
    Py_RETURN_NONE;
}

/* --- to Python --- */

/* Returns a new list of (node, version), or NULL with an exception set. */
static PyObject *make_choices(const th_choice *choices, size_t count) {
    PyObject *list = PyList_New((Py_ssize_t)count);
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        PyObject *pair = Py_BuildValue("(ii)", choices[i].node, choices[i].version);
        if (pair == NULL || PyList_SetItem(list, (Py_ssize_t)i, pair) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *solver_needed(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    PyObject *result = NULL;
    th_choice *choices = th_allocate(self->solver.state.partial.nodes.count, sizeof *choices);
    if (choices == NULL)
        PyErr_NoMemory();
    else
        result = make_choices(choices, th_solver_needed(&self->solver, choices));
    th_free(choices);
    solver_leave(self);
    return result;
}

static PyObject *solver_solution(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    PyObject *result = NULL;
    const th_solver *solver = &self->solver;
    size_t count = solver->state.partial.decisions.count;
    th_choice *choices = th_allocate(count, sizeof *choices);
    if (!solver->is_current || solver->outcome != TH_SOLVED) {
        PyErr_SetString(PyExc_RuntimeError, "no solution: run() has not returned 'solved'");
    } else if (choices == NULL) {
        PyErr_NoMemory();
    } else {
        for (size_t i = 0; i < count; i++)
            choices[i] = th_solver_choice(solver, i);
        result = make_choices(choices, count);
    }
    th_free(choices);
    solver_leave(self);
    return result;
}

/* Returns new bytes with the candidates in the term, or with those that are not in it. */
static PyObject *make_versions(const th_term *term, size_t size, bool inverted) {
    PyObject *object = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)((size + 7) / 8));
    if (object == NULL)
        return NULL;
    unsigned char *bytes = (unsigned char *)PyBytes_AsString(object);
    for (size_t i = 0; i < size; i += 8) {
        size_t word = i / TH_WORD_BITS - term->first;
        unsigned byte = word < term->count ? term->words[word] >> (i % TH_WORD_BITS) & 0xff : 0;
        unsigned mask = size - i < 8 ? (1u << (size - i)) - 1 : 0xff;
        bytes[i / 8] = (unsigned char)((inverted ? ~byte : byte) & mask);
    }
    return object;
}

/* Returns a new tuple of (node, holds, versions), or NULL with an exception set. */
static PyObject *make_terms(const th_solver *solver, const th_proof_step *step) {
    PyObject *terms = PyTuple_New((Py_ssize_t)step->count);
    for (uint32_t i = 0; terms != NULL && i < step->count; i++) {
        const th_term *term = &step->terms[i];
        size_t size = (size_t)solver->state.partial.nodes.items[term->node].size;
        bool with_absent = th_term_has(term, size);
        PyObject *item = Py_BuildValue("(iNN)", term->node, PyBool_FromLong(!with_absent),
                                       make_versions(term, size, with_absent));
        if (item == NULL || PyTuple_SetItem(terms, (Py_ssize_t)i, item) < 0)
            Py_CLEAR(terms);
    }
    return terms;
}

/* Returns a new tuple: the tag that each version of the requirement's term has for it. */
static PyObject *make_tags(const th_solver *solver, const th_proof_step *step) {
    PyObject *list = PyList_New(0);
    th_id size = solver->state.partial.nodes.items[step->terms[0].node].size;
    for (th_id version = 0; list != NULL && version < size; version++) {
        int64_t tag;
        if (!th_term_has(&step->terms[0], (size_t)version) ||
            !th_solver_requirement_tag(solver, step->incompatibility, version, &tag))
            continue;
        PyObject *number = PyLong_FromLongLong(tag);
        if (number == NULL || PyList_Append(list, number) < 0)
            Py_CLEAR(list);
        Py_XDECREF(number);
    }
    if (list == NULL)
        return NULL;
    PyObject *tags = PyList_AsTuple(list);
    Py_DECREF(list);
    return tags;
}

/* Returns a new cause, or NULL with an exception set. */
static PyObject *make_cause(const th_solver *solver, const th_proof_step *step) {
    if (step->incompatibility == TH_NONE)
        return Py_BuildValue("(sii)", "derived", step->left, step->right);
    const th_incompatibility *item = &solver->state.store.items.items[step->incompatibility];
    th_id node = item->external.node;
    size_t size = (size_t)solver->state.partial.nodes.items[node].size;
    if (item->cause == TH_CAUSE_ROOT)
        return Py_BuildValue("(siL)", "root", node, (long long)item->external.tag);
    if (item->cause == TH_CAUSE_EXCLUSION)
        return Py_BuildValue("(siNL)", "excluded", node, make_versions(item->terms, size, false),
                             (long long)item->external.tag);
    return Py_BuildValue("(siNiN)", "requirement", node, make_versions(item->terms, size, false),
                         item->external.target, make_tags(solver, step));
}

/* Returns a new list of (terms, cause), or NULL with an exception set. */
static PyObject *make_proof(const th_solver *solver, const th_proof *proof) {
    PyObject *list = PyList_New((Py_ssize_t)proof->steps.count);
    for (size_t i = 0; list != NULL && i < proof->steps.count; i++) {
        const th_proof_step *step = &proof->steps.items[i];
        PyObject *item = Py_BuildValue("(NN)", make_terms(solver, step), make_cause(solver, step));
        if (item == NULL || PyList_SetItem(list, (Py_ssize_t)i, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *solver_proof(PyObject *object, PyObject *Py_UNUSED(ignored)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    PyObject *result = NULL;
    if (self->solver.learner.refutation == TH_NONE) {
        PyErr_SetString(PyExc_RuntimeError, "no proof: run() has not returned 'unsatisfiable'");
    } else {
        th_proof proof;
        th_status status = th_proof_write(&proof, &self->solver);
        if (status == TH_OK)
            result = make_proof(&self->solver, &proof);
        else if (status == TH_LIMIT)
            PyErr_SetString(PyExc_OverflowError, "the proof is too long to be written");
        else
            PyErr_NoMemory();
        th_proof_free(&proof);
    }
    solver_leave(self);
    return result;
}

static PyObject *get_conflicts(PyObject *object, void *Py_UNUSED(closure)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    int64_t conflicts = self->solver.learner.conflicts;
    solver_leave(self);
    return PyLong_FromLongLong(conflicts);
}

static PyObject *get_decisions(PyObject *object, void *Py_UNUSED(closure)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    int64_t decisions = self->solver.decisions;
    solver_leave(self);
    return PyLong_FromLongLong(decisions);
}

static PyObject *get_propagations(PyObject *object, void *Py_UNUSED(closure)) {
    solver_object *self = (solver_object *)object;
    if (solver_enter(self) < 0)
        return NULL;
    int64_t propagations = self->solver.state.propagation.propagations;
    solver_leave(self);
    return PyLong_FromLongLong(propagations);
}

/* --- the type --- */

static PyObject *solver_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"learnt_bytes", "derivation_bytes", NULL};
    Py_ssize_t learnt_bytes = TH_LEARNT_BYTES_MAX, derivation_bytes = TH_DERIVATION_BYTES_MAX;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$nn:Solver", names, &learnt_bytes,
                                     &derivation_bytes))
        return NULL;
    if (learnt_bytes < 0 || derivation_bytes < 0) {
        PyErr_SetString(PyExc_ValueError, "a limit is not a negative number of bytes");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    solver_object *self = (solver_object *)allocate(type, 0);
    if (self == NULL)
        return NULL;
    th_solver_init(&self->solver);
    self->solver.learner.bytes_max = self->solver.learner.next_bytes = (size_t)learnt_bytes;
    self->solver.state.store.derivation_bytes_max = (size_t)derivation_bytes;
    atomic_init(&self->is_busy, false);
    atomic_init(&self->is_cancelled, false);
    return (PyObject *)self;
}

static void solver_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    th_solver_free(&((solver_object *)self)->solver);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef solver_methods[] = {
    {"add_node", solver_add_node, METH_O, NULL},
    {"add_root", (PyCFunction)(void (*)(void))solver_add_root, METH_FASTCALL, NULL},
    {"exclude", (PyCFunction)(void (*)(void))solver_exclude, METH_FASTCALL, NULL},
    {"add_requirements", (PyCFunction)(void (*)(void))solver_add_requirements, METH_FASTCALL, NULL},
    {"run", (PyCFunction)(void (*)(void))solver_run, METH_VARARGS | METH_KEYWORDS, NULL},
    {"cancel", solver_cancel, METH_NOARGS, NULL},
    {"needed", solver_needed, METH_NOARGS, NULL},
    {"solution", solver_solution, METH_NOARGS, NULL},
    {"proof", solver_proof, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef solver_getset[] = {
    {"conflicts", get_conflicts, NULL, NULL, NULL},
    {"decisions", get_decisions, NULL, NULL, NULL},
    {"propagations", get_propagations, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot solver_slots[] = {
    {Py_tp_doc, "Conflict-driven solver; see advisor_core/_engine.pyi."},
    {Py_tp_new, (void *)solver_new},
    {Py_tp_dealloc, (void *)solver_dealloc},
    {Py_tp_methods, solver_methods},
    {Py_tp_getset, solver_getset},
    {0, NULL},
};

static PyType_Spec solver_spec = {
    .name = "advisor_core._engine.Solver",
    .basicsize = sizeof(solver_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = solver_slots,
};

int solver_exec(PyObject *module) {
    return module_add_type(module, TYPE_SOLVER, &solver_spec);
}
