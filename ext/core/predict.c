/* Starts a predictor, counts what it proposes and keeps the best. See predict.h. */
#include "predict.h"

#include <string.h>

#include "predict_run.h"

static const size_t default_memory = (size_t)64 << 20;

enum {
    WORK_PER_QUESTION = 4096, /* asking `stop` reads a clock */
    EFFORT_PER_WORK = 8,
    JUDGED_EVERY = 1000,
    FIRST_ROLLOUTS = 64 /* tried before the exact search is asked for a first stack */
};

/* Attempts without a new stack that end a run: a large space is hardly ever used up, a small one
 * soon. */
static const uint64_t least_patience = 1024, most_patience = 2000000;

bool th_run_goes_on(th_run *run, uint64_t work) {
    run->work += work + run->stack.effort / EFFORT_PER_WORK;
    run->stack.effort = 0;
    if (run->work >= WORK_PER_QUESTION) {
        run->work = 0;
        if (run->options->stop != NULL && run->options->stop(run->options->stop_context)) {
            run->prediction->end = TH_PREDICT_END_STOPPED;
            run->done = true;
        }
    }
    if (++run->idle > run->patience)
        run->done = true;
    return !run->done;
}

/* Whether the definition agrees that run->shown is a stack with this score. */
static th_status judge_shown(th_run *run, int64_t score) {
    bool valid;
    int64_t points;
    th_status status = th_problem_judge(run->problem, run->shown, &valid, &points);
    if (status != TH_OK)
        return status;
    run->prediction->judged++;
    return valid && points == score ? TH_OK : TH_INVALID;
}

static void note_history(th_run *run, int64_t score) {
    th_prediction *prediction = run->prediction;
    if (prediction->history_count < TH_HISTORY_LIMIT)
        prediction->history[prediction->history_count++] =
            (th_predict_step){prediction->different, score};
}

/* What is to be done with a stack that has been counted. */
typedef struct {
    bool keep;   /* it may be one of the best */
    bool sample; /* its turn to be judged in passing */
} handling;

static th_status count_stack(th_run *run, uint64_t hash, int64_t score, handling *how) {
    th_prediction *prediction = run->prediction;
    bool is_new;
    th_status status = th_seen_add(&run->seen, hash, &is_new);
    if (status != TH_OK)
        return status;
    prediction->proposed++;
    prediction->counted_all = !run->seen.full;
    if (is_new || run->seen.full) {
        run->idle = 0;
        prediction->different += is_new;
        if (prediction->different >= run->options->stack_budget ||
            (run->seen.full && prediction->proposed >= run->options->stack_budget)) {
            prediction->end = TH_PREDICT_END_STACKS;
            run->done = true;
        }
    }
    /* Stacks that look alike may differ in what is not visible, and in score. */
    how->keep = !th_best_stacks_full(&run->best) || score > th_best_stacks_worst(&run->best);
    how->sample = is_new && prediction->different % JUDGED_EVERY == 0;
    return TH_OK;
}

/* Hands run->shown out as one of the sample, if there is room. */
static void note_sample(th_run *run, int64_t score) {
    th_prediction *prediction = run->prediction;
    size_t nodes = run->problem->node_count;
    if (prediction->sample_count >= run->options->sample_limit)
        return;
    memcpy(prediction->samples + prediction->sample_count * nodes, run->shown,
           nodes * sizeof *prediction->samples);
    prediction->sample_scores[prediction->sample_count++] = score;
}

/* Judges run->shown, keeps it, hands it out. */
static th_status take_shown(th_run *run, int64_t score, handling how) {
    th_status status = judge_shown(run, score);
    if (status != TH_OK)
        return status;
    if (how.sample)
        note_sample(run, score);
    if (!how.keep)
        return TH_OK;
    bool better = run->best.count == 0 || score > run->best.scores[0];
    th_best_stacks_add(&run->best, run->shown, score);
    if (better)
        note_history(run, score);
    return TH_OK;
}

th_status th_run_propose(th_run *run, th_id node, th_id value, uint64_t hash, int64_t score) {
    handling how;
    th_status status = count_stack(run, hash, score, &how);
    if (status != TH_OK || !(how.keep || how.sample))
        return status;
    memcpy(run->shown, run->stack.values, run->problem->node_count * sizeof *run->shown);
    if (node != TH_NONE)
        run->shown[node] = value;
    return take_shown(run, score, how);
}

th_status th_run_propose_values(th_run *run, const th_id *values) {
    handling how;
    int64_t score = th_space_score(&run->space, values);
    th_status status = count_stack(run, th_space_hash(&run->space, values), score, &how);
    if (status != TH_OK || !(how.keep || how.sample))
        return status;
    memcpy(run->shown, values, run->problem->node_count * sizeof *run->shown);
    return take_shown(run, score, how);
}

/* Whether what a rollout has built is a stack. */
static bool rollout_is_valid(th_run *run, const th_rollout *rollout) {
    if (run->space.hard_rule_count == 0)
        return true;
    th_stack_assign(&run->stack, rollout->values);
    return th_stack_valid(&run->stack);
}

th_status th_run_rollout(th_run *run, th_rollout *rollout, th_rollout_choose choose, void *context,
                         bool *found, int64_t *score) {
    *found = th_rollout_run(rollout, choose, context) && rollout_is_valid(run, rollout);
    run->work += rollout->effort / EFFORT_PER_WORK;
    if (!*found) {
        run->prediction->dead_ends++;
        return TH_OK;
    }
    *score = th_space_score(&run->space, rollout->values);
    return th_run_propose_values(run, rollout->values);
}

bool th_run_draw_step(th_run *run, th_id *node, th_id *value) {
    th_stack *stack = &run->stack;
    const th_space_lists *choices = &run->space.choices[stack->live];
    if (stack->present_count == 0)
        return false;
    *node = stack->present[th_rng_below(&run->rng, stack->present_count)];
    size_t count = choices->first[*node + 1] - choices->first[*node];
    if (count == 0)
        return false;
    *value = choices->items[choices->first[*node] + th_rng_below(&run->rng, count)];
    return *value != stack->values[*node];
}

th_status th_run_step(th_run *run, bool *taken) {
    th_id node, value;
    *taken = false;
    run->work += 32;
    if (!th_run_draw_step(run, &node, &value))
        return TH_OK;
    th_status status = th_stack_step(&run->stack, node, value, &run->rng, taken);
    if (status == TH_OK && *taken)
        status = th_run_propose(run, TH_NONE, TH_NONE, run->stack.hash, run->stack.score);
    else if (status == TH_OK)
        run->prediction->dead_ends++;
    return status;
}

/* Prefers what the stack has; else what earns most beside it. */
static size_t choose_near(void *context, th_rollout *rollout, th_id node, const th_id *values,
                          size_t count) {
    const th_run *run = context;
    const th_stack *stack = &run->stack;
    const th_space *space = rollout->space;
    size_t best = 0;
    int64_t most = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        if (values[i] == stack->values[node])
            return i;
        size_t at = th_space_value(space, node, values[i]);
        int64_t worth = space->unary[at] +
                        stack->points[space->first_class[node] + (size_t)space->class_of[at]];
        if (worth > most) {
            most = worth;
            best = i;
        }
    }
    return best;
}

th_status th_run_recreate(th_run *run, th_rollout *rollout, th_id node, th_id value, bool *taken) {
    int64_t score;
    rollout->live = run->stack.live;
    rollout->forced_node = node;
    rollout->forced_value = value;
    memcpy(run->before, run->stack.values, run->problem->node_count * sizeof *run->before);
    th_status status = th_run_rollout(run, rollout, choose_near, run, taken, &score);
    th_stack_assign(&run->stack, status == TH_OK && *taken ? rollout->values : run->before);
    return status;
}

void th_run_undo_recreate(th_run *run) {
    th_stack_assign(&run->stack, run->before);
}

void th_temperature_start(th_temperature *temperature, uint64_t coefficient, uint64_t plan) {
    *temperature = (th_temperature){.plan = plan, .log2_coefficient = th_fixed_log2(coefficient)};
    th_exp_table_fill(&temperature->powers);
}

void th_temperature_fall(th_temperature *temperature) {
    uint64_t log2 = (uint64_t)th_highest_bit(temperature->stacks + 1);
    uint64_t stacks = ++temperature->stacks + log2 * 7 / 10; /* ln x is 0.7 log2 x */
    if (stacks > temperature->plan)
        stacks = temperature->plan;
    /* |log2_coefficient| < 2^37, so a plan up to 2^26 stays exact; longer ones fall the same way.
     */
    uint64_t plan = temperature->plan;
    while (plan >> 26) {
        plan >>= 1;
        stacks >>= 1;
    }
    temperature->log2 += temperature->log2_coefficient * (int64_t)stacks / (int64_t)plan;
    if (temperature->log2 < -((int64_t)62 << TH_FIXED_BITS) / 2)
        temperature->log2 = -((int64_t)62 << TH_FIXED_BITS) / 2;
}

uint64_t th_temperature_now(const th_temperature *temperature) {
    return th_fixed_exp2(&temperature->powers, temperature->log2);
}

size_t th_draw_termial(th_rng *rng, size_t count) {
    /* Weights count, count - 1, ... 1 add up to count (count + 1) / 2. */
    uint64_t draw = th_rng_next(rng) % ((uint64_t)count * (count + 1) / 2);
    size_t place = 0;
    while (draw >= count - place) {
        draw -= count - place;
        place++;
    }
    return place;
}

size_t th_draw_recent(th_rng *rng, size_t count) {
    return th_rng_below(rng, 10) != 0 ? 0 : th_draw_termial(rng, count);
}

static size_t choose_newest(void *context, th_rollout *rollout, th_id node, const th_id *values,
                            size_t count) {
    (void)context;
    (void)rollout;
    (void)node;
    (void)values;
    (void)count;
    return 0;
}

static size_t choose_any(void *context, th_rollout *rollout, th_id node, const th_id *values,
                         size_t count) {
    th_run *run = context;
    (void)rollout;
    (void)node;
    (void)values;
    return th_rng_below(&run->rng, count);
}

/* Any stack, by the exact search: that of a copy of the problem where nothing gives points. */
static th_status find_by_search(th_run *run) {
    th_problem copy = *run->problem;
    th_optimum optimum = {0};
    th_optimize_options options = {.wanted = 1,
                                   .node_budget = UINT64_MAX,
                                   .memory_budget = run->options->memory_budget,
                                   .stop = run->options->stop,
                                   .stop_context = run->options->stop_context};
    copy.pair_count = 0;
    copy.candidate_scores = th_allocate(copy.candidate_count, sizeof *copy.candidate_scores);
    copy.rule_values = th_allocate(copy.rule_count, sizeof *copy.rule_values);
    th_status status = TH_NO_MEMORY;
    if (copy.candidate_scores != NULL && copy.rule_values != NULL) {
        for (size_t rule = 0; rule < copy.rule_count; rule++)
            if (copy.rule_kinds[rule] != TH_RULE_SCORE)
                copy.rule_values[rule] = run->problem->rule_values[rule];
        status = th_optimize(&copy, &options, &optimum);
    }
    if (status == TH_OK && optimum.stack_count != 0)
        status = th_run_propose_values(run, optimum.stacks);
    else if (status == TH_OK && optimum.outcome == TH_OUTCOME_UNSATISFIABLE)
        run->prediction->outcome = TH_PREDICTION_UNSATISFIABLE;
    else if (status == TH_OK)
        run->prediction->end = TH_PREDICT_END_STOPPED;
    th_optimum_free(&optimum);
    th_free(copy.candidate_scores);
    th_free(copy.rule_values);
    return status;
}

/* Proposes a first stack: the newest releases if that goes (a random walk draws), else any. */
static th_status find_first(th_run *run) {
    th_rollout rollout;
    bool found = false, drawn = run->options->predictor == TH_PREDICT_RANDOM_WALK;
    int64_t score;
    th_status status = th_rollout_create(&run->space, TH_LIVE_ALL, &rollout);
    for (int i = 0; status == TH_OK && !found && i < FIRST_ROLLOUTS; i++) {
        status = th_run_rollout(run, &rollout, i == 0 && !drawn ? choose_newest : choose_any, run,
                                &found, &score);
        if (!th_run_goes_on(run, run->problem->node_count))
            break;
    }
    th_rollout_free(&rollout);
    if (status != TH_OK || found || run->done)
        return status;
    return find_by_search(run);
}

static th_status run_predictor(th_run *run) {
    switch (run->options->predictor) {
    case TH_PREDICT_ANNEALING:
        return th_predict_anneal(run);
    case TH_PREDICT_HILL_CLIMBING:
        return th_predict_climb(run);
    case TH_PREDICT_TEMPORAL_DIFFERENCE:
        return th_predict_learn(run);
    case TH_PREDICT_TREE_SEARCH:
        return th_predict_search_tree(run);
    case TH_PREDICT_COMBINATIONS:
        return th_predict_combine(run);
    case TH_PREDICT_APPROXIMATING_LATEST:
    case TH_PREDICT_RANDOM_WALK:
    case TH_PREDICT_SAMPLING:
        return th_predict_draw(run);
    default:
        return TH_OK; /* latest: the first stack is all */
    }
}

static bool steps_use_best(th_predictor predictor) {
    return predictor == TH_PREDICT_ANNEALING || predictor == TH_PREDICT_HILL_CLIMBING;
}

/* Makes room for what is handed out in passing. */
static bool make_room(th_run *run) {
    th_prediction *prediction = run->prediction;
    size_t samples = run->options->sample_limit, nodes = run->problem->node_count;
    if (nodes != 0 && samples > SIZE_MAX / nodes)
        return false;
    prediction->history = th_allocate(TH_HISTORY_LIMIT, sizeof *prediction->history);
    prediction->samples = th_allocate(samples * nodes, sizeof *prediction->samples);
    prediction->sample_scores = th_allocate(samples, sizeof *prediction->sample_scores);
    return prediction->history != NULL && prediction->samples != NULL &&
           prediction->sample_scores != NULL;
}

static th_status predict(th_run *run) {
    const th_predict_options *options = run->options;
    size_t memory = options->memory_budget != 0 ? options->memory_budget : default_memory;
    th_status status =
        th_space_create(run->problem, memory, options->stop, options->stop_context, &run->space);
    if (status == TH_LIMIT || status == TH_STOPPED) {
        run->prediction->end = status == TH_LIMIT ? TH_PREDICT_END_MEMORY : TH_PREDICT_END_STOPPED;
        return TH_OK;
    }
    if (status != TH_OK)
        return status;
    if (run->space.domains.infeasible) {
        run->prediction->outcome = TH_PREDICTION_UNSATISFIABLE;
        return TH_OK;
    }
    size_t left = memory > run->space.arena.bytes ? memory - run->space.arena.bytes : 0;
    run->patience =
        run->space.combinations < most_patience ? run->space.combinations : most_patience;
    if (run->patience < least_patience)
        run->patience = least_patience;
    th_rng_seed(&run->rng, options->seed);
    status = th_seen_create(left, &run->seen);
    if (status == TH_OK)
        status = th_stack_create(&run->space,
                                 steps_use_best(options->predictor) ? TH_LIVE_BEST : TH_LIVE_ALL,
                                 &run->stack);
    run->shown = th_allocate(run->problem->node_count, sizeof *run->shown);
    run->before = th_allocate(run->problem->node_count, sizeof *run->before);
    if (status != TH_OK || run->shown == NULL || run->before == NULL || !make_room(run))
        return TH_NO_MEMORY;
    status = find_first(run);
    if (status == TH_OK && run->best.count != 0 && !run->done)
        status = run_predictor(run);
    return status;
}

th_status th_predict(const th_problem *problem, const th_predict_options *options,
                     th_prediction *prediction) {
    memset(prediction, 0, sizeof *prediction);
    prediction->outcome = TH_PREDICTION_UNKNOWN;
    prediction->counted_all = true;
    th_run run = {.problem = problem, .options = options, .prediction = prediction};
    th_status status =
        th_best_stacks_create(problem, options->wanted, options->memory_budget, &run.best);
    if (status == TH_OK)
        status = predict(&run);
    if (status == TH_OK && run.best.count != 0) {
        prediction->outcome = TH_PREDICTION_FEASIBLE;
        prediction->stack_count = run.best.count;
        prediction->stacks = run.best.values;
        prediction->scores = run.best.scores;
        run.best.values = NULL;
        run.best.scores = NULL;
    }
    th_best_stacks_free(&run.best);
    th_seen_free(&run.seen);
    th_stack_free(&run.stack);
    th_free(run.shown);
    th_free(run.before);
    th_space_free(&run.space);
    return status;
}

void th_prediction_free(th_prediction *prediction) {
    th_free(prediction->stacks);
    th_free(prediction->scores);
    th_free(prediction->samples);
    th_free(prediction->sample_scores);
    th_free(prediction->history);
    prediction->stacks = NULL;
    prediction->scores = NULL;
    prediction->samples = NULL;
    prediction->sample_scores = NULL;
    prediction->history = NULL;
}
