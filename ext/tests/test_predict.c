/* Predictors on small random problems: every stack against the definition, every score against the
 * optimum, and what happens when memory runs out at each single request. */
#include <string.h>

#include "check.h"
#include "predict.h"
#include "predict_seen.h"
#include "random_problem.h"
#include "rng.h"

enum { PROBLEMS = 120, FAILING_PROBLEMS = 3, STACKS = 40 };

/* Of the problem that is too large to be used up: nodes in a chain, each with seven releases. */
enum { CHAIN = 24, RELEASES = 7, SIDES = 3, CHAIN_STACKS = 5000 };

static unsigned draw(void *context, unsigned below) {
    return th_rng_below(context, below);
}

static th_problem *draw_problem(uint64_t seed) {
    random_problem drawn;
    th_problem *problem;
    const char *fault;
    th_rng rng;
    th_rng_seed(&rng, seed);
    random_problem_fill(&drawn, draw, &rng);
    th_status status = th_problem_create(&drawn.input, &problem, &fault);
    if (status == TH_NO_MEMORY)
        return NULL;
    CHECK(status == TH_OK);
    return problem;
}

static th_predict_options options_for(th_predictor predictor, uint64_t seed) {
    static const th_id first_node[] = {0};
    return (th_predict_options){.predictor = predictor,
                                .seed = seed,
                                .wanted = 3,
                                .sample_limit = 2,
                                .stack_budget = STACKS,
                                .temperature_coefficient = (uint64_t)4290672328, /* 0.999 */
                                .step = 1 + (uint32_t)(seed % 3),
                                .trace = seed % 2 == 0,
                                .prefer_recent = seed % 3 == 0,
                                .heat_up = 5,
                                .beam_width = 4,
                                .nodes = first_node,
                                .node_count = 1};
}

/* Whether the problem has a stack, and its best score. */
static bool find_optimum(const th_problem *problem, int64_t *score) {
    th_optimum optimum;
    th_optimize_options options = {.wanted = 1, .node_budget = UINT64_MAX};
    CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
    bool found = optimum.outcome == TH_OUTCOME_OPTIMAL;
    *score = found ? optimum.scores[0] : 0;
    th_optimum_free(&optimum);
    return found;
}

static void check_prediction(const th_problem *problem, const th_prediction *prediction,
                             bool satisfiable, int64_t best) {
    if (!satisfiable) {
        CHECK(prediction->outcome == TH_PREDICTION_UNSATISFIABLE);
        CHECK(prediction->stack_count == 0);
        return;
    }
    CHECK(prediction->outcome == TH_PREDICTION_FEASIBLE);
    CHECK(prediction->stack_count >= 1 && prediction->stack_count <= 3);
    CHECK(prediction->different <= STACKS && prediction->different <= prediction->proposed);
    CHECK(prediction->stack_count <= prediction->different);
    for (size_t i = 0; i < prediction->stack_count; i++) {
        bool valid;
        int64_t score;
        CHECK(th_problem_judge(problem, prediction->stacks + i * problem->node_count, &valid,
                               &score) == TH_OK);
        CHECK(valid && score == prediction->scores[i] && score <= best);
    }
    for (size_t i = 1; i < prediction->history_count; i++)
        CHECK(prediction->history[i].score > prediction->history[i - 1].score);
    CHECK(prediction->history[prediction->history_count - 1].score == prediction->scores[0]);
}

static void every_stack_is_valid_and_none_beats_the_optimum(void) {
    for (uint64_t seed = 1; seed <= PROBLEMS; seed++) {
        int64_t best;
        th_problem *problem = draw_problem(seed);
        bool satisfiable = find_optimum(problem, &best);
        for (th_predictor predictor = 0; predictor < TH_PREDICTOR_COUNT; predictor++) {
            th_prediction first, second;
            th_predict_options options = options_for(predictor, seed);
            CHECK(th_predict(problem, &options, &first) == TH_OK);
            check_prediction(problem, &first, satisfiable, best);
            CHECK(th_predict(problem, &options, &second) == TH_OK);
            CHECK(first.stack_count == second.stack_count && first.proposed == second.proposed &&
                  first.different == second.different);
            CHECK(first.stack_count == 0 ||
                  memcmp(first.stacks, second.stacks,
                         first.stack_count * problem->node_count * sizeof *first.stacks) == 0);
            th_prediction_free(&first);
            th_prediction_free(&second);
        }
        th_problem_free(problem);
    }
}

/* In a small space those that look for the best find it. */
static void searches_by_steps_mostly_find_the_optimum(void) {
    static const th_predictor searches[] = {TH_PREDICT_ANNEALING, TH_PREDICT_HILL_CLIMBING};
    size_t problems = 0, found = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        int64_t best;
        th_problem *problem = draw_problem(seed);
        if (find_optimum(problem, &best))
            for (size_t i = 0; i < 2; i++) {
                th_prediction prediction;
                th_predict_options options = options_for(searches[i], seed);
                options.stack_budget = UINT64_MAX;
                CHECK(th_predict(problem, &options, &prediction) == TH_OK);
                problems++;
                found += prediction.scores[0] == best;
                th_prediction_free(&prediction);
            }
        th_problem_free(problem);
    }
    CHECK(problems > 50 && found * 10 >= problems * 9);
}

static void every_failing_request_is_reported(void) {
    for (uint64_t seed = 1; seed <= FAILING_PROBLEMS; seed++)
        for (th_predictor predictor = 0; predictor < TH_PREDICTOR_COUNT; predictor++)
            for (long n = 1;; n++) {
                th_prediction prediction = {0};
                th_predict_options options = options_for(predictor, seed);
                th_problem *problem;
                allocation_fail_after(0);
                problem = draw_problem(seed);
                allocation_fail_after(n);
                th_status status = th_predict(problem, &options, &prediction);
                bool failed = allocation_has_failed();
                allocation_fail_after(0);
                CHECK(failed == (status == TH_NO_MEMORY));
                th_prediction_free(&prediction);
                th_problem_free(problem);
                if (!failed)
                    break;
            }
}

/* Releases 0 to 3 of a node require the same of the next, 3 to 6 as well: all have to move
 * together.
 */
static th_problem *make_chain(void) {
    static const unsigned char side[SIDES] = {0x7f, 0x0f, 0x78}; /* any, old, new; never absent */
    int32_t sizes[CHAIN], lists[CHAIN * RELEASES], set_nodes[CHAIN * SIDES], roots[CHAIN];
    int32_t offsets[2 * CHAIN + 1] = {0}, list_sets[2 * CHAIN], pair_a[CHAIN - 1],
                                pair_b[CHAIN - 1], no_offsets[1] = {0};
    int64_t scores[CHAIN * RELEASES], pair_scores[CHAIN - 1];
    unsigned char visible[CHAIN * RELEASES], bytes[CHAIN * SIDES];
    for (int node = 0; node < CHAIN; node++) {
        sizes[node] = RELEASES;
        roots[node] = SIDES * node;
        for (int i = 0; i < SIDES; i++) {
            set_nodes[SIDES * node + i] = node;
            bytes[SIDES * node + i] = side[i];
        }
        for (int i = 0; i < RELEASES; i++) {
            lists[RELEASES * node + i] = 2 * node + (i > 3);
            scores[RELEASES * node + i] = (node * 5 + i * 3) % 11 - (i > 3 ? 0 : 2);
            visible[RELEASES * node + i] = 1;
        }
        for (int i = 0; i < 2; i++) {
            int list = 2 * node + i, count = node + 1 < CHAIN;
            offsets[list + 1] = offsets[list] + count;
            if (count != 0)
                list_sets[offsets[list]] = SIDES * (node + 1) + 1 + i;
        }
        if (node + 1 < CHAIN) {
            pair_a[node] = SIDES * node + 1 + node % 2;
            pair_b[node] = SIDES * (node + 1) + 1 + node % 2;
            pair_scores[node] = node % 3 - 1;
        }
    }
    th_problem_input input = {.node_count = CHAIN,
                              .node_sizes = sizes,
                              .candidate_count = CHAIN * RELEASES,
                              .candidate_lists = lists,
                              .candidate_scores = scores,
                              .candidate_visible = visible,
                              .set_count = CHAIN * SIDES,
                              .set_nodes = set_nodes,
                              .set_bytes = bytes,
                              .set_bytes_count = CHAIN * SIDES,
                              .list_count = 2 * CHAIN,
                              .list_offsets = offsets,
                              .list_sets = list_sets,
                              .list_sets_count = (size_t)offsets[2 * CHAIN],
                              .root_count = CHAIN,
                              .root_sets = roots,
                              .pair_count = CHAIN - 1,
                              .pair_a = pair_a,
                              .pair_b = pair_b,
                              .pair_scores = pair_scores,
                              .rule_when_offsets = no_offsets,
                              .rule_unless_offsets = no_offsets};
    th_problem *problem;
    const char *fault;
    th_status status = th_problem_create(&input, &problem, &fault);
    CHECK(status == TH_OK || status == TH_NO_MEMORY);
    return status == TH_OK ? problem : NULL;
}

static void a_sample_is_judged_and_handed_out(void) {
    int64_t best;
    th_problem *problem = make_chain();
    CHECK(find_optimum(problem, &best));
    static const th_predictor searches[] = {TH_PREDICT_ANNEALING, TH_PREDICT_HILL_CLIMBING,
                                            TH_PREDICT_RANDOM_WALK, TH_PREDICT_TEMPORAL_DIFFERENCE,
                                            TH_PREDICT_TREE_SEARCH};
    for (size_t s = 0; s < sizeof searches / sizeof *searches; s++) {
        th_predictor predictor = searches[s];
        th_prediction prediction;
        th_predict_options options = options_for(predictor, predictor);
        options.stack_budget = CHAIN_STACKS;
        options.plan = CHAIN_STACKS;
        CHECK(th_predict(problem, &options, &prediction) == TH_OK);
        CHECK(prediction.scores[0] <= best);
        CHECK(prediction.different == CHAIN_STACKS && prediction.sample_count == 2);
        for (size_t i = 0; i < prediction.sample_count; i++) {
            bool valid;
            int64_t score;
            CHECK(th_problem_judge(problem, prediction.samples + i * CHAIN, &valid, &score) ==
                  TH_OK);
            CHECK(valid && score == prediction.sample_scores[i]);
        }
        if (predictor == TH_PREDICT_HILL_CLIMBING)
            CHECK(prediction.scores[0] == best && prediction.end == TH_PREDICT_END_STACKS);
        th_prediction_free(&prediction);
    }
    th_problem_free(problem);
}

/* The table of hashes grows, and stacks are built anew. */
static void every_failing_request_of_a_long_run_is_reported(void) {
    th_problem *problem = make_chain();
    for (long n = 1;; n++) {
        th_prediction prediction = {0};
        th_predict_options options = options_for(TH_PREDICT_HILL_CLIMBING, 1);
        options.stack_budget = 1000;
        allocation_fail_after(n);
        th_status status = th_predict(problem, &options, &prediction);
        bool failed = allocation_has_failed();
        allocation_fail_after(0);
        CHECK(failed == (status == TH_NO_MEMORY));
        th_prediction_free(&prediction);
        if (!failed)
            break;
    }
    th_problem_free(problem);
}

static bool stop_at_once(void *context) {
    (void)context;
    return true;
}

static void a_stopped_run_and_small_memory_end_in_an_answer(void) {
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (th_predictor predictor = 0; predictor < TH_PREDICTOR_COUNT; predictor++) {
            th_problem *problem = draw_problem(seed);
            th_prediction prediction;
            th_predict_options options = options_for(predictor, seed);
            options.stack_budget = UINT64_MAX;
            options.stop = stop_at_once;
            CHECK(th_predict(problem, &options, &prediction) == TH_OK);
            CHECK(prediction.stack_count == 0 || prediction.end == TH_PREDICT_END_STOPPED ||
                  prediction.end == TH_PREDICT_END_EXHAUSTED);
            th_prediction_free(&prediction);
            options = options_for(predictor, seed);
            options.memory_budget = 1;
            CHECK(th_predict(problem, &options, &prediction) == TH_OK);
            CHECK(prediction.end != TH_PREDICT_END_MEMORY || prediction.stack_count == 0);
            th_prediction_free(&prediction);
            th_problem_free(problem);
        }
}

static void a_full_table_of_hashes_forgets_and_says_so(void) {
    th_seen seen;
    size_t known = 0;
    CHECK(th_seen_create(0, &seen) == TH_OK);
    for (uint64_t hash = 0; hash < 5000; hash++) {
        bool is_new;
        CHECK(th_seen_add(&seen, hash * UINT64_C(0x9e3779b97f4a7c15), &is_new) == TH_OK);
        known += is_new;
    }
    CHECK(seen.full && known == seen.count && known < 5000 && known > 500);
    th_seen_free(&seen);
}

static void integer_logarithms_and_powers_are_close(void) {
    th_exp_table powers;
    th_log_table logs;
    th_exp_table_fill(&powers);
    th_log_table_fill(&logs);
    CHECK(th_fixed_log2((uint64_t)1 << 32) == 0);
    CHECK(th_fixed_log2((uint64_t)8 << 32) == (int64_t)3 << 32);
    CHECK(th_fixed_exp2(&powers, 0) == (uint64_t)1 << 32);
    CHECK(th_fixed_exp2(&powers, -((int64_t)1 << 32)) == (uint64_t)1 << 31);
    CHECK(th_fixed_exp2(&powers, -((int64_t)40 << 32)) == 0);
    CHECK(th_square_root(0) == 0 && th_square_root(99) == 9 && th_square_root(100) == 10);
    CHECK(th_square_root(UINT64_MAX) == UINT32_MAX);
    for (uint64_t x = 1; x < (uint64_t)1 << 62; x += x / 3 + 1) {
        int64_t log = th_fixed_log2(x);
        if (log >= (int64_t)30 << 32)
            break;
        uint64_t back = th_fixed_exp2(&powers, log);
        uint64_t apart = back > x ? back - x : x - back;
        CHECK(apart <= x / 1000000 + 2);
    }
    for (size_t i = 1; i < TH_LOG_ENTRIES; i++)
        CHECK(logs.minus_log[i] < logs.minus_log[i - 1]);
    /* -ln of about 1/2 is 0.6931. */
    CHECK(logs.minus_log[TH_LOG_ENTRIES / 2] > 45300 && logs.minus_log[TH_LOG_ENTRIES / 2] < 45430);
}

int main(void) {
    integer_logarithms_and_powers_are_close();
    a_full_table_of_hashes_forgets_and_says_so();
    every_stack_is_valid_and_none_beats_the_optimum();
    searches_by_steps_mostly_find_the_optimum();
    every_failing_request_is_reported();
    a_sample_is_judged_and_handed_out();
    every_failing_request_of_a_long_run_is_reported();
    a_stopped_run_and_small_memory_end_in_an_answer();
    return 0;
}
