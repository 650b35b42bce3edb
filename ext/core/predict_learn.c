/* Temporal difference learning: each release has a record of what it earned when it was chosen, and
 * the release with the best record is chosen, or, as long as it is hot, any (Sutton & Barto 2018,
 * Reinforcement Learning, chapters 2, 6 and 7).
 *
 * A stack is a sequence of decisions (predict_rollout.h). A decision earns its own points and those
 * of its pairs with what has been decided before. After every `step` decisions what they earned
 * together is credited to them, and with `trace` to all decisions before them: so a release also
 * answers for what came after it.
 *
 * Example, step = 1 without trace: numpy 2 earned +3 beside scipy 1.14 and -5 beside scipy 1.11, on
 * average -1; numpy 1.26 earned +1 twice. numpy 1.26 is chosen.
 */
#include "predict_learn.h"

enum { FINEST_SHIFT = 16 };

/* A difference of two averages fits in 64 bits. */
static const uint64_t largest_average = (uint64_t)1 << 60;

/* No stack's score is farther from 0; at most largest_average, which th_problem_create sees to. */
static uint64_t total_points(const th_problem *problem) {
    uint64_t total = 0;
    for (size_t i = 0; i < problem->candidate_count + problem->pair_count + problem->rule_count;
         i++) {
        size_t pair = i - problem->candidate_count, rule = pair - problem->pair_count;
        int64_t points = i < problem->candidate_count                 ? problem->candidate_scores[i]
                         : pair < problem->pair_count                 ? problem->pair_scores[pair]
                         : problem->rule_kinds[rule] == TH_RULE_SCORE ? problem->rule_values[rule]
                                                                      : 0;
        total += (uint64_t)(points < 0 ? -points : points);
        if (total >= largest_average)
            return largest_average;
    }
    return total;
}

th_status th_rewards_create(th_run *run, th_rewards *rewards) {
    *rewards = (th_rewards){.run = run, .explore = (uint64_t)1 << 32, .unrest = 1 << 16};
    th_status status = th_rollout_create(&run->space, TH_LIVE_BEST, &rewards->rollout);
    rewards->records =
        th_allocate(run->space.first_value[run->problem->node_count], sizeof *rewards->records);
    if (status != TH_OK || rewards->records == NULL)
        return TH_NO_MEMORY;
    th_temperature_start(&rewards->temperature, run->options->temperature_coefficient,
                         th_run_plan(run));
    uint64_t most = total_points(run->problem);
    while (rewards->shift < FINEST_SHIFT && most << (rewards->shift + 1) <= largest_average)
        rewards->shift++;
    return TH_OK;
}

void th_rewards_free(th_rewards *rewards) {
    th_rollout_free(&rewards->rollout);
    th_free(rewards->records);
}

size_t th_rewards_choose(void *context, const th_rollout *rollout, th_id node, const th_id *values,
                         size_t count) {
    th_rewards *self = context;
    th_rng *rng = &self->run->rng;
    (void)rollout;
    if (count == 1)
        return 0;
    if ((th_rng_next(rng) >> 32) < self->explore)
        return th_rng_below(rng, count);
    const th_record *records = self->records + th_space_value(&self->run->space, node, 0);
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        const th_record *record = &records[values[i]];
        if (record->count == 0)
            return i;
        if (record->average > records[values[best]].average)
            best = i;
    }
    return best;
}

void th_rewards_add(th_rewards *rewards, th_id node, th_id value, int64_t points) {
    th_record *record = &rewards->records[th_space_value(&rewards->run->space, node, value)];
    int64_t reward = points * ((int64_t)1 << rewards->shift);
    if (record->count < RECORD_MEMORY)
        record->count++;
    record->average += (reward - record->average) / (int64_t)record->count;
}

void th_rewards_cool(th_rewards *rewards) {
    const th_run *run = rewards->run;
    uint64_t count = rewards->rollout.count + 1, one = (uint64_t)1 << 16;
    th_temperature_fall(&rewards->temperature);
    bool repeats = run->prediction->different == rewards->different;
    rewards->different = run->prediction->different;
    rewards->unrest += repeats ? rewards->unrest >> 5 : -(rewards->unrest >> 5);
    if (rewards->unrest < one)
        rewards->unrest = one;
    if (rewards->unrest > count << 16)
        rewards->unrest = count << 16;
    uint64_t now = th_temperature_now(&rewards->temperature);
    rewards->least = (rewards->unrest << 16) / count;
    rewards->explore = now > rewards->least ? now : rewards->least;
}

void th_rewards_widen(th_rewards *rewards) {
    if (th_run_is_used_up(rewards->run))
        rewards->rollout.live = TH_LIVE_ALL;
}

/* Credits what was earned, in the order of decisions. */
static void credit(th_rewards *self) {
    const th_predict_options *options = self->run->options;
    const th_rollout *rollout = &self->rollout;
    int64_t earned = 0;
    size_t window = 0;
    for (size_t i = 0; i < rollout->count; i++) {
        earned += th_rollout_points(rollout, i);
        if (i + 1 - window < options->step && i + 1 < rollout->count)
            continue;
        for (size_t k = options->trace ? 0 : window; k <= i; k++)
            th_rewards_add(self, rollout->sequence[k], rollout->values[rollout->sequence[k]],
                           earned);
        window = i + 1;
        earned = 0;
    }
}

th_status th_predict_learn(th_run *run) {
    th_rewards self;
    th_status status = th_rewards_create(run, &self);
    while (status == TH_OK && th_run_goes_on(run, run->problem->node_count)) {
        bool found;
        int64_t score;
        status = th_run_rollout(run, &self.rollout, th_rewards_choose, &self, &found, &score);
        if (status == TH_OK && found)
            credit(&self);
        th_rewards_cool(&self);
        th_rewards_widen(&self);
    }
    th_rewards_free(&self);
    return status;
}
