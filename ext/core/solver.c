/* Checking what the caller says, and the loop of the search. See solver.h. */
#include "solver.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void th_solver_init(th_solver *solver) {
    *solver = (th_solver){.outcome = TH_BUDGET};
    th_store_init(&solver->state.store);
    th_learner_init(&solver->learner);
}

void th_solver_free(th_solver *solver) {
    th_vec_free(&solver->queue);
    th_vec_free(&solver->queue_before);
    th_vec_free(&solver->is_queued);
    th_vec_free(&solver->scratch);
    th_requirement_table_free(&solver->state.requirements);
    th_learner_free(&solver->learner);
    th_propagation_free(&solver->state.propagation, &solver->state.partial);
    th_store_free(&solver->state.store);
    th_partial_free(&solver->state.partial);
}

/* --- checks --- */

static th_status refuse(th_solver *solver, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(solver->fault, sizeof solver->fault, format, arguments);
    va_end(arguments);
    return TH_INVALID;
}

static th_status check_node(th_solver *solver, const char *place, int64_t node) {
    if (node >= 0 && node < (int64_t)solver->state.partial.nodes.count)
        return TH_OK;
    return refuse(solver, "%snode out of range: %" PRId64, place, node);
}

static th_status check_set(th_solver *solver, const char *place, int64_t node,
                           const unsigned char *bytes, size_t length) {
    if (check_node(solver, place, node) != TH_OK)
        return TH_INVALID;
    th_id size = solver->state.partial.nodes.items[node].size;
    if (th_bitset_bytes_valid(bytes, length, (size_t)size))
        return TH_OK;
    return refuse(solver,
                  "%snot a bitset over the %" PRId32 " candidates of node %" PRId64 ": %zu bytes",
                  place, size, node, length);
}

/* --- what the caller says --- */

th_status th_solver_add_node(th_solver *solver, int64_t size, th_id *node) {
    size_t count = solver->state.partial.nodes.count;
    if (size < 0 || size > TH_CANDIDATES_MAX)
        return refuse(solver, "size out of range: %" PRId64, size);
    if (count >= (size_t)TH_ID_MAX)
        return refuse(solver, "too many nodes: %zu", count);
    size_t words = th_bitset_words((size_t)size + 1);
    if (th_vec_reserve(&solver->queue, count + 1 - solver->queue.count) != TH_OK ||
        th_vec_reserve(&solver->queue_before, count + 1 - solver->queue_before.count) != TH_OK ||
        th_vec_reserve(&solver->is_queued, 1) != TH_OK ||
        th_vec_reserve(&solver->scratch, words) != TH_OK ||
        th_requirement_table_add_node(&solver->state.requirements, count) != TH_OK ||
        th_propagation_add_node(&solver->state.propagation, count) != TH_OK ||
        th_learner_add_node(&solver->learner, count, words) != TH_OK ||
        th_partial_add_node(&solver->state.partial, (th_id)size) != TH_OK)
        return TH_NO_MEMORY;
    solver->is_queued.items[solver->is_queued.count++] = false;
    *node = (th_id)count;
    return TH_OK;
}

/* Adds a node to the end of the order of decision. */
static void enqueue(th_solver *solver, th_id node) {
    if (solver->is_queued.items[node])
        return;
    solver->is_queued.items[node] = true;
    solver->queue.items[solver->queue.count++] = node;
}

/* Takes back what decisions that are undone have added to the order. */
static void shorten_queue(th_solver *solver) {
    size_t decisions = solver->state.partial.decisions.count;
    if (solver->queue_before.count <= decisions)
        return;
    while (solver->queue.count > solver->queue_before.items[decisions])
        solver->is_queued.items[solver->queue.items[--solver->queue.count]] = false;
    solver->queue_before.count = decisions;
}

/* Writes all values of the node but those allowed, and sets whether that is every value. */
static const th_word *forbidden_set(th_solver *solver, int64_t node, const unsigned char *allowed,
                                    size_t length, bool *full) {
    th_word *set = solver->scratch.items;
    th_bitset_fill(set, (size_t)solver->state.partial.nodes.items[node].size + 1);
    *full = true;
    for (size_t i = 0; i < length; i++) {
        set[i / 8] &= ~((th_word)allowed[i] << (i % 8 * 8));
        *full = *full && allowed[i] == 0;
    }
    return set;
}

/* Adds an incompatibility of one term, and has propagation see to it. */
static th_status add_unary(th_solver *solver, th_cause cause, th_id node, const th_word *set,
                           bool full, int64_t tag) {
    th_id id;
    size_t words = solver->state.partial.nodes.items[node].words;
    if (th_propagation_reserve_unary(&solver->state.propagation, node) != TH_OK ||
        th_store_add_unary(&solver->state.store, cause, node, set, words, full, tag, &id) != TH_OK)
        return TH_NO_MEMORY;
    if (full)
        solver->learner.refutation = id;
    else
        th_propagation_add_unary(&solver->state.propagation, node, id);
    return TH_OK;
}

th_status th_solver_add_root(th_solver *solver, int64_t node, const unsigned char *allowed,
                             size_t length, int64_t tag) {
    if (check_set(solver, "", node, allowed, length) != TH_OK)
        return TH_INVALID;
    solver->is_current = false;
    bool full;
    const th_word *set = forbidden_set(solver, node, allowed, length, &full);
    if (add_unary(solver, TH_CAUSE_ROOT, (th_id)node, set, full, tag) != TH_OK)
        return TH_NO_MEMORY;
    th_partial_backjump(&solver->state.partial, 0); /* roots come first in the order of decision */
    shorten_queue(solver);
    enqueue(solver, (th_id)node);
    return TH_OK;
}

th_status th_solver_exclude(th_solver *solver, int64_t node, const unsigned char *versions,
                            size_t length, int64_t tag) {
    if (check_set(solver, "", node, versions, length) != TH_OK)
        return TH_INVALID;
    solver->is_current = false;
    const th_node *state = &solver->state.partial.nodes.items[node];
    th_word *set = solver->scratch.items;
    set[state->words - 1] = 0; /* the word of "absent" may be one more than the candidates have */
    th_bitset_from_bytes(set, versions, (size_t)state->size);
    const th_node_watches *watches = &solver->state.propagation.watches.items[node];
    bool untouched = th_partial_is_untouched(&solver->state.partial, (th_id)node);
    if (untouched && !th_bitset_meets(set, th_node_domain(state), state->words))
        return TH_OK; /* known already */
    if (!untouched || th_node_is_required(state) || watches->unary.count != 0 ||
        watches->by_value != NULL)
        return add_unary(solver, TH_CAUSE_EXCLUSION, (th_id)node, set, false, tag);
    /* A node that was just added, as is usual: at level 0 at once, whatever was decided. */
    th_id id;
    if (th_store_add_unary(&solver->state.store, TH_CAUSE_EXCLUSION, (th_id)node, set, state->words,
                           false, tag, &id) != TH_OK ||
        th_partial_remove(&solver->state.partial, solver->state.store.items.items[id].terms, id,
                          true) != TH_OK)
        return TH_NO_MEMORY;
    th_propagation_touch(&solver->state.propagation, (th_id)node);
    return TH_OK;
}

/* Adds one checked requirement of a candidate. */
static th_status add_requirement(th_solver *solver, th_id node, th_id version,
                                 const th_requirement_input *input, th_requirement *requirement) {
    th_id target = (th_id)input->target;
    bool full;
    *requirement = (th_requirement){target, TH_NONE, input->tag};
    const th_word *set = forbidden_set(solver, target, input->allowed, input->length, &full);
    if (target == node && !th_bitset_has(set, (size_t)version))
        return TH_OK;
    size_t before = solver->state.store.requirements;
    th_incoming *incoming =
        th_requirement_table_incoming(&solver->state.requirements, target, node);
    if (incoming == NULL ||
        th_propagation_reserve_unary(&solver->state.propagation, node) != TH_OK ||
        th_store_add_requirement(&solver->state.store, node, (size_t)version,
                                 solver->state.partial.nodes.items[node].words, target, set,
                                 solver->state.partial.nodes.items[target].words, full,
                                 &requirement->incompatibility) != TH_OK)
        return TH_NO_MEMORY;
    if (full || target == node) { /* of one term, that has just grown if it is not new */
        th_propagation_add_unary(&solver->state.propagation, node, requirement->incompatibility);
        return TH_OK;
    }
    th_propagation_touch(&solver->state.propagation, node);
    th_propagation_touch(&solver->state.propagation, target);
    if (solver->state.store.requirements == before)
        return TH_OK;
    const th_term *term = &solver->state.store.items.items[requirement->incompatibility].terms[1];
    const th_node *state = &solver->state.partial.nodes.items[target];
    size_t witness = th_term_witness(term, th_node_domain_at(state, 0), state->words);
    return th_vec_push(&incoming->items,
                       (th_incoming_requirement){requirement->incompatibility, (th_id)witness});
}

th_status th_solver_add_requirements(th_solver *solver, int64_t node, int64_t version,
                                     const th_requirement_input *requirements, size_t count) {
    if (check_node(solver, "", node) != TH_OK)
        return TH_INVALID;
    th_id size = solver->state.partial.nodes.items[node].size;
    if (version < 0 || version >= size)
        return refuse(solver, "version of node %" PRId64 " out of range: %" PRId64, node, version);
    if (th_requirements_of(&solver->state.requirements, (th_id)node, (th_id)version).items != NULL)
        return refuse(solver,
                      "requirements of node %" PRId64 " version %" PRId64 " were added before",
                      node, version);
    for (size_t i = 0; i < count; i++) {
        char place[40];
        (void)snprintf(place, sizeof place, "requirements[%zu]: ", i);
        if (check_set(solver, place, requirements[i].target, requirements[i].allowed,
                      requirements[i].length) != TH_OK)
            return TH_INVALID;
    }
    th_requirement *items =
        th_requirement_table_reserve(&solver->state.requirements, (th_id)node, (size_t)size, count);
    if (items == NULL)
        return TH_NO_MEMORY;
    solver->is_current = false;
    for (size_t i = 0; i < count; i++)
        if (add_requirement(solver, (th_id)node, (th_id)version, &requirements[i], &items[i]) !=
            TH_OK)
            return TH_NO_MEMORY; /* those added are true, and are found again when told again */
    th_requirement_table_set(&solver->state.requirements, (th_id)node, (th_id)version, items,
                             count);
    return TH_OK;
}

/* --- the search --- */

/* Decides the next node of the queue, which has a value left and is required. */
static th_status decide_next(th_solver *solver, th_id node, th_id version,
                             th_requirements requirements) {
    size_t length = solver->queue.count;
    size_t steps = solver->state.partial.nodes.items[node].history.count;
    if (th_partial_decide(&solver->state.partial, node, version) != TH_OK)
        return TH_NO_MEMORY;
    solver->decisions++;
    solver->queue_before.items[solver->queue_before.count++] = length;
    for (size_t i = 0; i < requirements.count; i++)
        enqueue(solver, requirements.items[i].target);
    if (solver->state.partial.nodes.items[node].history.count != steps)
        th_propagation_touch(&solver->state.propagation, node);
    return TH_OK;
}

/* Makes conclusions and decisions until there is an outcome. */
static th_outcome search(th_solver *solver, int64_t conflict_budget, th_stop *stop) {
    for (;;) {
        if (solver->learner.refutation != TH_NONE)
            return TH_UNSATISFIABLE;
        th_id conflict;
        th_status status = th_propagate(&solver->state, stop, &conflict);
        if (status == TH_CONFLICT) {
            if (conflict_budget == 0)
                return TH_BUDGET;
            conflict_budget -= conflict_budget > 0;
            status = th_learn(&solver->learner, conflict, &solver->state, stop);
            shorten_queue(solver);
        } else if (status == TH_OK) {
            size_t next = solver->state.partial.decisions.count;
            if (next == solver->queue.count)
                return TH_SOLVED;
            th_id node = solver->queue.items[next];
            th_id version = th_node_preferred(&solver->state.partial.nodes.items[node]);
            th_requirements requirements =
                th_requirements_of(&solver->state.requirements, node, version);
            if (requirements.items == NULL)
                return TH_NEED;
            status = decide_next(solver, node, version, requirements);
        }
        if (status != TH_OK)
            return status == TH_STOPPED ? TH_HALTED : TH_EXHAUSTED;
    }
}

th_outcome th_solver_run(th_solver *solver, int64_t conflict_budget, th_stop *stop) {
    bool stopped = stop->should_stop != NULL && stop->should_stop(stop->context);
    solver->outcome = stopped ? TH_HALTED : search(solver, conflict_budget, stop);
    solver->is_current = true;
    return solver->outcome;
}

/* Appends the candidate the node would take now, if nothing is known of it. */
static size_t append_needed(const th_solver *solver, th_id node, th_choice *needed, size_t count) {
    const th_node *state = &solver->state.partial.nodes.items[node];
    th_id version = th_node_preferred(state);
    if (version < state->size &&
        th_requirements_of(&solver->state.requirements, node, version).items == NULL)
        needed[count++] = (th_choice){node, version};
    return count;
}

size_t th_solver_needed(const th_solver *solver, th_choice *needed) {
    size_t count = 0;
    if (solver->outcome != TH_NEED)
        return 0;
    for (size_t i = solver->state.partial.decisions.count; i < solver->queue.count; i++)
        count = append_needed(solver, solver->queue.items[i], needed, count);
    for (size_t i = 0; i < solver->state.partial.nodes.count; i++)
        if (!solver->is_queued.items[i] &&
            th_node_is_required(&solver->state.partial.nodes.items[i]))
            count = append_needed(solver, (th_id)i, needed, count);
    return count;
}

th_choice th_solver_choice(const th_solver *solver, size_t index) {
    const th_decision *decision = &solver->state.partial.decisions.items[index];
    return (th_choice){decision->node, decision->value};
}

bool th_solver_requirement_tag(const th_solver *solver, th_id incompatibility, th_id version,
                               int64_t *tag) {
    th_id node = solver->state.store.items.items[incompatibility].external.node;
    th_requirements requirements = th_requirements_of(&solver->state.requirements, node, version);
    for (size_t i = 0; i < requirements.count; i++)
        if (requirements.items[i].incompatibility == incompatibility) {
            *tag = requirements.items[i].tag;
            return true;
        }
    return false;
}
