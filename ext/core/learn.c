/* Conflict analysis and forgetting. See learn.h. */
#include "learn.h"

#include <stdlib.h>
#include <string.h>

void th_learner_init(th_learner *learner) {
    *learner = (th_learner){
        .bytes_max = TH_LEARNT_BYTES_MAX, .next_bytes = TH_LEARNT_BYTES_MAX, .refutation = TH_NONE};
}

void th_learner_free(th_learner *learner) {
    for (size_t i = 0; i < learner->terms.count; i++)
        th_free(learner->terms.items[i].set);
    th_vec_free(&learner->terms);
    th_vec_free(&learner->open);
    th_vec_free(&learner->derivation);
}

th_status th_learner_add_node(th_learner *learner, size_t id, size_t words) {
    if (th_vec_reserve(&learner->terms, 1) != TH_OK ||
        th_vec_reserve(&learner->open, id + 1) != TH_OK)
        return TH_NO_MEMORY;
    th_open_term term = {.set = th_allocate(words, sizeof *term.set)};
    if (term.set == NULL)
        return TH_NO_MEMORY;
    if (learner->terms.count > id)
        th_free(learner->terms.items[--learner->terms.count].set);
    learner->terms.items[learner->terms.count++] = term;
    return TH_OK;
}

/* --- the incompatibility being worked on --- */

static void close_all(th_learner *learner) {
    for (size_t i = 0; i < learner->open.count; i++)
        learner->terms.items[learner->open.items[i]].depth = 0;
    learner->open.count = 0;
    learner->derivation.count = 0;
}

static void close_term(th_learner *learner, th_id node) {
    learner->terms.items[node].depth = 0;
    for (size_t i = 0; i < learner->open.count; i++)
        if (learner->open.items[i] == node)
            learner->open.items[i] = learner->open.items[--learner->open.count];
}

/* Adds a term that holds: a new one, or the intersection with the node's other. */
static void add_term(th_learner *learner, const th_term *term, const th_state *state) {
    const th_node *node = &state->partial.nodes.items[term->node];
    th_open_term *open = &learner->terms.items[term->node];
    if (open->depth == 0) {
        memset(open->set, 0, node->words * sizeof *open->set);
        th_term_unite_into(open->set, term);
        open->depth = th_node_satisfier(node, open->set, node->history.count);
        if (open->depth != 0)
            learner->open.items[learner->open.count++] = term->node;
        return;
    }
    th_term_intersect_into(open->set, node->words, term);
    open->depth = th_node_satisfier(node, open->set, node->history.count);
}

static const th_step *step_of(const th_learner *learner, th_id node, const th_state *state) {
    size_t depth = learner->terms.items[node].depth;
    return &state->partial.nodes.items[node].history.items[depth - 1];
}

/* Finds the node whose term began to hold last, and the level at which the others all held.
 * TH_NONE: there are no terms. */
static th_id find_latest(const th_learner *learner, const th_state *state, th_id *others) {
    th_id latest = TH_NONE, second = TH_NONE;
    th_id latest_position = TH_NONE, second_position = TH_NONE;
    for (size_t i = 0; i < learner->open.count; i++) {
        th_id node = learner->open.items[i];
        th_id position = step_of(learner, node, state)->position;
        if (position > latest_position) {
            second = latest;
            second_position = latest_position;
            latest = node;
            latest_position = position;
        } else if (position > second_position) {
            second = node;
            second_position = position;
        }
    }
    *others = second == TH_NONE ? 0 : step_of(learner, second, state)->level;
    return latest;
}

/* Replaces the incompatibility by its resolution on `pivot` with the cause of its term. */
static th_status resolve(th_learner *learner, th_id pivot, th_state *state, th_stop *stop) {
    th_id cause = step_of(learner, pivot, state)->cause;
    th_incompatibility *item = &state->store.items.items[cause];
    const th_node *node = &state->partial.nodes.items[pivot];
    if (th_vec_push(&learner->derivation, (th_resolution){cause, pivot}) != TH_OK)
        return TH_NO_MEMORY;
    if (item->cause == TH_CAUSE_DERIVED)
        item->derived.used = (uint32_t)learner->conflicts;
    for (uint32_t i = 0; i < item->count; i++) {
        const th_term *term = &item->terms[i];
        if (term->node != pivot) {
            add_term(learner, term, state);
            continue;
        }
        th_open_term *open = &learner->terms.items[pivot];
        th_term_unite_into(open->set, term);
        open->depth = th_node_satisfier(node, open->set, open->depth - 1);
        if (open->depth == 0)
            close_term(learner, pivot);
    }
    return th_stop_after(stop, learner->open.count + item->count * (node->words + 4u)) ? TH_STOPPED
                                                                                       : TH_OK;
}

/* --- the learnt incompatibility --- */

/* Puts the node that began to hold last in front and the second-last after it, to be watched. */
static void order_open(th_learner *learner, const th_state *state) {
    for (size_t place = 0; place < 2 && place < learner->open.count; place++)
        for (size_t i = place + 1; i < learner->open.count; i++) {
            th_id best = learner->open.items[place], node = learner->open.items[i];
            if (step_of(learner, node, state)->position <= step_of(learner, best, state)->position)
                continue;
            learner->open.items[place] = node;
            learner->open.items[i] = best;
        }
}

/* Stores what was derived as a new incompatibility. */
static th_status store_learnt(th_learner *learner, th_state *state, th_id *id) {
    order_open(learner, state);
    size_t count = learner->open.count, words = 0;
    for (size_t i = 0; i < count; i++) {
        th_id node = learner->open.items[i];
        uint32_t first;
        words += th_term_window(learner->terms.items[node].set,
                                state->partial.nodes.items[node].words, &first);
    }
    size_t bytes = count * sizeof(th_term) + words * sizeof(th_word);
    th_term *terms = count == 0 ? NULL : th_resize(NULL, bytes, 1);
    if (terms == NULL && count != 0)
        return TH_NO_MEMORY;
    th_word *room = count == 0 ? NULL : (th_word *)(void *)(terms + count);
    for (size_t i = 0; i < count; i++) {
        th_id node = learner->open.items[i];
        const th_word *set = learner->terms.items[node].set;
        uint32_t first,
            window = th_term_window(set, state->partial.nodes.items[node].words, &first);
        terms[i] = th_term_copy(node, set, first, window, room);
        room += window;
    }
    if (th_store_add_derived(&state->store, terms, (uint32_t)count, bytes,
                             learner->derivation.items, learner->derivation.count, id) != TH_OK) {
        th_free(terms);
        return TH_NO_MEMORY;
    }
    state->store.items.items[*id].derived.used = (uint32_t)learner->conflicts;
    return TH_OK;
}

static int compare_age(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Forgets the half of the learnt incompatibilities that was not used for longest, without `newest`
 * and those that are the reason of a step. */
static th_status forget_some(th_learner *learner, th_state *state, th_id newest) {
    th_status status = TH_NO_MEMORY;
    TH_VEC(uint64_t) ages = {0}; /* when it was last used << 32 | id */
    th_word *reasons = th_allocate(th_bitset_words(state->store.items.count), sizeof *reasons);
    if (reasons == NULL)
        goto done;
    th_bitset_add(reasons, (size_t)newest);
    for (size_t i = 0; i < state->partial.nodes.count; i++)
        for (size_t k = 0; k < state->partial.nodes.items[i].history.count; k++) {
            th_id cause = state->partial.nodes.items[i].history.items[k].cause;
            if (cause != TH_NONE)
                th_bitset_add(reasons, (size_t)cause);
        }
    for (size_t i = 0; i < state->store.items.count; i++) {
        const th_incompatibility *item = &state->store.items.items[i];
        if (item->cause == TH_CAUSE_DERIVED && item->terms != NULL && !th_bitset_has(reasons, i) &&
            th_vec_push(&ages, (uint64_t)item->derived.used << 32 | (uint64_t)i) != TH_OK)
            goto done;
    }
    if (ages.count != 0)
        qsort(ages.items, ages.count, sizeof *ages.items, compare_age);
    for (size_t i = 0; i < ages.count / 2; i++)
        th_store_forget(&state->store, (th_id)(ages.items[i] & 0xffffffff));
    th_propagation_drop_forgotten(&state->propagation, &state->store, &state->partial);
    status = th_store_sweep(&state->store);
    learner->next_bytes = 2 * state->store.term_bytes;
    if (learner->next_bytes < learner->bytes_max)
        learner->next_bytes = learner->bytes_max;
done:
    th_vec_free(&ages);
    th_free(reasons);
    return status;
}

/* Adds the terms of the conflict and resolves until the latest of them is the only one of its
 * level. Sets that node (TH_NONE: no terms are left), and the level at which the other terms hold.
 */
static th_status analyse(th_learner *learner, th_id conflict, th_state *state, th_stop *stop,
                         th_id *latest, th_id *level) {
    th_incompatibility *item = &state->store.items.items[conflict];
    if (th_vec_push(&learner->derivation, (th_resolution){conflict, TH_NONE}) != TH_OK)
        return TH_NO_MEMORY;
    if (item->cause == TH_CAUSE_DERIVED)
        item->derived.used = (uint32_t)learner->conflicts;
    for (uint32_t i = 0; i < item->count; i++)
        add_term(learner, &item->terms[i], state);
    while ((*latest = find_latest(learner, state, level)) != TH_NONE) {
        th_id latest_level = step_of(learner, *latest, state)->level;
        if (latest_level > 0 && *level < latest_level)
            break;
        th_status status = resolve(learner, *latest, state, stop);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

/* Watches what was learnt, of several terms, at values that its first two terms' nodes lost when
 * these began to hold. The first term's value comes back with the step that is about to be undone;
 * the second term's is the one to look at then. */
static th_status watch_learnt(const th_learner *learner, th_id id, th_state *state,
                              size_t *second_value) {
    const th_incompatibility *item = &state->store.items.items[id];
    for (int place = 0; place < 2; place++) {
        const th_term *term = &item->terms[place];
        const th_node *node = &state->partial.nodes.items[term->node];
        size_t depth = learner->terms.items[term->node].depth;
        *second_value = th_term_witness(term, th_node_domain_at(node, depth - 1), node->words);
        if (th_propagation_watch(&state->propagation, term->node, (size_t)node->size + 1,
                                 *second_value, id) != TH_OK)
            return TH_NO_MEMORY;
    }
    return TH_OK;
}

/* Has propagation look at an old incompatibility, wherever it is watched. */
static void look_again(const th_incompatibility *item, th_state *state) {
    for (uint32_t i = 0; i < item->count; i++) {
        th_node *node = &state->partial.nodes.items[item->terms[i].node];
        const th_word *domain = th_node_domain(node), *all = th_node_domain_at(node, 0);
        for (size_t k = 0; k < node->words; k++)
            node->pending[k] |= all[k] & ~domain[k];
        th_propagation_touch(&state->propagation, item->terms[i].node);
    }
}

/* Goes back to the level and has propagation take the values of what was learnt from its first
 * node. */
static th_status conclude_learnt(const th_learner *learner, th_id id, th_id level,
                                 th_state *state) {
    const th_incompatibility *item = &state->store.items.items[id];
    if (item->count == 1) {
        th_id only = item->terms[0].node;
        if (th_propagation_reserve_unary(&state->propagation, only) != TH_OK)
            return TH_NO_MEMORY;
        th_partial_backjump(&state->partial, level);
        th_propagation_add_unary(&state->propagation, only, id);
        return TH_OK;
    }
    size_t value;
    th_id second = item->terms[1].node;
    if (watch_learnt(learner, id, state, &value) != TH_OK)
        return TH_NO_MEMORY;
    th_partial_backjump(&state->partial, level);
    th_bitset_add(state->partial.nodes.items[second].pending, value);
    th_propagation_touch(&state->propagation, second);
    return TH_OK;
}

/* Stores what was derived and draws the conclusion; or it has no terms: there is no solution. */
static th_status learn_derived(th_learner *learner, th_id level, th_state *state) {
    th_id id;
    if (store_learnt(learner, state, &id) != TH_OK)
        return TH_NO_MEMORY;
    if (state->store.items.items[id].count == 0) {
        learner->refutation = id;
        return TH_OK;
    }
    if (conclude_learnt(learner, id, level, state) != TH_OK) {
        th_store_forget(&state->store, id);
        return TH_NO_MEMORY;
    }
    if (state->store.term_bytes > learner->next_bytes)
        return forget_some(learner, state, id);
    return TH_OK;
}

th_status th_learn(th_learner *learner, th_id conflict, th_state *state, th_stop *stop) {
    th_id latest, level;
    th_status status = analyse(learner, conflict, state, stop, &latest, &level);
    if (status == TH_OK && learner->derivation.count > 1) {
        status = learn_derived(learner, level, state);
    } else if (status == TH_OK) {
        /* The conflict says it all: something was added that follows from earlier levels. */
        th_partial_backjump(&state->partial, level);
        look_again(&state->store.items.items[conflict], state);
    }
    learner->conflicts += status == TH_OK;
    close_all(learner);
    return status;
}
