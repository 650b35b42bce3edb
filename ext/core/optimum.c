/* Drives encoding, reduction and search, and checks what comes out. See optimum.h. */
#include "optimum.h"

#include <string.h>

#include "component.h"
#include "encode.h"
#include "predict.h"
#include "topk.h"

typedef struct {
    const th_problem *problem;
    const th_optimize_options *options;
    th_optimum *optimum;
    th_halt *halt;
    th_domains domains;
    th_classes classes;
    th_loops loops;
    th_best_stacks best;
    /* Of the round at hand. */
    th_network network;
    th_reduction reduction;
    th_component **searches;
    size_t search_count;
    size_t lists_bytes; /* of the best stacks and of the lists of values left */
    th_id *values;      /* by variable of the network */
    th_id *node_values; /* by node of the problem */
    unsigned char *reached;
    th_status found_status; /* of what happened in the callback of a search */
} optimizing;

/* No stack scores more than all best releases and all positive terms together. */
static int64_t trivial_bound(const th_problem *problem) {
    int64_t bound = 0;
    for (size_t node = 0; node < problem->node_count; node++) {
        int64_t most = 0;
        for (size_t i = problem->first[node]; i < problem->first[node + 1]; i++)
            most = problem->candidate_scores[i] > most ? problem->candidate_scores[i] : most;
        bound += most;
    }
    for (size_t i = 0; i < problem->pair_count; i++)
        bound += problem->pair_scores[i] > 0 ? problem->pair_scores[i] : 0;
    for (size_t i = 0; i < problem->rule_count; i++)
        if (problem->rule_kinds[i] == TH_RULE_SCORE && problem->rule_values[i] > 0)
            bound += problem->rule_values[i];
    return bound;
}

static void lower_upper_bound(optimizing *run, th_cost cost) {
    if (!th_cost_is_top(cost) && -cost < run->optimum->upper_bound)
        run->optimum->upper_bound = -cost;
}

/* Turns values of variables into values of nodes. */
static void read_stack(optimizing *run) {
    for (th_id node = 0; node < (th_id)run->problem->node_count; node++) {
        th_id value = run->values[node];
        run->node_values[node] = value < run->classes.counts[node]
                                     ? th_classes_best(&run->classes, node, value)
                                     : th_problem_absent(run->problem, node);
    }
}

/* Judges node_values and keeps them if they are a stack. Sets *circular when nodes of it hold each
 * other up; then what the roots reach of it is judged instead. */
static th_status take_stack(optimizing *run, th_cost cost, bool *circular) {
    bool valid;
    int64_t score;
    th_status status = th_problem_reach(run->problem, run->node_values, run->reached);
    *circular = false;
    for (th_id node = 0; status == TH_OK && node < (th_id)run->problem->node_count; node++)
        if (run->node_values[node] != th_problem_absent(run->problem, node) && !run->reached[node])
            *circular = true;
    if (status == TH_OK)
        status = th_problem_judge(run->problem, run->node_values, &valid, &score);
    if (status != TH_OK)
        return status;
    if (!*circular) {
        if (!valid || score != -cost)
            return TH_INVALID;
        return run->options->wanted > 1
                   ? th_best_stacks_unfold(&run->best, &run->classes, run->node_values, score,
                                           run->halt)
                   : (th_best_stacks_add(&run->best, run->node_values, score), TH_OK);
    }
    for (th_id node = 0; node < (th_id)run->problem->node_count; node++)
        if (!run->reached[node])
            run->node_values[node] = th_problem_absent(run->problem, node);
    status = th_problem_judge(run->problem, run->node_values, &valid, &score);
    if (status == TH_OK && valid)
        th_best_stacks_add(&run->best, run->node_values, score);
    return status;
}

/* For one best stack: each solution lowers the top of its component. */
static th_cost found_better(void *context, const th_id *values, th_cost cost) {
    (void)context;
    (void)values;
    return cost;
}

/* What a further solution of the one component has to cost less than, once there are k stacks. */
static th_cost found_threshold(const optimizing *run) {
    return -th_best_stacks_worst(&run->best) - run->network.constant;
}

/* For k best stacks: there is one component, and every solution is unfolded at once. */
static th_cost found_any(void *context, const th_id *values, th_cost cost) {
    optimizing *run = context;
    bool circular;
    (void)values;
    th_reduction_complete(&run->reduction, run->values);
    read_stack(run);
    if (run->found_status == TH_OK)
        run->found_status = take_stack(run, run->network.constant + cost, &circular);
    if (run->found_status != TH_OK)
        return -TH_TOP_LIMIT; /* ends the search */
    return th_best_stacks_full(&run->best) ? found_threshold(run) : TH_TOP;
}

/* Adds the nodes that are present and not reached to the circles to cut. */
static th_status note_loop(optimizing *run) {
    for (th_id node = 0; node < (th_id)run->problem->node_count; node++)
        if (run->values[node] < run->classes.counts[node] && !run->reached[node] &&
            th_vec_push(&run->loops.nodes, node) != TH_OK)
            return TH_NO_MEMORY;
    run->optimum->loop_count++;
    return th_vec_push(&run->loops.ends, run->loops.nodes.count);
}

static void end_round(optimizing *run) {
    for (size_t i = 0; i < run->search_count; i++)
        run->searches[i]->kind->free(run->searches[i]);
    th_free(run->searches);
    run->searches = NULL;
    run->search_count = 0;
    th_reduction_free(&run->reduction);
    th_network_free(&run->network);
    memset(&run->network, 0, sizeof run->network);
    th_free(run->values);
    run->values = NULL;
}

/* Encodes and reduces. */
static th_status begin_round(optimizing *run) {
    memset(&run->network, 0, sizeof run->network);
    run->network.memory_limit = run->options->memory_budget;
    run->network.halt = run->halt;
    run->network.other_bytes = run->best.bytes;
    th_status status =
        th_encode(run->problem, &run->domains, &run->classes, &run->loops, &run->network);
    if (status != TH_OK)
        return status;
    th_reduce_options options = {.keep_all = run->options->wanted > 1};
    status = th_reduce(&run->network, options, &run->reduction);
    if (status != TH_OK)
        return status;
    run->lists_bytes = run->network.other_bytes;
    run->values = th_allocate(run->network.variables.count, sizeof *run->values);
    return run->values != NULL ? TH_OK : TH_NO_MEMORY;
}

static th_status create_searches(optimizing *run) {
    size_t count = (size_t)run->reduction.component_count;
    run->searches = th_allocate(count, sizeof *run->searches);
    if (run->searches == NULL)
        return TH_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        th_status status =
            th_component_create(&run->reduction, (th_id)i, run->values, &run->searches[i]);
        if (status != TH_OK)
            return status;
        th_component *search = run->searches[i];
        run->search_count = i + 1;
        run->network.other_bytes += search->kind->memory(search);
        search->enumerate = run->options->wanted > 1;
        search->found = search->enumerate ? found_any : found_better;
        search->found_context = run;
        if (search->enumerate && th_best_stacks_full(&run->best))
            search->kind->set_top(search, found_threshold(run));
        run->optimum->variable_count += search->variable_count;
        run->optimum->table_count += search->table_count;
        run->optimum->value_count += search->value_count;
    }
    return TH_OK;
}

/* Runs one search within what is left of the budgets. Sets the limit when one was reached. */
static th_status run_search(optimizing *run, th_component *search, bool until_solution) {
    uint64_t used = run->optimum->nodes, before = search->nodes;
    uint64_t budget = run->options->node_budget, left = used < budget ? budget - used : 0;
    size_t memory = run->network.arena.bytes + run->lists_bytes;
    for (size_t i = 0; i < run->search_count; i++)
        if (run->searches[i] != search)
            memory += search->kind->memory(run->searches[i]);
    if (run->options->memory_budget != 0)
        search->memory_limit =
            memory < run->options->memory_budget ? run->options->memory_budget - memory : 1;
    th_status status = search->kind->run(
        search, left > UINT64_MAX - before ? UINT64_MAX : before + left, until_solution);
    run->optimum->nodes += search->nodes - before;
    if (status == TH_OK)
        status = run->found_status;
    if (status != TH_OK || search->finished || (until_solution && search->has_solution))
        return status;
    run->optimum->limit = search->stopped            ? TH_LIMIT_STOPPED
                          : search->memory_exhausted ? TH_LIMIT_MEMORY
                                                     : TH_LIMIT_NODES;
    return TH_OK;
}

/* What no stack's cost can be below, from all components. TH_TOP: there is none (left). */
static th_cost round_bound(const optimizing *run) {
    th_cost bound = run->network.constant;
    for (size_t i = 0; i < run->search_count; i++) {
        const th_component *search = run->searches[i];
        th_cost part = search->kind->bound(search);
        if (search->has_solution && !search->enumerate && search->best < part)
            part = search->best;
        bound = th_cost_add(bound, part);
    }
    return bound;
}

/* First a solution of every component, then every component to its end; small ones come first in
 * both, since they are numbered as they were found and cost nothing. Returns whether every
 * component has a solution, in *solved. */
static th_status run_searches(optimizing *run, bool *solved) {
    *solved = true;
    for (int phase = 0; phase < 2; phase++)
        for (size_t i = 0; i < run->search_count; i++) {
            th_component *search = run->searches[i];
            th_status status = run_search(run, search, phase == 0 && !search->enumerate);
            if (status != TH_OK)
                return status;
            *solved &= search->has_solution;
            if (run->optimum->limit != TH_LIMIT_NONE || (search->finished && !search->has_solution))
                return TH_OK;
        }
    return TH_OK;
}

/* One encoding searched as far as the budgets allow. Sets *again when a circle has to be cut. */
static th_status search_round(optimizing *run, bool *again) {
    bool solved, circular;
    th_optimum *optimum = run->optimum;
    *again = false;
    if (th_cost_is_top(run->network.constant)) {
        optimum->outcome = TH_OUTCOME_UNSATISFIABLE;
        return TH_OK;
    }
    th_status status = create_searches(run);
    if (status == TH_OK)
        status = run_searches(run, &solved);
    if (status != TH_OK)
        return status;
    th_cost bound = round_bound(run);
    if (run->options->wanted > 1 && run->search_count != 0) {
        bool proved = optimum->limit == TH_LIMIT_NONE;
        if (!proved) {
            /* The search's bound is of what it has not found yet. */
            if (run->best.count != 0 && -run->best.scores[0] < bound)
                bound = -run->best.scores[0];
            lower_upper_bound(run, bound);
        } else
            optimum->outcome = run->best.count != 0 ? TH_OUTCOME_OPTIMAL : TH_OUTCOME_UNSATISFIABLE;
        return TH_OK;
    }
    if (th_cost_is_top(bound)) {
        optimum->outcome = TH_OUTCOME_UNSATISFIABLE;
        return TH_OK;
    }
    lower_upper_bound(run, bound);
    for (size_t i = 0; i < run->search_count; i++)
        if (!run->searches[i]->has_solution)
            return TH_OK;
    th_cost cost = run->network.constant;
    for (size_t i = 0; i < run->search_count; i++)
        cost += run->searches[i]->best;
    th_reduction_complete(&run->reduction, run->values);
    read_stack(run);
    status = take_stack(run, cost, &circular);
    if (status != TH_OK || optimum->limit != TH_LIMIT_NONE)
        return status;
    if (run->best.count != 0 && run->best.scores[0] == optimum->upper_bound &&
        (run->options->wanted == 1 || !circular))
        optimum->outcome = TH_OUTCOME_OPTIMAL;
    else {
        *again = true;
        status = note_loop(run);
    }
    return status;
}

/* How many things of the problem a judgement looks at, at most. */
static size_t judging_work(const th_problem *problem) {
    return problem->node_count + problem->pair_count + problem->rule_count +
           (size_t)problem->rule_when_offsets[problem->rule_count];
}

/* Keeps every valid stack that differs from `values` in one node. */
static th_status add_neighbours(optimizing *run, const th_id *values) {
    const th_problem *problem = run->problem;
    th_status status = TH_OK;
    size_t work = 4 * judging_work(problem);
    memcpy(run->node_values, values, problem->node_count * sizeof *values);
    for (th_id node = 0; node < (th_id)problem->node_count; node++) {
        if (values[node] == th_problem_absent(problem, node))
            continue;
        for (th_id value = 0; status == TH_OK && value < problem->node_sizes[node]; value++) {
            bool valid;
            int64_t score;
            if (th_halt_after(run->halt, work + th_best_stacks_work(&run->best)))
                return TH_STOPPED;
            run->node_values[node] = value;
            status = th_problem_judge(problem, run->node_values, &valid, &score);
            if (status == TH_OK && valid)
                th_best_stacks_add(&run->best, run->node_values, score);
        }
        run->node_values[node] = values[node];
    }
    return status;
}

static th_status optimize_within(const th_problem *problem, const th_optimize_options *options,
                                 th_halt *halt, th_optimum *optimum);

/* Before the k best are enumerated: the best one, found with every reduction, and its neighbours.
 * So the enumeration starts with a threshold close to its last. Sets *done when nothing is left to
 * enumerate, or no budget is. */
static th_status seed_stacks(optimizing *run, bool *done) {
    th_optimize_options options = *run->options;
    th_optimum first, *optimum = run->optimum;
    options.wanted = 1;
    th_status status = optimize_within(run->problem, &options, run->halt, &first);
    if (status == TH_OK) {
        optimum->nodes = first.nodes;
        optimum->limit = first.limit;
        optimum->upper_bound = first.upper_bound;
        optimum->loop_count = first.loop_count;
        if (first.outcome == TH_OUTCOME_UNSATISFIABLE)
            optimum->outcome = first.outcome;
        *done = first.outcome == TH_OUTCOME_UNSATISFIABLE || first.limit != TH_LIMIT_NONE;
        if (first.stack_count != 0)
            status = add_neighbours(run, first.stacks);
    }
    th_optimum_free(&first);
    return status;
}

/* From so many pairs and rules on, a first solution of the search can take tenths of a second. The
 * newest releases that go together take hundredths: an answer for who has no more time. */
enum { newest_from = 1000 };

static th_status keep_newest(optimizing *run) {
    th_predict_options options = {.predictor = TH_PREDICT_LATEST,
                                  .wanted = 1,
                                  .stack_budget = 1,
                                  .memory_budget = run->options->memory_budget,
                                  .stop = run->options->stop,
                                  .stop_context = run->options->stop_context};
    th_prediction newest;
    th_status status = th_predict(run->problem, &options, &newest);
    if (status == TH_OK && newest.stack_count != 0)
        th_best_stacks_add(&run->best, newest.stacks, newest.scores[0]);
    th_prediction_free(&newest);
    return status;
}

/* What comes before anything is encoded. Sets *done when the answer is complete with it. */
static th_status keep_first_stacks(optimizing *run, bool *done) {
    *done = false;
    if (run->options->wanted > 1)
        return seed_stacks(run, done);
    return run->problem->pair_count + run->problem->rule_count >= newest_from ? keep_newest(run)
                                                                              : TH_OK;
}

static th_status optimize(optimizing *run) {
    th_optimum *optimum = run->optimum;
    bool done;
    th_status status = keep_first_stacks(run, &done);
    if (status != TH_OK || done)
        return status;
    status = th_domains_filter(run->problem, run->halt, &run->domains);
    if (status != TH_OK)
        return status;
    if (run->domains.infeasible) {
        optimum->outcome = TH_OUTCOME_UNSATISFIABLE;
        return TH_OK;
    }
    status = th_classes_make(run->problem, &run->domains, run->halt, &run->classes);
    for (size_t node = 0; status == TH_OK && node < run->problem->node_count; node++)
        optimum->class_count += (size_t)run->classes.counts[node];
    for (bool again = true; status == TH_OK && again;) {
        optimum->variable_count = optimum->table_count = optimum->value_count = 0;
        status = begin_round(run);
        if (status == TH_OK)
            status = search_round(run, &again);
        if (status == TH_NO_MEMORY && run->network.over_limit) {
            optimum->limit = TH_LIMIT_MEMORY;
            status = TH_OK;
            again = false;
        }
        end_round(run);
    }
    return status;
}

/* Moves the stacks found into the answer, and settles the outcome where a limit was reached. */
static void finish(optimizing *run) {
    th_optimum *optimum = run->optimum;
    optimum->stack_count = run->best.count;
    optimum->stacks = run->best.values;
    optimum->scores = run->best.scores;
    run->best.values = NULL;
    run->best.scores = NULL;
    if (optimum->outcome == TH_OUTCOME_OPTIMAL) {
        optimum->upper_bound = optimum->scores[0];
        if (run->best.cut && th_best_stacks_full(&run->best)) {
            /* These are the best ones, but not as many as were asked for. */
            optimum->outcome = TH_OUTCOME_FEASIBLE;
            optimum->limit = TH_LIMIT_MEMORY;
        }
    } else if (optimum->outcome != TH_OUTCOME_UNSATISFIABLE)
        optimum->outcome = optimum->stack_count != 0 ? TH_OUTCOME_FEASIBLE : TH_OUTCOME_UNKNOWN;
}

static th_status optimize_within(const th_problem *problem, const th_optimize_options *options,
                                 th_halt *halt, th_optimum *optimum) {
    memset(optimum, 0, sizeof *optimum);
    optimum->outcome = TH_OUTCOME_UNKNOWN;
    optimum->upper_bound = trivial_bound(problem);
    optimizing run = {.problem = problem, .options = options, .optimum = optimum, .halt = halt};
    run.node_values = th_allocate(problem->node_count, sizeof *run.node_values);
    run.reached = th_allocate(problem->node_count, 1);
    /* A quarter at most, so that there is something to search in. */
    size_t budget = options->memory_budget, share = budget / 4 + (budget != 0);
    th_status status = th_best_stacks_create(problem, options->wanted, share, &run.best);
    if (status == TH_OK)
        status = run.node_values != NULL && run.reached != NULL ? optimize(&run) : TH_NO_MEMORY;
    if (status == TH_STOPPED) { /* what was found and proved by then holds */
        optimum->limit = TH_LIMIT_STOPPED;
        status = TH_OK;
    }
    if (status == TH_OK)
        finish(&run);
    th_best_stacks_free(&run.best);
    th_domains_free(&run.domains);
    th_classes_free(&run.classes);
    th_vec_free(&run.loops.nodes);
    th_vec_free(&run.loops.ends);
    th_free(run.node_values);
    th_free(run.reached);
    return status;
}

th_status th_optimize(const th_problem *problem, const th_optimize_options *options,
                      th_optimum *optimum) {
    th_halt halt = {.stop = options->stop, .context = options->stop_context};
    return optimize_within(problem, options, &halt, optimum);
}

void th_optimum_free(th_optimum *optimum) {
    th_free(optimum->stacks);
    th_free(optimum->scores);
    optimum->stacks = NULL;
    optimum->scores = NULL;
}
