/* Unit propagation: when all terms of an incompatibility but one hold, the last must not.
 *
 * Example. Of { flask in {2.0, 2.1}, werkzeug in {0, 3, absent} } the first term holds once flask
 * can only be 2.0 or 2.1 (it need not be decided which); then 0, 3 and absent are taken from
 * werkzeug.
 *
 * A node that became smaller looks at these lists:
 * - Forwards: the requirements of its most preferred candidate. From no other can anything follow:
 *   the term of a requirement that the preferred candidate does not have does not hold.
 * - Backwards: the requirements on it. Of a source with one candidate left, only that one's.
 * - Incompatibilities of one term, whose values are taken at once.
 * - All others are watched at a value outside each of two of their terms: while both values are
 *   left, two terms do not hold, and nothing can follow. So a node looks only at what is watched at
 *   values that it has just lost, and moves the watch to another value or another term. The watched
 *   terms are the first two; terms are swapped to keep it so.
 *
 * Source: the two watched literals of Chaff, as MiniSat does them (section 4.2 of its paper,
 * http://minisat.se/downloads/MiniSat.pdf), with "the domain lies in the set" for "is true".
 */
#ifndef THOTH_CORE_PROPAGATE_H
#define THOTH_CORE_PROPAGATE_H

#include "incompatibility.h"
#include "partial_solution.h"
#include "requirements.h"

/* The caller's wish to stop, asked every WORK_BETWEEN_STOPS steps of work, some tens of
 * microseconds. */
typedef struct {
    bool (*should_stop)(void *context); /* NULL: never */
    void *context;
    size_t work; /* counts up; the engine's own */
} th_stop;

/* Counts work; whether to stop now. */
bool th_stop_after(th_stop *stop, size_t work);

typedef TH_VEC(th_id) th_watches; /* incompatibilities */

typedef struct {
    th_watches unary;     /* whose only term is of this node */
    th_watches *by_value; /* watched at each of its values; NULL: none at any */
} th_node_watches;

typedef struct {
    TH_VEC(th_node_watches) watches; /* by node */
    TH_VEC(th_id) changed;   /* nodes to look at, first in first out, a ring with room for all */
    TH_VEC(bool) is_changed; /* by node: whether it is in the ring */
    size_t first_changed;
    size_t changed_count;
    int64_t propagations; /* how often a domain became smaller by an incompatibility */
} th_propagation;         /* all zero is empty */

/* What propagation and learning work on: all that is known, and all that follows so far. */
typedef struct {
    th_partial partial;
    th_store store;
    th_requirement_table requirements;
    th_propagation propagation;
} th_state;

/* Makes room for the node with this id, the next one; does nothing when that was done. */
th_status th_propagation_add_node(th_propagation *propagation, size_t id);
void th_propagation_free(th_propagation *propagation, const th_partial *partial);

/* Looks at the node in the next th_propagate. Never fails. */
void th_propagation_touch(th_propagation *propagation, th_id node);

/* Makes room for one more incompatibility whose only term is of the node. */
th_status th_propagation_reserve_unary(th_propagation *propagation, th_id node);

/* Keeps an incompatibility of one term, and touches its node. Room must have been reserved. */
void th_propagation_add_unary(th_propagation *propagation, th_id node, th_id id);

/* Watches an incompatibility at a value of a node with this many values. */
th_status th_propagation_watch(th_propagation *propagation, th_id node, size_t values, size_t value,
                               th_id id);

/* Stops watching what was forgotten. */
void th_propagation_drop_forgotten(th_propagation *propagation, const th_store *store,
                                   const th_partial *partial);

/* Runs until nothing follows any more, or all terms of an incompatibility hold: TH_CONFLICT, and
 * `*conflict` is that one. Whatever it returned, it can be called again: nothing was lost. */
th_status th_propagate(th_state *state, th_stop *stop, th_id *conflict);

#endif
