/* An incompatibility is a set of terms that must not all hold: everything the solver knows.
 *
 * Example. "flask 2.0 and 2.1 require werkzeug in {1, 2}" is stored as
 *
 *     { flask in {2.0, 2.1},  werkzeug in {0, 3, absent} }        not (A and B)
 *
 * "flask 2.1 cannot be used" is { flask in {2.1} }, and the manifest line "flask in {2.0, 2.1}" is
 * { flask in {1.0, absent} }. The incompatibility without terms says that there is no solution.
 *
 * Rule of resolution: from { x in S } + P and { x in T } + Q follows { x in S or T } + P + Q, where
 * two terms of one node in P + Q become their intersection, and a term that holds every value of
 * its node is left out. A derived incompatibility remembers the first one it came from and then,
 * for each resolution, the other one and x: that is its derivation, from which the proof is
 * written.
 *
 * Equal requirements of several versions of one node are one incompatibility: its first term grows
 * when the requirements of another version become known. This keeps every earlier derivation valid,
 * because a larger set makes an incompatibility say more.
 *
 * Memory: what the caller said lives as long as the store. Derived ones may be forgotten: their
 * terms are freed; their derivation is kept while another one needs it, within
 * TH_DERIVATION_BYTES_MAX.
 *
 * Source: https://github.com/dart-lang/pub/blob/master/doc/solver.md#incompatibility
 */
#ifndef THOTH_CORE_INCOMPATIBILITY_H
#define THOTH_CORE_INCOMPATIBILITY_H

#include "arena.h"
#include "memory.h"
#include "term.h"

/* Derivations of learnt incompatibilities take at most this much memory. Beyond it they are dropped
 * and no more are recorded: answers stay the same, but an unsatisfiable one then has no proof. It
 * is about a million resolutions for each 8 MiB, far more than a person can read. */
#define TH_DERIVATION_BYTES_MAX ((size_t)256 << 20)

typedef enum {
    TH_CAUSE_NONE,        /* not in use; the id will be given out again */
    TH_CAUSE_ROOT,        /* the caller wants `node`: { node not in allowed } */
    TH_CAUSE_REQUIREMENT, /* { node in versions, target not in allowed }; the second term is left
                             out when no candidate of target is allowed, or target is node */
    TH_CAUSE_EXCLUSION,   /* these candidates cannot be used: { node in versions } */
    TH_CAUSE_DERIVED      /* learnt from a conflict */
} th_cause;

typedef struct {
    th_id incompatibility;
    th_id pivot; /* the node resolved upon; TH_NONE for the first of a derivation */
} th_resolution;

typedef struct {
    th_term *terms; /* NULL: forgotten, or none */
    uint32_t count;
    th_cause cause;
    union {
        struct {
            th_id node;
            th_id target;
            int64_t tag; /* of a root or exclusion; requirements keep theirs per version */
        } external;
        struct {
            th_resolution *derivation; /* NULL: dropped */
            uint32_t length;
            uint32_t used; /* number of the last conflict it took part in */
        } derived;
    };
} th_incompatibility;

_Static_assert(sizeof(th_incompatibility) <= 32, "incompatibilities are many: keep them small");

typedef struct {
    TH_VEC(th_incompatibility) items;
    TH_VEC(th_id) free_ids;
    th_arena arena;      /* terms of the external ones */
    th_id *slots;        /* open hash table of requirements, TH_NONE: free */
    size_t slot_count;   /* a power of two, or 0 */
    size_t requirements; /* in the table */
    size_t term_bytes;   /* of the derived ones */
    size_t derivation_bytes;
    size_t derivation_bytes_max;
    bool derivations_dropped;
} th_store;

void th_store_init(th_store *store);
void th_store_free(th_store *store);

/* Each sets `*id` to the incompatibility. Sets are plain, over the values of their node, of `words`
 * words. */

/* `full`: the set holds every value; the incompatibility then has no terms. */
th_status th_store_add_unary(th_store *store, th_cause cause, th_id node, const th_word *set,
                             size_t words, bool full, int64_t tag, th_id *id);

/* Candidate `version` of `node` requires that target is not in `forbidden`; added to an equal
 * requirement of other versions when there is one. `full` as above. */
th_status th_store_add_requirement(th_store *store, th_id node, size_t version, size_t node_words,
                                   th_id target, const th_word *forbidden, size_t target_words,
                                   bool full, th_id *id);

/* Takes ownership of `terms` (one block with its words, `bytes` long) and copies the derivation. On
 * failure the caller still owns `terms`. */
th_status th_store_add_derived(th_store *store, th_term *terms, uint32_t count, size_t bytes,
                               const th_resolution *derivation, size_t length, th_id *id);

/* Frees the terms of a derived incompatibility that nothing uses any more. */
void th_store_forget(th_store *store, th_id id);

/* Frees derivations that no remembered incompatibility needs, directly or not. */
th_status th_store_sweep(th_store *store);

#endif
