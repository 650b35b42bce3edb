/* Unit propagation: when all terms of an incompatibility but one hold, the last must not.
 *
 * Example. Of { flask in {2.0, 2.1}, werkzeug in {0, 3, absent} } the first term holds once flask
 * can only be 2.0 or 2.1 (it need not be decided which); then 0, 3 and absent are taken from
 * werkzeug.
 *
 * Each incompatibility is watched at two of its terms that do not hold (at its only term when it
 * has one): nothing can follow from it while both do not, so a node that became smaller looks only
 * at the incompatibilities watched at it. The watched terms are the first two; learnt
 * incompatibilities swap their terms to keep it so.
 *
 * Source: the two watched literals of Chaff, as MiniSat does them (section 4.2 of its paper,
 * http://minisat.se/downloads/MiniSat.pdf), with "the domain lies in the set" for "is true".
 */
#ifndef THOTH_CORE_PROPAGATE_H
#define THOTH_CORE_PROPAGATE_H

#include "incompatibility.h"
#include "partial_solution.h"

/* The caller's wish to stop, asked every WORK_BETWEEN_STOPS steps of work, some ten microseconds.
 */
typedef struct {
    bool (*should_stop)(void *context); /* NULL: never */
    void *context;
    size_t work; /* counts up; the engine's own */
} th_stop;

/* Counts work; whether to stop now. */
bool th_stop_after(th_stop *stop, size_t work);

typedef TH_VEC(th_id) th_watches; /* incompatibilities watched at one node */

typedef struct {
    TH_VEC(th_watches) watches; /* by node */
    TH_VEC(th_id) changed;      /* nodes to look at, first in first out, a ring with room for all */
    TH_VEC(bool) is_changed;    /* by node: whether it is in the ring */
    size_t first_changed;
    size_t changed_count;
    int64_t propagations; /* how often a domain became smaller by an incompatibility */
} th_propagation;         /* all zero is empty */

/* Makes room for the node with this id, the next one; does nothing when that was done. */
th_status th_propagation_add_node(th_propagation *propagation, size_t id);
void th_propagation_free(th_propagation *propagation);

/* Looks at the node in the next th_propagate. Never fails. */
void th_propagation_touch(th_propagation *propagation, th_id node);

/* Makes room for one more watch at the node. */
th_status th_propagation_reserve(th_propagation *propagation, th_id node);

/* Watches a new incompatibility of at least one term, and touches its watched nodes. Cannot fail
 * when room was reserved at the nodes of its first two terms. */
th_status th_propagation_watch(th_propagation *propagation, const th_store *store, th_id id);

/* Stops watching what was forgotten. */
void th_propagation_drop_forgotten(th_propagation *propagation, const th_store *store);

/* Runs until nothing follows any more, or all terms of an incompatibility hold: `*conflict` is that
 * one, else TH_NONE. After a conflict, TH_STOPPED or TH_NO_MEMORY it can be called again: nothing
 * was lost. */
th_status th_propagate(th_propagation *propagation, const th_store *store, th_partial *partial,
                       th_stop *stop, th_id *conflict);

#endif
