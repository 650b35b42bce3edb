/* Which values of each node can be part of any valid stack: the cheap part of the answer.
 *
 * A release whose requirement nobody can meet goes, a node that no release left can reach is
 * absent, a node that the roots reach whatever is chosen is not, and so on to the fixpoint.
 * Example: the root wants app; app 2 requires lib>=9 and lib ends at 3: app 2 goes, and with it
 * whatever only app 2 required.
 */
#ifndef THOTH_CORE_DOMAINS_H
#define THOTH_CORE_DOMAINS_H

#include "halt.h"
#include "stack_problem.h"

typedef struct {
    const th_problem *problem;
    size_t *first;          /* node -> its first word; node_count + 1 entries */
    th_word *words;         /* a set of values for each node, like a th_problem_set */
    unsigned char *founded; /* node -> 1: a root requires it, or every release left of a founded
                               node does; so it is reached in every valid stack */
    bool infeasible;        /* some node has no value left, or a root cannot be met */
} th_domains;

/* Fills *domains, which th_domains_free frees (also after a failure). `halt` may be NULL;
 * TH_STOPPED: it said so, and the domains are filtered in part. */
th_status th_domains_filter(const th_problem *problem, th_halt *halt, th_domains *domains);
void th_domains_free(th_domains *domains);

static inline const th_word *th_domains_of(const th_domains *domains, th_id node) {
    return domains->words + domains->first[node];
}

static inline size_t th_domains_words(const th_domains *domains, th_id node) {
    return domains->first[node + 1] - domains->first[node];
}

static inline bool th_domains_has(const th_domains *domains, th_id node, th_id value) {
    return th_bitset_has(th_domains_of(domains, node), (size_t)value);
}

/* Whether the node may be absent. */
static inline bool th_domains_optional(const th_domains *domains, th_id node) {
    return th_domains_has(domains, node, th_problem_absent(domains->problem, node));
}

#endif
