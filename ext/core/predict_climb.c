/* Hill climbing: to the best neighbour, until no neighbour is better; then away from there and up
 * again.
 *
 * A neighbour is the stack with another release of one package, with what that takes. From a summit
 * a few random steps lead away; the climb from there is kept if its summit is not lower (iterated
 * local search: Lourenço, Martin & Stützle 2003). After many climbs without a better summit the
 * next one starts from where chance leads, and so on.
 *
 * Example: {flask 3.0, werkzeug 3.0} with flask 3.1 (+4), werkzeug 3.1 (+7) or click 8.0 (-2) on
 * offer goes to werkzeug 3.1.
 */
#include "predict_run.h"

#include <string.h>

enum {
    MOST_KICKS = 8,         /* random steps away from a summit */
    CLIMBS_PER_START = 1024 /* from one summit before a worse one is taken as the new start */
};

/* The step to take: a node and its value, TH_NONE while there is none. */
typedef struct {
    th_id node, value;
    int64_t gain;
} best_step;

/* Takes a step that needs repair, proposes what it leads to and goes back. */
static th_status try_repair(th_run *run, th_id node, th_id value, best_step *best) {
    th_stack *stack = &run->stack;
    int64_t before = stack->score;
    bool taken;
    th_status status = th_stack_step(stack, node, value, &run->rng, &taken);
    if (status != TH_OK)
        return status;
    if (!taken) {
        run->prediction->dead_ends++;
        return TH_OK;
    }
    status = th_run_propose(run, TH_NONE, TH_NONE, stack->hash, stack->score);
    if (stack->score - before > best->gain)
        *best = (best_step){node, value, stack->score - before};
    th_stack_undo(stack);
    return status;
}

/* Looks at one neighbour. */
static th_status try_step(th_run *run, th_id node, th_id value, best_step *best) {
    th_stack *stack = &run->stack;
    int64_t gain;
    uint64_t hash;
    if (th_stack_peek(stack, node, value, &gain, &hash) == TH_STEP_REPAIR)
        return try_repair(run, node, value, best);
    if (gain > best->gain)
        *best = (best_step){node, value, gain};
    return th_run_propose(run, node, value, hash, stack->score + gain);
}

/* Looks at all neighbours. */
static th_status find_best_step(th_run *run, best_step *best) {
    th_stack *stack = &run->stack;
    const th_space_lists *choices = &run->space.choices[stack->live];
    *best = (best_step){TH_NONE, TH_NONE, 0};
    for (th_id node = 0; node < (th_id)run->problem->node_count; node++) {
        if (stack->values[node] == th_problem_absent(run->problem, node))
            continue;
        for (size_t i = choices->first[node]; i < choices->first[node + 1]; i++) {
            th_id value = choices->items[i];
            if (value == stack->values[node])
                continue;
            if (!th_run_goes_on(run, 1))
                return TH_OK;
            th_status status = try_step(run, node, value, best);
            if (status != TH_OK)
                return status;
        }
    }
    return TH_OK;
}

/* Climbs from run->stack to a summit. */
static th_status climb(th_run *run) {
    for (;;) {
        best_step best;
        th_status status = find_best_step(run, &best);
        if (status != TH_OK || run->done || best.node == TH_NONE)
            return status;
        bool taken;
        int64_t before = run->stack.score;
        status = th_stack_step(&run->stack, best.node, best.value, &run->rng, &taken);
        /* A repair draws anew and may turn out worse than when it was tried. */
        if (status != TH_OK || !taken || run->stack.score <= before)
            return status;
    }
}

static th_status kick(th_run *run, uint64_t steps) {
    for (uint64_t i = 0; i < steps; i++) {
        bool taken;
        if (!th_run_goes_on(run, 1))
            return TH_OK;
        th_status status = th_run_step(run, &taken);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

th_status th_predict_climb(th_run *run) {
    size_t size = run->problem->node_count * sizeof *run->shown;
    th_id *summit = th_allocate(run->problem->node_count, sizeof *summit);
    if (summit == NULL)
        return TH_NO_MEMORY;
    th_stack_assign(&run->stack, th_run_best(run));
    memcpy(summit, th_run_best(run), size);
    int64_t height = INT64_MIN;
    th_status status = TH_OK;
    for (uint64_t climbs = 1; status == TH_OK && th_run_goes_on(run, 1); climbs++) {
        status = climb(run);
        if (run->stack.score >= height || climbs % CLIMBS_PER_START == 0) {
            height = run->stack.score;
            memcpy(summit, run->stack.values, size);
        } else
            th_stack_assign(&run->stack, summit);
        if (th_run_is_used_up(run))
            run->stack.live = TH_LIVE_ALL;
        if (status == TH_OK && !run->done)
            status = kick(run, 1 + th_rng_below(&run->rng, MOST_KICKS));
    }
    th_free(summit);
    return status;
}
