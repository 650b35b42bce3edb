/* What th_encode and the encoding of support share. See encode.h for the idea, an example and its
 * source. */
#ifndef THOTH_CORE_SUPPORT_H
#define THOTH_CORE_SUPPORT_H

#include "encode.h"

/* An encoding under way. Variable `node` of the network is the node. */
typedef struct {
    const th_problem *problem;
    const th_domains *domains;
    const th_classes *classes;
    th_network *network;
    unsigned char **masks; /* by 2 * set + negated: what th_encoding_mask made, or NULL */
} th_encoding;

/* The requirement list of a class: classes with lists that ask the same of live values share it. */
static inline th_id th_encoding_list(const th_encoding *encoding, th_id node, th_id class) {
    th_id value = th_classes_best(encoding->classes, node, class);
    th_id list = encoding->problem->candidate_lists[encoding->problem->first[node] + (size_t)value];
    return encoding->classes->list_class[list];
}

unsigned char *th_encoding_mask(const th_encoding *encoding, th_id set, bool negated);

th_status th_encoding_each_requirement(const th_encoding *encoding, th_id node,
                                       th_status (*use)(void *context, th_id node,
                                                        const unsigned char *mask, th_id set),
                                       void *context);

/* Adds what makes a node absent that nothing supports, and the cuts of `loops`. */
th_status th_support_add(const th_encoding *encoding, const th_loops *loops);

#endif
