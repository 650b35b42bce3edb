/* The types `Problem` (immutable, may be shared between threads) and `Optimizer` (one run at a
 * time). What the arrays mean is said in ext/core/stack_problem.h.
 *
 * While a search runs the GIL is released. The search asks `should_stop` every fraction of a
 * millisecond; every 20 ms that also takes the GIL back for a moment, so that Ctrl-C works.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "state.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "optimum.h"

typedef struct {
    PyObject_HEAD th_problem *problem;
} problem_object;

typedef struct {
    PyObject_HEAD problem_object *problem; /* strong reference */
    atomic_bool busy, cancelled;
} optimizer_object;

enum { BUFFER_COUNT = 18, SIGNAL_CHECK_MILLISECONDS = 20 };

/* One argument: its name, and the size of one item of its buffer. */
typedef struct {
    const char *name;
    size_t item_size;
} array_argument;

static const array_argument arrays[BUFFER_COUNT] = {
    {"node_sizes", 4},
    {"candidate_lists", 4},
    {"candidate_scores", 8},
    {"candidate_visible", 1},
    {"set_nodes", 4},
    {"set_bytes", 1},
    {"list_offsets", 4},
    {"list_sets", 4},
    {"root_sets", 4},
    {"pair_a", 4},
    {"pair_b", 4},
    {"pair_scores", 8},
    {"rule_kinds", 1},
    {"rule_values", 8},
    {"rule_when_offsets", 4},
    {"rule_when", 4},
    {"rule_unless_offsets", 4},
    {"rule_unless", 4},
};

/* Sets *count to the number of items. Returns 0, or -1 with ValueError set. */
static int count_items(const Py_buffer *buffer, const array_argument *array, size_t *count) {
    size_t size = array->item_size;
    bool aligned = buffer->len == 0 || (uintptr_t)buffer->buf % size == 0;
    if ((size_t)buffer->len % size != 0 || !aligned) {
        PyErr_Format(PyExc_ValueError, "%s: not an aligned array of %zd-byte integers", array->name,
                     (Py_ssize_t)size);
        return -1;
    }
    *count = (size_t)buffer->len / size;
    return 0;
}

/* Arrays that describe the same things must be equally long, offsets one longer. */
static const char *find_length_fault(const size_t *counts) {
    if (counts[2] != counts[1] || counts[3] != counts[1])
        return "candidate arrays differ in length";
    if (counts[10] != counts[9] || counts[11] != counts[9])
        return "pair arrays differ in length";
    if (counts[13] != counts[12] || counts[14] != counts[12] + 1 || counts[16] != counts[12] + 1)
        return "rule arrays differ in length";
    return counts[6] == 0 ? "list_offsets: empty" : NULL;
}

static th_problem_input make_input(const Py_buffer *buffers, const size_t *counts) {
    return (th_problem_input){
        .node_count = counts[0],
        .node_sizes = buffers[0].buf,
        .candidate_count = counts[1],
        .candidate_lists = buffers[1].buf,
        .candidate_scores = buffers[2].buf,
        .candidate_visible = buffers[3].buf,
        .set_count = counts[4],
        .set_nodes = buffers[4].buf,
        .set_bytes = buffers[5].buf,
        .set_bytes_count = counts[5],
        .list_count = counts[6] - 1,
        .list_offsets = buffers[6].buf,
        .list_sets = buffers[7].buf,
        .list_sets_count = counts[7],
        .root_count = counts[8],
        .root_sets = buffers[8].buf,
        .pair_count = counts[9],
        .pair_a = buffers[9].buf,
        .pair_b = buffers[10].buf,
        .pair_scores = buffers[11].buf,
        .rule_count = counts[12],
        .rule_kinds = buffers[12].buf,
        .rule_values = buffers[13].buf,
        .rule_when_offsets = buffers[14].buf,
        .rule_when = buffers[15].buf,
        .rule_when_count = counts[15],
        .rule_unless_offsets = buffers[16].buf,
        .rule_unless = buffers[17].buf,
        .rule_unless_count = counts[17],
    };
}

/* Fills self->problem. Returns 0, or -1 with an exception set. */
static int fill_problem(problem_object *self, const Py_buffer *buffers) {
    size_t counts[BUFFER_COUNT];
    for (size_t i = 0; i < BUFFER_COUNT; i++)
        if (count_items(&buffers[i], &arrays[i], &counts[i]) < 0)
            return -1;
    const char *fault = find_length_fault(counts);
    if (fault != NULL) {
        PyErr_SetString(PyExc_ValueError, fault);
        return -1;
    }
    th_problem_input input = make_input(buffers, counts);
    th_status status = th_problem_create(&input, &self->problem, &fault);
    if (status == TH_OK)
        return 0;
    if (status == TH_INVALID)
        PyErr_Format(PyExc_ValueError, "%s: not a valid array", fault);
    else
        (void)raise_status(status, "");
    return -1;
}

/* Returns a new reference, or NULL with an exception set. */
static PyObject *problem_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    Py_buffer buffers[BUFFER_COUNT];
    char *names[BUFFER_COUNT + 1];
    for (size_t i = 0; i < BUFFER_COUNT; i++)
        names[i] = (char *)(uintptr_t)arrays[i].name; /* the C API takes no const here */
    names[BUFFER_COUNT] = NULL;
    Py_buffer *b = buffers;
    if (!PyArg_ParseTupleAndKeywords(
            args, keywords, "$y*y*y*y*y*y*y*y*y*y*y*y*y*y*y*y*y*y*:Problem", names, &b[0], &b[1],
            &b[2], &b[3], &b[4], &b[5], &b[6], &b[7], &b[8], &b[9], &b[10], &b[11], &b[12], &b[13],
            &b[14], &b[15], &b[16], &b[17]))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    problem_object *self = (problem_object *)allocate(type, 0);
    if (self != NULL && fill_problem(self, buffers) < 0) {
        Py_DECREF(self);
        self = NULL;
    }
    for (size_t i = 0; i < BUFFER_COUNT; i++)
        PyBuffer_Release(&buffers[i]);
    return (PyObject *)self;
}

static int object_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void free_object(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static void problem_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    th_problem_free(((problem_object *)self)->problem);
    free_object(self);
}

/* Returns a new reference, or NULL with an exception set: (valid, score). */
static PyObject *problem_judge(PyObject *self, PyObject *argument) {
    const th_problem *problem = ((problem_object *)self)->problem;
    Py_ssize_t count = PySequence_Size(argument);
    if (count < 0)
        return NULL;
    if ((size_t)count != problem->node_count)
        return raise_status(TH_INVALID, "not one value for each node");
    th_id *values = th_allocate(problem->node_count, sizeof *values);
    if (values == NULL)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    for (th_id node = 0; node < (th_id)count; node++) {
        PyObject *item = PySequence_GetItem(argument, node);
        long value = item == NULL ? -1 : PyLong_AsLong(item);
        Py_XDECREF(item);
        if (value == -1 && PyErr_Occurred())
            goto done;
        if (value < -1 || value >= problem->node_sizes[node]) {
            PyErr_Format(PyExc_ValueError, "node %d: not a candidate: %ld", (int)node, value);
            goto done;
        }
        values[node] = value < 0 ? th_problem_absent(problem, node) : (th_id)value;
    }
    bool valid;
    int64_t score;
    if (th_problem_judge(problem, values, &valid, &score) == TH_OK)
        result = Py_BuildValue("(OL)", valid ? Py_True : Py_False, (long long)score);
    else
        (void)PyErr_NoMemory();
done:
    th_free(values);
    return result;
}

const th_problem *problem_get(PyObject *problem) {
    return ((problem_object *)problem)->problem;
}

static PyMethodDef problem_methods[] = {
    {"judge", problem_judge, METH_O,
     "judge(values, /)\n--\n\nReturn whether the stack is valid, and its score; -1 is absent."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot problem_slots[] = {
    {Py_tp_doc, "A resolution problem in integers; immutable."},
    {Py_tp_new, (void *)problem_new},
    {Py_tp_traverse, (void *)object_traverse},
    {Py_tp_dealloc, (void *)problem_dealloc},
    {Py_tp_methods, problem_methods},
    {0, NULL},
};

static PyType_Spec problem_spec = {
    "advisor_core._engine.Problem", sizeof(problem_object), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE, problem_slots};

/* Returns a new reference, or NULL with an exception set. */
static PyObject *optimizer_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    char name[] = "problem";
    char *names[] = {name, NULL};
    PyObject *problem;
    PyObject *module = PyType_GetModule(type);
    if (module == NULL)
        return NULL;
    module_state *state = PyModule_GetState(module);
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!:Optimizer", names,
                                     state->types[TYPE_PROBLEM], &problem))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    optimizer_object *self = (optimizer_object *)allocate(type, 0);
    if (self == NULL)
        return NULL;
    self->problem = (problem_object *)Py_NewRef(problem);
    atomic_init(&self->busy, false);
    atomic_init(&self->cancelled, false);
    return (PyObject *)self;
}

static int optimizer_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT((PyObject *)((optimizer_object *)self)->problem);
    return 0;
}

static void optimizer_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF((PyObject *)((optimizer_object *)self)->problem);
    free_object(self);
}

/* What the search asks through `should_stop`. */
typedef struct {
    optimizer_object *optimizer;
    PyThreadState *thread; /* saved while the GIL is released */
    bool has_deadline, interrupted;
    int64_t deadline, next_signal_check; /* nanoseconds of the monotonic clock */
} watch;

static int64_t nanoseconds_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool should_stop(void *context) {
    watch *self = context;
    if (self->interrupted || atomic_load(&self->optimizer->cancelled))
        return true;
    int64_t now = nanoseconds_now();
    if (self->has_deadline && now >= self->deadline)
        return true;
    if (now >= self->next_signal_check) {
        self->next_signal_check = now + (int64_t)SIGNAL_CHECK_MILLISECONDS * 1000000;
        PyEval_RestoreThread(self->thread);
        self->interrupted = PyErr_CheckSignals() < 0;
        self->thread = PyEval_SaveThread();
    }
    return self->interrupted;
}

static const char *const outcome_names[] = {"optimal", "feasible", "unsatisfiable", "unknown"};
static const char *const limit_names[] = {"none", "stopped", "nodes", "memory"};

/* Returns a new list of one tuple per stack (-1: absent), or NULL with an exception set. */
static PyObject *make_stacks(const th_problem *problem, const th_optimum *optimum) {
    PyObject *stacks = PyList_New(0);
    for (size_t i = 0; stacks != NULL && i < optimum->stack_count; i++) {
        const th_id *row = optimum->stacks + i * problem->node_count;
        PyObject *stack = PyTuple_New((Py_ssize_t)problem->node_count);
        for (th_id node = 0; stack != NULL && node < (th_id)problem->node_count; node++) {
            th_id value = row[node] == th_problem_absent(problem, node) ? -1 : row[node];
            PyObject *number = PyLong_FromLong(value);
            /* PyTuple_SetItem takes the reference, also when it fails. */
            if (number == NULL || PyTuple_SetItem(stack, node, number) < 0)
                Py_CLEAR(stack);
        }
        PyObject *entry =
            stack == NULL ? NULL : Py_BuildValue("(NL)", stack, (long long)optimum->scores[i]);
        if (entry == NULL || PyList_Append(stacks, entry) < 0)
            Py_CLEAR(stacks);
        Py_XDECREF(entry);
    }
    return stacks;
}

/* Returns a new reference, or NULL with an exception set. */
static PyObject *make_answer(const th_problem *problem, const th_optimum *optimum) {
    PyObject *stacks = make_stacks(problem, optimum);
    if (stacks == NULL)
        return NULL;
    return Py_BuildValue(
        "{s:s,s:s,s:N,s:L,s:K,s:n,s:n,s:n,s:n,s:n}", "status", outcome_names[optimum->outcome],
        "limit", limit_names[optimum->limit], "stacks", stacks, "upper_bound",
        (long long)optimum->upper_bound, "nodes", (unsigned long long)optimum->nodes, "classes",
        (Py_ssize_t)optimum->class_count, "variables", (Py_ssize_t)optimum->variable_count,
        "values", (Py_ssize_t)optimum->value_count, "tables", (Py_ssize_t)optimum->table_count,
        "loops", (Py_ssize_t)optimum->loop_count);
}

/* Runs the search without the GIL. Returns a new reference, or NULL with an exception set. */
static PyObject *optimize(optimizer_object *self, th_optimize_options *options, watch *watching) {
    th_optimum optimum;
    const th_problem *problem = self->problem->problem;
    options->stop = should_stop;
    options->stop_context = watching;
    watching->thread = PyEval_SaveThread();
    th_status status = th_optimize(problem, options, &optimum);
    PyEval_RestoreThread(watching->thread);
    PyObject *answer = NULL;
    if (watching->interrupted) {
        /* PyErr_CheckSignals has set the exception. */
    } else if (status == TH_INVALID)
        PyErr_SetString(PyExc_RuntimeError, "the search and its judge disagree about a stack");
    else if (status != TH_OK)
        (void)raise_status(status, "");
    else
        answer = make_answer(problem, &optimum);
    th_optimum_free(&optimum);
    return answer;
}

static PyObject *optimizer_run(PyObject *object, PyObject *args, PyObject *keywords) {
    optimizer_object *self = (optimizer_object *)object;
    static const char *const words[] = {"count", "node_budget", "memory_budget",
                                        "deadline_seconds"};
    char *names[5];
    for (size_t i = 0; i < 4; i++)
        names[i] = (char *)(uintptr_t)words[i]; /* the C API takes no const here */
    names[4] = NULL;
    Py_ssize_t count = 1, memory_budget = 0;
    long long node_budget = -1;
    PyObject *deadline = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$nLnO:run", names, &count, &node_budget,
                                     &memory_budget, &deadline))
        return NULL;
    if (count < 1 || memory_budget < 0)
        return raise_status(TH_INVALID, "count: not positive, or memory_budget: negative");
    watch watching = {.optimizer = self, .has_deadline = deadline != Py_None};
    int64_t now = nanoseconds_now();
    watching.next_signal_check = now + (int64_t)SIGNAL_CHECK_MILLISECONDS * 1000000;
    if (watching.has_deadline) {
        double seconds = PyFloat_AsDouble(deadline);
        if (PyErr_Occurred())
            return NULL;
        if (!(seconds >= 0))
            return raise_status(TH_INVALID, "deadline_seconds: negative or not a number");
        watching.has_deadline = seconds < 1e9; /* longer than a process lives */
        if (watching.has_deadline)
            watching.deadline = now + (int64_t)(seconds * 1e9);
    }
    th_optimize_options options = {.wanted = (size_t)count,
                                   .node_budget =
                                       node_budget < 0 ? UINT64_MAX : (uint64_t)node_budget,
                                   .memory_budget = (size_t)memory_budget};
    if (atomic_exchange(&self->busy, true)) {
        PyErr_SetString(PyExc_RuntimeError, "the optimizer is already running");
        return NULL;
    }
    PyObject *answer = optimize(self, &options, &watching);
    atomic_store(&self->busy, false);
    return answer;
}

static PyObject *optimizer_cancel(PyObject *self, PyObject *unused) {
    (void)unused;
    atomic_store(&((optimizer_object *)self)->cancelled, true);
    return Py_NewRef(Py_None);
}

static PyMethodDef optimizer_methods[] = {
    {"run", (PyCFunction)(void (*)(void))optimizer_run, METH_VARARGS | METH_KEYWORDS,
     "run(*, count=1, node_budget=-1, memory_budget=0, deadline_seconds=None)\n--\n\n"
     "Return the best stacks that the budgets allow to find, and what is proved of them."},
    {"cancel", optimizer_cancel, METH_NOARGS,
     "cancel()\n--\n\nEnd the run under way, and every later one, soon; from any thread."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot optimizer_slots[] = {
    {Py_tp_doc, "Finds the best stacks of one problem, with a proof."},
    {Py_tp_new, (void *)optimizer_new},
    {Py_tp_traverse, (void *)optimizer_traverse},
    {Py_tp_dealloc, (void *)optimizer_dealloc},
    {Py_tp_methods, optimizer_methods},
    {0, NULL},
};

static PyType_Spec optimizer_spec = {
    "advisor_core._engine.Optimizer", sizeof(optimizer_object), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE, optimizer_slots};

int problem_exec(PyObject *module) {
    return module_add_type(module, TYPE_PROBLEM, &problem_spec) < 0
               ? -1
               : module_add_type(module, TYPE_OPTIMIZER, &optimizer_spec);
}
