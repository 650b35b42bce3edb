/* Histories of domains. See partial_solution.h. */
#include "partial_solution.h"

#include <assert.h>
#include <string.h>

/* Steps above level 0 have positions from here on, so that one at level 0 can be added at any time
 * and still comes before them. */
enum { FIRST_POSITION_ABOVE_ROOT = 1 << 30 };

th_status th_partial_add_node(th_partial *partial, th_id size) {
    th_node node = {.size = size, .words = (uint32_t)th_bitset_words((size_t)size + 1)};
    size_t missing = partial->nodes.count + 1 - partial->decisions.count;
    if (th_vec_reserve(&partial->nodes, 1) != TH_OK ||
        th_vec_reserve(&partial->decisions, missing) != TH_OK ||
        th_vec_reserve(&node.domains, node.words) != TH_OK)
        return TH_NO_MEMORY;
    node.pending = th_allocate(node.words, sizeof *node.pending);
    if (node.pending == NULL) {
        th_vec_free(&node.domains);
        return TH_NO_MEMORY;
    }
    memset(node.domains.items, 0, node.words * sizeof *node.domains.items);
    th_bitset_fill(node.domains.items, (size_t)size + 1);
    node.domains.count = node.words;
    partial->nodes.items[partial->nodes.count++] = node;
    return TH_OK;
}

void th_partial_free(th_partial *partial) {
    for (size_t i = 0; i < partial->nodes.count; i++) {
        th_vec_free(&partial->nodes.items[i].domains);
        th_vec_free(&partial->nodes.items[i].history);
        th_free(partial->nodes.items[i].pending);
    }
    th_vec_free(&partial->nodes);
    th_vec_free(&partial->trail);
    th_vec_free(&partial->decisions);
}

/* Adds a step whose domain is a copy of the present one, and returns that copy to be changed; NULL
 * when memory runs out. */
static th_word *push_step(th_partial *partial, th_id id, th_id cause, th_id level) {
    th_node *node = &partial->nodes.items[id];
    if (th_vec_reserve(&node->domains, node->words) != TH_OK ||
        th_vec_reserve(&node->history, 1) != TH_OK || th_vec_reserve(&partial->trail, 1) != TH_OK)
        return NULL;
    th_step step = {.cause = cause, .level = level};
    if (level == 0) {
        step.position = partial->root_steps++;
    } else {
        step.position = FIRST_POSITION_ABOVE_ROOT + (th_id)partial->trail.count;
        partial->trail.items[partial->trail.count++] = id;
    }
    node->history.items[node->history.count++] = step;
    th_word *domain = node->domains.items + node->domains.count;
    memcpy(domain, domain - node->words, node->words * sizeof *domain);
    node->domains.count += node->words;
    return domain;
}

/* Notes what the last step of the node has taken. */
static void note_taken(th_node *node) {
    const th_word *after = th_node_domain(node), *before = after - node->words;
    for (size_t i = 0; i < node->words; i++)
        node->pending[i] |= before[i] & ~after[i];
}

th_status th_partial_remove(th_partial *partial, const th_term *term, th_id cause, bool beneath) {
    th_id level = beneath ? 0 : th_partial_level(partial);
    th_word *domain = push_step(partial, term->node, cause, level);
    if (domain == NULL)
        return TH_NO_MEMORY;
    th_term_subtract_from(domain, term);
    note_taken(&partial->nodes.items[term->node]);
    assert(!th_bitset_is_empty(domain, partial->nodes.items[term->node].words));
    return TH_OK;
}

bool th_partial_is_untouched(const th_partial *partial, th_id id) {
    const th_node *node = &partial->nodes.items[id];
    return node->history.count == 0 || node->history.items[node->history.count - 1].level == 0;
}

th_status th_partial_decide(th_partial *partial, th_id id, th_id value) {
    th_node *node = &partial->nodes.items[id];
    th_decision decision = {.node = id, .value = value, .trail = (th_id)partial->trail.count};
    bool single = th_bitset_size(th_node_domain(node), node->words) == 1;
    if (!single) {
        th_word *domain = push_step(partial, id, TH_NONE, th_partial_level(partial) + 1);
        if (domain == NULL)
            return TH_NO_MEMORY;
        memset(domain, 0, node->words * sizeof *domain);
        th_bitset_add(domain, (size_t)value);
        note_taken(node);
    }
    partial->decisions.items[partial->decisions.count++] = decision;
    return TH_OK;
}

void th_partial_backjump(th_partial *partial, th_id level) {
    if (level >= th_partial_level(partial))
        return;
    size_t length = (size_t)partial->decisions.items[level].trail;
    while (partial->trail.count > length) {
        th_node *node = &partial->nodes.items[partial->trail.items[--partial->trail.count]];
        node->history.count--;
        node->domains.count -= node->words;
        const th_word *domain = th_node_domain(node);
        for (size_t i = 0; i < node->words; i++)
            node->pending[i] &= ~domain[i];
    }
    partial->decisions.count = (size_t)level;
}

size_t th_node_satisfier(const th_node *node, const th_word *set, size_t depth) {
    size_t low = 0;
    while (low < depth) {
        size_t middle = low + (depth - low) / 2;
        if (th_bitset_within(th_node_domain_at(node, middle), set, node->words))
            depth = middle;
        else
            low = middle + 1;
    }
    return depth;
}
