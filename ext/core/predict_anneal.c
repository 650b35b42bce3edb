/* Adaptive simulated annealing: a random neighbour is taken if it is better, and else with
 * probability exp(-loss / T); T falls (Metropolis et al. 1953; Kirkpatrick, Gelatt & Vecchi 1983).
 *
 * T falls as in Thoth's adviser (th_temperature): the more stacks have been seen, the faster. It
 * starts at what makes a typical loss likely to be taken, whatever a point is worth in this
 * problem. When the plan is over, the next round starts hot again from the best stack so far, and
 * its plan is twice as long: so any budget is used, and it need not be known beforehand.
 *
 * A step that takes other packages along is repaired (predict_repair.h) or recreated
 * (predict_run.h), one as often as the other.
 *
 * Example: at T = 10 a step that loses 10 points is taken 37 times in 100, at T = 2 less than once.
 */
#include "predict_run.h"

enum {
    TRIAL_STEPS = 256,    /* to learn what a typical loss is */
    STEPS_PER_DEGREE = 64 /* between two looks at the temperature: a power takes a while */
};

/* Plans longer than this are not made: the temperature would hardly move in a run. */
static const uint64_t longest_plan = UINT64_C(1) << 40;

typedef struct {
    th_run *run;
    th_rollout rollout; /* builds stacks anew */
    th_log_table logs;
    int64_t start; /* temperature at the start of a round, in points */
    int shift;     /* points are taken in 2^shift, so that products stay in 64 bits */
    uint64_t now;  /* the temperature in 2^shift points, times 2^16 */
} annealing;

/* Whether a loss (0 or more) is to be taken at the temperature at hand. */
static bool takes(annealing *self, int64_t loss) {
    uint64_t u = th_rng_below(&self->run->rng, TH_LOG_ENTRIES);
    /* loss < T * -ln u; `now` < 2^40 and the logarithm < 2^20. */
    return (uint64_t)loss >> self->shift < self->now * self->logs.minus_log[u] >> 32;
}

/* Repairs around a release that was drawn; see make_step. */
static th_status make_repair(annealing *self, th_id node, th_id value, bool always, int64_t *loss) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    int64_t before = stack->score;
    bool taken;
    run->work += 32; /* a repair costs that much more */
    th_status status = th_stack_step(stack, node, value, &run->rng, &taken);
    if (status != TH_OK || !taken) {
        run->prediction->dead_ends += status == TH_OK;
        return status;
    }
    *loss = before - stack->score;
    status = th_run_propose(run, TH_NONE, TH_NONE, stack->hash, stack->score);
    if (!always && *loss > 0 && !takes(self, *loss))
        th_stack_undo(stack);
    return status;
}

/* Recreates the stack around a release that was drawn; see make_step. */
static th_status make_anew(annealing *self, th_id node, th_id value, bool always, int64_t *loss) {
    th_run *run = self->run;
    int64_t before = run->stack.score;
    bool taken;
    th_status status = th_run_recreate(run, &self->rollout, node, value, &taken);
    *loss = before - run->stack.score;
    if (taken && !always && *loss > 0 && !takes(self, *loss))
        th_run_undo_recreate(run);
    return status;
}

/* Looks at a random neighbour and goes there, or not. With `always`, goes wherever it leads. Sets
 * *loss to what going there costs or would cost; it is negative for a gain, 0 where there was no
 * step. */
static th_status make_step(annealing *self, bool always, int64_t *loss) {
    th_run *run = self->run;
    th_stack *stack = &run->stack;
    th_id node, value;
    int64_t gain;
    uint64_t hash;
    bool taken;
    *loss = 0;
    if (!th_run_draw_step(run, &node, &value))
        return TH_OK;
    if (th_stack_peek(stack, node, value, &gain, &hash) != TH_STEP_VALID)
        return th_rng_below(&run->rng, 2) == 0 ? make_repair(self, node, value, always, loss)
                                               : make_anew(self, node, value, always, loss);
    th_status status = th_run_propose(run, node, value, hash, stack->score + gain);
    *loss = -gain;
    if (status != TH_OK || !(always || gain >= 0 || takes(self, -gain)))
        return status;
    return th_stack_step(stack, node, value, &run->rng, &taken);
}

/* The mean loss of steps that lose: what T starts with. */
static th_status measure_losses(annealing *self) {
    int64_t mean = 0, losses = 0;
    for (int i = 0; i < TRIAL_STEPS && th_run_goes_on(self->run, 1); i++) {
        int64_t loss;
        th_status status = make_step(self, true, &loss);
        if (status != TH_OK)
            return status;
        if (loss > 0)
            mean += (loss - mean) / ++losses;
    }
    self->start = mean < 1 ? 1 : mean;
    self->shift = 0;
    while (self->start >> self->shift >> 22)
        self->shift++;
    return TH_OK;
}

static th_status cool(annealing *self, uint64_t plan, uint64_t repeats) {
    th_run *run = self->run;
    th_temperature temperature;
    th_temperature_start(&temperature, run->options->temperature_coefficient, plan);
    for (uint64_t steps = 0; th_run_goes_on(run, 1); steps++) {
        if (th_run_is_used_up(run))
            run->stack.live = TH_LIVE_ALL;
        if (steps % repeats == 0) {
            if (temperature.stacks >= plan)
                return TH_OK;
            th_temperature_fall(&temperature);
            if (steps % STEPS_PER_DEGREE == 0 || repeats >= STEPS_PER_DEGREE)
                self->now = ((uint64_t)self->start >> self->shift) *
                            (th_temperature_now(&temperature) >> 16);
        }
        int64_t loss;
        th_status status = make_step(self, false, &loss);
        if (status != TH_OK)
            return status;
    }
    return TH_OK;
}

th_status th_predict_anneal(th_run *run) {
    annealing self = {.run = run};
    th_log_table_fill(&self.logs);
    th_stack_assign(&run->stack, th_run_best(run));
    th_status status = th_rollout_create(&run->space, run->stack.live, &self.rollout);
    if (status == TH_OK)
        status = measure_losses(&self);
    uint64_t plan = th_run_plan(run);
    for (uint64_t repeats = 1; status == TH_OK && th_run_goes_on(run, 1);) {
        status = cool(&self, plan, repeats);
        th_stack_assign(&run->stack, th_run_best(run));
        if (plan * repeats < longest_plan)
            repeats *= 2;
    }
    th_rollout_free(&self.rollout);
    return status;
}
