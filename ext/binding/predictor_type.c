/* The type `Predictor`: one anytime search at a time over one `Problem`. What the options mean is
 * said in ext/core/predict.h.
 *
 * While a search runs the GIL is released; every 20 ms it is taken back for a moment, so that
 * Ctrl-C works.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "state.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "predict.h"
#include "rng.h"

typedef struct {
    PyObject_HEAD PyObject *problem; /* strong reference to an object of TYPE_PROBLEM */
    atomic_bool busy, cancelled;
} predictor_object;

enum { SIGNAL_CHECK_NANOSECONDS = 20 * 1000 * 1000 };

/* What the search asks through `should_stop`. */
typedef struct {
    predictor_object *predictor;
    PyThreadState *thread; /* saved while the GIL is released */
    bool has_deadline, interrupted;
    int64_t deadline, next_signal_check; /* nanoseconds of the monotonic clock */
} watch;

static const char *const predictor_names[TH_PREDICTOR_COUNT] = {
    [TH_PREDICT_ANNEALING] = "adaptive-simulated-annealing",
    [TH_PREDICT_APPROXIMATING_LATEST] = "approximating-latest",
    [TH_PREDICT_COMBINATIONS] = "package-combinations",
    [TH_PREDICT_HILL_CLIMBING] = "hill-climbing",
    [TH_PREDICT_LATEST] = "latest",
    [TH_PREDICT_RANDOM_WALK] = "random-walk",
    [TH_PREDICT_SAMPLING] = "sampling",
    [TH_PREDICT_TEMPORAL_DIFFERENCE] = "temporal-difference",
    [TH_PREDICT_TREE_SEARCH] = "monte-carlo-tree-search",
};

static int64_t nanoseconds_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool should_stop(void *context) {
    watch *self = context;
    if (self->interrupted || atomic_load(&self->predictor->cancelled))
        return true;
    int64_t now = nanoseconds_now();
    if (self->has_deadline && now >= self->deadline)
        return true;
    if (now >= self->next_signal_check) {
        self->next_signal_check = now + SIGNAL_CHECK_NANOSECONDS;
        PyEval_RestoreThread(self->thread);
        self->interrupted = PyErr_CheckSignals() < 0;
        self->thread = PyEval_SaveThread();
    }
    return self->interrupted;
}

/* Returns a new reference, or NULL with an exception set. */
static PyObject *predictor_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    char name[] = "problem";
    char *names[] = {name, NULL};
    PyObject *problem;
    PyObject *module = PyType_GetModule(type);
    if (module == NULL)
        return NULL;
    module_state *state = PyModule_GetState(module);
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!:Predictor", names,
                                     state->types[TYPE_PROBLEM], &problem))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    predictor_object *self = (predictor_object *)allocate(type, 0);
    if (self == NULL)
        return NULL;
    self->problem = Py_NewRef(problem);
    atomic_init(&self->busy, false);
    atomic_init(&self->cancelled, false);
    return (PyObject *)self;
}

static int predictor_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((predictor_object *)self)->problem);
    return 0;
}

static void predictor_dealloc(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((predictor_object *)self)->problem);
    release(self);
    Py_DECREF(type);
}

/* Returns a new tuple of a stack's values (-1: absent), or NULL with an exception set. */
static PyObject *make_stack(const th_problem *problem, const th_id *values) {
    PyObject *stack = PyTuple_New((Py_ssize_t)problem->node_count);
    for (th_id node = 0; stack != NULL && node < (th_id)problem->node_count; node++) {
        bool absent = values[node] == th_problem_absent(problem, node);
        PyObject *number = PyLong_FromLong(absent ? -1 : values[node]);
        /* PyTuple_SetItem takes the reference, also when it fails. */
        if (number == NULL || PyTuple_SetItem(stack, node, number) < 0)
            Py_CLEAR(stack);
    }
    return stack;
}

/* Appends `item`, whose reference it takes and which may be NULL. Returns `list`, or NULL. */
static PyObject *append(PyObject *list, PyObject *item) {
    if (item == NULL || PyList_Append(list, item) < 0)
        Py_CLEAR(list);
    Py_XDECREF(item);
    return list;
}

/* Returns a new list of (stack, score), or NULL with an exception set. */
static PyObject *make_stacks(const th_problem *problem, const th_id *rows, const int64_t *scores,
                             size_t count) {
    PyObject *stacks = PyList_New(0);
    for (size_t i = 0; stacks != NULL && i < count; i++) {
        PyObject *stack = make_stack(problem, rows + i * problem->node_count);
        stacks = append(stacks,
                        stack == NULL ? NULL : Py_BuildValue("(NL)", stack, (long long)scores[i]));
    }
    return stacks;
}

/* Returns a new reference, or NULL with an exception set. */
static PyObject *make_answer(const th_problem *problem, const th_prediction *prediction) {
    static const char *const outcomes[] = {"feasible", "unsatisfiable", "unknown"};
    static const char *const ends[] = {"exhausted", "stopped", "stacks", "memory"};
    PyObject *stacks =
        make_stacks(problem, prediction->stacks, prediction->scores, prediction->stack_count);
    PyObject *sample = make_stacks(problem, prediction->samples, prediction->sample_scores,
                                   prediction->sample_count);
    PyObject *history = PyList_New(0);
    for (size_t i = 0; history != NULL && i < prediction->history_count; i++) {
        const th_predict_step *step = &prediction->history[i];
        history = append(history, Py_BuildValue("(KL)", (unsigned long long)step->stacks,
                                                (long long)step->score));
    }
    if (stacks == NULL || sample == NULL || history == NULL) {
        Py_XDECREF(stacks);
        Py_XDECREF(sample);
        Py_XDECREF(history);
        return NULL;
    }
    return Py_BuildValue("{s:s,s:s,s:N,s:N,s:N,s:K,s:K,s:O,s:K,s:K}", "status",
                         outcomes[prediction->outcome], "end", ends[prediction->end], "stacks",
                         stacks, "sample", sample, "history", history, "proposed",
                         (unsigned long long)prediction->proposed, "different",
                         (unsigned long long)prediction->different, "counted_all",
                         prediction->counted_all ? Py_True : Py_False, "judged",
                         (unsigned long long)prediction->judged, "dead_ends",
                         (unsigned long long)prediction->dead_ends);
}

/* Runs the search without the GIL. Returns a new reference, or NULL with an exception set. */
static PyObject *predict(predictor_object *self, th_predict_options *options, watch *watching) {
    th_prediction prediction;
    const th_problem *problem = problem_get(self->problem);
    options->stop = should_stop;
    options->stop_context = watching;
    watching->thread = PyEval_SaveThread();
    th_status status = th_predict(problem, options, &prediction);
    PyEval_RestoreThread(watching->thread);
    PyObject *answer = NULL;
    if (watching->interrupted) {
        /* PyErr_CheckSignals has set the exception. */
    } else if (status == TH_INVALID)
        PyErr_SetString(PyExc_RuntimeError, "the predictor and its judge disagree about a stack");
    else if (status != TH_OK)
        (void)raise_status(status, "");
    else
        answer = make_answer(problem, &prediction);
    th_prediction_free(&prediction);
    return answer;
}

/* Reads node numbers into *nodes, which the caller frees. Returns 0, or -1 with an exception set.
 */
static int read_nodes(const th_problem *problem, PyObject *sequence, th_id **nodes, size_t *count) {
    Py_ssize_t size = PySequence_Size(sequence);
    if (size < 0)
        return -1;
    *count = (size_t)size;
    *nodes = th_allocate(*count, sizeof **nodes);
    if (*nodes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        long node = item == NULL ? -1 : PyLong_AsLong(item);
        Py_XDECREF(item);
        if (node == -1 && PyErr_Occurred())
            return -1;
        if (node < 0 || (size_t)node >= problem->node_count) {
            PyErr_Format(PyExc_ValueError, "nodes: no such node: %ld", node);
            return -1;
        }
        (*nodes)[i] = (th_id)node;
    }
    return 0;
}

/* The arguments of `run` as they come. */
typedef struct {
    const char *predictor;
    unsigned long long seed, temperature_coefficient, plan;
    long long stack_budget, heat_up;
    Py_ssize_t count, sample, memory_budget, step, beam_width;
    int trace, prefer_recent;
    PyObject *deadline, *nodes;
} run_arguments;

/* Returns the name of the argument at fault, or NULL. */
static const char *find_fault(const run_arguments *arguments, th_predict_options *options) {
    options->predictor = 0;
    while (options->predictor < TH_PREDICTOR_COUNT &&
           strcmp(predictor_names[options->predictor], arguments->predictor) != 0)
        options->predictor++;
    if (options->predictor == TH_PREDICTOR_COUNT)
        return "predictor: no such predictor";
    if (arguments->count < 1)
        return "count: not positive";
    if (arguments->sample < 0)
        return "sample: negative";
    if (arguments->memory_budget < 0)
        return "memory_budget: negative";
    if (arguments->step < 1 || arguments->step > TH_ID_MAX)
        return "step: not positive";
    if (arguments->beam_width < 1)
        return "beam_width: not positive";
    if (arguments->temperature_coefficient < 1 ||
        arguments->temperature_coefficient > 1ULL << TH_FIXED_BITS)
        return "temperature_coefficient: not above 0 and at most 2**32";
    return NULL;
}

/* Fills the options but for the nodes. Returns 0, or -1 with an exception set. */
static int read_options(const run_arguments *arguments, th_predict_options *options,
                        watch *watching) {
    const char *fault = find_fault(arguments, options);
    if (fault != NULL) {
        (void)raise_status(TH_INVALID, fault);
        return -1;
    }
    options->seed = arguments->seed;
    options->wanted = (size_t)arguments->count;
    options->sample_limit = (size_t)arguments->sample;
    options->memory_budget = (size_t)arguments->memory_budget;
    options->stack_budget =
        arguments->stack_budget < 0 ? UINT64_MAX : (uint64_t)arguments->stack_budget;
    options->heat_up = arguments->heat_up < 0 ? UINT64_MAX : (uint64_t)arguments->heat_up;
    options->plan = arguments->plan;
    options->temperature_coefficient = arguments->temperature_coefficient;
    options->step = (uint32_t)arguments->step;
    options->beam_width = (size_t)arguments->beam_width;
    options->trace = arguments->trace != 0;
    options->prefer_recent = arguments->prefer_recent != 0;
    int64_t now = nanoseconds_now();
    watching->next_signal_check = now + SIGNAL_CHECK_NANOSECONDS;
    if (arguments->deadline == Py_None)
        return 0;
    double seconds = PyFloat_AsDouble(arguments->deadline);
    if (PyErr_Occurred())
        return -1;
    if (!(seconds >= 0)) {
        (void)raise_status(TH_INVALID, "deadline_seconds: negative or not a number");
        return -1;
    }
    watching->has_deadline = seconds < 1e9; /* longer than a process lives */
    if (watching->has_deadline)
        watching->deadline = now + (int64_t)(seconds * 1e9);
    return 0;
}

static PyObject *predictor_run(PyObject *object, PyObject *args, PyObject *keywords) {
    predictor_object *self = (predictor_object *)object;
    enum { WORD_COUNT = 15 };
    static const char *const words[WORD_COUNT] = {"predictor",
                                                  "seed",
                                                  "count",
                                                  "sample",
                                                  "stack_budget",
                                                  "memory_budget",
                                                  "plan",
                                                  "temperature_coefficient",
                                                  "step",
                                                  "trace",
                                                  "prefer_recent",
                                                  "heat_up",
                                                  "beam_width",
                                                  "nodes",
                                                  "deadline_seconds"};
    char *names[WORD_COUNT + 1];
    for (size_t i = 0; i < WORD_COUNT; i++)
        names[i] = (char *)(uintptr_t)words[i]; /* the C API takes no const here */
    names[WORD_COUNT] = NULL;
    run_arguments given = {.count = 1,
                           .stack_budget = -1,
                           .temperature_coefficient = 1ULL << TH_FIXED_BITS,
                           .step = 1,
                           .heat_up = -1,
                           .beam_width = 1,
                           .deadline = Py_None};
    if (!PyArg_ParseTupleAndKeywords(
            args, keywords, "s|$KnnLnKKnppLnOO:run", names, &given.predictor, &given.seed,
            &given.count, &given.sample, &given.stack_budget, &given.memory_budget, &given.plan,
            &given.temperature_coefficient, &given.step, &given.trace, &given.prefer_recent,
            &given.heat_up, &given.beam_width, &given.nodes, &given.deadline))
        return NULL;
    watch watching = {.predictor = self};
    th_predict_options options = {0};
    th_id *nodes = NULL;
    PyObject *answer = NULL;
    if (read_options(&given, &options, &watching) < 0)
        return NULL;
    if (given.nodes != NULL &&
        read_nodes(problem_get(self->problem), given.nodes, &nodes, &options.node_count) < 0)
        goto done;
    options.nodes = nodes;
    if (atomic_exchange(&self->busy, true)) {
        PyErr_SetString(PyExc_RuntimeError, "the predictor is already running");
        goto done;
    }
    answer = predict(self, &options, &watching);
    atomic_store(&self->busy, false);
done:
    th_free(nodes);
    return answer;
}

static PyObject *predictor_cancel(PyObject *self, PyObject *unused) {
    (void)unused;
    atomic_store(&((predictor_object *)self)->cancelled, true);
    return Py_NewRef(Py_None);
}

static PyMethodDef predictor_methods[] = {
    {"run", (PyCFunction)(void (*)(void))predictor_run, METH_VARARGS | METH_KEYWORDS,
     "run(predictor, *, seed=0, count=1, sample=0, stack_budget=-1, memory_budget=0, plan=0, "
     "temperature_coefficient=2**32, step=1, trace=False, prefer_recent=False, heat_up=-1, "
     "beam_width=1, nodes=(), deadline_seconds=None)\n--\n\n"
     "Return the best stacks that the predictor came to within the budgets."},
    {"cancel", predictor_cancel, METH_NOARGS,
     "cancel()\n--\n\nEnd the run under way, and every later one, soon; from any thread."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot predictor_slots[] = {
    {Py_tp_doc, "Searches one problem for good stacks, without a proof."},
    {Py_tp_new, (void *)predictor_new},
    {Py_tp_traverse, (void *)predictor_traverse},
    {Py_tp_dealloc, (void *)predictor_dealloc},
    {Py_tp_methods, predictor_methods},
    {0, NULL},
};

static PyType_Spec predictor_spec = {
    "advisor_core._engine.Predictor", sizeof(predictor_object), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE, predictor_slots};

int predictor_exec(PyObject *module) {
    return module_add_type(module, TYPE_PREDICTOR, &predictor_spec);
}
