/* The proof that there is no solution: every step can be checked on its own.
 *
 * A proof is a list of incompatibilities, each either told by the caller (a root, a requirement, an
 * exclusion) or the resolution of two earlier ones; the last has no terms. Example: the roots want
 * a in {0} and b in {0}, and a 0 requires b in {1}.
 *
 *     0   { a in {absent} }                  root
 *     1   { b in {1, absent} }               root
 *     2   { a in {0}, b in {0, absent} }     requirement
 *     3   { a in {0} }                       from 2 and 1, by resolution on b
 *     4   { }                                from 3 and 0, by resolution on a
 *
 * It is written from the derivations that the learner kept (see incompatibility.h). Because the set
 * of versions of a requirement may have grown since, a resolution may find that it has nothing to
 * do: the stronger one of the two then takes its place.
 */
#ifndef THOTH_CORE_PROOF_H
#define THOTH_CORE_PROOF_H

#include "solver.h"

/* A proof that takes more memory than this is not written: nobody could read it. */
#define TH_PROOF_BYTES_MAX ((size_t)64 << 20)

typedef struct {
    th_term *terms;
    uint32_t count;
    th_id incompatibility; /* TH_NONE: derived from `left` and `right` */
    th_id left;            /* positions in the proof, both before this one */
    th_id right;
} th_proof_step;

typedef struct {
    TH_VEC(th_proof_step) steps;
    th_arena arena;
} th_proof;

/* Writes the proof of a solver that found there is no solution; valid until the solver is changed.
 * TH_LIMIT: it was not kept (TH_DERIVATION_BYTES_MAX) or is too large. th_proof_free in any case.
 */
th_status th_proof_write(th_proof *proof, const th_solver *solver);
void th_proof_free(th_proof *proof);

#endif
