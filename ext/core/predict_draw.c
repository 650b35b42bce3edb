/* Predictors that draw: random walk, approximating latest, sampling, package combinations.
 *
 * Random walk: every stack from nothing, every release at random; with prefer_recent the newest
 * nine times of ten. Approximating latest: all newest, but a few packages hop to another release,
 * more likely a recent one; the number of hops grows with the number of stacks. Sampling: a random
 * step from a random stack of the beam, which keeps the best so far. Combinations: the packages
 * named take every combination of their releases; all others are as new as that leaves them.
 *
 * Example of the third: of a beam with {flask 3.0} and {flask 2.3}, the second is drawn, its jinja2
 * changes; the result takes the place of the worst in the beam if it is better.
 */
#include <string.h>

#include "predict_run.h"

enum { HOPS_GROW_EVERY = 8 }; /* one more hop each time the stacks have doubled so many eighths */

typedef struct {
    th_run *run;
    th_rollout rollout;
    th_id *by_priority, *priority; /* the order of decisions: nodes named first */
    th_id *valid;                  /* the last stack */
    /* Combinations. */
    th_id *wanted; /* node -> the value it has to take, or TH_NONE: any */
} drawing;

static th_status create(th_run *run, drawing *self) {
    const th_problem *problem = run->problem;
    const th_predict_options *options = run->options;
    size_t nodes = problem->node_count, place = 0;
    *self = (drawing){.run = run};
    th_status status = th_rollout_create(&run->space, TH_LIVE_ALL, &self->rollout);
    self->by_priority = th_allocate(nodes, sizeof *self->by_priority);
    self->priority = th_allocate(nodes, sizeof *self->priority);
    self->valid = th_allocate(nodes, sizeof *self->valid);
    self->wanted = th_allocate(nodes, sizeof *self->wanted);
    if (status != TH_OK || self->by_priority == NULL || self->priority == NULL ||
        self->valid == NULL || self->wanted == NULL)
        return TH_NO_MEMORY;
    memcpy(self->valid, th_run_best(run), nodes * sizeof *self->valid);
    memset(self->wanted, 0xff, nodes * sizeof *self->wanted);     /* TH_NONE */
    memset(self->priority, 0xff, nodes * sizeof *self->priority); /* TH_NONE */
    for (size_t i = 0; i < options->node_count + nodes; i++) {
        th_id node = i < options->node_count ? options->nodes[i]
                                             : run->space.by_rank[i - options->node_count];
        if (self->priority[node] != TH_NONE)
            continue;
        self->priority[node] = (th_id)place;
        self->by_priority[place++] = node;
    }
    self->rollout.priority = self->priority;
    self->rollout.by_priority = self->by_priority;
    return TH_OK;
}

static void destroy(drawing *self) {
    th_rollout_free(&self->rollout);
    th_free(self->by_priority);
    th_free(self->priority);
    th_free(self->valid);
    th_free(self->wanted);
}

static size_t choose_any(void *context, th_rollout *rollout, th_id node, const th_id *values,
                         size_t count) {
    drawing *self = context;
    (void)rollout;
    (void)node;
    (void)values;
    return self->run->options->prefer_recent ? th_draw_recent(&self->run->rng, count)
                                             : th_rng_below(&self->run->rng, count);
}

static size_t choose_near_newest(void *context, th_rollout *rollout, th_id node,
                                 const th_id *values, size_t count) {
    drawing *self = context;
    uint64_t different = self->run->prediction->different;
    uint64_t hops = 1 + (uint64_t)((th_fixed_log2(different + 1) + ((int64_t)32 << 32)) >> 32) * 8 /
                            HOPS_GROW_EVERY / 4;
    uint64_t places = rollout->space->problem->node_count;
    (void)node;
    (void)values;
    return th_rng_below(&self->run->rng, places) < hops ? th_draw_termial(&self->run->rng, count)
                                                        : 0;
}

/* One stack: a rollout, or, where that has ended in a conflict, a step from the last stack. */
static th_status draw(drawing *self, th_rollout_choose choose) {
    th_run *run = self->run;
    size_t size = run->problem->node_count * sizeof *self->valid;
    bool found;
    int64_t score;
    th_status status = th_run_rollout(run, &self->rollout, choose, self, &found, &score);
    if (status != TH_OK || found) {
        if (found)
            memcpy(self->valid, self->rollout.values, size);
        return status;
    }
    th_stack_assign(&run->stack, self->valid);
    status = th_run_step(run, &found);
    memcpy(self->valid, run->stack.values, size);
    return status;
}

/* The beam: some stacks and their scores; the worst is replaced. */
typedef struct {
    size_t width, count, worst;
    th_id *values; /* width rows */
    int64_t *scores;
    uint64_t *hashes;
} beam;

static bool beam_has(const beam *self, uint64_t hash) {
    for (size_t i = 0; i < self->count; i++)
        if (self->hashes[i] == hash)
            return true;
    return false;
}

static void beam_take(beam *self, const th_stack *stack) {
    size_t nodes = stack->space->problem->node_count, at = self->count;
    if (beam_has(self, stack->hash) ||
        (self->count == self->width && stack->score <= self->scores[self->worst]))
        return;
    if (self->count == self->width)
        at = self->worst;
    else
        self->count++;
    memcpy(self->values + at * nodes, stack->values, nodes * sizeof *self->values);
    self->scores[at] = stack->score;
    self->hashes[at] = stack->hash;
    self->worst = 0;
    for (size_t i = 1; i < self->count; i++)
        if (self->scores[i] < self->scores[self->worst])
            self->worst = i;
}

static th_status sample(th_run *run) {
    size_t nodes = run->problem->node_count;
    beam kept = {.width = run->options->beam_width};
    th_status status = TH_OK;
    if (nodes != 0 && kept.width > SIZE_MAX / 2 / nodes)
        return TH_NO_MEMORY;
    kept.values = th_allocate(kept.width * nodes, sizeof *kept.values);
    kept.scores = th_allocate(kept.width, sizeof *kept.scores);
    kept.hashes = th_allocate(kept.width, sizeof *kept.hashes);
    if (kept.values == NULL || kept.scores == NULL || kept.hashes == NULL)
        status = TH_NO_MEMORY;
    else {
        th_stack_assign(&run->stack, th_run_best(run));
        beam_take(&kept, &run->stack);
    }
    while (status == TH_OK && th_run_goes_on(run, 8)) {
        bool taken;
        size_t drawn = th_rng_below(&run->rng, kept.count);
        th_stack_assign(&run->stack, kept.values + drawn * nodes);
        status = th_run_step(run, &taken);
        if (status == TH_OK && taken)
            beam_take(&kept, &run->stack);
    }
    th_free(kept.values);
    th_free(kept.scores);
    th_free(kept.hashes);
    return status;
}

th_status th_predict_draw(th_run *run) {
    if (run->options->predictor == TH_PREDICT_SAMPLING)
        return sample(run);
    drawing self;
    th_status status = create(run, &self);
    th_rollout_choose choose =
        run->options->predictor == TH_PREDICT_RANDOM_WALK ? choose_any : choose_near_newest;
    while (status == TH_OK && th_run_goes_on(run, run->problem->node_count))
        status = draw(&self, choose);
    destroy(&self);
    return status;
}

static size_t choose_wanted(void *context, th_rollout *rollout, th_id node, const th_id *values,
                            size_t count) {
    drawing *self = context;
    (void)rollout;
    for (size_t i = 0; i < count; i++)
        if (values[i] == self->wanted[node])
            return i;
    return 0;
}

/* Goes to the next combination; false: that was the last. */
static bool advance(drawing *self, size_t *digits) {
    const th_run *run = self->run;
    const th_space_lists *choices = &run->space.choices[TH_LIVE_ALL];
    for (size_t i = 0; i < run->options->node_count; i++) {
        th_id node = run->options->nodes[i];
        size_t count = choices->first[node + 1] - choices->first[node];
        if (count == 0)
            continue;
        digits[i] = (digits[i] + 1) % count;
        self->wanted[node] = choices->items[choices->first[node] + digits[i]];
        if (digits[i] != 0)
            return true;
    }
    return false;
}

/* Whether the packages named are as wanted, or absent. */
static bool is_as_wanted(const drawing *self) {
    const th_run *run = self->run;
    for (size_t i = 0; i < run->options->node_count; i++) {
        th_id node = run->options->nodes[i], value = self->rollout.values[node];
        if (value != self->wanted[node] && value != th_problem_absent(run->problem, node))
            return false;
    }
    return true;
}

th_status th_predict_combine(th_run *run) {
    const th_predict_options *options = run->options;
    const th_space_lists *choices = &run->space.choices[TH_LIVE_ALL];
    drawing self;
    th_status status = create(run, &self);
    size_t *digits = th_allocate(options->node_count, sizeof *digits);
    if (digits == NULL)
        status = TH_NO_MEMORY;
    for (size_t i = 0; status == TH_OK && i < options->node_count; i++) {
        th_id node = options->nodes[i];
        if (choices->first[node] != choices->first[node + 1])
            self.wanted[node] = choices->items[choices->first[node]];
    }
    bool more = true;
    while (status == TH_OK && more && th_run_goes_on(run, run->problem->node_count)) {
        if (th_rollout_run(&self.rollout, choose_wanted, &self) && is_as_wanted(&self)) {
            th_stack_assign(&run->stack, self.rollout.values);
            if (th_stack_valid(&run->stack))
                status = th_run_propose_values(run, self.rollout.values);
        } else
            run->prediction->dead_ends++;
        more = advance(&self, digits);
    }
    th_free(digits);
    destroy(&self);
    return status;
}
