/* Any problem that th_problem_create accepts: every predictor ends within its budget, and all it
 * hands out is a stack by the judge. The bytes are the choices of tests/random_problem.c. */
#include "fuzz.h"
#include "predict.h"
#include "random_problem.h"
#include "rng.h"

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

static bool stop_soon(void *context) {
    unsigned *asked = context;
    return ++*asked > 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static random_problem drawn;
    stream from = {data, size};
    th_problem *problem;
    const char *fault;
    if (size > FUZZ_TEXT_LIMIT)
        return 0;
    unsigned seed = draw(&from, 256);
    random_problem_fill(&drawn, draw, &from);
    if (th_problem_create(&drawn.input, &problem, &fault) != TH_OK)
        return 0;
    th_id node = (th_id)(seed % problem->node_count);
    for (th_predictor predictor = 0; predictor < TH_PREDICTOR_COUNT; predictor++) {
        unsigned asked = 0;
        th_prediction prediction;
        th_predict_options options = {.predictor = predictor,
                                      .seed = seed,
                                      .wanted = 2,
                                      .stack_budget = 30,
                                      .stop = stop_soon,
                                      .stop_context = &asked,
                                      .temperature_coefficient = (uint64_t)1 << 31,
                                      .step = 1 + seed % 4,
                                      .trace = seed % 2 != 0,
                                      .prefer_recent = seed % 3 != 0,
                                      .heat_up = seed % 8,
                                      .beam_width = 1 + seed % 5,
                                      .nodes = &node,
                                      .node_count = 1};
        REQUIRE(th_predict(problem, &options, &prediction) == TH_OK);
        for (size_t i = 0; i < prediction.stack_count; i++) {
            bool valid;
            int64_t score;
            REQUIRE(th_problem_judge(problem, prediction.stacks + i * problem->node_count, &valid,
                                     &score) == TH_OK);
            REQUIRE(valid && score == prediction.scores[i]);
        }
        th_prediction_free(&prediction);
    }
    th_problem_free(problem);
    return 0;
}
