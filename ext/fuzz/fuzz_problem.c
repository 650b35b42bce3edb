/* Arrays in which some numbers say anything at all: th_problem_create names the first array at
 * fault, and what it accepts is searched without harm. The bytes are up to three wrong numbers,
 * each with its place, and then the choices of tests/random_problem.c. */
#include <string.h>

#include "fuzz.h"
#include "optimum.h"
#include "predict.h"
#include "random_problem.h"

typedef struct {
    const uint8_t *data;
    size_t size;
} stream;

static unsigned draw(void *context, unsigned below) {
    stream *from = context;
    if (from->size == 0)
        return 0;
    from->size--;
    return *from->data++ % below;
}

/* The numbers of an array, or a count; a count never says more than there are. */
typedef struct {
    void *items;
    size_t count, size, most;
} place;

static void spoil(random_problem *problem, const uint8_t bytes[4]) {
    static const int64_t extremes[] = {
        -1,        INT32_MAX, INT32_MIN,           INT64_MAX,
        INT64_MIN, UINT8_MAX, (int64_t)1 << 53,    ((int64_t)1 << 60) - 1,
        1,         0,         -((int64_t)1 << 60), INT32_MAX - 1};
    th_problem_input *input = &problem->input;
#define ARRAY(name)                                                                                \
    {problem->name, sizeof problem->name / sizeof *problem->name, sizeof *problem->name, 0}
#define COUNT(name, most) {&input->name, 1, sizeof input->name, most}
    place places[] = {ARRAY(node_sizes),
                      ARRAY(candidate_lists),
                      ARRAY(candidate_scores),
                      ARRAY(candidate_visible),
                      ARRAY(set_nodes),
                      ARRAY(set_bytes),
                      ARRAY(list_offsets),
                      ARRAY(list_sets),
                      ARRAY(root_sets),
                      ARRAY(pair_a),
                      ARRAY(pair_b),
                      ARRAY(pair_scores),
                      ARRAY(rule_kinds),
                      ARRAY(rule_values),
                      ARRAY(rule_when_offsets),
                      ARRAY(rule_when),
                      ARRAY(rule_unless_offsets),
                      ARRAY(rule_unless),
                      COUNT(node_count, MOST_NODES),
                      COUNT(candidate_count, MOST_CANDIDATES),
                      COUNT(set_count, MOST_SETS),
                      COUNT(set_bytes_count, MOST_SETS),
                      COUNT(list_count, MOST_LISTS),
                      COUNT(list_sets_count, MOST_ITEMS),
                      COUNT(root_count, MOST_NODES),
                      COUNT(pair_count, MOST_PAIRS),
                      COUNT(rule_count, MOST_RULES),
                      COUNT(rule_when_count, MOST_ITEMS),
                      COUNT(rule_unless_count, MOST_ITEMS)};
    const place *at = &places[bytes[0] % (sizeof places / sizeof *places)];
    int64_t value = extremes[bytes[2] % (sizeof extremes / sizeof *extremes)];
    if (bytes[2] >= 128)
        value = bytes[3];
    if (at->most != 0)
        value = bytes[3] % (int64_t)(at->most + 1);
    /* Numbers are little-endian wherever libFuzzer runs: the low bytes are the narrower number. */
    memcpy((char *)at->items + bytes[1] % at->count * at->size, &value, at->size);
}

static void search(const th_problem *problem) {
    th_optimum optimum;
    th_optimize_options options = {.wanted = 2, .node_budget = 100, .memory_budget = 1 << 24};
    REQUIRE(th_optimize(problem, &options, &optimum) == TH_OK);
    for (size_t i = 0; i < optimum.stack_count; i++)
        REQUIRE(optimum.scores[i] <= optimum.upper_bound);
    th_prediction prediction;
    th_predict_options climb = {.predictor = TH_PREDICT_HILL_CLIMBING,
                                .wanted = 1,
                                .stack_budget = 10,
                                .memory_budget = 1 << 20};
    REQUIRE(th_predict(problem, &climb, &prediction) == TH_OK);
    if (prediction.stack_count != 0) {
        REQUIRE(optimum.outcome != TH_OUTCOME_UNSATISFIABLE);
        REQUIRE(prediction.scores[0] <= optimum.upper_bound);
    }
    th_prediction_free(&prediction);
    th_optimum_free(&optimum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static random_problem drawn;
    uint8_t wrong[12] = {0};
    if (size < 1 + sizeof wrong || size > FUZZ_TEXT_LIMIT)
        return 0;
    unsigned count = data[0] % 4;
    memcpy(wrong, data + 1, sizeof wrong);
    stream from = {data + 1 + sizeof wrong, size - 1 - sizeof wrong};
    random_problem_fill(&drawn, draw, &from);
    for (unsigned i = 0; i < count; i++)
        spoil(&drawn, wrong + (size_t)4 * i);
    th_problem *problem;
    const char *fault;
    th_status created = th_problem_create(&drawn.input, &problem, &fault);
    REQUIRE((created == TH_INVALID) == (fault != NULL));
    REQUIRE((created == TH_OK) == (problem != NULL));
    if (created == TH_OK)
        search(problem);
    th_problem_free(problem);
    return 0;
}
