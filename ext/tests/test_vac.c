/* Virtual arc consistency: what it finds that the sweeps and existential directional arc
 * consistency leave, and that no assignment's cost changes. */
#include <string.h>

#include "check.h"
#include "vac.h"

#ifdef TH_NARROW
enum { SCALE = 16 };
#else
enum { SCALE = 1 };
#endif

enum { COUNT = 5, SIZE = 3, MANY = 10, NETWORKS = 400, ENOUGH = 1000 };

static unsigned draw(uint64_t *state, unsigned below) {
    *state ^= *state >> 12; /* xorshift64* (Vigna 2016) */
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (unsigned)((*state * UINT64_C(2685821657736338717)) >> 33) % below;
}

typedef struct {
    th_network network;
    th_reduction reduction;
    th_cfn cfn;
    th_vac vac;
} fixture;

/* Adds a pair's cost. */
static void add(fixture *of, th_id x, th_id a, th_id y, th_id b, th_cost cost) {
    th_table *table;
    CHECK(th_network_table(&of->network, x, y, &table) == TH_OK);
    table->cost[a * of->network.variables.items[y].size + b] = cost;
}

static void add_variables(fixture *of, th_id count, th_id size) {
    th_id made;
    memset(of, 0, sizeof *of);
    for (th_id x = 0; x < count; x++)
        CHECK(th_network_add_variable(&of->network, size, &made) == TH_OK);
}

/* Returns whether there is anything to search. */
static bool create(fixture *of, th_cost scale) {
    CHECK(th_reduce(&of->network, (th_reduce_options){.keep_all = true}, &of->reduction) == TH_OK);
    if (th_cost_is_top(of->network.constant))
        return false;
    CHECK(th_cfn_create(&of->reduction, 0, scale, &of->cfn) == TH_OK);
    CHECK(th_vac_create(&of->cfn, &of->vac) == TH_OK);
    return true;
}

static void release(fixture *of) {
    th_cfn_free(&of->cfn);
    th_reduction_free(&of->reduction);
    th_network_free(&of->network);
}

/* Pairs of `count` variables, most of them free; a few cost 1 to 3, or are forbidden. */
static bool draw_network(fixture *of, th_id count, uint64_t seed) {
    uint64_t state = seed * 7919 + 1;
    add_variables(of, count, SIZE);
    for (th_id x = 0; x < count; x++)
        for (th_id a = 0; a < SIZE; a++)
            of->network.variables.items[x].unary[a] = draw(&state, 3) == 0 ? draw(&state, 4) : 0;
    for (th_id x = 0; x < count; x++)
        for (th_id y = x + 1; y < count; y++)
            for (th_id a = 0; a < SIZE; a++)
                for (th_id b = 0; b < SIZE; b++) {
                    unsigned cost = draw(&state, 8);
                    add(of, x, a, y, b, cost == 7 ? TH_TOP : cost > 3 ? cost - 3 : 0);
                }
    return create(of, SCALE);
}

/* Sweeps and consistency until they gain nothing any more. */
static bool settle_otherwise(fixture *of) {
    th_cfn_touch_all(&of->cfn);
    bool alive = th_cfn_propagate(&of->cfn);
    for (th_weight before = -1; alive && before != of->cfn.bound;) {
        before = of->cfn.bound;
        alive = th_cfn_sweep(&of->cfn, ENOUGH);
    }
    return alive;
}

/* Costs of all assignments, in the order of counting. */
static void count_costs(const th_cfn *cfn, th_cost *costs) {
    th_id values[COUNT] = {0}, x = 0;
    while (x < cfn->variable_count) {
        *costs++ = th_cfn_cost(cfn, values);
        for (x = 0; x < cfn->variable_count && values[x] == cfn->variables[x].size - 1; x++)
            values[x] = 0;
        if (x < cfn->variable_count)
            values[x]++;
    }
}

static size_t assignments(const th_cfn *cfn) {
    size_t count = 1;
    for (th_id x = 0; x < cfn->variable_count; x++)
        count *= (size_t)cfn->variables[x].size;
    return count;
}

static void no_cost_changes_and_no_bound_is_above_the_optimum(void) {
    static th_cost before[243], after[243];
    size_t raised = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        fixture of;
        if (!draw_network(&of, COUNT, seed) || !settle_otherwise(&of)) {
            release(&of);
            continue;
        }
        th_weight bound = of.cfn.bound;
        th_cost least = TH_TOP;
        count_costs(&of.cfn, before);
        bool alive = th_vac_run(&of.vac, ENOUGH);
        count_costs(&of.cfn, after);
        for (size_t i = 0; i < assignments(&of.cfn); i++) {
            least = before[i] < least ? before[i] : least;
            CHECK(before[i] >= of.cfn.top || before[i] == after[i]);
        }
        CHECK(alive ? of.cfn.bound >= bound && of.cfn.bound <= least : least >= of.cfn.top);
        raised += of.vac.conflicts != 0 && of.cfn.bound > bound;
        release(&of);
    }
    CHECK(raised > NETWORKS / 4);
}

static void a_run_ends_with_its_passes(void) {
    fixture of;
    CHECK(draw_network(&of, MANY, 1) && settle_otherwise(&of));
    CHECK(th_vac_run(&of.vac, 0) && of.vac.conflicts == 0);
    CHECK(th_vac_run(&of.vac, 3));
    CHECK(of.vac.work < 8 * of.vac.pairs);
    release(&of);
}

/* The example of vac.h. */
static void costs_of_a_cycle_meet_in_the_bound(void) {
    fixture of;
    add_variables(&of, 4, 2);
    of.network.variables.items[0].unary[0] = of.network.variables.items[1].unary[1] = 1;
    add(&of, 0, 1, 3, 0, 1);
    add(&of, 1, 0, 2, 1, 1);
    add(&of, 2, 0, 3, 1, 1);
    add(&of, 1, 1, 3, 0, 1);
    CHECK(create(&of, SCALE) && settle_otherwise(&of));
    CHECK(SCALE > 1 || of.cfn.bound == 0);
    CHECK(th_vac_run(&of.vac, ENOUGH) && th_cfn_bound(&of.cfn, of.cfn.bound) == 1);
    release(&of);
}

static bool at_once(void *context) {
    (void)context;
    return true;
}

static void a_run_ends_when_it_is_told_to(void) {
    fixture of;
    th_halt halt = {.stop = at_once};
    CHECK(draw_network(&of, MANY, 2) && settle_otherwise(&of));
    th_weight bound = of.cfn.bound;
    of.cfn.halt = &halt;
    CHECK(th_vac_run(&of.vac, ENOUGH) && of.cfn.stopped && of.cfn.bound >= bound);
    release(&of);
}

static void every_failing_request_is_reported(void) {
    fixture of;
    add_variables(&of, 3, 2);
    add(&of, 0, 0, 1, 0, 1);
    add(&of, 0, 1, 2, 0, 1);
    CHECK(th_reduce(&of.network, (th_reduce_options){.keep_all = true}, &of.reduction) == TH_OK);
    for (long n = 1;; n++) {
        allocation_fail_after(n);
        th_status status = th_cfn_create(&of.reduction, 0, SCALE, &of.cfn);
        if (status == TH_OK)
            status = th_vac_create(&of.cfn, &of.vac);
        bool asked = allocation_has_failed();
        allocation_fail_after(0);
        CHECK(status == (asked ? TH_NO_MEMORY : TH_OK));
        if (!asked)
            break;
        th_cfn_free(&of.cfn);
    }
    release(&of);
}

int main(void) {
    costs_of_a_cycle_meet_in_the_bound();
    no_cost_changes_and_no_bound_is_above_the_optimum();
    a_run_ends_with_its_passes();
    a_run_ends_when_it_is_told_to();
    every_failing_request_is_reported();
    return 0;
}
