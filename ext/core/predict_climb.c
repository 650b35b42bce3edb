/* Hill climbing: the best release of one package after the other, until no package has a better
 * one; then away from there and up again.
 *
 * A climb takes steps that change one package only (predict_stack.h). A package is looked at again
 * when one that it has points or requirements with has changed, and not before ("don't look bits":
 * Bentley 1992). From a summit a few kicks lead away: steps to random releases with all that they
 * take. What was kicked stays until the others have made the best of it, and only then may go back.
 * The climb from there is kept if its summit is not lower (iterated local search: Lourenço, Martin
 * & Stützle 2003). After many climbs without a better summit the next one starts from where chance
 * leads, and so on.
 *
 * Half of the kicks that take other packages along are repaired (predict_repair.h), the others
 * recreated (predict_run.h).
 *
 * Example: {flask 3.0, werkzeug 3.0} with flask 3.1 (+4) and werkzeug 3.1 (+7) on offer goes to
 * both. A kick to click 8.0 loses 5, but beside it werkzeug 3.0 is worth 9 more than it was:
 * werkzeug goes back (+2), click stays, and as the summit is 3 lower, the next kick starts from the
 * old one.
 */
#include "predict_run.h"

#include <string.h>

enum {
    MOST_KICKS = 4,         /* away from a summit */
    CLIMBS_PER_START = 4096 /* without a better summit before a worse one is taken */
};

typedef struct {
    th_run *run;
    th_rollout rollout; /* builds stacks anew */
    th_id *summit;
    int64_t height;
    unsigned char *look; /* node -> whether it may have a better release than before */
    unsigned char *held; /* node -> whether it was kicked */
} climbing;

/* Marks everyone who sees that `node` has changed. */
static void mark(climbing *self, th_id node) {
    const th_space *space = &self->run->space;
    for (size_t t = space->first_table[node]; t < space->first_table[node + 1]; t++)
        self->look[space->tables[t].other] = 1;
    self->look[node] = 1;
    if (!self->run->stack.accepted_known)
        memset(self->look, 1, self->run->problem->node_count);
}

/* Takes the best step of `node` that changes nothing else, if one is better. */
static th_status look_at(climbing *self, th_id node) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    const th_space_lists *choices = &run->space.choices[stack->live];
    th_id best = TH_NONE;
    int64_t most = 0;
    for (size_t i = choices->first[node]; i < choices->first[node + 1]; i++) {
        th_id value = choices->items[i];
        int64_t gain;
        uint64_t hash;
        if (value == stack->values[node])
            continue;
        if (!th_run_goes_on(run, 1))
            return TH_OK;
        if (th_stack_peek(stack, node, value, &gain, &hash) != TH_STEP_VALID)
            continue;
        if (gain > most) {
            most = gain;
            best = value;
        }
        th_status status = th_run_propose(run, node, value, hash, stack->score + gain);
        if (status != TH_OK || run->done)
            return status;
    }
    if (best == TH_NONE)
        return TH_OK;
    bool taken;
    th_status status = th_stack_step(stack, node, best, &run->rng, &taken);
    mark(self, node);
    return status;
}

/* Climbs until nobody has a better release, those who are held aside. */
static th_status climb(climbing *self, bool hold) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    for (bool again = true; again;) {
        again = false;
        for (th_id node = 0; node < (th_id)run->problem->node_count; node++) {
            if (!self->look[node] || (hold && self->held[node]))
                continue;
            self->look[node] = 0;
            if (stack->values[node] == th_problem_absent(run->problem, node))
                continue;
            again = true;
            th_status status = look_at(self, node);
            if (status != TH_OK || run->done)
                return status;
        }
    }
    return TH_OK;
}

static th_status recreate(climbing *self, th_id node, th_id value) {
    bool taken;
    th_status status = th_run_recreate(self->run, &self->rollout, node, value, &taken);
    if (taken)
        memset(self->look, 1, self->run->problem->node_count);
    return status;
}

static th_status kick(climbing *self) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    th_id node, value;
    int64_t gain;
    uint64_t hash;
    bool taken;
    run->work += 16;
    if (!th_run_goes_on(run, 1) || !th_run_draw_step(run, &node, &value))
        return TH_OK;
    self->held[node] = 1;
    if (th_stack_peek(stack, node, value, &gain, &hash) != TH_STEP_VALID) {
        run->work += 64;
        if (th_rng_below(&run->rng, 2) == 0)
            return recreate(self, node, value);
    }
    th_status status = th_stack_step(stack, node, value, &run->rng, &taken);
    if (status != TH_OK || !taken) {
        run->prediction->dead_ends += status == TH_OK;
        return status;
    }
    for (size_t i = 0; i < stack->trail.count; i++)
        mark(self, stack->trail.items[i].node);
    return th_run_propose(run, TH_NONE, TH_NONE, stack->hash, stack->score);
}

static th_status search(climbing *self) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    size_t nodes = run->problem->node_count, size = nodes * sizeof *self->summit;
    th_status status = TH_OK;
    uint64_t climbs = 0;
    memset(self->look, 1, nodes);
    for (self->height = INT64_MIN; status == TH_OK && th_run_goes_on(run, 1);) {
        status = climb(self, true);
        memset(self->held, 0, nodes);
        if (status == TH_OK && !run->done) {
            memset(self->look, 1, nodes);
            status = climb(self, false);
        }
        climbs++;
        if (stack->score > self->height)
            climbs = 0;
        if (stack->score >= self->height || climbs >= CLIMBS_PER_START) {
            self->height = stack->score;
            memcpy(self->summit, stack->values, size);
        } else
            th_stack_assign(stack, self->summit);
        if (th_run_is_used_up(run))
            stack->live = TH_LIVE_ALL;
        for (uint64_t kicks = 1 + th_rng_below(&run->rng, MOST_KICKS);
             kicks > 0 && status == TH_OK && !run->done; kicks--)
            status = kick(self);
    }
    return status;
}

th_status th_predict_climb(th_run *run) {
    climbing self = {.run = run};
    size_t nodes = run->problem->node_count;
    th_status status = th_rollout_create(&run->space, run->stack.live, &self.rollout);
    self.summit = th_allocate(nodes, sizeof *self.summit);
    self.look = th_allocate(nodes, 1);
    self.held = th_allocate(nodes, 1);
    if (self.summit == NULL || self.look == NULL || self.held == NULL)
        status = TH_NO_MEMORY;
    if (status == TH_OK) {
        th_stack_assign(&run->stack, th_run_best(run));
        status = search(&self);
    }
    th_rollout_free(&self.rollout);
    th_free(self.summit);
    th_free(self.look);
    th_free(self.held);
    return status;
}
