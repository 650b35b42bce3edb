/* The search on dense random networks: against trying everything, and with the variables the other
 * way round where there is too much to try; and what walks find (local.h). */
#include <string.h>

#include "check.h"
#include "search.h"

enum { SMALL = 5, LARGE = 14, VALUES = 7, NETWORKS = 30, LARGE_NETWORKS = 2 };

static unsigned draw(uint64_t *state, unsigned below) {
    *state ^= *state >> 12; /* xorshift64* (Vigna 2016) */
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (unsigned)((*state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Costs by (variable, value) and by pair; a few pairs are forbidden. */
typedef struct {
    th_id count;
    th_cost unary[LARGE][VALUES];
    th_cost pairs[LARGE][LARGE][VALUES][VALUES];
} costs;

static void draw_costs(costs *drawn, th_id count, uint64_t seed) {
    uint64_t state = seed * 7919 + 1;
    drawn->count = count;
    for (th_id x = 0; x < count; x++)
        for (th_id a = 0; a < VALUES; a++) {
            drawn->unary[x][a] = draw(&state, 40);
            for (th_id y = x + 1; y < count; y++)
                for (th_id b = 0; b < VALUES; b++) {
                    unsigned cost = draw(&state, 41);
                    drawn->pairs[x][y][a][b] = cost == 40 ? TH_TOP : (th_cost)cost - 20;
                }
        }
}

static th_cost total(const costs *drawn, const th_id *values) {
    th_cost sum = 0;
    for (th_id x = 0; x < drawn->count; x++) {
        sum = th_cost_add(sum, drawn->unary[x][values[x]]);
        for (th_id y = x + 1; y < drawn->count; y++)
            sum = th_cost_add(sum, drawn->pairs[x][y][values[x]][values[y]]);
    }
    return sum;
}

static th_cost least_of_all(const costs *drawn) {
    th_id values[LARGE] = {0}, x = 0;
    th_cost least = TH_TOP;
    while (x < drawn->count) {
        th_cost cost = total(drawn, values);
        least = cost < least ? cost : least;
        for (x = 0; x < drawn->count && values[x] == VALUES - 1; x++)
            values[x] = 0;
        if (x < drawn->count)
            values[x]++;
    }
    return least;
}

/* Fills a network; `turned` numbers the variables from the last. */
static th_status fill(const costs *drawn, bool turned, th_network *network) {
    th_id count = drawn->count, made;
    memset(network, 0, sizeof *network);
    for (th_id i = 0; i < count; i++) {
        th_id x = turned ? count - 1 - i : i;
        if (th_network_add_variable(network, VALUES, &made) != TH_OK)
            return TH_NO_MEMORY;
        memcpy(network->variables.items[made].unary, drawn->unary[x], sizeof drawn->unary[x]);
    }
    for (th_id x = 0; x < count; x++)
        for (th_id y = x + 1; y < count; y++) {
            th_id first = turned ? count - 1 - y : x, second = turned ? count - 1 - x : y;
            th_table *table;
            if (th_network_table(network, first, second, &table) != TH_OK)
                return TH_NO_MEMORY;
            for (th_id a = 0; a < VALUES; a++)
                for (th_id b = 0; b < VALUES; b++)
                    table->cost[turned ? b * VALUES + a : a * VALUES + b] =
                        drawn->pairs[x][y][a][b];
        }
    return TH_OK;
}

typedef struct {
    const costs *drawn;
    bool turned;
    th_cost best;
} watcher;

static th_cost check_found(void *context, const th_id *values, th_cost cost) {
    watcher *watching = context;
    th_id straight[LARGE];
    th_id count = watching->drawn->count;
    for (th_id x = 0; x < count; x++)
        straight[x] = values[watching->turned ? count - 1 - x : x];
    CHECK(total(watching->drawn, straight) == cost);
    CHECK(cost < watching->best);
    watching->best = cost;
    return cost;
}

/* Returns the least cost, or TH_TOP; *nodes is how many were visited. Sets *failed when memory ran
 * out. */
static th_cost solve(const costs *drawn, bool turned, uint64_t *nodes, bool *failed) {
    th_network network;
    th_reduction reduction = {0};
    th_search search = {0};
    th_id values[LARGE] = {0};
    watcher watching = {drawn, turned, TH_TOP};
    th_status status = fill(drawn, turned, &network);
    if (status == TH_OK)
        status = th_reduce(&network, (th_reduce_options){.keep_all = true}, &reduction);
    if (status == TH_OK && !th_cost_is_top(network.constant))
        status = th_search_create(&reduction, 0, values, &search);
    search.face.found = check_found;
    search.face.found_context = &watching;
    while (status == TH_OK && !th_cost_is_top(network.constant) && !search.face.finished) {
        /* In slices, so that going on after a budget is tested too. */
        status = th_search_run(&search, search.face.nodes + 700, false);
        th_cost bound = th_search_bound(&search);
        CHECK(search.face.finished || th_cost_is_top(watching.best) || bound <= watching.best);
    }
    *nodes = search.face.nodes;
    *failed = status == TH_NO_MEMORY;
    th_search_free(&search);
    th_reduction_free(&reduction);
    th_network_free(&network);
    return watching.best;
}

static void small_networks_are_solved_like_trying_everything(void) {
    static costs drawn;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        uint64_t nodes;
        bool failed;
        draw_costs(&drawn, SMALL, seed);
        th_cost least = least_of_all(&drawn);
        CHECK(solve(&drawn, false, &nodes, &failed) == least && !failed);
        CHECK(solve(&drawn, true, &nodes, &failed) == least && !failed);
    }
}

static void the_order_of_variables_does_not_matter(void) {
    static costs drawn;
    for (uint64_t seed = 1; seed <= LARGE_NETWORKS; seed++) {
        uint64_t nodes, turned_nodes;
        bool failed;
        draw_costs(&drawn, LARGE, seed);
        th_cost least = solve(&drawn, false, &nodes, &failed);
        CHECK(!failed && !th_cost_is_top(least));
        CHECK(solve(&drawn, true, &turned_nodes, &failed) == least && !failed);
        CHECK(nodes > 256); /* enough for walks and every sweep */
    }
}

static void every_failing_request_of_a_search_is_reported(void) {
    static costs drawn;
    draw_costs(&drawn, SMALL, 3);
    for (long n = 1;; n++) {
        uint64_t nodes;
        bool failed;
        allocation_fail_after(n);
        (void)solve(&drawn, false, &nodes, &failed);
        bool asked = allocation_has_failed();
        allocation_fail_after(0);
        CHECK(failed == asked);
        if (!asked)
            break;
    }
}

/* A walk from any start ends in what it says it found, and not above the start. */
static void a_walk_finds_what_it_says(void) {
    static costs drawn;
    size_t optimal = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        th_network network;
        th_reduction reduction;
        th_cfn cfn;
        th_local local;
        th_id start[LARGE] = {0}, named[LARGE] = {0};
        draw_costs(&drawn, SMALL, seed);
        CHECK(fill(&drawn, false, &network) == TH_OK);
        CHECK(th_reduce(&network, (th_reduce_options){.keep_all = true}, &reduction) == TH_OK);
        CHECK(th_cfn_create(&reduction, 0, 256, &cfn) == TH_OK);
        CHECK(th_local_create(&cfn, &local) == TH_OK);
        th_cost before = th_cfn_cost(&cfn, start), found = th_local_run(&local, start, 500);
        CHECK(found <= before && found == th_cfn_cost(&cfn, local.best));
        for (th_id v = 0; v < cfn.variable_count; v++)
            named[v] = cfn.variables[v].names[local.best[v]];
        if (!th_cost_is_top(found))
            CHECK(network.constant + cfn.offset + found / cfn.scale == total(&drawn, named));
        optimal += total(&drawn, named) == least_of_all(&drawn);
        th_cfn_free(&cfn);
        th_reduction_free(&reduction);
        th_network_free(&network);
    }
    CHECK(optimal > NETWORKS / 2);
}

int main(void) {
    small_networks_are_solved_like_trying_everything();
    the_order_of_variables_does_not_matter();
    every_failing_request_of_a_search_is_reported();
    a_walk_finds_what_it_says();
    return 0;
}
