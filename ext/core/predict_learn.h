/* What releases have earned, and choosing by it: common to temporal difference and tree search.
 *
 * A record goes up to a reward at once, and comes down as a mean does. Example: numpy 1.26 earned
 * 9, then 5: its record is 7; numpy 2.0 has 4; so 1.26 is chosen, but for the share of choices that
 * explore (epsilon-greedy: Sutton & Barto 2018, "Reinforcement Learning", section 2.2).
 */
#ifndef THOTH_CORE_PREDICT_LEARN_H
#define THOTH_CORE_PREDICT_LEARN_H

#include "predict_run.h"

enum {
    RECORD_MEMORY = 256 /* lower rewards until a record comes down to them, or nearly */
};

typedef struct {
    int64_t value;  /* times 2^shift */
    uint32_t count; /* of rewards, up to RECORD_MEMORY; 0: none yet */
} th_record;

typedef struct {
    th_run *run;
    th_rollout rollout;
    th_record *records; /* by value */
    int64_t *earned;    /* by decision of the rollout: points, times 2^shift; NULL: not looked at */
    int64_t most;       /* no record is farther from 0 */
    int shift;          /* makes records finer than one point where there is room */
    th_temperature temperature;
    uint64_t explore;   /* of 2^32: how often a release is drawn at random */
    uint64_t least;     /* what `explore` does not fall below */
    uint64_t unrest;    /* of 2^16: grows while stacks repeat, and so does the least `explore` */
    uint64_t different; /* stacks there were when it was looked at last */
} th_rewards;

/* th_rewards_free frees it, also after a failure. */
th_status th_rewards_create(th_run *run, th_rewards *rewards);
void th_rewards_free(th_rewards *rewards);

/* Draws a release with probability `explore`, else takes one with the best record, to which, where
 * `earned` is kept, comes what it earns now; a release that has no record yet comes before all. */
size_t th_rewards_choose(void *context, th_rollout *rollout, th_id node, const th_id *values,
                         size_t count);

/* Adds a reward, in points, to the record of the value. */
void th_rewards_add(th_rewards *rewards, th_id node, th_id value, int64_t points);

/* After each stack: the temperature falls, and `explore` with it, down to about one release of the
 * stack at hand, or as many more as it takes for half of the stacks to be new. */
void th_rewards_cool(th_rewards *rewards);

/* Goes on with all releases once the best of each class are used up. */
void th_rewards_widen(th_rewards *rewards);

#endif
