/* Conflict analysis: from an incompatibility whose terms all hold to one that says why, and
 * earlier.
 *
 * While two of its terms began to hold at the last level, the one that did so last is resolved with
 * the incompatibility that made it hold. What results has one term of that level: had it been
 * known, the level at which its other terms hold would already have taken that term's values from
 * its node. So the solver goes back to that level and lets propagation do it. Example: a 0 was
 * decided, which leaves z in {0, 2}, then b 0, which requires z in {0, 1} and y 0, which requires z
 * in {1, 2}:
 *
 *     conflict   { y in {0}, z in {0, absent} }       both began to hold at level 2
 *     z lost 2   { b in {0}, z in {2, absent} }       at level 2
 *     derived    { y in {0}, b in {0}, z in {0, 2, absent} }    by resolution on z
 *     y lost 1   { b in {0}, y in {1, absent} }       at level 2
 *     derived    { b in {0}, z in {0, 2, absent} }    by resolution on y; only b is of level 2
 *
 * z in {0, 2, absent} holds since level 1: there 0 is taken from b. At level 0 there is no decision
 * to take back: there everything resolves to the incompatibility without terms, the proof that no
 * solution exists.
 *
 * Going back never changes which candidates come first, so what is found is the same as without
 * learning, only sooner. Of the learnt incompatibilities, those unused for longest are forgotten
 * when their memory passes a limit; the reasons of the present solution stay, which is all that is
 * needed to come to an end (a search without restarts always moves on in the order of solutions).
 *
 * Sources: first unique implication point, as in GRASP (https://doi.org/10.1109/12.769433) and
 * MiniSat; over sets of versions as in
 * https://github.com/dart-lang/pub/blob/master/doc/solver.md#conflict-resolution
 */
#ifndef THOTH_CORE_LEARN_H
#define THOTH_CORE_LEARN_H

#include "propagate.h"

/* Terms of learnt incompatibilities may take this much memory before half of them is forgotten. */
#define TH_LEARNT_BYTES_MAX ((size_t)64 << 20)

/* The incompatibility that an analysis is working on, spread over its nodes. */
typedef struct {
    th_word *set; /* the term of the node, over all its words; owned */
    size_t depth; /* of the node's history at which the term began to hold; 0: no term */
} th_open_term;

typedef struct {
    TH_VEC(th_open_term) terms; /* by node */
    TH_VEC(th_id) open;         /* the nodes that have a term, in no order */
    TH_VEC(th_resolution) derivation;
    size_t bytes_max;  /* TH_LEARNT_BYTES_MAX, or what a test wants */
    size_t next_bytes; /* forget when the store's term_bytes pass it */
    int64_t conflicts;
    th_id refutation; /* the incompatibility without terms, once found; else TH_NONE */
} th_learner;

void th_learner_init(th_learner *learner);
void th_learner_free(th_learner *learner);
/* Makes room for the node with this id, the next one; again when its words have changed since. */
th_status th_learner_add_node(th_learner *learner, size_t id, size_t words);

/* Learns from the conflict, goes back, and touches the nodes that propagation then looks at; or
 * sets learner->refutation. After TH_STOPPED or TH_NO_MEMORY propagation finds the conflict, or
 * what was learnt from it, again. */
th_status th_learn(th_learner *learner, th_id conflict, th_state *state, th_stop *stop);

#endif
