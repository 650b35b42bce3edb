/* Turns a problem into a cost function network: one variable per node, then support.
 *
 * Variable = node; value = version class, and last "absent" where that is possible. What a release
 * requires, pairs and rules become costs of at most two variables (network.h). What is left is
 * *support*: a node is present only if something requires it. Node p with the supporters
 *
 *     a at {2, 3};   b at {1};   "x absent and y 1" (a rule)
 *
 * gets a hidden variable with the values "p is absent", "a supports", "b supports", "the rule
 * supports", each tied to p and to what the supporter needs. One supporter alone needs no hidden
 * variable: p present then implies it. A root's requirement makes the node present for good.
 *
 * Supporters may support each other in a circle. th_encode cuts such circles on demand: for a set
 * U of nodes that were found holding each other up, "some node of U is present" implies "some
 * supporter from outside U holds" (a loop formula: Lin & Zhao 2004, "ASSAT").
 */
#ifndef THOTH_CORE_ENCODE_H
#define THOTH_CORE_ENCODE_H

#include "classes.h"
#include "network.h"

/* Sets of nodes whose mutual support has to be cut: sizes one after the other. */
typedef struct {
    TH_VEC(th_id) nodes;
    TH_VEC(size_t) ends; /* end of each set in `nodes` */
} th_loops;

/* Adds to `network` (empty, limits set) the variables 0..node_count-1 and everything that ties
 * them. The cost of a solution is the negative score of its stack. TH_NO_MEMORY also when the
 * network's limit is passed; *gave_up is then network->over_limit. */
th_status th_encode(const th_problem *problem, const th_domains *domains, const th_classes *classes,
                    const th_loops *loops, th_network *network);

#endif
