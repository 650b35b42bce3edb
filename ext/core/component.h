/* The search of one component of a network, whichever width its costs have (weight.h).
 *
 * Components have no table in common, so the best solution of all is the best of each. Example: a
 * web framework with its parts and a plotting library with its own share no requirement and no
 * score; 1,000 nodes for each are 2,000 together, where one search would need up to 1,000 times
 * 1,000. (Independent subproblems: Freuder & Quinn 1985, "Taking advantage of stable sets of
 * variables in constraint satisfaction problems".)
 *
 * search.c is compiled for 32 and for 64 bits. Who drives it sees neither: this header has what
 * both have in common, and th_component_create takes the narrow one when the costs allow it.
 */
#ifndef THOTH_CORE_COMPONENT_H
#define THOTH_CORE_COMPONENT_H

#include "reduce.h"

/* Told of each solution (values by variable of the network; only this component's are set). Returns
 * what further solutions have to cost less than. */
typedef th_cost (*th_search_found)(void *context, const th_id *values, th_cost cost);

typedef struct th_component th_component;

/* The functions of one width; what they do is said below and in search.h. */
typedef struct {
    th_status (*create)(const th_reduction *reduction, th_id component, th_id *values,
                        th_component **made);
    void (*free)(th_component *search);
    th_status (*run)(th_component *search, uint64_t node_budget, bool until_solution);
    th_cost (*bound)(const th_component *search);
    size_t (*memory)(const th_component *search);
    void (*set_top)(th_component *search, th_cost cost);
} th_component_kind;

extern const th_component_kind th_component_wide, th_component_narrow;

struct th_component {
    const th_component_kind *kind;
    /* Set by the caller. */
    bool enumerate; /* every solution below the top, not only better ones */
    th_search_found found;
    void *found_context;
    size_t memory_limit; /* bytes `memory` may reach; 0: no limit */
    /* Read by the caller. */
    bool finished, has_solution, memory_exhausted, stopped;
    uint64_t nodes;
    th_cost best; /* of the best solution */
    size_t variable_count, value_count, table_count;
};

/* Makes a search; `values` has room for all variables of the network. kind->free takes it back.
 * TH_STOPPED, TH_NO_MEMORY: as th_cfn_create. */
th_status th_component_create(const th_reduction *reduction, th_id component, th_id *values,
                              th_component **made);

#endif
