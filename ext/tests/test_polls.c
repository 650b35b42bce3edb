/* How much is done between two questions whether to stop, and after the answer yes.
 *
 * Counted by the compiler, not by the engine: -fsanitize-coverage=trace-pc calls
 * __sanitizer_cov_trace_pc at every branch (run.sh polls). A branch takes about a nanosecond.
 */
#include <string.h>

#include "check.h"
#include "halt.h"
#include "optimum.h"

static uint64_t branches;

void __sanitizer_cov_trace_pc(void);
__attribute__((no_sanitize_coverage)) void __sanitizer_cov_trace_pc(void) {
    branches++;
}

/* Branches between two questions: some milliseconds. */
static const uint64_t most_branches = 32 * TH_HALT_WORK;

/* Runs are stopped no later than at this question: after some tenths of a second. */
static const uint64_t last_question = 4096;

typedef struct {
    uint64_t questions, stop_at; /* yes from the stop_at-th question on */
    uint64_t last, most;
} watch;

static bool ask(void *context) {
    watch *self = context;
    if (branches - self->last > self->most)
        self->most = branches - self->last;
    self->last = branches;
    return ++self->questions >= self->stop_at;
}

/* A problem of `packages` nodes with `versions` releases each, in arrays. A release requires one
 * range of each of `degree` nodes; `pairs` and `rules` are drawn. */
typedef struct {
    th_id packages, versions;
    bool circle; /* node i requires node i + 1 only, and the last the first */
    size_t pairs, rules, memory, wanted;
} shape;

typedef struct {
    TH_VEC(int32_t) set_nodes, list_offsets, list_sets, pair_a, pair_b, when, when_offsets;
    TH_VEC(unsigned char) bytes;
    uint64_t state;
} drawing;

static uint32_t draw(drawing *d, uint32_t below) {
    d->state ^= d->state >> 12; /* xorshift64* (Vigna 2016) */
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (uint32_t)((d->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Adds the set of candidates from..to of a node. */
static int32_t add_set(drawing *d, th_id node, th_id size, th_id from, th_id to) {
    size_t length = (size_t)size / 8 + 1, start = d->bytes.count;
    CHECK(th_vec_reserve(&d->bytes, length) == TH_OK);
    d->bytes.count += length;
    memset(d->bytes.items + start, 0, length);
    for (th_id value = from; value <= to; value++)
        d->bytes.items[start + (size_t)value / 8] |= (unsigned char)(1 << value % 8);
    CHECK(th_vec_push(&d->set_nodes, node) == TH_OK);
    return (int32_t)d->set_nodes.count - 1;
}

static int32_t add_range(drawing *d, const shape *of) {
    th_id from = (th_id)draw(d, (uint32_t)of->versions);
    th_id to = from + (th_id)draw(d, (uint32_t)(of->versions - from));
    return add_set(d, (th_id)draw(d, (uint32_t)of->packages), of->versions, from, to);
}

static void add_requirements(drawing *d, const shape *of, th_id node, th_id version) {
    th_id degree = of->circle ? 1 : 3;
    for (th_id k = 1; k <= degree; k++) {
        th_id target = node + k;
        if (target >= of->packages && !of->circle)
            continue;
        th_id room = version + (th_id)draw(d, (uint32_t)of->versions);
        th_id to = room < of->versions ? room : of->versions - 1;
        CHECK(th_vec_push(&d->list_sets, add_set(d, target % of->packages, of->versions, 0, to)) ==
              TH_OK);
    }
    CHECK(th_vec_push(&d->list_offsets, (int32_t)d->list_sets.count) == TH_OK);
}

static th_problem *make(const shape *of) {
    drawing d = {.state = 88172645463325252u};
    size_t count = (size_t)of->packages * (size_t)of->versions;
    int32_t *sizes = th_allocate((size_t)of->packages, sizeof *sizes);
    int32_t *lists = th_allocate(count, sizeof *lists);
    int64_t *scores = th_allocate(count, sizeof *scores);
    unsigned char *visible = th_allocate(count, 1), *kinds = th_allocate(of->rules, 1);
    int64_t *pair_scores = th_allocate(of->pairs, sizeof *pair_scores);
    int64_t *values = th_allocate(of->rules, sizeof *values);
    int32_t *unless = th_allocate(of->rules + 1, sizeof *unless);
    CHECK(th_vec_push(&d.list_offsets, 0) == TH_OK && th_vec_push(&d.when_offsets, 0) == TH_OK);
    for (th_id node = 0; node < of->packages; node++) {
        sizes[node] = of->versions;
        for (th_id version = 0; version < of->versions; version++) {
            size_t at = (size_t)node * (size_t)of->versions + (size_t)version;
            lists[at] = (int32_t)at;
            scores[at] = (int64_t)draw(&d, 40) - 20;
            visible[at] = 1;
            add_requirements(&d, of, node, version);
        }
    }
    int32_t root = add_set(&d, 0, of->versions, 0, of->versions - 1);
    for (size_t i = 0; i < of->pairs; i++) {
        int32_t a = add_range(&d, of), b = add_range(&d, of);
        while (d.set_nodes.items[a] == d.set_nodes.items[b])
            b = add_range(&d, of);
        CHECK(th_vec_push(&d.pair_a, a) == TH_OK && th_vec_push(&d.pair_b, b) == TH_OK);
        pair_scores[i] = (int64_t)draw(&d, 40) - 20;
    }
    for (size_t i = 0; i < of->rules; i++) {
        for (int k = 0; k < 3; k++)
            CHECK(th_vec_push(&d.when, add_range(&d, of)) == TH_OK);
        CHECK(th_vec_push(&d.when_offsets, (int32_t)d.when.count) == TH_OK);
        kinds[i] = TH_RULE_SCORE;
        values[i] = (int64_t)draw(&d, 40) - 20;
    }
    th_problem_input input = {
        .node_count = (size_t)of->packages,
        .node_sizes = sizes,
        .candidate_count = count,
        .candidate_lists = lists,
        .candidate_scores = scores,
        .candidate_visible = visible,
        .set_count = d.set_nodes.count,
        .set_nodes = d.set_nodes.items,
        .set_bytes = d.bytes.items,
        .set_bytes_count = d.bytes.count,
        .list_count = count,
        .list_offsets = d.list_offsets.items,
        .list_sets = d.list_sets.items,
        .list_sets_count = d.list_sets.count,
        .root_count = 1,
        .root_sets = &root,
        .pair_count = of->pairs,
        .pair_a = d.pair_a.items,
        .pair_b = d.pair_b.items,
        .pair_scores = pair_scores,
        .rule_count = of->rules,
        .rule_kinds = kinds,
        .rule_values = values,
        .rule_when_offsets = d.when_offsets.items,
        .rule_when = d.when.items,
        .rule_when_count = d.when.count,
        .rule_unless_offsets = unless,
        .rule_unless = unless,
        .rule_unless_count = 0,
    };
    th_problem *problem;
    const char *fault;
    CHECK(th_problem_create(&input, &problem, &fault) == TH_OK);
    void *const blocks[] = {sizes, lists, scores, visible, kinds, pair_scores, values, unless};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
    th_vec_free(&d.set_nodes);
    th_vec_free(&d.list_offsets);
    th_vec_free(&d.list_sets);
    th_vec_free(&d.pair_a);
    th_vec_free(&d.pair_b);
    th_vec_free(&d.when);
    th_vec_free(&d.when_offsets);
    th_vec_free(&d.bytes);
    return problem;
}

/* Returns the most branches between two questions, or after the last. */
static uint64_t watch_one(const th_problem *problem, const shape *of, uint64_t stop_at,
                          bool *stopped) {
    watch watching = {.stop_at = stop_at};
    th_optimize_options options = {.wanted = of->wanted,
                                   .node_budget = 2000,
                                   .memory_budget = of->memory,
                                   .stop = ask,
                                   .stop_context = &watching};
    th_optimum optimum;
    watching.last = branches;
    CHECK(th_optimize(problem, &options, &optimum) == TH_OK);
    uint64_t rest = branches - watching.last;
    *stopped = watching.questions >= stop_at;
    CHECK(!*stopped || optimum.limit == TH_LIMIT_STOPPED);
    CHECK(!*stopped || optimum.outcome == TH_OUTCOME_UNKNOWN ||
          optimum.outcome == TH_OUTCOME_FEASIBLE);
    CHECK(optimum.stack_count == 0 || optimum.scores[0] <= optimum.upper_bound);
    th_optimum_free(&optimum);
    return rest > watching.most ? rest : watching.most;
}

int main(void) {
    static const shape shapes[] = {
        {100, 50, false, 0, 2000, 0, 1},  {3000, 20, true, 0, 0, 0, 1},
        {400, 100, false, 3000, 0, 0, 1}, {60, 1500, false, 0, 0, (size_t)1 << 28, 1},
        {20, 40, false, 40, 20, 0, 50},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        th_problem *problem = make(&shapes[i]);
        uint64_t most = 0;
        bool stopped = true;
        for (uint64_t n = 1; stopped && n <= last_question; n *= 8) {
            uint64_t found = watch_one(problem, &shapes[i], n, &stopped);
            most = found > most ? found : most;
        }
        printf("shape %d: %.2f million branches between two questions\n", (int)i,
               (double)most / 1e6);
        (void)fflush(stdout);
        CHECK(most > 0);
        CHECK(most <= most_branches);
        th_problem_free(problem);
    }
    return 0;
}
