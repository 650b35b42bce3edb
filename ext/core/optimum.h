/* The best stacks of a problem, with a proof: the whole way from th_problem to an answer.
 *
 *     domains -> classes -> encode -> reduce -> one search per component -> stack -> judge
 *
 * Example: flask alone is wanted, and the scores of a hundred packages are known. The domains keep
 * the seven that flask can reach; releases that nothing tells apart become one; a package that only
 * one other is tied to is minimised out; what is left is searched, and the stack it gives is scored
 * anew from the problem. (Each step names its source in its own file.)
 *
 * The network is a relaxation in one point only: nodes may hold each other up in a circle. When the
 * best solution does that, the circle is cut and the search starts anew; what the relaxation proved
 * stays true. Every stack is judged by the definition (stack_problem.h) before it counts.
 */
#ifndef THOTH_CORE_OPTIMUM_H
#define THOTH_CORE_OPTIMUM_H

#include "stack_problem.h"

typedef enum {
    TH_OUTCOME_OPTIMAL,  /* no stack scores more than the first; with k, these are the k best */
    TH_OUTCOME_FEASIBLE, /* stopped: stacks are valid, the bound is proved */
    TH_OUTCOME_UNSATISFIABLE, /* no stack exists */
    TH_OUTCOME_UNKNOWN        /* stopped before any stack was found */
} th_outcome;

/* Why a search ended before its proof. */
typedef enum {
    TH_LIMIT_NONE,
    TH_LIMIT_STOPPED, /* `stop` said so: deadline or cancellation */
    TH_LIMIT_NODES,
    TH_LIMIT_MEMORY
} th_limit;

typedef struct {
    size_t wanted;        /* stacks, at least 1 */
    uint64_t node_budget; /* UINT64_MAX: none */
    size_t memory_budget; /* bytes of tables and open nodes; 0: none */
    bool (*stop)(
        void *context); /* asked about every tenth of a millisecond (halt.h); NULL: never stop */
    void *stop_context;
} th_optimize_options;

typedef struct {
    th_outcome outcome;
    th_limit limit;
    size_t stack_count;
    th_id *stacks;       /* stack_count rows of node_count values, best first */
    int64_t *scores;     /* stack_count */
    int64_t upper_bound; /* of any stack's score; no meaning when unsatisfiable */
    uint64_t nodes;
    /* How large the search was, for reports. */
    size_t class_count, variable_count, value_count, table_count, loop_count;
} th_optimum;

/* Fills *optimum, which th_optimum_free frees (also after a failure). TH_INVALID: the search and
 * the judge disagree, which is a defect of the engine; no answer is given then. */
th_status th_optimize(const th_problem *problem, const th_optimize_options *options,
                      th_optimum *optimum);
void th_optimum_free(th_optimum *optimum);

#endif
