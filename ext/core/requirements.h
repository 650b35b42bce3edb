/* What candidates require, forwards and backwards.
 *
 * Forwards, by candidate: its requirements in the caller's order, which is also the order in which
 * the search reaches their targets. A candidate without a list is one that nothing is known of yet.
 *
 * Backwards, by target: the nodes with a requirement on it, each with the incompatibilities of its
 * requirements. Example, two versions of a require b in {0} and one requires b in {1}:
 *
 *     b:  from a:  { a in {0, 1}, b in {1, absent} },  { a in {2}, b in {0, absent} }
 */
#ifndef THOTH_CORE_REQUIREMENTS_H
#define THOTH_CORE_REQUIREMENTS_H

#include "arena.h"
#include "memory.h"

typedef struct {
    th_id target;
    th_id incompatibility; /* TH_NONE: a requirement of a node on itself that holds */
    int64_t tag;
} th_requirement;

typedef struct {
    const th_requirement *items; /* NULL: unknown */
    size_t count;
} th_requirements;

/* An incompatibility of two terms, the source's first and the target's second. While the witness, a
 * value outside the second term, is in the target's domain, that term does not hold. */
typedef struct {
    th_id incompatibility;
    th_id witness;
} th_incoming_requirement;

typedef struct {
    th_id source;
    TH_VEC(th_incoming_requirement) items;
} th_incoming;

typedef TH_VEC(th_incoming) th_incoming_list;

typedef struct {
    TH_VEC(th_requirements *)
    by_candidate; /* by node, by version; NULL: none of the node's is known */
    TH_VEC(th_incoming_list) by_target;
    th_arena arena;
} th_requirement_table; /* all zero is empty */

/* Makes room for the node with this id, the next one. */
th_status th_requirement_table_add_node(th_requirement_table *table, size_t id);
void th_requirement_table_free(th_requirement_table *table);

static inline th_requirements th_requirements_of(const th_requirement_table *table, th_id node,
                                                 th_id version) {
    const th_requirements *known = table->by_candidate.items[node];
    return known == NULL ? (th_requirements){0} : known[version];
}

/* Makes room for the list of a node's candidate, and for the lists of its others. Returns the list
 * to be filled, owned by the table, or NULL. */
th_requirement *th_requirement_table_reserve(th_requirement_table *table, th_id node, size_t size,
                                             size_t count);

/* Makes a list from th_requirement_table_reserve known. */
void th_requirement_table_set(th_requirement_table *table, th_id node, th_id version,
                              const th_requirement *items, size_t count);

/* Returns the requirements from one node on another, added when new and with room for one more;
 * valid until the next call; or NULL. */
th_incoming *th_requirement_table_incoming(th_requirement_table *table, th_id target, th_id source);

#endif
