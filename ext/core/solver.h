/* A conflict-driven solver for version choice, after PubGrub, whose answer is fixed by its input.
 *
 * Problem: nodes with candidates 0..size-1, the most preferred first. Roots are required from
 * outside, and each candidate requires other nodes, each to be one of a set. An answer gives every
 * node reached one candidate so that all that is required holds, and nothing to the others. Wanted
 * is the first one in this order: nodes are decided one after another, the roots as they were
 * added, then those that chosen candidates require, breadth first; each takes the first candidate
 * with which the decisions before it can still be completed.
 *
 * The requirements of candidates are told bit by bit: th_solver_run returns TH_NEED when it wants
 * to decide a candidate it knows nothing of, and goes on from there when it is called again. Most
 * candidates are never asked about.
 *
 * Example: a root on a; a 0 requires b in {1}; b 0 and b 1 require nothing.
 *
 *     run: needs (a, 0)   the requirements of (a, 0) are added: { a in {0}, b in {0, absent} }
 *     run: decides a 0, propagates b in {1}, needs (b, 1), which has none
 *     run: decides b 1. solved: (a, 0), (b, 1)
 *
 * Why the first answer: a decision takes the first value that is left. The values before it were
 * taken away by incompatibilities that follow from the problem, so no answer with the same earlier
 * decisions has them. Hence neither learning nor going back several decisions at once can skip an
 * answer.
 *
 * Sources: PubGrub, https://github.com/dart-lang/pub/blob/master/doc/solver.md; conflict-driven
 * clause learning, https://www.satassociation.org/articles/FAIA185-0131.pdf; MiniSat,
 * http://minisat.se/downloads/MiniSat.pdf
 */
#ifndef THOTH_CORE_SOLVER_H
#define THOTH_CORE_SOLVER_H

#include "learn.h"

/* Candidates of one node. A domain is a bit each and is copied at every step of the node, so this
 * bounds one step to 128 KiB. The longest list on the largest index has about ten thousand. */
#define TH_CANDIDATES_MAX ((int64_t)1 << 20)

typedef enum {
    TH_SOLVED,
    TH_UNSATISFIABLE,
    TH_NEED,      /* see th_solver_needed */
    TH_BUDGET,    /* the conflict budget is used up; run goes on where it was */
    TH_HALTED,    /* should_stop said so; run goes on where it was */
    TH_EXHAUSTED, /* out of memory; the solver is intact, run goes on where it was */
} th_outcome;

/* "The target must be one of these", for one candidate. */
typedef struct {
    int64_t target;
    const unsigned char *allowed; /* bitset as bytes, see bitset.h */
    size_t length;
    int64_t tag;
} th_requirement_input;

typedef struct {
    th_id node;
    th_id version;
} th_choice;

typedef struct {
    th_state state;
    th_learner learner;
    TH_VEC(th_id) queue;         /* nodes in the order of decision, as far as it is known */
    TH_VEC(size_t) queue_before; /* by decision: length of the queue before it */
    TH_VEC(bool) is_queued;      /* by node */
    TH_VEC(th_word) scratch;     /* room for one set of the widest node */
    int64_t decisions;           /* made so far, counting those undone */
    th_outcome outcome;          /* of the last run */
    bool is_current;             /* nothing was added since then */
    char fault[120];             /* what was wrong, after TH_INVALID */
} th_solver;

void th_solver_init(th_solver *solver);
void th_solver_free(th_solver *solver);

/* All of these check every number; after TH_INVALID solver->fault says which one is out of range
 * and nothing was changed. */

/* Adds a node with this many candidates; its id is the number of nodes before it. */
th_status th_solver_add_node(th_solver *solver, int64_t size, th_id *node);
th_status th_solver_add_root(th_solver *solver, int64_t node, const unsigned char *allowed,
                             size_t length, int64_t tag);
th_status th_solver_exclude(th_solver *solver, int64_t node, const unsigned char *versions,
                            size_t length, int64_t tag);
/* Once for each candidate; `count` may be 0. */
th_status th_solver_add_requirements(th_solver *solver, int64_t node, int64_t version,
                                     const th_requirement_input *requirements, size_t count);

/* `conflict_budget`: conflicts that may be met in this run; negative: any number. */
th_outcome th_solver_run(th_solver *solver, int64_t conflict_budget, th_stop *stop);

/* After TH_NEED: first the candidate that blocks, then for every other undecided node that is
 * required the candidate it would take now; those whose requirements are unknown. The list is the
 * caller's to fill, with room for one choice per node. Returns its length. */
size_t th_solver_needed(const th_solver *solver, th_choice *needed);

/* After TH_SOLVED: the decisions, in order, as many as solver->state.partial.decisions.count. */
th_choice th_solver_choice(const th_solver *solver, size_t index);

/* Finds the tag with which a version of a node brought a requirement; false: it did not. */
bool th_solver_requirement_tag(const th_solver *solver, th_id incompatibility, th_id version,
                               int64_t *tag);

#endif
