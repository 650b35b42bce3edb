/* Builds stacks decision by decision. See predict_rollout.h. */
#include "predict_rollout.h"

#include <string.h>

th_status th_rollout_create(const th_space *space, th_live live, th_rollout *rollout) {
    const th_problem *problem = space->problem;
    size_t nodes = problem->node_count, largest = 0;
    for (size_t node = 0; node < nodes; node++)
        if ((size_t)problem->node_sizes[node] > largest)
            largest = (size_t)problem->node_sizes[node];
    memset(rollout, 0, sizeof *rollout);
    rollout->space = space;
    rollout->live = live;
    rollout->forced_node = TH_NONE;
    rollout->priority = space->rank;
    rollout->by_priority = space->by_rank;
    rollout->values = th_allocate(nodes, sizeof *rollout->values);
    rollout->open = th_allocate(space->domains.first[nodes], sizeof *rollout->open);
    rollout->required = th_allocate(nodes, 1);
    rollout->pending = th_allocate(th_bitset_words(nodes), sizeof *rollout->pending);
    rollout->sequence = th_allocate(nodes, sizeof *rollout->sequence);
    rollout->candidates = th_allocate(largest, sizeof *rollout->candidates);
    rollout->worth = th_allocate(largest, sizeof *rollout->worth);
    return rollout->values != NULL && rollout->open != NULL && rollout->required != NULL &&
                   rollout->pending != NULL && rollout->sequence != NULL &&
                   rollout->candidates != NULL && rollout->worth != NULL
               ? TH_OK
               : TH_NO_MEMORY;
}

void th_rollout_free(th_rollout *rollout) {
    void *const blocks[] = {rollout->values,  rollout->open,     rollout->required,
                            rollout->pending, rollout->sequence, rollout->candidates,
                            rollout->worth};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
}

static bool is_decided(const th_rollout *rollout, th_id node) {
    return rollout->values[node] != th_problem_absent(rollout->space->problem, node);
}

/* Makes `set` a requirement of the stack. Returns whether it can still hold. */
static bool require(th_rollout *rollout, th_id set) {
    const th_space *space = rollout->space;
    th_id node = space->problem->set_nodes[set];
    const th_word *words = th_problem_set(space->problem, set);
    th_word *open = rollout->open + space->domains.first[node];
    if (is_decided(rollout, node))
        return th_problem_set_has(space->problem, set, rollout->values[node]);
    for (size_t i = 0; i < th_domains_words(&space->domains, node); i++)
        open[i] &= words[i];
    if (!rollout->required[node]) {
        rollout->required[node] = 1;
        th_bitset_add(rollout->pending, (size_t)rollout->priority[node]);
    }
    return true;
}

/* Whether all that the release requires can still be had. */
static bool fits(th_rollout *rollout, th_id node, th_id value) {
    const th_space *space = rollout->space;
    const th_problem *problem = space->problem;
    th_id list = th_space_list(space, node, value);
    rollout->effort += 1 + (uint64_t)th_list_length(problem, list);
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++) {
        th_id set = problem->list_sets[i], target = problem->set_nodes[set];
        bool met = target == node ? th_problem_set_has(problem, set, value)
                   : is_decided(rollout, target)
                       ? th_problem_holds(problem, set, rollout->values)
                       : th_bitset_meets(th_problem_set(problem, set),
                                         rollout->open + space->domains.first[target],
                                         th_domains_words(&space->domains, target));
        if (!met)
            return false;
    }
    return true;
}

/* Whether every node in the rule's conditions has been decided. */
static bool rule_is_settled(const th_rollout *rollout, th_id rule) {
    const th_problem *problem = rollout->space->problem;
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++)
        if (!is_decided(rollout, problem->set_nodes[problem->rule_when[i]]))
            return false;
    for (int32_t i = problem->rule_unless_offsets[rule]; i < problem->rule_unless_offsets[rule + 1];
         i++)
        if (!is_decided(rollout, problem->set_nodes[problem->rule_unless[i]]))
            return false;
    return true;
}

/* Makes the rule hold if it is active. Returns whether it can. */
static bool apply_rule(th_rollout *rollout, th_id rule) {
    const th_problem *problem = rollout->space->problem;
    if (problem->rule_kinds[rule] == TH_RULE_SCORE ||
        !th_space_rule_active(problem, rule, rollout->values))
        return true;
    if (problem->rule_kinds[rule] == TH_RULE_FORBID || problem->rule_values[rule] == TH_NONE)
        return false;
    return require(rollout, (th_id)problem->rule_values[rule]);
}

/* Decides. Returns whether all can still go well. */
static bool decide(th_rollout *rollout, th_id node, th_id value) {
    const th_space *space = rollout->space;
    const th_problem *problem = space->problem;
    th_id list = th_space_list(space, node, value);
    rollout->values[node] = value;
    rollout->sequence[rollout->count++] = node;
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++)
        if (!require(rollout, problem->list_sets[i]))
            return false;
    for (size_t i = space->hard_rules.first[node]; i < space->hard_rules.first[node + 1]; i++)
        if (rule_is_settled(rollout, space->hard_rules.items[i]) &&
            !apply_rule(rollout, space->hard_rules.items[i]))
            return false;
    return true;
}

static bool decide_next(th_rollout *rollout, th_id node, th_rollout_choose choose, void *context) {
    const th_space *space = rollout->space;
    const th_word *open = rollout->open + space->domains.first[node];
    th_id *candidates = rollout->candidates;
    size_t count = 0;
    for (size_t i = 0; i < th_domains_words(&space->domains, node); i++)
        for (th_word word = open[i]; word != 0; word &= word - 1)
            candidates[count++] = (th_id)(i * TH_WORD_BITS + th_word_lowest(word));
    while (count > 0) {
        size_t chosen = choose(context, rollout, node, candidates, count);
        th_id value = candidates[chosen];
        if (fits(rollout, node, value))
            return decide(rollout, node, value);
        count--;
        memmove(candidates + chosen, candidates + chosen + 1,
                (count - chosen) * sizeof *candidates);
    }
    return false;
}

/* Decides until nothing is pending. */
static bool decide_all(th_rollout *rollout, th_rollout_choose choose, void *context) {
    size_t words = th_bitset_words(rollout->space->problem->node_count);
    for (;;) {
        size_t place = th_bitset_next(rollout->pending, words, 0);
        if (place == th_bitset_end(words))
            return true;
        th_bitset_remove(rollout->pending, place);
        if (!decide_next(rollout, rollout->by_priority[place], choose, context))
            return false;
    }
}

bool th_rollout_run(th_rollout *rollout, th_rollout_choose choose, void *context) {
    const th_space *space = rollout->space;
    const th_problem *problem = space->problem;
    size_t words = th_bitset_words(problem->node_count);
    memcpy(rollout->open, space->live[rollout->live],
           space->domains.first[problem->node_count] * sizeof *rollout->open);
    if (rollout->forced_node != TH_NONE) {
        th_word *open = rollout->open + space->domains.first[rollout->forced_node];
        memset(open, 0, th_domains_words(&space->domains, rollout->forced_node) * sizeof *open);
        th_bitset_add(open, (size_t)rollout->forced_value);
    }
    memset(rollout->required, 0, problem->node_count);
    memset(rollout->pending, 0, words * sizeof *rollout->pending);
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        rollout->values[node] = th_problem_absent(problem, node);
    rollout->count = 0;
    rollout->worth_at = SIZE_MAX;
    rollout->effort = problem->node_count;
    for (size_t i = 0; i < problem->root_count; i++)
        (void)require(rollout, problem->root_sets[i]);
    bool fine = decide_all(rollout, choose, context);
    /* Rules that look at absent nodes can be told only now; each may bring further nodes. */
    for (bool again = space->hard_rule_count != 0; fine && again;) {
        rollout->effort += problem->rule_count;
        for (th_id rule = 0; fine && rule < (th_id)problem->rule_count; rule++)
            fine = apply_rule(rollout, rule);
        again = th_bitset_next(rollout->pending, words, 0) != th_bitset_end(words);
        fine = fine && decide_all(rollout, choose, context);
    }
    return fine;
}

const int64_t *th_rollout_worth(th_rollout *rollout, th_id node) {
    const th_space *space = rollout->space;
    int64_t *worth = rollout->worth;
    size_t classes = (size_t)space->classes.counts[node];
    if (rollout->worth_at == rollout->count)
        return worth; /* asked again, since what was chosen did not fit */
    rollout->worth_at = rollout->count;
    memset(worth, 0, classes * sizeof *worth);
    for (size_t t = space->first_table[node]; t < space->first_table[node + 1]; t++) {
        const th_space_table *table = &space->tables[t];
        if (!is_decided(rollout, table->other))
            continue;
        size_t value = th_space_value(space, table->other, rollout->values[table->other]);
        const int64_t *row = table->mirror + (size_t)space->class_of[value] * (classes + 1);
        for (size_t i = 0; i < classes; i++)
            worth[i] += row[i];
    }
    return worth;
}
