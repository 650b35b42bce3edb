/* Derivations unfolded into single resolutions. See proof.h. */
#include "proof.h"

#include <string.h>

typedef struct {
    th_proof *proof;
    const th_solver *solver;
    th_id *position; /* by incompatibility: its step in the proof, or TH_NONE */
    th_id *place;    /* by node: its place among the terms being made, or TH_NONE */
    th_word *set;    /* room for one set of the widest node */
    TH_VEC(th_id) open;
} writer;

static th_status push_step(writer *w, th_proof_step step, th_id *position) {
    if (w->proof->steps.count >= (size_t)TH_ID_MAX)
        return TH_LIMIT;
    *position = (th_id)w->proof->steps.count;
    return th_vec_push(&w->proof->steps, step);
}

static const th_term *find_term(const th_proof_step *step, th_id node) {
    for (uint32_t i = 0; i < step->count; i++)
        if (step->terms[i].node == node)
            return &step->terms[i];
    return NULL;
}

/* Makes the union (on the pivot) or intersection of two terms of one node. */
static th_status combine(writer *w, const th_term *a, const th_term *b, bool unite, th_term *result,
                         bool *full) {
    const th_node *node = &w->solver->state.partial.nodes.items[a->node];
    memset(w->set, 0, node->words * sizeof *w->set);
    th_term_unite_into(w->set, a);
    if (unite)
        th_term_unite_into(w->set, b);
    else
        th_term_intersect_into(w->set, node->words, b);
    *full = th_bitset_size(w->set, node->words) == (size_t)node->size + 1;
    uint32_t first, count = th_term_window(w->set, node->words, &first);
    th_word *words = th_arena_take(&w->proof->arena, count, sizeof *words);
    if (words == NULL)
        return TH_NO_MEMORY;
    *result = th_term_copy(a->node, w->set, first, count, words);
    return TH_OK;
}

/* Makes the terms of the resolution of two steps on the node of the two terms `a` and `b`. */
static th_status resolve_terms(writer *w, const th_proof_step *left, const th_term *a,
                               const th_proof_step *right, const th_term *b,
                               th_proof_step *result) {
    th_term *terms =
        th_arena_take(&w->proof->arena, (size_t)left->count + right->count, sizeof *terms);
    if (terms == NULL)
        return TH_NO_MEMORY;
    th_status status = TH_OK;
    uint32_t count = 0;
    bool full;
    for (uint32_t i = 0; i < left->count; i++) {
        if (left->terms[i].node == a->node)
            continue;
        w->place[left->terms[i].node] = (th_id)count;
        terms[count++] = left->terms[i];
    }
    for (uint32_t i = 0; i < right->count && status == TH_OK; i++) {
        const th_term *term = &right->terms[i];
        if (term->node == b->node)
            continue;
        th_id place = w->place[term->node];
        if (place == TH_NONE)
            terms[count++] = *term;
        else
            status = combine(w, &terms[place], term, false, &terms[place], &full);
    }
    for (uint32_t i = 0; i < left->count; i++)
        w->place[left->terms[i].node] = TH_NONE;
    if (status == TH_OK)
        status = combine(w, a, b, true, &terms[count], &full);
    if (status == TH_OK && !full)
        count++;
    *result = (th_proof_step){.terms = terms, .count = count, .incompatibility = TH_NONE};
    return status;
}

/* Unfolds a derivation whose parts are all written. */
static th_status write_derived(writer *w, const th_incompatibility *item, th_id *position) {
    const th_resolution *derivation = item->derived.derivation;
    th_id left = w->position[derivation[0].incompatibility];
    for (uint32_t i = 1; i < item->derived.length; i++) {
        th_id right = w->position[derivation[i].incompatibility], pivot = derivation[i].pivot;
        const th_proof_step *steps = w->proof->steps.items;
        const th_term *a = find_term(&steps[left], pivot), *b = find_term(&steps[right], pivot);
        if (a == NULL)
            continue;
        if (b == NULL) {
            left = right;
            continue;
        }
        th_proof_step step;
        th_status status = resolve_terms(w, &steps[left], a, &steps[right], b, &step);
        if (status == TH_OK && w->proof->arena.bytes > TH_PROOF_BYTES_MAX)
            status = TH_LIMIT;
        step.left = left;
        step.right = right;
        if (status == TH_OK)
            status = push_step(w, step, &left);
        if (status != TH_OK)
            return status;
    }
    *position = left;
    return TH_OK;
}

/* Writes the incompatibility on top of the open ones, or opens those that must come before it. */
static th_status write_open(writer *w) {
    th_id id = w->open.items[w->open.count - 1];
    const th_incompatibility *item = &w->solver->state.store.items.items[id];
    th_status status = TH_OK;
    if (w->position[id] == TH_NONE && item->cause != TH_CAUSE_DERIVED) {
        th_proof_step step = {.terms = item->terms, .count = item->count, .incompatibility = id};
        status = push_step(w, step, &w->position[id]);
    } else if (w->position[id] == TH_NONE) {
        size_t opened = w->open.count;
        if (item->derived.length == 0)
            return TH_LIMIT;
        for (uint32_t i = 0; i < item->derived.length && status == TH_OK; i++) {
            th_id part = item->derived.derivation[i].incompatibility;
            if (w->position[part] == TH_NONE)
                status = th_vec_push(&w->open, part);
        }
        if (status != TH_OK || w->open.count != opened)
            return status;
        status = write_derived(w, item, &w->position[id]);
    }
    w->open.count--;
    return status;
}

th_status th_proof_write(th_proof *proof, const th_solver *solver) {
    *proof = (th_proof){0};
    size_t items = solver->state.store.items.count, nodes = solver->state.partial.nodes.count;
    writer w = {.proof = proof, .solver = solver};
    th_status status = TH_NO_MEMORY;
    w.position = th_resize(NULL, items, sizeof *w.position);
    w.place = th_resize(NULL, nodes, sizeof *w.place);
    w.set = th_resize(NULL, solver->scratch.capacity, sizeof *w.set);
    if (w.position == NULL || w.place == NULL || w.set == NULL)
        goto done;
    memset(w.position, 0xff, items * sizeof *w.position); /* TH_NONE */
    memset(w.place, 0xff, nodes * sizeof *w.place);
    status = th_vec_push(&w.open, solver->learner.refutation);
    while (status == TH_OK && w.open.count != 0)
        status = write_open(&w);
    if (status == TH_OK) /* a derivation may have come to its end before its last step */
        proof->steps.count = (size_t)w.position[solver->learner.refutation] + 1;
done:
    th_vec_free(&w.open);
    th_free(w.position);
    th_free(w.place);
    th_free(w.set);
    return status;
}

void th_proof_free(th_proof *proof) {
    th_vec_free(&proof->steps);
    th_arena_free(&proof->arena);
}
