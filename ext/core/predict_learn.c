/* Temporal difference learning: the release is chosen that earns most now and, by its record,
 * later; or, as long as it is hot, any (Sutton & Barto 2018, Reinforcement Learning, chapters 6, 7
 * and 12).
 *
 * A stack is a sequence of decisions (predict_rollout.h). A decision earns its own points and those
 * of its pairs with what has been decided before, which is known when it is taken. What comes later
 * is learnt: the record of a release says what the decisions after it may earn (the value of an
 * afterstate, chapter 6.8). After each stack every release is told what the next `step` decisions
 * earned and what the record of the last of them expects beyond; with `trace`, what really came
 * beyond, mostly (a lambda-return, chapter 12.1).
 *
 * A record rises at once and falls slowly: most of what comes in lower does so because some other
 * decision was drawn at random, and is not the release's fault (hysteretic learning: Matignon,
 * Laurent & Le Fort-Piat 2007).
 *
 * Example: numpy 2 earns 3 and numpy 1.26 earns 1; but scipy, which comes next, earned 4
 * after 1.26, and after 2 never more than 1. numpy 1.26 is chosen, for 5 against 4.
 */
#include "predict_learn.h"

enum {
    FINEST_SHIFT = 16,
    DOUBT = 16 /* one part of so many is what was expected, the others what came (1 - lambda) */
};

/* A sum of four records fits in 64 bits. */
static const uint64_t largest_record = (uint64_t)1 << 60;

/* No stack's score is farther from 0; at most largest_record, which th_problem_create sees to. */
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
        if (total >= largest_record)
            return largest_record;
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
    while (rewards->shift < FINEST_SHIFT && most << (rewards->shift + 1) <= largest_record)
        rewards->shift++;
    rewards->most = (int64_t)(most << rewards->shift);
    return TH_OK;
}

void th_rewards_free(th_rewards *rewards) {
    th_rollout_free(&rewards->rollout);
    th_free(rewards->records);
}

/* A release that has no record yet, or the one with the best. */
static size_t best_record(const th_record *records, const th_id *values, size_t count) {
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        const th_record *record = &records[values[i]];
        if (record->count == 0)
            return i;
        if (record->value > records[values[best]].value)
            best = i;
    }
    return best;
}

/* What the release earns now, times 2^shift. */
static int64_t earns_now(const th_rewards *self, const int64_t *worth, size_t at) {
    const th_space *space = &self->run->space;
    return (space->unary[at] + worth[space->class_of[at]]) * ((int64_t)1 << self->shift);
}

/* The release that earns most now and, by its record, later. */
static size_t best_now_and_later(const th_rewards *self, const int64_t *worth, size_t first,
                                 const th_id *values, size_t count) {
    size_t best = 0;
    int64_t most = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        size_t at = first + (size_t)values[i];
        if (self->records[at].count == 0)
            return i;
        int64_t value = earns_now(self, worth, at) + self->records[at].value;
        if (value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}

size_t th_rewards_choose(void *context, th_rollout *rollout, th_id node, const th_id *values,
                         size_t count) {
    th_rewards *self = context;
    th_rng *rng = &self->run->rng;
    size_t first = th_space_value(&self->run->space, node, 0), chosen = 0;
    bool draws = count > 1 && (th_rng_next(rng) >> 32) < self->explore;
    if (draws)
        chosen = th_rng_below(rng, count);
    if (self->earned == NULL)
        return draws || count == 1 ? chosen : best_record(self->records + first, values, count);
    const int64_t *worth = th_rollout_worth(rollout, node);
    if (!draws && count > 1)
        chosen = best_now_and_later(self, worth, first, values, count);
    self->earned[rollout->count] = earns_now(self, worth, first + (size_t)values[chosen]);
    return chosen;
}

/* Up at once, down slowly. */
static void note(th_record *record, int64_t reward) {
    if (record->count < RECORD_MEMORY)
        record->count++;
    if (reward > record->value || record->count == 1)
        record->value = reward;
    else
        record->value += (reward - record->value) / (int64_t)record->count;
}

void th_rewards_add(th_rewards *rewards, th_id node, th_id value, int64_t points) {
    note(&rewards->records[th_space_value(&rewards->run->space, node, value)],
         points * ((int64_t)1 << rewards->shift));
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

/* What releases expect of each other might add up without end where they require each other. */
static int64_t within(const th_rewards *self, int64_t points) {
    return points > self->most ? self->most : points < -self->most ? -self->most : points;
}

/* Tells each release of the stack what came after it, the last one first: what the rest of its
 * window earned, and what is expected after that. */
static void credit(th_rewards *self) {
    const th_predict_options *options = self->run->options;
    const th_rollout *rollout = &self->rollout;
    int64_t later = 0, beyond = 0;
    for (size_t i = rollout->count; i-- > 0;) {
        th_id node = rollout->sequence[i];
        th_record *record =
            &self->records[th_space_value(&self->run->space, node, rollout->values[node])];
        int64_t expected = record->value, came = within(self, later + beyond);
        note(record, came);
        if (i % options->step == 0) {
            /* A window ends here: what is before sees the rest through this release. */
            beyond = options->trace ? came - (came - expected) / DOUBT : expected;
            later = 0;
        }
        later += self->earned[i];
    }
}

th_status th_predict_learn(th_run *run) {
    th_rewards self;
    th_status status = th_rewards_create(run, &self);
    self.earned = th_allocate(run->problem->node_count, sizeof *self.earned);
    if (self.earned == NULL)
        status = TH_NO_MEMORY;
    while (status == TH_OK && th_run_goes_on(run, run->problem->node_count)) {
        bool found;
        int64_t score;
        status = th_run_rollout(run, &self.rollout, th_rewards_choose, &self, &found, &score);
        if (status == TH_OK && found)
            credit(&self);
        th_rewards_cool(&self);
        th_rewards_widen(&self);
    }
    th_free(self.earned);
    th_rewards_free(&self);
    return status;
}
