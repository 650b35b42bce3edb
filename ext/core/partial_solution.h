/* What the solver holds to be true so far: for every node the values it may still take, and why.
 *
 * Each node has a history: its first domain (all values), and one step for every time it became
 * smaller, with the incompatibility that is the reason or none for a decision. Step k has the
 * domain after it. Example, a node with candidates 0, 1 and absent (2):
 *
 *     depth 0   {0, 1, 2}
 *     depth 1   {0, 1}      level 0, because of the root "must be one of 0, 1"
 *     depth 2   {0}         level 3, decision
 *
 * A level is the number of decisions made before a step. Steps are ordered by `position`: those of
 * level 0 are never undone and come before all others; the others are undone last first.
 *
 * Sources: the trail of MiniSat (http://minisat.se/downloads/MiniSat.pdf, section 4), the partial
 * solution of https://github.com/dart-lang/pub/blob/master/doc/solver.md#partial-solution
 */
#ifndef THOTH_CORE_PARTIAL_SOLUTION_H
#define THOTH_CORE_PARTIAL_SOLUTION_H

#include "memory.h"
#include "term.h"

typedef struct {
    th_id cause;    /* incompatibility, or TH_NONE: a decision */
    th_id level;    /* decisions before it; a decision counts itself */
    th_id position; /* order among all steps of all nodes */
} th_step;

typedef struct {
    th_id size;              /* candidates; the value `size` is "absent" */
    uint32_t words;          /* words of a domain: th_bitset_words(size + 1) */
    TH_VEC(th_word) domains; /* words * (history.count + 1): the domain at each depth */
    TH_VEC(th_step) history; /* history.items[k] made the domain at depth k + 1 */
    th_word *pending;        /* values taken since propagation last looked at them; owned */
} th_node;

typedef struct {
    th_id node;
    th_id value;
    th_id trail; /* length of the trail before the decision */
} th_decision;

typedef struct {
    TH_VEC(th_node) nodes;
    TH_VEC(th_id) trail; /* nodes of the steps above level 0, in order */
    TH_VEC(th_decision) decisions;
    th_id root_steps; /* number of steps at level 0 */
} th_partial;         /* all zero is empty */

/* Adds a node with all its values, and room for its decision. */
th_status th_partial_add_node(th_partial *partial, th_id size);
void th_partial_free(th_partial *partial);

static inline th_id th_partial_level(const th_partial *partial) {
    return (th_id)partial->decisions.count;
}

/* The domain of the node at a depth of its history; valid until the node's next step. */
static inline const th_word *th_node_domain_at(const th_node *node, size_t depth) {
    return node->domains.items + depth * node->words;
}

static inline const th_word *th_node_domain(const th_node *node) {
    return th_node_domain_at(node, node->history.count);
}

/* The most preferred value that is left; `size` when the node can only be absent. */
static inline th_id th_node_preferred(const th_node *node) {
    return (th_id)th_bitset_next(th_node_domain(node), node->words, 0);
}

static inline bool th_node_is_required(const th_node *node) {
    return !th_bitset_has(th_node_domain(node), (size_t)node->size);
}

/* Takes the values of the term from its node's domain, at the present level. At least one value
 * must be left. `beneath`: at level 0 although decisions were made; the node must have no step
 * above it. */
th_status th_partial_remove(th_partial *partial, const th_term *term, th_id cause, bool beneath);

/* Whether every step of the node is at level 0. */
bool th_partial_is_untouched(const th_partial *partial, th_id node);

/* Opens a new level in which the node has this value, one of its domain. */
th_status th_partial_decide(th_partial *partial, th_id node, th_id value);

/* Undoes every step above the level. */
void th_partial_backjump(th_partial *partial, th_id level);

/* Returns the smallest depth at which the set (words of the node) contains the node's domain, given
 * that it does at `depth`; 0: it always did. O(words * log depth). */
size_t th_node_satisfier(const th_node *node, const th_word *set, size_t depth);

#endif
