/* Searches and predictors in several threads share problems, which none of them changes, and find
 * the same. Meant for `run.sh threads`. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "optimum.h"
#include "predict.h"
#include "random_problem.h"

enum { THREADS = 4, SHARED = 40, SHOWN = 3 };

/* What one thread found of every problem: scores, INT64_MIN where there is no stack. */
typedef struct {
    th_problem *const *problems;
    int64_t optimum[SHARED][SHOWN];
    int64_t predicted[SHARED][TH_PREDICTOR_COUNT];
} findings;

static void optimize_one(findings *found, size_t at) {
    th_optimum optimum;
    th_optimize_options options = {.wanted = SHOWN, .node_budget = UINT64_MAX};
    CHECK(th_optimize(found->problems[at], &options, &optimum) == TH_OK);
    for (size_t i = 0; i < SHOWN; i++)
        found->optimum[at][i] = i < optimum.stack_count ? optimum.scores[i] : INT64_MIN;
    th_optimum_free(&optimum);
}

static void predict_one(findings *found, size_t at, th_predictor predictor) {
    th_prediction prediction;
    th_predict_options options = {.predictor = predictor,
                                  .seed = at,
                                  .wanted = 1,
                                  .stack_budget = 50,
                                  .temperature_coefficient = (uint64_t)1 << 31,
                                  .step = 1,
                                  .trace = true,
                                  .heat_up = UINT64_MAX,
                                  .beam_width = 10};
    CHECK(th_predict(found->problems[at], &options, &prediction) == TH_OK);
    found->predicted[at][predictor] = prediction.stack_count ? prediction.scores[0] : INT64_MIN;
    CHECK(found->predicted[at][predictor] <= found->optimum[at][0]);
    th_prediction_free(&prediction);
}

static void *search_all(void *argument) {
    findings *found = argument;
    for (size_t at = 0; at < SHARED; at++) {
        optimize_one(found, at);
        for (th_predictor predictor = 0; predictor < TH_PREDICTOR_COUNT; predictor++)
            predict_one(found, at, predictor);
    }
    return NULL;
}

static unsigned draw(void *context, unsigned below) {
    uint64_t *state = context;
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

static void searches_share_a_problem_and_find_the_same(void) {
    static findings found[THREADS];
    th_problem *problems[SHARED];
    pthread_t threads[THREADS];
    uint64_t state = 11;
    for (size_t i = 0; i < SHARED; i++) {
        random_problem drawn;
        const char *fault;
        random_problem_fill(&drawn, draw, &state);
        CHECK(th_problem_create(&drawn.input, &problems[i], &fault) == TH_OK);
    }
    for (size_t i = 0; i < THREADS; i++)
        found[i].problems = problems;
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, search_all, &found[i]) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 1; i < THREADS; i++) {
        CHECK(memcmp(found[i].optimum, found[0].optimum, sizeof found[0].optimum) == 0);
        CHECK(memcmp(found[i].predicted, found[0].predicted, sizeof found[0].predicted) == 0);
    }
    for (size_t i = 0; i < SHARED; i++)
        th_problem_free(problems[i]);
}

int main(void) {
    searches_share_a_problem_and_find_the_same();
    return 0;
}
