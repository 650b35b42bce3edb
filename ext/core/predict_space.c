/* Builds the tables that predictors share. See predict_space.h. */
#include "predict_space.h"

#include <string.h>

#include "memory.h"
#include "rng.h"

/* An arbitrary constant: hashes need not differ from run to run. */
static const uint64_t zobrist_seed = UINT64_C(0x7468);

static void *take(th_space *space, size_t count, size_t item_size) {
    return th_arena_take(&space->arena, count, item_size);
}

static bool number_values(th_space *space) {
    const th_problem *problem = space->problem;
    size_t nodes = problem->node_count, values = problem->candidate_count + nodes, classes = 0;
    space->first_value = take(space, nodes + 1, sizeof *space->first_value);
    space->first_class = take(space, nodes + 1, sizeof *space->first_class);
    space->class_of = take(space, values, sizeof *space->class_of);
    space->unary = take(space, values, sizeof *space->unary);
    space->zobrist = take(space, values, sizeof *space->zobrist);
    if (space->first_value == NULL || space->first_class == NULL || space->class_of == NULL ||
        space->unary == NULL || space->zobrist == NULL)
        return false;
    th_rng rng;
    th_rng_seed(&rng, zobrist_seed);
    space->combinations = 1;
    for (th_id node = 0; node < (th_id)nodes; node++) {
        size_t first = problem->first[node] + (size_t)node;
        th_id size = problem->node_sizes[node];
        space->first_value[node] = first;
        space->first_class[node] = classes;
        classes += (size_t)space->classes.counts[node] + 1;
        for (th_id value = 0; value < size; value++) {
            size_t candidate = problem->first[node] + (size_t)value;
            uint64_t number = th_rng_next(&rng);
            space->class_of[first + (size_t)value] = space->classes.class_of[candidate];
            space->unary[first + (size_t)value] = problem->candidate_scores[candidate];
            if (problem->candidate_visible[candidate])
                space->zobrist[first + (size_t)value] = number;
        }
        space->class_of[first + (size_t)size] = space->classes.counts[node];
        uint64_t choices = th_bitset_size(th_domains_of(&space->domains, node),
                                          th_domains_words(&space->domains, node));
        if (choices != 0)
            space->combinations = space->combinations > UINT64_MAX / choices
                                      ? UINT64_MAX
                                      : space->combinations * choices;
    }
    space->first_value[nodes] = values;
    space->first_class[nodes] = classes;
    return true;
}

static bool fill_live(th_space *space, th_live live) {
    const th_problem *problem = space->problem;
    size_t nodes = problem->node_count, words = space->domains.first[nodes], count = 0;
    th_space_lists *choices = &space->choices[live];
    space->live[live] = take(space, words, sizeof **space->live);
    choices->first = take(space, nodes + 1, sizeof *choices->first);
    choices->items = take(space, problem->candidate_count, sizeof *choices->items);
    if (space->live[live] == NULL || choices->first == NULL || choices->items == NULL)
        return false;
    for (th_id node = 0; node < (th_id)nodes; node++) {
        for (th_id value = 0; value < problem->node_sizes[node]; value++) {
            if (!th_domains_has(&space->domains, node, value))
                continue;
            th_id class = space->class_of[th_space_value(space, node, value)];
            if (live == TH_LIVE_BEST && th_classes_best(&space->classes, node, class) != value)
                continue;
            th_bitset_add(space->live[live] + space->domains.first[node], (size_t)value);
            choices->items[count++] = value;
        }
        choices->first[node + 1] = count;
    }
    return true;
}

/* An edge between two nodes, or between a node and a rule, to be grouped by `from`. */
typedef struct {
    th_id from, to;
} edge;

typedef TH_VEC(edge) edges;

/* Groups the edges by `from`, in their order; an edge like the one before it of the same `from` is
 * left out. */
static bool group(th_space *space, const edges *all, th_space_lists *lists) {
    size_t nodes = space->problem->node_count;
    lists->first = take(space, nodes + 2, sizeof *lists->first);
    lists->items = take(space, all->count, sizeof *lists->items);
    if (lists->first == NULL || lists->items == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++)
        lists->first[all->items[i].from + 2]++;
    for (size_t node = 0; node < nodes; node++)
        lists->first[node + 2] += lists->first[node + 1];
    for (size_t i = 0; i < all->count; i++)
        lists->items[lists->first[all->items[i].from + 1]++] = all->items[i].to;
    return true;
}

/* Calls use(from, to) once for each pair of nodes where some live release of `from` requires `to`.
 * `seen` has an entry for each node and for each list, all TH_NONE. */
static th_status add_requirements(th_space *space, th_id *seen, edges *forward, edges *backward) {
    const th_problem *problem = space->problem;
    th_id *list_seen = seen + problem->node_count;
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        for (th_id value = 0; value < problem->node_sizes[node]; value++) {
            th_id list = th_space_list(space, node, value);
            if (!th_domains_has(&space->domains, node, value) || list_seen[list] == node)
                continue;
            list_seen[list] = node;
            for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1];
                 i++) {
                th_id target = problem->set_nodes[problem->list_sets[i]];
                if (seen[target] == node)
                    continue;
                seen[target] = node;
                if (th_vec_push(forward, (edge){node, target}) != TH_OK ||
                    th_vec_push(backward, (edge){target, node}) != TH_OK)
                    return TH_NO_MEMORY;
            }
        }
    return TH_OK;
}

/* Adds an edge from each distinct node of the rule's conditions to the rule, and, for a rule that
 * requires, to its target in `forward`. */
static th_status add_rule(th_space *space, th_id rule, th_id *seen, edges *looked, edges *forward) {
    const th_problem *problem = space->problem;
    const int32_t *const sets[] = {problem->rule_when, problem->rule_unless};
    const int32_t *const offsets[] = {problem->rule_when_offsets, problem->rule_unless_offsets};
    bool requires =
        problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE;
    for (int part = 0; part < 2; part++)
        for (int32_t i = offsets[part][rule]; i < offsets[part][rule + 1]; i++) {
            th_id node = problem->set_nodes[sets[part][i]];
            if (seen[node] == rule)
                continue;
            seen[node] = rule;
            if (th_vec_push(looked, (edge){node, rule}) != TH_OK)
                return TH_NO_MEMORY;
            if (requires &&
                th_vec_push(forward,
                            (edge){node, problem->set_nodes[problem->rule_values[rule]]}) != TH_OK)
                return TH_NO_MEMORY;
        }
    return TH_OK;
}

/* Ranks nodes so that the first visited last: the reverse of the order in which a depth-first
 * search leaves them, which is a topological order where there is no circle (Tarjan 1976). */
static bool rank_nodes(th_space *space, const th_space_lists *forward) {
    const th_problem *problem = space->problem;
    size_t nodes = problem->node_count, depth = 0, left = nodes;
    space->rank = take(space, nodes, sizeof *space->rank);
    space->by_rank = take(space, nodes, sizeof *space->by_rank);
    th_id *stack = take(space, nodes, sizeof *stack);
    size_t *next = take(space, nodes, sizeof *next);
    if (space->rank == NULL || space->by_rank == NULL || stack == NULL || next == NULL)
        return false;
    memset(space->rank, 0xff, nodes * sizeof *space->rank); /* TH_NONE: not visited */
    for (size_t i = problem->root_count + nodes; i-- > 0;) {
        /* Roots last, so that they come first. */
        th_id start = i < problem->root_count ? problem->set_nodes[problem->root_sets[i]]
                                              : (th_id)(i - problem->root_count);
        if (space->rank[start] != TH_NONE)
            continue;
        space->rank[start] = 0;
        next[start] = forward->first[start];
        stack[depth++] = start;
        while (depth > 0) {
            th_id node = stack[depth - 1];
            if (next[node] < forward->first[node + 1]) {
                th_id target = forward->items[next[node]++];
                if (space->rank[target] == TH_NONE) {
                    space->rank[target] = 0;
                    next[target] = forward->first[target];
                    stack[depth++] = target;
                }
            } else {
                depth--;
                space->rank[node] = (th_id)--left;
                space->by_rank[left] = node;
            }
        }
    }
    return true;
}

static th_status add_rules(th_space *space, th_id *seen, edges *hard, edges *aimed, edges *points,
                           edges *forward) {
    const th_problem *problem = space->problem;
    memset(seen, 0xff, problem->node_count * sizeof *seen);
    for (th_id rule = 0; rule < (th_id)problem->rule_count; rule++) {
        bool scores = problem->rule_kinds[rule] == TH_RULE_SCORE;
        space->hard_rule_count += !scores;
        if (add_rule(space, rule, seen, scores ? points : hard, forward) != TH_OK)
            return TH_NO_MEMORY;
        if (problem->rule_kinds[rule] == TH_RULE_REQUIRE && problem->rule_values[rule] != TH_NONE &&
            th_vec_push(aimed, (edge){problem->set_nodes[problem->rule_values[rule]], rule}) !=
                TH_OK)
            return TH_NO_MEMORY;
    }
    return TH_OK;
}

static th_status connect(th_space *space) {
    const th_problem *problem = space->problem;
    edges forward = {0}, backward = {0}, hard = {0}, aimed = {0}, points = {0};
    th_space_lists ahead;
    size_t seen_count = problem->node_count + problem->list_count;
    th_id *seen = take(space, seen_count, sizeof *seen);
    th_status status = TH_NO_MEMORY;
    if (seen != NULL) {
        memset(seen, 0xff, seen_count * sizeof *seen);
        status = add_requirements(space, seen, &forward, &backward);
    }
    if (status == TH_OK)
        status = add_rules(space, seen, &hard, &aimed, &points, &forward);
    if (status == TH_OK &&
        !(group(space, &forward, &ahead) && group(space, &backward, &space->requirers) &&
          group(space, &hard, &space->hard_rules) && group(space, &aimed, &space->aimed_rules) &&
          group(space, &points, &space->score_rules) && rank_nodes(space, &ahead)))
        status = TH_NO_MEMORY;
    th_vec_free(&forward);
    th_vec_free(&backward);
    th_vec_free(&hard);
    th_vec_free(&aimed);
    th_vec_free(&points);
    return status;
}

/* The value that stands for a class in questions about sets. */
static th_id class_value(const th_space *space, th_id node, th_id class) {
    return class < space->classes.counts[node] ? th_classes_best(&space->classes, node, class)
                                               : th_problem_absent(space->problem, node);
}

/* A table under construction: both copies, to be filled by add_pair. */
typedef struct {
    th_id a, b; /* a < b */
    int64_t *rows, *columns;
} double_table;

typedef TH_VEC(double_table) double_tables;

static size_t class_slots(const th_space *space, th_id node) {
    return (size_t)space->classes.counts[node] + 1;
}

/* Tables by their first node: latest[a] is the last one made for a, chain[t] the one before t. */
typedef struct {
    double_tables made;
    th_id *latest, *chain;
    size_t memory_limit;
    th_id *members; /* scratch: classes of a node */
    size_t cells;   /* filled since `stop` was asked */
} table_maker;

enum { CELLS_PER_QUESTION = 1 << 16 };

/* Finds or makes the table of a and b. */
static th_status find_table(th_space *space, table_maker *maker, th_id a, th_id b,
                            double_table **found) {
    for (th_id t = maker->latest[a]; t != TH_NONE; t = maker->chain[t])
        if (maker->made.items[t].b == b) {
            *found = &maker->made.items[t];
            return TH_OK;
        }
    size_t cells = class_slots(space, a) * class_slots(space, b); /* each at most 2^30 */
    double_table table = {a, b, NULL, NULL};
    size_t limit = maker->memory_limit, used = space->arena.bytes;
    if (limit != 0 && (used > limit || cells > (limit - used) / (2 * sizeof *table.rows)))
        return TH_LIMIT;
    table.rows = take(space, cells, sizeof *table.rows);
    table.columns = take(space, cells, sizeof *table.columns);
    if (table.rows == NULL || table.columns == NULL || th_vec_push(&maker->made, table) != TH_OK)
        return TH_NO_MEMORY;
    size_t last = maker->made.count - 1;
    maker->chain[last] = maker->latest[a];
    maker->latest[a] = (th_id)last;
    *found = &maker->made.items[last];
    return TH_OK;
}

static void add_points(const th_space *space, table_maker *maker, double_table *table, th_id set_a,
                       th_id set_b, int64_t points) {
    const th_problem *problem = space->problem;
    size_t rows = class_slots(space, table->a), columns = class_slots(space, table->b), count = 0;
    for (size_t k = 0; k < columns; k++)
        if (th_problem_set_has(problem, set_b, class_value(space, table->b, (th_id)k)))
            maker->members[count++] = (th_id)k;
    for (size_t i = 0; i < rows; i++) {
        if (!th_problem_set_has(problem, set_a, class_value(space, table->a, (th_id)i)))
            continue;
        for (size_t m = 0; m < count; m++) {
            size_t k = (size_t)maker->members[m];
            table->rows[i * columns + k] += points;
            table->columns[k * rows + i] += points;
        }
    }
    maker->cells += rows + columns + rows * count;
}

static bool place_tables(th_space *space, const double_tables *made) {
    size_t nodes = space->problem->node_count;
    space->first_table = take(space, nodes + 2, sizeof *space->first_table);
    space->tables = take(space, 2 * made->count, sizeof *space->tables);
    if (space->first_table == NULL || space->tables == NULL)
        return false;
    for (size_t t = 0; t < made->count; t++) {
        space->first_table[made->items[t].a + 2]++;
        space->first_table[made->items[t].b + 2]++;
    }
    for (size_t node = 0; node < nodes; node++)
        space->first_table[node + 2] += space->first_table[node + 1];
    for (size_t t = 0; t < made->count; t++) {
        const double_table *table = &made->items[t];
        space->tables[space->first_table[table->a + 1]++] = (th_space_table){
            table->b, (th_id)class_slots(space, table->b), table->rows, table->columns};
        space->tables[space->first_table[table->b + 1]++] = (th_space_table){
            table->a, (th_id)class_slots(space, table->a), table->columns, table->rows};
    }
    return true;
}

static th_status make_tables(th_space *space, size_t memory_limit, bool (*stop)(void *context),
                             void *stop_context) {
    const th_problem *problem = space->problem;
    table_maker maker = {.memory_limit = memory_limit};
    size_t most = 0;
    maker.latest = take(space, problem->node_count, sizeof *maker.latest);
    maker.chain = take(space, problem->pair_count, sizeof *maker.chain);
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        if (class_slots(space, node) > most)
            most = class_slots(space, node);
    maker.members = take(space, most, sizeof *maker.members);
    th_status status =
        maker.latest != NULL && maker.chain != NULL && maker.members != NULL ? TH_OK : TH_NO_MEMORY;
    if (status == TH_OK)
        memset(maker.latest, 0xff, problem->node_count * sizeof *maker.latest); /* TH_NONE */
    for (size_t i = 0; status == TH_OK && i < problem->pair_count; i++) {
        th_id set_a = problem->pair_a[i], set_b = problem->pair_b[i];
        if (problem->set_nodes[set_a] > problem->set_nodes[set_b]) {
            set_a = problem->pair_b[i];
            set_b = problem->pair_a[i];
        }
        double_table *table;
        status =
            find_table(space, &maker, problem->set_nodes[set_a], problem->set_nodes[set_b], &table);
        if (status == TH_OK)
            add_points(space, &maker, table, set_a, set_b, problem->pair_scores[i]);
        if (status == TH_OK && maker.cells >= CELLS_PER_QUESTION && stop != NULL) {
            maker.cells = 0;
            status = stop(stop_context) ? TH_STOPPED : TH_OK;
        }
    }
    if (status == TH_OK && !place_tables(space, &maker.made))
        status = TH_NO_MEMORY;
    th_vec_free(&maker.made);
    return status;
}

th_status th_space_create(const th_problem *problem, size_t memory_limit,
                          bool (*stop)(void *context), void *stop_context, th_space *space) {
    memset(space, 0, sizeof *space);
    space->problem = problem;
    th_halt halt = {.stop = stop, .context = stop_context};
    th_status status = th_domains_filter(problem, &halt, &space->domains);
    if (status != TH_OK || space->domains.infeasible)
        return status;
    status = th_classes_make(problem, &space->domains, &halt, &space->classes);
    if (status == TH_OK &&
        !(number_values(space) && fill_live(space, TH_LIVE_ALL) && fill_live(space, TH_LIVE_BEST)))
        status = TH_NO_MEMORY;
    if (status == TH_OK)
        status = connect(space);
    return status == TH_OK ? make_tables(space, memory_limit, stop, stop_context) : status;
}

void th_space_free(th_space *space) {
    th_domains_free(&space->domains);
    th_classes_free(&space->classes);
    th_arena_free(&space->arena);
}

bool th_space_rule_active(const th_problem *problem, th_id rule, const th_id *values) {
    int32_t from = problem->rule_unless_offsets[rule], to = problem->rule_unless_offsets[rule + 1];
    if (!th_space_all_hold(problem, problem->rule_when, problem->rule_when_offsets[rule],
                           problem->rule_when_offsets[rule + 1], values))
        return false;
    return from == to || !th_space_all_hold(problem, problem->rule_unless, from, to, values);
}

int64_t th_space_score(const th_space *space, const th_id *values) {
    const th_problem *problem = space->problem;
    int64_t score = 0;
    for (th_id node = 0; node < (th_id)problem->node_count; node++) {
        size_t value = th_space_value(space, node, values[node]);
        score += space->unary[value];
        for (size_t t = space->first_table[node]; t < space->first_table[node + 1]; t++) {
            const th_space_table *table = &space->tables[t];
            if (table->other > node)
                score += table->points[(size_t)space->class_of[value] * (size_t)table->columns +
                                       (size_t)space->class_of[th_space_value(
                                           space, table->other, values[table->other])]];
        }
    }
    for (th_id rule = 0; rule < (th_id)problem->rule_count; rule++)
        if (problem->rule_kinds[rule] == TH_RULE_SCORE &&
            th_space_rule_active(problem, rule, values))
            score += problem->rule_values[rule];
    return score;
}

uint64_t th_space_hash(const th_space *space, const th_id *values) {
    uint64_t hash = 0;
    for (th_id node = 0; node < (th_id)space->problem->node_count; node++)
        hash ^= space->zobrist[th_space_value(space, node, values[node])];
    return hash;
}
