/* Watched terms. See propagate.h. */
#include "propagate.h"

#include <string.h>

enum { WORK_BETWEEN_STOPS = 1 << 14 };

bool th_stop_after(th_stop *stop, size_t work) {
    stop->work += work;
    if (stop->work < WORK_BETWEEN_STOPS)
        return false;
    stop->work = 0;
    return stop->should_stop != NULL && stop->should_stop(stop->context);
}

/* Doubles the ring; unrolls it, because its size is the modulus. */
static th_status grow_ring(th_propagation *propagation) {
    const th_id *old = propagation->changed.items;
    size_t room = propagation->changed.capacity;
    TH_VEC(th_id) ring = {0};
    if (th_vec_reserve(&ring, 2 * room + 4) != TH_OK)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < propagation->changed_count; i++)
        ring.items[i] = old[(propagation->first_changed + i) % room];
    th_free(propagation->changed.items);
    propagation->changed.items = ring.items;
    propagation->changed.capacity = ring.capacity;
    propagation->first_changed = 0;
    return TH_OK;
}

th_status th_propagation_add_node(th_propagation *propagation, size_t id) {
    if (propagation->watches.count > id)
        return TH_OK;
    if ((id >= propagation->changed.capacity && grow_ring(propagation) != TH_OK) ||
        th_vec_reserve(&propagation->is_changed, 1) != TH_OK ||
        th_vec_reserve(&propagation->watches, 1) != TH_OK)
        return TH_NO_MEMORY;
    propagation->is_changed.items[propagation->is_changed.count++] = false;
    propagation->watches.items[propagation->watches.count++] = (th_node_watches){0};
    return TH_OK;
}

static void free_watches(th_node_watches *watches, size_t values) {
    for (size_t value = 0; watches->by_value != NULL && value < values; value++)
        th_vec_free(&watches->by_value[value]);
    th_free(watches->by_value);
    th_vec_free(&watches->unary);
}

void th_propagation_free(th_propagation *propagation, const th_partial *partial) {
    for (size_t i = 0; i < propagation->watches.count; i++) {
        bool complete = i < partial->nodes.count; /* else memory ran out while it was added */
        free_watches(&propagation->watches.items[i],
                     complete ? (size_t)partial->nodes.items[i].size + 1 : 0);
    }
    th_vec_free(&propagation->watches);
    th_vec_free(&propagation->changed);
    th_vec_free(&propagation->is_changed);
}

void th_propagation_touch(th_propagation *propagation, th_id node) {
    if (propagation->is_changed.items[node])
        return;
    propagation->is_changed.items[node] = true;
    size_t last = propagation->first_changed + propagation->changed_count++;
    propagation->changed.items[last % propagation->changed.capacity] = node;
}

th_status th_propagation_reserve_unary(th_propagation *propagation, th_id node) {
    th_watches *unary = &propagation->watches.items[node].unary;
    return th_vec_reserve(unary, 1);
}

void th_propagation_add_unary(th_propagation *propagation, th_id node, th_id id) {
    th_watches *unary = &propagation->watches.items[node].unary;
    unary->items[unary->count++] = id;
    th_propagation_touch(propagation, node);
}

th_status th_propagation_watch(th_propagation *propagation, th_id node, size_t values, size_t value,
                               th_id id) {
    th_node_watches *watches = &propagation->watches.items[node];
    if (watches->by_value == NULL)
        watches->by_value = th_allocate(values, sizeof *watches->by_value);
    if (watches->by_value == NULL)
        return TH_NO_MEMORY;
    return th_vec_push(&watches->by_value[value], id);
}

static void drop_forgotten(th_watches *watches, const th_store *store) {
    size_t kept = 0;
    for (size_t i = 0; i < watches->count; i++)
        if (store->items.items[watches->items[i]].terms != NULL)
            watches->items[kept++] = watches->items[i];
    watches->count = kept;
}

void th_propagation_drop_forgotten(th_propagation *propagation, const th_store *store,
                                   const th_partial *partial) {
    for (size_t node = 0; node < propagation->watches.count; node++) {
        th_node_watches *watches = &propagation->watches.items[node];
        drop_forgotten(&watches->unary, store);
        if (watches->by_value == NULL)
            continue;
        for (th_id value = 0; value <= partial->nodes.items[node].size; value++)
            drop_forgotten(&watches->by_value[value], store);
    }
}

/* --- looking at a node that became smaller --- */

/* What th_propagate works with. */
typedef struct {
    th_state *state;
    th_stop *stop;
    th_id conflict; /* after TH_CONFLICT: whose terms all hold */
} scan;

static bool holds(const scan *s, const th_term *term) {
    const th_node *node = &s->state->partial.nodes.items[term->node];
    return th_term_witness(term, th_node_domain(node), node->words) == th_bitset_end(node->words);
}

static bool can_hold(const scan *s, const th_term *term) {
    return th_term_meets(term, th_node_domain(&s->state->partial.nodes.items[term->node]));
}

/* All other terms of the incompatibility hold: this one must not. TH_CONFLICT: it does. */
static th_status conclude(scan *s, th_id id, const th_term *last) {
    if (!can_hold(s, last))
        return TH_OK;
    if (holds(s, last)) {
        s->conflict = id;
        return TH_CONFLICT;
    }
    if (th_partial_remove(&s->state->partial, last, id, false) != TH_OK)
        return TH_NO_MEMORY;
    s->state->propagation.propagations++;
    th_propagation_touch(&s->state->propagation, last->node);
    return TH_OK;
}

/* Forwards: what the most preferred candidate requires, when all that are left require it. */
static th_status scan_requirements(scan *s, th_id id) {
    const th_node *node = &s->state->partial.nodes.items[id];
    th_id preferred = th_node_preferred(node);
    th_status status = TH_OK;
    if (preferred == node->size || !th_node_is_required(node))
        return TH_OK;
    th_requirements list = th_requirements_of(&s->state->requirements, id, preferred);
    for (size_t i = 0; i < list.count && status == TH_OK; i++) {
        th_id required = list.items[i].incompatibility;
        if (required == TH_NONE || s->state->store.items.items[required].count < 2)
            continue;
        const th_term *terms = s->state->store.items.items[required].terms;
        if (holds(s, &terms[0]))
            status = conclude(s, required, &terms[1]);
    }
    return th_stop_after(s->stop, list.count) && status == TH_OK ? TH_STOPPED : status;
}

/* Backwards, from a source with one candidate left: that candidate's requirements on the node. */
static th_status scan_single_source(scan *s, th_id id, th_requirements list) {
    th_status status = TH_OK;
    for (size_t i = 0; i < list.count && status == TH_OK; i++) {
        th_id required = list.items[i].incompatibility;
        if (list.items[i].target != id || required == TH_NONE)
            continue;
        const th_incompatibility *item = &s->state->store.items.items[required];
        if (item->count == 2 && holds(s, &item->terms[1]))
            status = conclude(s, required, &item->terms[0]);
    }
    return th_stop_after(s->stop, list.count) && status == TH_OK ? TH_STOPPED : status;
}

/* Backwards: versions of a source that require what the node cannot be any more. */
static th_status scan_incoming(scan *s, th_id id, th_incoming *incoming) {
    const th_node *node = &s->state->partial.nodes.items[id];
    const th_node *source = &s->state->partial.nodes.items[incoming->source];
    th_id preferred = th_node_preferred(source);
    if (preferred == source->size)
        return TH_OK; /* absent */
    size_t next = th_bitset_next(th_node_domain(source), source->words, (size_t)preferred + 1);
    if (next >= (size_t)source->size)
        return scan_single_source(
            s, id, th_requirements_of(&s->state->requirements, incoming->source, preferred));
    th_status status = TH_OK;
    for (size_t i = 0; i < incoming->items.count && status == TH_OK; i++) {
        th_incoming_requirement *item = &incoming->items.items[i];
        if (th_bitset_has(th_node_domain(node), (size_t)item->witness))
            continue;
        const th_term *terms = s->state->store.items.items[item->incompatibility].terms;
        if (!can_hold(s, &terms[0]))
            continue; /* those versions are gone already: the cheaper test, mostly of one word */
        size_t witness = th_term_witness(&terms[1], th_node_domain(node), node->words);
        if (witness != th_bitset_end(node->words))
            item->witness = (th_id)witness;
        else
            status = conclude(s, item->incompatibility, &terms[0]);
    }
    return th_stop_after(s->stop, incoming->items.count) && status == TH_OK ? TH_STOPPED : status;
}

/* Removes the items between the first `kept` and the one at `next`. */
static void close_gap(th_watches *watches, size_t kept, size_t next) {
    size_t rest = watches->count - next;
    if (kept != next && rest != 0)
        memmove(watches->items + kept, watches->items + next, rest * sizeof *watches->items);
    watches->count = kept + rest;
}

/* The incompatibilities whose only term is of the node. Done for good at level 0. */
static th_status scan_unary(scan *s, th_id node) {
    th_watches *unary = &s->state->propagation.watches.items[node].unary;
    size_t kept = 0, next = 0;
    th_status status = TH_OK;
    while (next < unary->count && status == TH_OK) {
        th_id id = unary->items[next++];
        status = conclude(s, id, s->state->store.items.items[id].terms);
        if (th_partial_level(&s->state->partial) > 0 || status != TH_OK)
            unary->items[kept++] = id;
    }
    close_gap(unary, kept, next);
    return th_stop_after(s->stop, next) && status == TH_OK ? TH_STOPPED : status;
}

/* Watches the incompatibility at a value that the term's node has left and that is outside the
 * term. `*found`: there is one. */
static th_status watch_term(scan *s, const th_term *term, th_id id, bool *found) {
    const th_node *node = &s->state->partial.nodes.items[term->node];
    size_t witness = th_term_witness(term, th_node_domain(node), node->words);
    *found = witness != th_bitset_end(node->words);
    if (!*found)
        return TH_OK;
    return th_propagation_watch(&s->state->propagation, term->node, (size_t)node->size + 1, witness,
                                id);
}

/* The value at which an incompatibility was watched is gone. `*moved`: it is watched elsewhere. */
static th_status scan_watched(scan *s, th_id node, th_id id, bool *moved) {
    th_incompatibility *item = &s->state->store.items.items[id];
    *moved = item->terms == NULL; /* forgotten */
    if (*moved)
        return TH_OK;
    uint32_t place = item->terms[0].node != node;
    th_status status = watch_term(s, &item->terms[place], id, moved);
    if (status != TH_OK || *moved || !can_hold(s, &item->terms[1 - place]))
        return status;
    for (uint32_t i = 2; i < item->count; i++) {
        status = watch_term(s, &item->terms[i], id, moved);
        if (status != TH_OK)
            return status;
        if (*moved) {
            th_term term = item->terms[i];
            item->terms[i] = item->terms[place];
            item->terms[place] = term;
            return TH_OK;
        }
    }
    return conclude(s, id, &item->terms[1 - place]);
}

/* All that is watched at one value that the node has lost. */
static th_status scan_value(scan *s, th_id node, th_watches *watches) {
    size_t kept = 0, next = 0;
    th_status status = TH_OK;
    while (next < watches->count && status == TH_OK) {
        th_id id = watches->items[next++];
        bool moved;
        status = scan_watched(s, node, id, &moved);
        if (!moved || status != TH_OK)
            watches->items[kept++] = id;
        if (th_stop_after(s->stop, 4) && status == TH_OK)
            status = TH_STOPPED;
    }
    close_gap(watches, kept, next);
    return status;
}

/* All that is watched at the values that the node has lost. */
static th_status scan_lost_values(scan *s, th_id id) {
    th_watches *by_value = s->state->propagation.watches.items[id].by_value;
    th_node *node = &s->state->partial.nodes.items[id];
    const size_t end = th_bitset_end(node->words);
    if (by_value == NULL) {
        memset(node->pending, 0, node->words * sizeof *node->pending);
        return TH_OK;
    }
    size_t value = 0;
    while ((value = th_bitset_next(node->pending, node->words, value)) != end) {
        th_status status = scan_value(s, id, &by_value[value]);
        if (status != TH_OK)
            return status;
        th_bitset_remove(node->pending, value);
    }
    return TH_OK;
}

static th_status scan_node(scan *s, th_id node) {
    th_incoming_list *incoming = &s->state->requirements.by_target.items[node];
    th_status status = scan_unary(s, node);
    if (status == TH_OK)
        status = scan_lost_values(s, node);
    if (status == TH_OK)
        status = scan_requirements(s, node);
    for (size_t i = 0; i < incoming->count && status == TH_OK; i++)
        status = scan_incoming(s, node, &incoming->items[i]);
    return status;
}

th_status th_propagate(th_state *state, th_stop *stop, th_id *conflict) {
    scan s = {state, stop, TH_NONE};
    th_propagation *propagation = &state->propagation;
    th_status status = TH_OK;
    while (propagation->changed_count != 0 && status == TH_OK) {
        th_id node = propagation->changed.items[propagation->first_changed];
        propagation->first_changed =
            (propagation->first_changed + 1) % propagation->changed.capacity;
        propagation->changed_count--;
        propagation->is_changed.items[node] = false;
        status = scan_node(&s, node);
        if (status != TH_OK)
            th_propagation_touch(propagation, node); /* what is left of its lists comes later */
    }
    *conflict = s.conflict;
    return status;
}
