/* What the predictors share while one of them runs: budgets, counts, the best stacks.
 *
 * Example, all of a predictor that only draws:
 *
 *     while (th_run_goes_on(run, work)) {
 *         ... put a stack into run->stack ...
 *         ... propose it: a new one is counted, and kept when it is among the best ...
 *     }
 *
 * What the searches are is in their own files, with their sources; predict.h lists them.
 */
#ifndef THOTH_CORE_PREDICT_RUN_H
#define THOTH_CORE_PREDICT_RUN_H

#include "predict.h"
#include "predict_rollout.h"
#include "predict_seen.h"
#include "topk.h"

typedef struct {
    const th_problem *problem;
    const th_predict_options *options;
    th_prediction *prediction;
    th_space space;
    th_rng rng;
    th_best_stacks best;
    th_seen seen;
    th_stack stack;    /* where a search by steps is; scratch for the others */
    th_id *shown;      /* scratch: a stack that is only looked at */
    th_id *before;     /* what th_run_recreate went away from */
    uint64_t work;     /* done since `stop` was asked */
    uint64_t idle;     /* attempts since a new stack came */
    uint64_t patience; /* attempts without a new stack that end the run */
    bool done;         /* set when the run has to end */
} th_run;

/* Counts an attempt that cost `work` (some nanoseconds each). Returns whether to go on. */
bool th_run_goes_on(th_run *run, uint64_t work);

/* Proposes the stack at hand in run->stack, or, with `node` not TH_NONE, what it would be with
 * `value` there. */
th_status th_run_propose(th_run *run, th_id node, th_id value, uint64_t hash, int64_t score);

/* Proposes an assignment that is a valid stack. */
th_status th_run_propose_values(th_run *run, const th_id *values);

/* Runs a rollout, proposes its stack and sets *score; *found: it was not a dead end. */
th_status th_run_rollout(th_run *run, th_rollout *rollout, th_rollout_choose choose, void *context,
                         bool *found, int64_t *score);

/* Whether so many attempts brought nothing new that the best of each class have been used up. Then
 * a predictor goes on with all releases. */
static inline bool th_run_is_used_up(const th_run *run) {
    return run->idle > 256 + 64 * run->prediction->different;
}

/* Draws a node that is present in run->stack and a value to step to; false: it drew what is there.
 */
bool th_run_draw_step(th_run *run, th_id *node, th_id *value);

/* Takes a random step from run->stack and proposes where it leads. */
th_status th_run_step(th_run *run, bool *taken);

/* Goes to the stack that a rollout builds around one release, drawn or not: what run->stack has
 * where that still goes, else what earns most beside it. Proposes it. A repair (predict_repair.h)
 * gives up where several packages have to move together; this does not (ruin and recreate: Schrimpf
 * et al. 2000). If *taken is false the stack is as before. */
th_status th_run_recreate(th_run *run, th_rollout *rollout, th_id node, th_id value, bool *taken);

/* Goes back to before the last th_run_recreate. */
void th_run_undo_recreate(th_run *run);

/* The best stack so far. */
static inline const th_id *th_run_best(const th_run *run) {
    return run->best.values;
}

static inline uint64_t th_run_plan(const th_run *run) {
    const th_predict_options *options = run->options;
    if (options->plan != 0)
        return options->plan;
    return options->stack_budget == UINT64_MAX || options->stack_budget == 0
               ? 10000
               : options->stack_budget;
}

/* The falling temperature of Thoth's adviser: each stack multiplies it by coefficient^k, where k
 * grows from 0 to 1 with the number of stacks: k = (stacks + ln(stacks + 1)) / plan. */
typedef struct {
    int64_t log2; /* fixed point; 0 at the start: the temperature is 1 then */
    int64_t log2_coefficient;
    uint64_t plan, stacks;
    th_exp_table powers;
} th_temperature;

void th_temperature_start(th_temperature *temperature, uint64_t coefficient, uint64_t plan);
void th_temperature_fall(th_temperature *temperature);
/* As a part of 2^TH_FIXED_BITS. */
uint64_t th_temperature_now(const th_temperature *temperature);

/* The newest of the list with probability 0.9, else one drawn with a weight that falls by one from
 * release to release (what Thoth's adviser calls termial random). */
size_t th_draw_recent(th_rng *rng, size_t count);
size_t th_draw_termial(th_rng *rng, size_t count);

/* One search each; they return when th_run_goes_on says no, or there is nothing left to try. A
 * first stack has been proposed before. */
th_status th_predict_anneal(th_run *run);
th_status th_predict_climb(th_run *run);
th_status th_predict_draw(th_run *run);
th_status th_predict_combine(th_run *run);
th_status th_predict_learn(th_run *run);
th_status th_predict_search_tree(th_run *run);

#endif
