/* Hybrid best-first branch and bound over one component (Allouche, de Givry, Katsirelos, Schiex &
 * Zytnicki 2015, "Anytime hybrid best-first search with tree decomposition for weighted CSP").
 *
 * Open nodes wait in a heap, the one with the least lower bound first. A node is explored depth
 * first for a limited number of backtracks; then what is left of that dive goes to the heap. So
 * there is always a lower bound (the heap's least) and soon an upper one (the dives' solutions).
 * A node is the list of its decisions: reopening it replays them.
 *
 * A decision takes a part of one domain on the left and the rest on the right. A domain of more
 * than a few values is cut in half at its middle: values are in the order of versions, and versions
 * next to each other are in much the same ranges of terms. Example: 40 releases of which a half is
 * left; the bound mixed the best of old and new ones before, and rises on both sides. One value
 * against the rest would leave the right side almost as it was. Small domains do branch so:
 * "variable = value", then "variable is not value". (Domain splitting: Allouche et al. 2015,
 * section 5.)
 *
 * Variables are taken by what branching on them gained before (pseudo-costs: Benichou et al. 1971;
 * Linderoth & Savelsbergh 1999), ties by domain size over weighted degree (Boussemart, Hemery,
 * Lecoutre & Sais 2004), among those whose existential supports do not fit together: where they all
 * fit, they are a solution that costs exactly the lower bound.
 */
#ifndef THOTH_CORE_SEARCH_H
#define THOTH_CORE_SEARCH_H

#include "component.h"
#include "local.h"
#include "vac.h"

/* What a decision leaves of a domain. Each part and the next one with the same value are opposite.
 */
typedef enum { TH_PART_IS, TH_PART_IS_NOT, TH_PART_UP_TO, TH_PART_ABOVE } th_search_part;

typedef struct {
    th_id variable, value;
    th_search_part part;
} th_decision;

typedef struct {
    th_id parent; /* TH_NONE: the root */
    th_decision decision;
} th_search_node;

typedef struct {
    th_cost bound; /* scaled */
    th_id node;    /* TH_NONE: the root */
    th_id depth;
    uint64_t order; /* later entries first among equals */
} th_open_node;

typedef struct {
    th_decision decision; /* the left one */
    size_t path;          /* length of the path before this decision */
    th_cost bound;        /* scaled, of the whole node */
    th_cost start;        /* scaled: the network's bound before the decision */
} th_search_frame;

/* What branching on a variable gained so far; [0]: on the left, [1]: on the right. */
typedef struct {
    th_cost sum[2]; /* scaled */
    int64_t times[2];
} th_branch_gain;

typedef struct {
    th_component face; /* what does not depend on the width of costs */
    th_cfn cfn;
    th_id *network_values;
    TH_VEC(th_search_node) tree;
    TH_VEC(th_open_node) open;
    TH_VEC(th_decision) path;
    TH_VEC(th_search_frame) frames;
    th_id *supports;
    unsigned char *disputed; /* variable -> its support does not fit a neighbour's */
    uint64_t *degree;        /* variable -> weights of its constraints with open variables */
    th_id *incumbent;        /* the best solution, in values of the network of the search */
    th_branch_gain *gains;   /* by variable */
    th_branch_gain all_gains;
    th_vac vac;
    th_local local;
    uint64_t next_walk; /* nodes */
    size_t sweep_stage;
    th_cost proved; /* scaled: the heap's least bound when it was looked at last; it never falls */
    th_cost floor;  /* scaled: what is known of the node that the dive at hand started from */
    th_cost root_top; /* the top when the root was propagated last */
    uint64_t replayed, order;
    size_t limit; /* backtracks of one dive */
    bool started;
} th_search;

/* `values` has room for all variables of the network. TH_LIMIT: the costs need more bits. */
th_status th_search_create(const th_reduction *reduction, th_id component, th_id *values,
                           th_search *search);
void th_search_free(th_search *search);

/* Goes on until it is finished, stopped, `node_budget` nodes were visited in all, or, if asked, a
 * first solution is there. */
th_status th_search_run(th_search *search, uint64_t node_budget, bool until_solution);

/* No solution that was not found yet costs less than this (unscaled); TH_TOP: there is none below
 * the top. Holds after a failure too. */
th_cost th_search_bound(const th_search *search);

/* Bytes held. */
size_t th_search_memory(const th_search *search);

#endif
