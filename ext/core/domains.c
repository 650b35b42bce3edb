/* Filters the domains of nodes to a fixpoint. See domains.h. */
#include "domains.h"

#include <string.h>

#include "memory.h"

/* What one run needs besides the domains. */
typedef struct {
    th_domains *domains;
    const th_problem *problem;
    signed char *list_state; /* this pass: 0 not looked at, 1 can be met, -1 cannot */
    unsigned char *reachable;
    th_id *queue;
    th_word *merged;  /* as many words as all domains: union of what a node's releases accept */
    int32_t *hits;    /* node -> distinct lists of the present node that require it */
    int32_t *seen_in; /* node -> the last list that counted it, plus 1 */
    unsigned char *list_seen;
    bool changed;
    th_halt *halt;
} filtering;

static th_word *domain(filtering *run, th_id node) {
    return run->domains->words + run->domains->first[node];
}

static size_t word_count(filtering *run, th_id node) {
    return th_domains_words(run->domains, node);
}

/* Keeps the values in `set` (keep) or those not in it. */
static void restrict_to(filtering *run, th_id node, const th_word *set, bool keep) {
    th_word *words = domain(run, node);
    for (size_t i = 0; i < word_count(run, node); i++) {
        th_word left = words[i] & (keep ? set[i] : ~set[i]);
        run->changed |= left != words[i];
        words[i] = left;
    }
    if (th_bitset_is_empty(words, word_count(run, node)))
        run->domains->infeasible = true;
}

static void remove_value(filtering *run, th_id node, th_id value) {
    th_bitset_remove(domain(run, node), (size_t)value);
    run->changed = true;
    if (th_bitset_is_empty(domain(run, node), word_count(run, node)))
        run->domains->infeasible = true;
}

/* Whether to give up, after looking at the requirements of a list. */
static bool halted_after_list(filtering *run, th_id list) {
    const th_problem *problem = run->problem;
    size_t count = 0;
    if (list != TH_NONE)
        count = (size_t)(problem->list_offsets[list + 1] - problem->list_offsets[list]);
    return th_halt_after(run->halt, 8 * count + 1);
}

static bool can_hold(filtering *run, th_id set) {
    th_id node = run->problem->set_nodes[set];
    return th_bitset_meets(th_problem_set(run->problem, set), domain(run, node),
                           word_count(run, node));
}

static bool must_hold(filtering *run, th_id set) {
    th_id node = run->problem->set_nodes[set];
    return th_bitset_within(domain(run, node), th_problem_set(run->problem, set),
                            word_count(run, node));
}

static bool list_can_be_met(filtering *run, th_id list) {
    const th_problem *problem = run->problem;
    if (run->list_state[list] == 0) {
        run->list_state[list] = 1;
        for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++)
            if (!can_hold(run, problem->list_sets[i]))
                run->list_state[list] = -1;
    }
    return run->list_state[list] > 0;
}

/* Whether the release does not contradict itself (`p 1` requires `p>=2`). */
static bool agrees_with_itself(filtering *run, th_id node, th_id value, th_id list) {
    const th_problem *problem = run->problem;
    for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++)
        if (problem->set_nodes[problem->list_sets[i]] == node &&
            !th_problem_set_has(problem, problem->list_sets[i], value))
            return false;
    return true;
}

static void filter_releases(filtering *run, th_id node) {
    const th_problem *problem = run->problem;
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        if (!th_domains_has(run->domains, node, value))
            continue;
        th_id list = problem->candidate_lists[problem->first[node] + (size_t)value];
        if (halted_after_list(run, list))
            return;
        if (list == TH_NONE || !list_can_be_met(run, list) ||
            !agrees_with_itself(run, node, value, list))
            remove_value(run, node, value);
    }
}

static void found(filtering *run, th_id node) {
    run->changed |= !run->domains->founded[node];
    run->domains->founded[node] = 1;
}

/* What every release left of a present node requires is present, within what one of them accepts.
 */
static void require_common(filtering *run, th_id node) {
    const th_problem *problem = run->problem;
    int32_t lists = 0;
    size_t touched = 0;
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        if (!th_domains_has(run->domains, node, value))
            continue;
        th_id list = problem->candidate_lists[problem->first[node] + (size_t)value];
        if (run->list_seen[list])
            continue;
        run->list_seen[list] = 1;
        lists++;
        if (halted_after_list(run, list))
            return; /* what was counted is thrown away with the run */
        for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++) {
            const th_word *set = th_problem_set(problem, problem->list_sets[i]);
            th_id target = problem->set_nodes[problem->list_sets[i]];
            if (run->hits[target] == 0)
                run->queue[touched++] = target;
            if (run->seen_in[target] != list + 1) {
                run->seen_in[target] = list + 1;
                run->hits[target]++;
            }
            (void)th_halt_after(run->halt, word_count(run, target));
            for (size_t k = 0; k < word_count(run, target); k++)
                run->merged[run->domains->first[target] + k] |= set[k];
        }
    }
    for (size_t i = 0; i < touched; i++) {
        th_id target = run->queue[i];
        th_word *merged = run->merged + run->domains->first[target];
        if (run->hits[target] == lists) {
            restrict_to(run, target, merged, true);
            if (run->domains->founded[node])
                found(run, target);
        }
        memset(merged, 0, word_count(run, target) * sizeof *merged);
        run->hits[target] = run->seen_in[target] = 0;
    }
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        th_id list = problem->candidate_lists[problem->first[node] + (size_t)value];
        if (list != TH_NONE)
            run->list_seen[list] = 0;
    }
}

/* One literal of a forbidden conjunction: the set holds, or (negated) fails. */
typedef struct {
    th_id set;
    bool negated;
} literal;

/* Unit propagation: when all literals but one must hold, the last one must fail. */
static void forbid(filtering *run, const literal *fixed, size_t fixed_count, const int32_t *sets,
                   size_t set_count) {
    literal open = {TH_NONE, false};
    for (size_t i = 0; i < fixed_count + set_count; i++) {
        literal one = i < fixed_count ? fixed[i] : (literal){sets[i - fixed_count], false};
        (void)th_halt_after(run->halt, 2 * word_count(run, run->problem->set_nodes[one.set]));
        bool can = one.negated ? !must_hold(run, one.set) : can_hold(run, one.set);
        bool must = one.negated ? !can_hold(run, one.set) : must_hold(run, one.set);
        if (!can)
            return;
        if (must)
            continue;
        if (open.set != TH_NONE)
            return;
        open = one;
    }
    if (open.set == TH_NONE)
        run->domains->infeasible = true;
    else
        restrict_to(run, run->problem->set_nodes[open.set], th_problem_set(run->problem, open.set),
                    open.negated);
}

static void filter_rule(filtering *run, size_t rule) {
    const th_problem *problem = run->problem;
    const int32_t *when = problem->rule_when + problem->rule_when_offsets[rule];
    size_t count =
        (size_t)(problem->rule_when_offsets[rule + 1] - problem->rule_when_offsets[rule]);
    literal fixed[2];
    size_t fixed_count = 0;
    if (problem->rule_kinds[rule] == TH_RULE_SCORE)
        return;
    if (problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE)
        fixed[fixed_count++] = (literal){(th_id)problem->rule_values[rule], true};
    int32_t from = problem->rule_unless_offsets[rule], to = problem->rule_unless_offsets[rule + 1];
    if (from == to)
        forbid(run, fixed, fixed_count, when, count);
    for (int32_t i = from; i < to && !run->domains->infeasible && !th_halt_after(run->halt, count);
         i++) {
        fixed[fixed_count] = (literal){problem->rule_unless[i], true};
        forbid(run, fixed, fixed_count + 1, when, count);
    }
}

/* Whether all nodes that the rule wants present are reachable and can be as it wants them. */
static bool rule_can_reach(filtering *run, size_t rule) {
    const th_problem *problem = run->problem;
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++) {
        th_id set = problem->rule_when[i];
        th_id node = problem->set_nodes[set];
        (void)th_halt_after(run->halt, word_count(run, node));
        bool wants_present = !th_problem_set_has(problem, set, th_problem_absent(problem, node));
        if (!can_hold(run, set) || (wants_present && !run->reachable[node]))
            return false;
    }
    return true;
}

static size_t reach(filtering *run, size_t count, th_id node) {
    if (!run->reachable[node]) {
        run->reachable[node] = 1;
        run->queue[count++] = node;
    }
    return count;
}

static void filter_unreachable(filtering *run) {
    const th_problem *problem = run->problem;
    size_t count = 0, next = 0;
    memset(run->reachable, 0, problem->node_count);
    for (size_t i = 0; i < problem->root_count; i++)
        count = reach(run, count, problem->set_nodes[problem->root_sets[i]]);
    for (size_t before = SIZE_MAX; before != count;) {
        before = count;
        for (; next < count; next++) {
            th_id node = run->queue[next];
            for (th_id value = 0; value < problem->node_sizes[node]; value++) {
                th_id list = problem->candidate_lists[problem->first[node] + (size_t)value];
                if (!th_domains_has(run->domains, node, value) || list == TH_NONE ||
                    run->list_seen[list])
                    continue;
                if (halted_after_list(run, list))
                    return;
                run->list_seen[list] = 1;
                for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1];
                     i++)
                    count = reach(run, count, problem->set_nodes[problem->list_sets[i]]);
            }
        }
        for (size_t rule = 0; rule < problem->rule_count; rule++) {
            if (th_halt_after(run->halt, 1))
                return;
            if (problem->rule_kinds[rule] == TH_RULE_REQUIRE &&
                problem->rule_values[rule] != TH_NONE && rule_can_reach(run, rule))
                count = reach(run, count, problem->set_nodes[problem->rule_values[rule]]);
        }
    }
    memset(run->list_seen, 0, problem->list_count);
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        if (!run->reachable[node])
            for (th_id value = 0; value < problem->node_sizes[node]; value++)
                if (th_domains_has(run->domains, node, value))
                    remove_value(run, node, value);
}

static void filter_all(filtering *run) {
    const th_problem *problem = run->problem;
    do {
        run->changed = false;
        memset(run->list_state, 0, problem->list_count);
        for (size_t i = 0; i < problem->root_count; i++) {
            th_id node = problem->set_nodes[problem->root_sets[i]];
            restrict_to(run, node, th_problem_set(problem, problem->root_sets[i]), true);
            found(run, node);
        }
        for (th_id node = 0; node < (th_id)problem->node_count; node++)
            filter_releases(run, node);
        for (th_id node = 0; node < (th_id)problem->node_count && !run->domains->infeasible; node++)
            if (!th_domains_optional(run->domains, node) && !th_halt_after(run->halt, 1))
                require_common(run, node);
        for (size_t rule = 0; rule < problem->rule_count && !run->domains->infeasible &&
                              !th_halt_after(run->halt, 1);
             rule++)
            filter_rule(run, rule);
        if (!run->domains->infeasible && !th_halt_after(run->halt, problem->node_count))
            filter_unreachable(run);
    } while (run->changed && !run->domains->infeasible && !th_halt_after(run->halt, 1));
}

static bool allocate_run(filtering *run, const th_problem *problem, size_t words) {
    return (run->list_state = th_allocate(problem->list_count, 1)) != NULL &&
           (run->reachable = th_allocate(problem->node_count, 1)) != NULL &&
           (run->queue = th_allocate(problem->node_count, sizeof *run->queue)) != NULL &&
           (run->merged = th_allocate(words, sizeof *run->merged)) != NULL &&
           (run->hits = th_allocate(problem->node_count, sizeof *run->hits)) != NULL &&
           (run->seen_in = th_allocate(problem->node_count, sizeof *run->seen_in)) != NULL &&
           (run->list_seen = th_allocate(problem->list_count, 1)) != NULL;
}

th_status th_domains_filter(const th_problem *problem, th_halt *halt, th_domains *domains) {
    memset(domains, 0, sizeof *domains);
    domains->problem = problem;
    domains->first = th_allocate(problem->node_count + 1, sizeof *domains->first);
    if (domains->first == NULL)
        return TH_NO_MEMORY;
    for (size_t node = 0; node < problem->node_count; node++)
        domains->first[node + 1] =
            domains->first[node] + th_bitset_words((size_t)problem->node_sizes[node] + 1);
    size_t words = domains->first[problem->node_count];
    domains->words = th_allocate(words, sizeof *domains->words);
    domains->founded = th_allocate(problem->node_count, 1);
    if (domains->words == NULL || domains->founded == NULL)
        return TH_NO_MEMORY;
    for (size_t node = 0; node < problem->node_count; node++)
        th_bitset_fill(domains->words + domains->first[node],
                       (size_t)problem->node_sizes[node] + 1);
    filtering run = {.domains = domains, .problem = problem, .halt = halt};
    bool allocated = allocate_run(&run, problem, words);
    if (allocated)
        filter_all(&run);
    void *const blocks[] = {run.list_state, run.reachable, run.queue,    run.merged,
                            run.hits,       run.seen_in,   run.list_seen};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
    if (!allocated)
        return TH_NO_MEMORY;
    return !domains->infeasible && th_halt_after(halt, 1) ? TH_STOPPED : TH_OK;
}

void th_domains_free(th_domains *domains) {
    th_free(domains->first);
    th_free(domains->words);
    th_free(domains->founded);
    memset(domains, 0, sizeof *domains);
}
