/* Any problem that th_problem_create accepts ends within its budget in stacks that the judge finds
 * valid, none better than the bound. The bytes are the choices of tests/random_problem.c. */
#include "fuzz.h"
#include "optimum.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static random_problem drawn;
    stream from = {data, size};
    th_problem *problem;
    const char *fault;
    if (size > FUZZ_TEXT_LIMIT)
        return 0;
    random_problem_fill(&drawn, draw, &from);
    th_status created = th_problem_create(&drawn.input, &problem, &fault);
    REQUIRE((created == TH_INVALID) == (fault != NULL));
    if (created != TH_OK)
        return 0;
    for (size_t wanted = 1; wanted <= 3; wanted += 2) {
        th_optimum optimum;
        th_optimize_options options = {.wanted = wanted, .node_budget = 200};
        REQUIRE(th_optimize(problem, &options, &optimum) == TH_OK);
        for (size_t i = 0; i < optimum.stack_count; i++) {
            bool valid;
            int64_t score;
            REQUIRE(th_problem_judge(problem, optimum.stacks + i * problem->node_count, &valid,
                                     &score) == TH_OK);
            REQUIRE(valid && score == optimum.scores[i] && score <= optimum.upper_bound);
        }
        th_optimum_free(&optimum);
    }
    th_problem_free(problem);
    return 0;
}
