/* Encodes requirements, scores and rules; support is in support.c. See encode.h. */
#include "encode.h"

#include <string.h>

#include "support.h"

/* Returns the set as a mask over the values of its node's variable, in the network's arena; negated
 * if asked. NULL when there is no memory. */
unsigned char *th_encoding_mask(const th_encoding *encoding, th_id set, bool negated) {
    const th_problem *problem = encoding->problem;
    th_id node = problem->set_nodes[set];
    th_id count = encoding->classes->counts[node];
    bool optional = th_domains_optional(encoding->domains, node);
    unsigned char **known = &encoding->masks[2 * (size_t)set + negated];
    if (*known != NULL)
        return *known;
    unsigned char *mask = th_network_take(encoding->network, (size_t)count + optional, 1);
    if (mask == NULL)
        return NULL;
    *known = mask;
    (void)th_halt_after(encoding->network->halt, (size_t)count);
    for (th_id class = 0; class < count; class++)
        mask[class] = th_problem_set_has(
                          problem, set, th_classes_best(encoding->classes, node, class)) != negated;
    if (optional)
        mask[count] = th_problem_set_has(problem, set, problem->node_sizes[node]) != negated;
    return mask;
}

static th_status add_variables(const th_encoding *encoding) {
    const th_problem *problem = encoding->problem;
    for (th_id node = 0; node < (th_id)problem->node_count; node++) {
        th_id count = encoding->classes->counts[node], variable;
        th_status status = th_network_add_variable(
            encoding->network, count + th_domains_optional(encoding->domains, node), &variable);
        if (status != TH_OK)
            return status;
        for (th_id class = 0; class < count; class++)
            encoding->network->variables.items[variable].unary[class] =
                -problem->candidate_scores[problem->first[node] +
                                           (size_t)th_classes_best(encoding->classes, node, class)];
    }
    return TH_OK;
}

/* Forbids each class of `node` whose list is `list` together with the target out of the set. */
static th_status forbid_unmet(const th_encoding *encoding, th_id node, const unsigned char *mask,
                              th_id set) {
    unsigned char *unmet = th_encoding_mask(encoding, set, true);
    if (unmet == NULL)
        return TH_NO_MEMORY;
    th_literal literals[2] = {{node, mask}, {encoding->problem->set_nodes[set], unmet}};
    return th_network_add(encoding->network, literals, 2, TH_TOP);
}

/* The distinct requirement lists of a node's classes, each with the mask of the classes that have
 * it. Calls `use` for each requirement of each list; the mask lives no longer than the call. */
th_status th_encoding_each_requirement(const th_encoding *encoding, th_id node,
                                       th_status (*use)(void *context, th_id node,
                                                        const unsigned char *mask, th_id set),
                                       void *context) {
    const th_problem *problem = encoding->problem;
    th_id count = encoding->classes->counts[node];
    size_t size = (size_t)count + th_domains_optional(encoding->domains, node);
    unsigned char *done = th_network_take(encoding->network, size, 1);
    unsigned char *mask = th_network_take(encoding->network, size, 1);
    if (done == NULL || mask == NULL)
        return TH_NO_MEMORY;
    for (th_id class = 0; class < count; class++) {
        if (done[class])
            continue;
        th_id list = th_encoding_list(encoding, node, class);
        if (problem->list_offsets[list] == problem->list_offsets[list + 1])
            continue;
        if (th_halt_after(encoding->network->halt, (size_t)count))
            return TH_STOPPED;
        memset(mask, 0, size);
        for (th_id other = class; other < count; other++)
            if (th_encoding_list(encoding, node, other) == list)
                done[other] = mask[other] = 1;
        for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++) {
            th_status status = use(context, node, mask, problem->list_sets[i]);
            if (status != TH_OK)
                return status;
        }
    }
    return TH_OK;
}

static th_status use_unmet(void *context, th_id node, const unsigned char *mask, th_id set) {
    return forbid_unmet(context, node, mask, set);
}

static th_status add_pairs(const th_encoding *encoding) {
    const th_problem *problem = encoding->problem;
    for (size_t i = 0; i < problem->pair_count; i++) {
        th_literal literals[2] = {
            {problem->set_nodes[problem->pair_a[i]],
             th_encoding_mask(encoding, problem->pair_a[i], false)},
            {problem->set_nodes[problem->pair_b[i]],
             th_encoding_mask(encoding, problem->pair_b[i], false)},
        };
        if (literals[0].mask == NULL || literals[1].mask == NULL)
            return TH_NO_MEMORY;
        th_status status = th_network_add(encoding->network, literals, 2, -problem->pair_scores[i]);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

/* A requirement r that is off when all of u1..un hold is n clauses, one for each i:
 * not all of `when`, or r, or ui. */
static th_status add_rule(const th_encoding *encoding, size_t rule, th_literal *literals) {
    const th_problem *problem = encoding->problem;
    size_t count = 0;
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++, count++)
        literals[count] = (th_literal){problem->set_nodes[problem->rule_when[i]],
                                       th_encoding_mask(encoding, problem->rule_when[i], false)};
    th_cost cost = TH_TOP;
    if (problem->rule_kinds[rule] == TH_RULE_SCORE)
        cost = -problem->rule_values[rule];
    if (problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE) {
        th_id set = (th_id)problem->rule_values[rule];
        literals[count++] =
            (th_literal){problem->set_nodes[set], th_encoding_mask(encoding, set, true)};
    }
    for (size_t i = 0; i < count; i++)
        if (literals[i].mask == NULL)
            return TH_NO_MEMORY;
    int32_t from = problem->rule_unless_offsets[rule], to = problem->rule_unless_offsets[rule + 1];
    if (from == to)
        return th_network_add(encoding->network, literals, count, cost);
    for (int32_t i = from; i < to; i++) {
        th_id set = problem->rule_unless[i];
        literals[count] =
            (th_literal){problem->set_nodes[set], th_encoding_mask(encoding, set, true)};
        if (literals[count].mask == NULL)
            return TH_NO_MEMORY;
        th_status status = th_network_add(encoding->network, literals, count + 1, cost);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

static th_status add_rules(const th_encoding *encoding) {
    const th_problem *problem = encoding->problem;
    TH_VEC(th_literal) literals = {0};
    th_status status = TH_OK;
    for (size_t rule = 0; status == TH_OK && rule < problem->rule_count; rule++) {
        size_t needed =
            (size_t)(problem->rule_when_offsets[rule + 1] - problem->rule_when_offsets[rule]) + 2;
        status = th_vec_reserve(&literals, needed);
        if (status == TH_OK)
            status = add_rule(encoding, rule, literals.items);
    }
    th_vec_free(&literals);
    return status;
}

th_status th_encode(const th_problem *problem, const th_domains *domains, const th_classes *classes,
                    const th_loops *loops, th_network *network) {
    th_encoding encoding = {problem, domains, classes, network, NULL};
    encoding.masks = th_network_take(network, 2 * problem->set_count, sizeof *encoding.masks);
    if (encoding.masks == NULL)
        return TH_NO_MEMORY;
    th_status status = add_variables(&encoding);
    for (th_id node = 0; status == TH_OK && node < (th_id)problem->node_count; node++)
        status = th_encoding_each_requirement(&encoding, node, use_unmet, &encoding);
    if (status == TH_OK)
        status = add_pairs(&encoding);
    if (status == TH_OK)
        status = add_rules(&encoding);
    return status == TH_OK ? th_support_add(&encoding, loops) : status;
}
