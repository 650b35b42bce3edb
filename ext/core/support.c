/* Encodes that a node is present only if something requires it. See encode.h.
 *
 * A supporter that can itself only be reached through the node it supports never founds it: with
 * roots -> a -> b -> a, b is no supporter of a. Such supporters are left out from the start, so
 * most circles need no cut (in the language of flow graphs: the node dominates them).
 */
#include "support.h"

#include <string.h>

/* One way in which a node can come to be required: all literals hold. */
typedef struct {
    th_id node;
    size_t first, count; /* in `literals` */
} supporter;

typedef struct {
    th_literal literal;
    bool founding; /* its node has to be reached itself before the supporter counts */
} support_literal;

typedef struct {
    const th_encoding *encoding;
    TH_VEC(supporter) supporters;
    TH_VEC(support_literal) literals;
    size_t *first_of; /* node -> its first entry in by_node; node_count + 1 entries */
    th_id *by_node;   /* supporters sorted by node */
    th_id *last_of;   /* collecting: node -> its supporter from the requirer at hand */
    unsigned char *reached;
    th_id *missing; /* supporter -> founding literals whose node is not reached yet */
    /* node -> supporters in which it is a founding literal */
    size_t *uses_first;
    th_id *uses;
    th_id *queue;
    size_t work; /* steps taken by reach_without so far */
    bool halted; /* reach_without gave up */
} supporting;

/* Steps that leaving out dominated supporters may take in all. It only makes the encoding tighter,
 * so past it the rest is kept; the cuts of loops stay exact. */
static const size_t work_limit = 20000000;

static bool is_optional(const supporting *run, th_id node) {
    return th_domains_optional(run->encoding->domains, node);
}

/* Founded nodes need no supporter, and are in no circle that has to be cut. */
static bool is_founded(const supporting *run, th_id node) {
    return run->encoding->domains->founded[node];
}

static th_id size_of(const supporting *run, th_id variable) {
    return run->encoding->network->variables.items[variable].size;
}

/* Adds, for one requirer, "classes in `mask` require the node of `set`"; several lists of the same
 * requirer share one supporter. */
static th_status use_supporter(void *context, th_id node, const unsigned char *mask, th_id set) {
    supporting *run = context;
    th_id target = run->encoding->problem->set_nodes[set];
    if (target == node || is_founded(run, target))
        return TH_OK;
    th_id last = run->last_of[target];
    if (last == TH_NONE ||
        run->literals.items[run->supporters.items[last].first].literal.variable != node) {
        unsigned char *merged =
            th_network_take(run->encoding->network, (size_t)size_of(run, node), 1);
        supporter made = {target, run->literals.count, 1};
        if (merged == NULL ||
            th_vec_push(&run->literals, (support_literal){{node, merged}, true}) != TH_OK ||
            th_vec_push(&run->supporters, made) != TH_OK)
            return TH_NO_MEMORY;
        last = run->last_of[target] = (th_id)run->supporters.count - 1;
    }
    /* The mask was taken above from the arena, by this function: it may be written. */
    unsigned char *merged =
        (unsigned char *)(uintptr_t)run->literals.items[run->supporters.items[last].first]
            .literal.mask;
    if (th_halt_after(run->encoding->network->halt, (size_t)size_of(run, node) / 4))
        return TH_STOPPED;
    for (th_id value = 0; value < size_of(run, node); value++)
        merged[value] |= mask[value];
    return TH_OK;
}

static th_status push_literal(supporting *run, th_id set, bool negated, bool founding) {
    unsigned char *mask = th_encoding_mask(run->encoding, set, negated);
    if (mask == NULL)
        return TH_NO_MEMORY;
    th_literal literal = {run->encoding->problem->set_nodes[set], mask};
    return th_vec_push(&run->literals, (support_literal){literal, founding});
}

/* A rule with `unless` conditions u1..un supports in n ways: `when` holds and ui fails. */
static th_status add_rule_supporter(supporting *run, size_t rule, th_id unless) {
    const th_problem *problem = run->encoding->problem;
    supporter made = {problem->set_nodes[problem->rule_values[rule]], run->literals.count, 0};
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++) {
        th_id set = problem->rule_when[i], node = problem->set_nodes[set];
        bool founding = !th_problem_set_has(problem, set, th_problem_absent(problem, node));
        if (push_literal(run, set, false, founding) != TH_OK)
            return TH_NO_MEMORY;
    }
    if (unless != TH_NONE && push_literal(run, unless, true, false) != TH_OK)
        return TH_NO_MEMORY;
    made.count = run->literals.count - made.first;
    return th_vec_push(&run->supporters, made);
}

static th_status add_rule_supporters(supporting *run) {
    const th_problem *problem = run->encoding->problem;
    for (size_t rule = 0; rule < problem->rule_count; rule++) {
        if (problem->rule_kinds[rule] != TH_RULE_REQUIRE || problem->rule_values[rule] == TH_NONE ||
            is_founded(run, problem->set_nodes[problem->rule_values[rule]]))
            continue;
        int32_t from = problem->rule_unless_offsets[rule];
        int32_t to = problem->rule_unless_offsets[rule + 1];
        th_status status = from == to ? add_rule_supporter(run, rule, TH_NONE) : TH_OK;
        for (int32_t i = from; status == TH_OK && i < to; i++)
            status = add_rule_supporter(run, rule, problem->rule_unless[i]);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

static th_status collect(supporting *run) {
    th_id nodes = (th_id)run->encoding->problem->node_count;
    for (th_id node = 0; node < nodes; node++)
        run->last_of[node] = TH_NONE;
    for (th_id node = 0; node < nodes; node++) {
        th_status status = th_encoding_each_requirement(run->encoding, node, use_supporter, run);
        if (status != TH_OK)
            return status;
    }
    return add_rule_supporters(run);
}

/* Fills by_node and uses, two inverted indices. */
static th_status index_supporters(supporting *run) {
    size_t nodes = run->encoding->problem->node_count;
    size_t founding = 0;
    for (size_t i = 0; i < run->literals.count; i++)
        founding += run->literals.items[i].founding;
    run->by_node = th_allocate(run->supporters.count, sizeof *run->by_node);
    run->missing = th_allocate(run->supporters.count, sizeof *run->missing);
    run->uses = th_allocate(founding, sizeof *run->uses);
    if (run->by_node == NULL || run->missing == NULL || run->uses == NULL)
        return TH_NO_MEMORY;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t s = 0; s < run->supporters.count; s++) {
            const supporter *one = &run->supporters.items[s];
            if (pass == 0)
                run->first_of[one->node + 1]++;
            else
                run->by_node[run->first_of[one->node]++] = (th_id)s;
            for (size_t i = one->first; i < one->first + one->count; i++) {
                th_id node = run->literals.items[i].literal.variable;
                if (!run->literals.items[i].founding)
                    continue;
                if (pass == 0)
                    run->uses_first[node + 1]++;
                else
                    run->uses[run->uses_first[node]++] = (th_id)s;
            }
        }
        /* First pass: counts to starts. Second pass: ends back to starts. */
        for (size_t node = pass == 0 ? 0 : nodes; pass == 0 ? node < nodes : node > 0;
             pass == 0 ? node++ : node--) {
            if (pass == 0) {
                run->first_of[node + 1] += run->first_of[node];
                run->uses_first[node + 1] += run->uses_first[node];
            } else {
                run->first_of[node] = run->first_of[node - 1];
                run->uses_first[node] = run->uses_first[node - 1];
            }
        }
        if (pass == 1)
            run->first_of[0] = run->uses_first[0] = 0;
    }
    return TH_OK;
}

static size_t reach(supporting *run, size_t count, th_id node, th_id without) {
    if (node != without && !run->reached[node]) {
        run->reached[node] = 1;
        run->queue[count++] = node;
    }
    return count;
}

/* Fills `reached` with the nodes that can be required without `without` being present. */
static void reach_without(supporting *run, th_id without) {
    const th_problem *problem = run->encoding->problem;
    size_t count = 0;
    memset(run->reached, 0, problem->node_count);
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        if (is_founded(run, node))
            count = reach(run, count, node, without);
    for (size_t s = 0; s < run->supporters.count; s++) {
        const supporter *one = &run->supporters.items[s];
        run->missing[s] = 0;
        for (size_t i = one->first; i < one->first + one->count; i++)
            run->missing[s] += run->literals.items[i].founding;
        if (run->missing[s] == 0)
            count = reach(run, count, one->node, without);
    }
    th_halt *halt = run->encoding->network->halt;
    run->halted = th_halt_after(halt, problem->node_count + 2 * run->supporters.count);
    for (size_t next = 0; next < count && !run->halted; next++) {
        th_id node = run->queue[next];
        run->halted = th_halt_after(halt, run->uses_first[node + 1] - run->uses_first[node]);
        run->work += run->uses_first[node + 1] - run->uses_first[node];
        for (size_t i = run->uses_first[node]; i < run->uses_first[node + 1]; i++)
            if (--run->missing[run->uses[i]] == 0)
                count = reach(run, count, run->supporters.items[run->uses[i]].node, without);
    }
    run->work += problem->node_count + run->supporters.count;
}

/* Removes from `kept` the supporters that are reached only through nodes of `inside`. */
static size_t drop_unfounded(supporting *run, th_id *kept, size_t count,
                             const unsigned char *inside) {
    size_t left = 0;
    for (size_t k = 0; k < count; k++) {
        const supporter *one = &run->supporters.items[kept[k]];
        bool founded = true;
        for (size_t i = one->first; i < one->first + one->count; i++) {
            th_id node = run->literals.items[i].literal.variable;
            if (run->literals.items[i].founding && inside[node])
                founded = false;
        }
        if (founded)
            kept[left++] = kept[k];
    }
    return left;
}

/* A mask of the values of `node` that stand for being present (or absent). */
static unsigned char *presence(const supporting *run, th_id node, bool present) {
    th_id size = size_of(run, node);
    unsigned char *mask = th_network_take(run->encoding->network, (size_t)size, 1);
    if (mask != NULL)
        for (th_id value = 0; value < size; value++)
            mask[value] = (value != size - 1 || !is_optional(run, node)) == present;
    return mask;
}

static unsigned char *negation(const supporting *run, const th_literal *literal) {
    th_id size = size_of(run, literal->variable);
    unsigned char *mask = th_network_take(run->encoding->network, (size_t)size, 1);
    if (mask != NULL)
        for (th_id value = 0; value < size; value++)
            mask[value] = !literal->mask[value];
    return mask;
}

static unsigned char *only_value(const supporting *run, th_id variable, th_id value) {
    unsigned char *mask =
        th_network_take(run->encoding->network, (size_t)size_of(run, variable), 1);
    if (mask != NULL)
        mask[value] = 1;
    return mask;
}

static th_status forbid_two(const supporting *run, th_literal a, th_literal b) {
    if (a.mask == NULL || b.mask == NULL)
        return TH_NO_MEMORY;
    th_literal literals[2] = {a, b};
    return th_network_add(run->encoding->network, literals, 2, TH_TOP);
}

/* "Some node of the set is present" implies "some of `kept` holds". */
static th_status imply_support(supporting *run, const th_id *nodes, size_t node_count,
                               const th_id *kept, size_t count) {
    th_network *network = run->encoding->network;
    th_id hidden = TH_NONE;
    th_status status = TH_OK;
    if (count > 1)
        status = th_network_add_variable(network, (th_id)count + 1, &hidden);
    for (size_t n = 0; status == TH_OK && n < node_count; n++) {
        th_literal present = {nodes[n], presence(run, nodes[n], true)};
        if (present.mask == NULL)
            return TH_NO_MEMORY;
        if (count == 0)
            status = th_network_add(network, &present, 1, TH_TOP);
        else if (count > 1) /* the last value means "none supports" */
            status = forbid_two(run, present,
                                (th_literal){hidden, only_value(run, hidden, (th_id)count)});
    }
    for (size_t k = 0; status == TH_OK && k < count; k++) {
        const supporter *one = &run->supporters.items[kept[k]];
        for (size_t i = one->first; status == TH_OK && i < one->first + one->count; i++) {
            const th_literal *literal = &run->literals.items[i].literal;
            th_literal fails = {literal->variable, negation(run, literal)};
            if (count > 1)
                status =
                    forbid_two(run, fails, (th_literal){hidden, only_value(run, hidden, (th_id)k)});
            else
                for (size_t n = 0; status == TH_OK && n < node_count; n++)
                    status = forbid_two(run, fails,
                                        (th_literal){nodes[n], presence(run, nodes[n], true)});
        }
    }
    return status;
}

/* How many steps support_node takes outside the network, about. */
static bool halted_after_node(const supporting *run, size_t supporters) {
    return th_halt_after(run->encoding->network->halt,
                         run->encoding->problem->node_count / 4 + 4 * supporters);
}

/* Absent has one value of the hidden variable: without it a stack would be found several times. */
static th_status support_node(supporting *run, th_id node, th_id *kept, unsigned char *inside) {
    size_t count = run->first_of[node + 1] - run->first_of[node];
    if (halted_after_node(run, count))
        return TH_STOPPED;
    if (count != 0)
        memcpy(kept, run->by_node + run->first_of[node], count * sizeof *kept);
    if (count > 1 && run->work < work_limit) {
        reach_without(run, node);
        if (run->halted)
            return TH_STOPPED;
        for (size_t i = 0; i < run->encoding->problem->node_count; i++)
            inside[i] = !run->reached[i];
    } else {
        memset(inside, 0, run->encoding->problem->node_count);
        inside[node] = 1;
    }
    count = drop_unfounded(run, kept, count, inside);
    th_id before = (th_id)run->encoding->network->variables.count;
    th_status status = imply_support(run, &node, 1, kept, count);
    if (status != TH_OK || count < 2)
        return status;
    th_literal absent = {node, presence(run, node, false)};
    unsigned char *supported = only_value(run, before, (th_id)count);
    if (supported == NULL)
        return TH_NO_MEMORY;
    for (size_t k = 0; k <= count; k++)
        supported[k] = !supported[k];
    return forbid_two(run, absent, (th_literal){before, supported});
}

static th_status cut_loop(supporting *run, const th_id *nodes, size_t node_count, th_id *kept,
                          unsigned char *inside) {
    size_t count = 0;
    memset(inside, 0, run->encoding->problem->node_count);
    for (size_t n = 0; n < node_count; n++) {
        if (halted_after_node(run, run->first_of[nodes[n] + 1] - run->first_of[nodes[n]]))
            return TH_STOPPED;
        memcpy(kept + count, run->by_node + run->first_of[nodes[n]],
               (run->first_of[nodes[n] + 1] - run->first_of[nodes[n]]) * sizeof *kept);
        count += run->first_of[nodes[n] + 1] - run->first_of[nodes[n]];
        inside[nodes[n]] = 1;
    }
    count = drop_unfounded(run, kept, count, inside);
    return imply_support(run, nodes, node_count, kept, count);
}

static th_status add_all(supporting *run, const th_loops *loops) {
    size_t nodes = run->encoding->problem->node_count;
    th_id *kept = th_allocate(run->supporters.count, sizeof *kept);
    unsigned char *inside = th_allocate(nodes, 1);
    th_status status = kept != NULL && inside != NULL ? TH_OK : TH_NO_MEMORY;
    for (th_id node = 0; status == TH_OK && node < (th_id)nodes; node++)
        if (!is_founded(run, node) && (!is_optional(run, node) || size_of(run, node) > 1))
            status = support_node(run, node, kept, inside);
    for (size_t i = 0; status == TH_OK && i < loops->ends.count; i++) {
        size_t from = i == 0 ? 0 : loops->ends.items[i - 1];
        status =
            cut_loop(run, loops->nodes.items + from, loops->ends.items[i] - from, kept, inside);
    }
    th_free(kept);
    th_free(inside);
    return status;
}

th_status th_support_add(const th_encoding *encoding, const th_loops *loops) {
    size_t nodes = encoding->problem->node_count;
    supporting run = {.encoding = encoding};
    run.last_of = th_allocate(nodes, sizeof *run.last_of);
    run.first_of = th_allocate(nodes + 1, sizeof *run.first_of);
    run.uses_first = th_allocate(nodes + 1, sizeof *run.uses_first);
    run.reached = th_allocate(nodes, 1);
    run.queue = th_allocate(nodes, sizeof *run.queue);
    th_status status = run.last_of != NULL && run.first_of != NULL && run.uses_first != NULL &&
                               run.reached != NULL && run.queue != NULL
                           ? collect(&run)
                           : TH_NO_MEMORY;
    if (status == TH_OK)
        status = index_supporters(&run);
    if (status == TH_OK)
        status = add_all(&run, loops);
    void *const blocks[] = {run.last_of, run.first_of,   run.by_node, run.reached,
                            run.missing, run.uses_first, run.uses,    run.queue};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
    th_vec_free(&run.supporters);
    th_vec_free(&run.literals);
    return status;
}
