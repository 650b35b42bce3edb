/* Min-conflicts repair. See predict_stack.h. */
#include "predict_repair.h"

#include <string.h>

enum {
    MOST_RULE_ROUNDS = 8, /* rules mended before a repair is given up; each mends one more */
    MOST_EFFORT = 1 << 21 /* a repair that looks at more is given up: some milliseconds */
};

typedef struct {
    th_stack *stack;
    th_rng *rng;
    bool stuck; /* somebody has no value that fits */
    uint64_t effort_limit;
    th_status status;
} repairing;

/* Whether some requirement of `list` does not accept what is chosen. `pinned_only` leaves out those
 * on nodes that may still change. Sets *count to how many do not hold. */
static size_t count_broken(th_stack *stack, th_id node, th_id value, bool pinned_only) {
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    th_id list = th_space_list(space, node, value);
    size_t count = 0;
    stack->effort += 1 + th_list_length(problem, list);
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++) {
        th_id set = problem->list_sets[i], target = problem->set_nodes[set];
        th_id at = target == node ? value : stack->values[target];
        if ((!pinned_only || stack->pinned[target] || target == node) &&
            !th_problem_set_has(problem, set, at))
            count++;
    }
    return count;
}

/* Whether the requirements of `requirer`, which is present, accept `node` at `value`. */
static bool accepts(th_stack *stack, th_id requirer, th_id node, th_id value) {
    const th_problem *problem = stack->space->problem;
    th_id list = th_space_list(stack->space, requirer, stack->values[requirer]);
    stack->effort += 1 + th_list_length(problem, list);
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++)
        if (problem->set_nodes[problem->list_sets[i]] == node &&
            !th_problem_set_has(problem, problem->list_sets[i], value))
            return false;
    return true;
}

static bool is_present(const th_stack *stack, th_id node) {
    return stack->values[node] != th_problem_absent(stack->space->problem, node);
}

/* How many requirements `node` at `value` would break, or SIZE_MAX if one of them must hold: of a
 * root, of a rule, or between it and a pinned node. */
static size_t count_conflicts(th_stack *stack, th_id node, th_id value) {
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    if (count_broken(stack, node, value, true) != 0)
        return SIZE_MAX;
    for (size_t i = space->aimed_rules.first[node]; i < space->aimed_rules.first[node + 1]; i++) {
        th_id rule = space->aimed_rules.items[i];
        if (!th_problem_set_has(problem, (th_id)problem->rule_values[rule], value) &&
            th_space_rule_active(problem, rule, stack->values))
            return SIZE_MAX;
    }
    size_t count = count_broken(stack, node, value, false);
    for (size_t i = space->requirers.first[node]; i < space->requirers.first[node + 1]; i++) {
        th_id requirer = space->requirers.items[i];
        if (requirer == node || !is_present(stack, requirer) ||
            accepts(stack, requirer, node, value))
            continue;
        if (stack->pinned[requirer])
            return SIZE_MAX;
        count++;
    }
    return count;
}

/* Gives `node` the live value with the fewest conflicts, among equals one at random, and pins it.
 */
static void rechoose(repairing *run, th_id node) {
    th_stack *stack = run->stack;
    const th_space *space = stack->space;
    const th_word *live = th_space_live(space, stack->live, node);
    size_t words = th_domains_words(&space->domains, node);
    size_t least = SIZE_MAX, ties = 0;
    th_id best = TH_NONE;
    if (stack->pinned[node] || stack->effort > run->effort_limit) {
        run->stuck = true;
        return;
    }
    for (size_t value = th_bitset_next(live, words, 0); value < th_bitset_end(words);
         value = th_bitset_next(live, words, value + 1)) {
        size_t conflicts = count_conflicts(stack, node, (th_id)value);
        if (conflicts > least || conflicts == SIZE_MAX)
            continue;
        ties = conflicts == least ? ties + 1 : 1;
        least = conflicts;
        if (th_rng_below(run->rng, ties) == 0)
            best = (th_id)value;
    }
    if (best == TH_NONE) {
        run->stuck = true;
        return;
    }
    stack->pinned[node] = 1;
    run->status = th_stack_set(stack, node, best);
}

/* Settles everyone who disagrees with `node` as it is now. */
static void settle(repairing *run, th_id node) {
    th_stack *stack = run->stack;
    const th_space *space = stack->space;
    const th_problem *problem = space->problem;
    if (!is_present(stack, node))
        return;
    th_id list = th_space_list(space, node, stack->values[node]);
    for (int32_t i = problem->list_offsets[list];
         !run->stuck && run->status == TH_OK && i < problem->list_offsets[list + 1]; i++) {
        th_id set = problem->list_sets[i];
        if (!th_problem_holds(problem, set, stack->values))
            rechoose(run, problem->set_nodes[set]);
    }
    for (size_t i = space->requirers.first[node];
         !run->stuck && run->status == TH_OK && i < space->requirers.first[node + 1]; i++) {
        th_id requirer = space->requirers.items[i];
        if (is_present(stack, requirer) && !accepts(stack, requirer, node, stack->values[node]))
            rechoose(run, requirer);
    }
}

/* Makes absent what the roots do not reach. */
static void drop_unreached(repairing *run) {
    th_stack *stack = run->stack;
    size_t count;
    (void)th_stack_reach(stack, false, &count);
    for (size_t i = stack->present_count; i-- > 0 && run->status == TH_OK;) {
        th_id node = stack->present[i]; /* removing one moves only a later one here */
        if (!stack->reached[node])
            run->status = th_stack_set(stack, node, th_problem_absent(stack->space->problem, node));
    }
}

/* Settles all changes on the trail from `*next` on; each adds more. */
static void settle_trail(repairing *run, size_t *next) {
    for (; *next < run->stack->trail.count && !run->stuck && run->status == TH_OK; (*next)++)
        settle(run, run->stack->trail.items[*next].node);
}

th_status th_repair(th_stack *stack, th_id node, th_rng *rng, bool *repaired) {
    const th_problem *problem = stack->space->problem;
    repairing run = {.stack = stack, .rng = rng, .effort_limit = stack->effort + MOST_EFFORT};
    size_t next = 0;
    memset(stack->pinned, 0, problem->node_count);
    stack->pinned[node] = 1;
    *repaired = false;
    for (int round = 0; round < MOST_RULE_ROUNDS; round++) {
        settle_trail(&run, &next);
        if (!run.stuck && run.status == TH_OK)
            drop_unreached(&run);
        if (run.stuck || run.status != TH_OK)
            return run.status;
        th_id rule = th_stack_broken_rule(stack);
        if (rule == TH_NONE)
            break;
        if (problem->rule_kinds[rule] != TH_RULE_REQUIRE || problem->rule_values[rule] == TH_NONE)
            return TH_OK; /* forbidden */
        rechoose(&run, problem->set_nodes[problem->rule_values[rule]]);
    }
    *repaired = !run.stuck && run.status == TH_OK && th_stack_valid(stack);
    return run.status;
}
