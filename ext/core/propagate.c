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
    propagation->watches.items[propagation->watches.count++] = (th_watches){0};
    return TH_OK;
}

void th_propagation_free(th_propagation *propagation) {
    for (size_t i = 0; i < propagation->watches.count; i++)
        th_vec_free(&propagation->watches.items[i]);
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

th_status th_propagation_reserve(th_propagation *propagation, th_id node) {
    th_watches *watches = &propagation->watches.items[node];
    return th_vec_reserve(watches, 1);
}

th_status th_propagation_watch(th_propagation *propagation, const th_store *store, th_id id) {
    const th_incompatibility *item = &store->items.items[id];
    uint32_t watched = item->count < 2 ? item->count : 2;
    for (uint32_t i = 0; i < watched; i++)
        if (th_propagation_reserve(propagation, item->terms[i].node) != TH_OK)
            return TH_NO_MEMORY;
    for (uint32_t i = 0; i < watched; i++) {
        th_watches *watches = &propagation->watches.items[item->terms[i].node];
        watches->items[watches->count++] = id;
        th_propagation_touch(propagation, item->terms[i].node);
    }
    return TH_OK;
}

void th_propagation_drop_forgotten(th_propagation *propagation, const th_store *store) {
    for (size_t node = 0; node < propagation->watches.count; node++) {
        th_watches *watches = &propagation->watches.items[node];
        size_t kept = 0;
        for (size_t i = 0; i < watches->count; i++)
            if (store->items.items[watches->items[i]].terms != NULL)
                watches->items[kept++] = watches->items[i];
        watches->count = kept;
    }
}

/* What looking at one watched incompatibility came to. */
typedef enum { KEEP_WATCH, MOVED_WATCH, ALL_HOLD, NO_MEMORY } visit;

/* The node's term holds now. Looks for another term to watch, or draws the conclusion. */
static visit visit_incompatibility(th_propagation *propagation, const th_incompatibility *item,
                                   th_id id, uint32_t place, th_partial *partial) {
    th_term *terms = item->terms;
    const th_node *nodes = partial->nodes.items;
    if (item->count > 1) {
        const th_term *other = &terms[1 - place];
        if (!th_term_meets(other, th_node_domain(&nodes[other->node])))
            return KEEP_WATCH; /* the other term cannot hold: nothing follows */
    }
    for (uint32_t i = 2; i < item->count; i++) {
        const th_node *node = &nodes[terms[i].node];
        if (th_term_holds(&terms[i], th_node_domain(node), node->words))
            continue;
        if (th_vec_push(&propagation->watches.items[terms[i].node], id) != TH_OK)
            return NO_MEMORY;
        th_term moved = terms[i];
        terms[i] = terms[place];
        terms[place] = moved;
        return MOVED_WATCH;
    }
    if (item->count == 1)
        return ALL_HOLD;
    const th_term *last = &terms[1 - place];
    const th_node *node = &nodes[last->node];
    if (th_term_holds(last, th_node_domain(node), node->words))
        return ALL_HOLD;
    if (th_partial_remove(partial, last, id, false) != TH_OK)
        return NO_MEMORY;
    propagation->propagations++;
    th_propagation_touch(propagation, last->node);
    return KEEP_WATCH;
}

/* Takes the values of an incompatibility's only term from its node, which is then looked at again.
 */
static visit apply_unary(th_propagation *propagation, const th_term *term, th_id id,
                         th_partial *partial) {
    if (th_partial_remove(partial, term, id, false) != TH_OK)
        return NO_MEMORY;
    propagation->propagations++;
    th_propagation_touch(propagation, term->node);
    return KEEP_WATCH;
}

/* Looks at all that is watched at the node. */
static th_status visit_node(th_propagation *propagation, th_id id, const th_store *store,
                            th_partial *partial, th_stop *stop, th_id *conflict) {
    th_watches *watches = &propagation->watches.items[id];
    const th_node *node = &partial->nodes.items[id];
    size_t kept = 0, next = 0, preferred = (size_t)th_node_preferred(node);
    th_status status = TH_OK;
    while (next < watches->count && status == TH_OK && *conflict == TH_NONE) {
        th_id watched = watches->items[next++];
        const th_incompatibility *item = &store->items.items[watched];
        uint32_t place = item->terms[0].node != id;
        const th_term *term = &item->terms[place];
        size_t work = 1;
        visit result = KEEP_WATCH;
        /* Most terms fail at the first value of the domain. */
        if (th_term_has(term, preferred) &&
            th_term_holds(term, th_node_domain(node), node->words)) {
            result = visit_incompatibility(propagation, item, watched, place, partial);
            work += node->words + item->count;
        } else if (item->count == 1 && th_term_meets(term, th_node_domain(node))) {
            result = apply_unary(propagation, term, watched, partial);
            preferred = (size_t)th_node_preferred(node);
        }
        if (result != MOVED_WATCH)
            watches->items[kept++] = watched;
        if (result == ALL_HOLD)
            *conflict = watched;
        if (result == NO_MEMORY)
            status = TH_NO_MEMORY;
        else if (th_stop_after(stop, work))
            status = TH_STOPPED;
    }
    size_t rest = watches->count - next;
    if (kept != next && rest != 0)
        memmove(watches->items + kept, watches->items + next, rest * sizeof *watches->items);
    watches->count = kept + rest;
    return status;
}

th_status th_propagate(th_propagation *propagation, const th_store *store, th_partial *partial,
                       th_stop *stop, th_id *conflict) {
    *conflict = TH_NONE;
    while (propagation->changed_count != 0) {
        th_id node = propagation->changed.items[propagation->first_changed];
        propagation->first_changed =
            (propagation->first_changed + 1) % propagation->changed.capacity;
        propagation->changed_count--;
        propagation->is_changed.items[node] = false;
        th_status status = visit_node(propagation, node, store, partial, stop, conflict);
        if (status != TH_OK || *conflict != TH_NONE) {
            th_propagation_touch(propagation, node); /* what is left of its list comes later */
            return status;
        }
    }
    return TH_OK;
}
