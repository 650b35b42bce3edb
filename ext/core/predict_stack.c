/* Scores and checks a stack as it changes. See predict_stack.h; repair is in predict_repair.c. */
#include "predict_stack.h"

#include <string.h>

#include "predict_repair.h"

th_status th_stack_create(const th_space *space, th_live live, th_stack *stack) {
    size_t nodes = space->problem->node_count;
    memset(stack, 0, sizeof *stack);
    stack->space = space;
    stack->live = live;
    stack->values = th_allocate(nodes, sizeof *stack->values);
    stack->points = th_allocate(space->first_class[nodes], sizeof *stack->points);
    stack->present = th_allocate(nodes, sizeof *stack->present);
    stack->place = th_allocate(nodes, sizeof *stack->place);
    stack->accepted = th_allocate(space->domains.first[nodes], sizeof *stack->accepted);
    stack->reached = th_allocate(nodes, 1);
    stack->queue = th_allocate(nodes, sizeof *stack->queue);
    stack->pinned = th_allocate(nodes, 1);
    stack->stamp_before = th_allocate(nodes, sizeof *stack->stamp_before);
    stack->stamp_after = th_allocate(nodes, sizeof *stack->stamp_after);
    void *const blocks[] = {stack->values,       stack->points,     stack->present, stack->place,
                            stack->accepted,     stack->reached,    stack->queue,   stack->pinned,
                            stack->stamp_before, stack->stamp_after};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i] == NULL)
            return TH_NO_MEMORY;
    for (th_id node = 0; node < (th_id)nodes; node++) {
        stack->values[node] = th_problem_absent(space->problem, node);
        for (size_t t = space->first_table[node]; t < space->first_table[node + 1]; t++) {
            const th_space_table *table = &space->tables[t];
            for (th_id class = 0; class <= space->classes.counts[node]; class++)
                stack->points[space->first_class[node] + (size_t)class] +=
                    table->points[(size_t)class * (size_t)table->columns + (size_t)table->columns -
                                  1];
        }
    }
    stack->score = th_space_score(space, stack->values);
    return TH_OK;
}

void th_stack_free(th_stack *stack) {
    void *const blocks[] = {stack->values,       stack->points,     stack->present, stack->place,
                            stack->accepted,     stack->reached,    stack->queue,   stack->pinned,
                            stack->stamp_before, stack->stamp_after};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
    th_vec_free(&stack->trail);
}

/* Whether all that the rule looks at holds, if `node` had `value`. */
static bool conditions_hold_with(const th_stack *stack, th_id rule, th_id node, th_id value) {
    const th_problem *problem = stack->space->problem;
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++) {
        th_id set = problem->rule_when[i];
        th_id at = problem->set_nodes[set] == node ? value : stack->values[problem->set_nodes[set]];
        if (!th_problem_set_has(problem, set, at))
            return false;
    }
    return true;
}

/* What the score gains if `node` takes `value`. */
static int64_t gain_of(const th_stack *stack, th_id node, th_id value) {
    const th_space *space = stack->space;
    size_t before = th_space_value(space, node, stack->values[node]);
    size_t after = th_space_value(space, node, value);
    const int64_t *points = stack->points + space->first_class[node];
    int64_t gain = space->unary[after] - space->unary[before] + points[space->class_of[after]] -
                   points[space->class_of[before]];
    for (size_t i = space->score_rules.first[node]; i < space->score_rules.first[node + 1]; i++) {
        th_id rule = space->score_rules.items[i];
        int64_t worth = space->problem->rule_values[rule];
        gain += conditions_hold_with(stack, rule, node, value) ? worth : 0;
        gain -= conditions_hold_with(stack, rule, node, stack->values[node]) ? worth : 0;
    }
    return gain;
}

static void note_presence(th_stack *stack, th_id node, bool present) {
    if (present) {
        stack->place[node] = (th_id)stack->present_count;
        stack->present[stack->present_count++] = node;
        return;
    }
    th_id last = stack->present[--stack->present_count];
    stack->present[stack->place[node]] = last;
    stack->place[last] = stack->place[node];
}

/* Changes one node and what is added up, nothing else. */
static void change(th_stack *stack, th_id node, th_id value) {
    const th_space *space = stack->space;
    th_id old = stack->values[node], absent = th_problem_absent(space->problem, node);
    size_t before = th_space_value(space, node, old), after = th_space_value(space, node, value);
    th_id from = space->class_of[before], to = space->class_of[after];
    stack->score += gain_of(stack, node, value);
    stack->hash ^= space->zobrist[before] ^ space->zobrist[after];
    for (size_t t = space->first_table[node]; from != to && t < space->first_table[node + 1]; t++) {
        const th_space_table *table = &space->tables[t];
        const int64_t *lost = table->points + (size_t)from * (size_t)table->columns;
        const int64_t *won = table->points + (size_t)to * (size_t)table->columns;
        int64_t *points = stack->points + space->first_class[table->other];
        stack->effort += 1 + (uint64_t)table->columns / 8;
        for (th_id class = 0; class < table->columns; class++)
            points[class] += won[class] - lost[class];
    }
    stack->values[node] = value;
    if ((old == absent) != (value == absent))
        note_presence(stack, node, value != absent);
    bool same_list = old != absent && value != absent &&
                     th_space_list(space, node, old) == th_space_list(space, node, value);
    if (!same_list || space->hard_rules.first[node] != space->hard_rules.first[node + 1])
        stack->accepted_known = false;
}

th_status th_stack_set(th_stack *stack, th_id node, th_id value) {
    th_stack_change entry = {node, stack->values[node]};
    if (th_vec_push(&stack->trail, entry) != TH_OK)
        return TH_NO_MEMORY;
    change(stack, node, value);
    return TH_OK;
}

void th_stack_undo(th_stack *stack) {
    while (stack->trail.count > 0) {
        th_stack_change last = stack->trail.items[--stack->trail.count];
        change(stack, last.node, last.value);
    }
}

void th_stack_assign(th_stack *stack, const th_id *values) {
    for (th_id node = 0; node < (th_id)stack->space->problem->node_count; node++)
        if (stack->values[node] != values[node])
            change(stack, node, values[node]);
    stack->trail.count = 0;
}

static void accept_only(th_stack *stack, th_id set) {
    const th_space *space = stack->space;
    th_id node = space->problem->set_nodes[set];
    const th_word *words = th_problem_set(space->problem, set);
    th_word *accepted = stack->accepted + space->domains.first[node];
    for (size_t i = 0; i < th_domains_words(&space->domains, node); i++)
        accepted[i] &= words[i];
}

/* Fills `accepted` for the stack at hand. */
static void find_accepted(th_stack *stack) {
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    memcpy(stack->accepted, space->domains.words,
           space->domains.first[problem->node_count] * sizeof *stack->accepted);
    for (size_t i = 0; i < problem->root_count; i++)
        accept_only(stack, problem->root_sets[i]);
    for (size_t i = 0; i < stack->present_count; i++) {
        th_id node = stack->present[i];
        th_id list = th_space_list(space, node, stack->values[node]);
        stack->effort += 1 + th_list_length(problem, list);
        for (int32_t k = problem->list_offsets[list]; k < problem->list_offsets[list + 1]; k++)
            accept_only(stack, problem->list_sets[k]);
    }
    for (th_id rule = 0; space->hard_rule_count != 0 && rule < (th_id)problem->rule_count; rule++)
        if (problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE &&
            th_space_rule_active(problem, rule, stack->values))
            accept_only(stack, (th_id)problem->rule_values[rule]);
    stack->effort += space->hard_rule_count != 0 ? problem->rule_count : 0;
    stack->accepted_known = true;
}

/* Whether no rule that can forbid or require sees a difference between the two values. */
static bool rules_see_no_difference(const th_stack *stack, th_id node, th_id value) {
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    const int32_t *const sets[] = {problem->rule_when, problem->rule_unless};
    const int32_t *const offsets[] = {problem->rule_when_offsets, problem->rule_unless_offsets};
    for (size_t i = space->hard_rules.first[node]; i < space->hard_rules.first[node + 1]; i++) {
        th_id rule = space->hard_rules.items[i];
        for (int part = 0; part < 2; part++)
            for (int32_t k = offsets[part][rule]; k < offsets[part][rule + 1]; k++) {
                th_id set = sets[part][k];
                if (problem->set_nodes[set] == node &&
                    th_problem_set_has(problem, set, value) !=
                        th_problem_set_has(problem, set, stack->values[node]))
                    return false;
            }
    }
    return true;
}

/* Stamps the nodes that the list requires and returns how many they are. With `within`, stops at
 * one that it does not stamp or at a requirement that does not hold, and returns SIZE_MAX. */
static size_t stamp_targets(th_stack *stack, th_id list, uint64_t *stamps, const uint64_t *within) {
    const th_problem *problem = stack->space->problem;
    size_t count = 0;
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++) {
        th_id set = problem->list_sets[i], target = problem->set_nodes[set];
        if (within != NULL && (within[target] != stack->stamp ||
                               !th_problem_set_has(problem, set, stack->values[target])))
            return SIZE_MAX;
        count += stamps[target] != stack->stamp;
        stamps[target] = stack->stamp;
    }
    return count;
}

/* Whether the other list requires the same nodes, and the stack as it is meets it. */
static bool asks_alike(th_stack *stack, th_id node, th_id value) {
    th_id before = th_space_list(stack->space, node, stack->values[node]);
    th_id after = th_space_list(stack->space, node, value);
    if (before == after)
        return true;
    stack->stamp++;
    size_t count = stamp_targets(stack, before, stack->stamp_before, NULL);
    return stamp_targets(stack, after, stack->stamp_after, stack->stamp_before) == count;
}

th_step th_stack_peek(th_stack *stack, th_id node, th_id value, int64_t *gain, uint64_t *hash) {
    const th_space *space = stack->space;
    if (!stack->accepted_known)
        find_accepted(stack);
    if (!th_bitset_has(stack->accepted + space->domains.first[node], (size_t)value) ||
        !asks_alike(stack, node, value) || !rules_see_no_difference(stack, node, value))
        return TH_STEP_REPAIR;
    *gain = gain_of(stack, node, value);
    *hash = stack->hash ^ space->zobrist[th_space_value(space, node, value)] ^
            space->zobrist[th_space_value(space, node, stack->values[node])];
    return TH_STEP_VALID;
}

th_status th_stack_step(th_stack *stack, th_id node, th_id value, th_rng *rng, bool *taken) {
    int64_t gain;
    uint64_t hash;
    stack->trail.count = 0;
    *taken = true;
    bool simple = th_stack_peek(stack, node, value, &gain, &hash) == TH_STEP_VALID;
    th_status status = th_stack_set(stack, node, value);
    if (status != TH_OK || simple)
        return status;
    status = th_repair(stack, node, rng, taken);
    if (status != TH_OK || !*taken)
        th_stack_undo(stack);
    return status;
}

static void reach(th_stack *stack, th_id node, size_t *count) {
    if (!stack->reached[node]) {
        stack->reached[node] = 1;
        stack->queue[(*count)++] = node;
    }
}

/* Whether each node that the rule wants present has been reached. */
static bool rule_is_reached(const th_stack *stack, th_id rule) {
    const th_problem *problem = stack->space->problem;
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++) {
        th_id set = problem->rule_when[i], node = problem->set_nodes[set];
        if (!th_problem_set_has(problem, set, th_problem_absent(problem, node)) &&
            !stack->reached[node])
            return false;
    }
    return true;
}

/* The least set reached from the roots. With `check`, false at the first requirement of what is
 * reached that does not hold; else those are passed over, and what is absent is not reached. */
bool th_stack_reach(th_stack *stack, bool check, size_t *count) {
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    size_t next = 0;
    *count = 0;
    memset(stack->reached, 0, problem->node_count);
    stack->effort += problem->node_count / 8;
    for (size_t i = 0; i < problem->root_count; i++) {
        th_id set = problem->root_sets[i], node = problem->set_nodes[set];
        if (check && !th_problem_set_has(problem, set, stack->values[node]))
            return false;
        if (stack->values[node] != th_problem_absent(problem, node))
            reach(stack, node, count);
    }
    for (bool changed = true; changed;) {
        for (; next < *count; next++) {
            th_id list =
                th_space_list(space, stack->queue[next], stack->values[stack->queue[next]]);
            stack->effort += 1 + th_list_length(problem, list);
            for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1];
                 i++) {
                th_id set = problem->list_sets[i], node = problem->set_nodes[set];
                if (check && !th_problem_set_has(problem, set, stack->values[node]))
                    return false;
                if (stack->values[node] != th_problem_absent(problem, node))
                    reach(stack, node, count);
            }
        }
        stack->effort += space->hard_rule_count != 0 ? problem->rule_count : 0;
        for (th_id rule = 0; space->hard_rule_count != 0 && rule < (th_id)problem->rule_count;
             rule++) {
            if (problem->rule_kinds[rule] != TH_RULE_REQUIRE ||
                problem->rule_values[rule] == TH_NONE)
                continue;
            th_id node = problem->set_nodes[problem->rule_values[rule]];
            if (stack->values[node] != th_problem_absent(problem, node) &&
                th_space_rule_active(problem, rule, stack->values) && rule_is_reached(stack, rule))
                reach(stack, node, count);
        }
        changed = next < *count;
    }
    return true;
}

/* A rule that is active and not met, or TH_NONE. */
th_id th_stack_broken_rule(const th_stack *stack) {
    const th_problem *problem = stack->space->problem;
    for (th_id rule = 0; stack->space->hard_rule_count != 0 && rule < (th_id)problem->rule_count;
         rule++) {
        if (problem->rule_kinds[rule] == TH_RULE_SCORE ||
            !th_space_rule_active(problem, rule, stack->values))
            continue;
        if (problem->rule_kinds[rule] == TH_RULE_FORBID || problem->rule_values[rule] == TH_NONE ||
            !th_problem_holds(problem, (th_id)problem->rule_values[rule], stack->values))
            return rule;
    }
    return TH_NONE;
}

bool th_stack_valid(th_stack *stack) {
    size_t count;
    return th_stack_reach(stack, true, &count) && count == stack->present_count &&
           th_stack_broken_rule(stack) == TH_NONE;
}
