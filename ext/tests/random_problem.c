/* Draws small problems. See random_problem.h. */
#include "random_problem.h"

#include <string.h>

typedef struct {
    random_problem *problem;
    unsigned (*draw)(void *, unsigned);
    void *context;
} drawing;

static unsigned draw(drawing *run, unsigned below) {
    return run->draw(run->context, below);
}

static int64_t draw_points(drawing *run) {
    return (int64_t)draw(run, 13) - 6;
}

/* The first half of the sets may hold by absence, the second may not; each half has one set per
 * node at least. */
static void draw_sets(drawing *run) {
    random_problem *problem = run->problem;
    size_t nodes = problem->input.node_count;
    for (size_t set = 0; set < MOST_SETS; set++) {
        size_t node =
            set % (MOST_SETS / 2) < nodes ? set % (MOST_SETS / 2) : draw(run, (unsigned)nodes);
        unsigned absent = 1u << problem->node_sizes[node];
        problem->set_nodes[set] = (int32_t)node;
        problem->set_bytes[set] = (unsigned char)(draw(run, absent - 1) + 1);
        if (draw(run, 2) == 0)
            problem->set_bytes[set] = (unsigned char)(absent - 1);
        if (set < MOST_SETS / 2 && draw(run, 3) == 0)
            problem->set_bytes[set] = (unsigned char)absent;
    }
}

static int32_t draw_condition(drawing *run) {
    return (int32_t)draw(run, MOST_SETS);
}

static int32_t draw_requirement(drawing *run) {
    return MOST_SETS / 2 + (int32_t)draw(run, MOST_SETS / 2);
}

static void draw_rules(drawing *run) {
    random_problem *problem = run->problem;
    int32_t when = 0, unless = 0;
    size_t rules = draw(run, MOST_RULES + 1);
    for (size_t rule = 0; rule < rules; rule++) {
        unsigned kind = draw(run, 4);
        problem->rule_kinds[rule] = (unsigned char)(kind == 3 ? TH_RULE_REQUIRE : kind);
        problem->rule_values[rule] = draw_points(run);
        for (unsigned i = draw(run, 4) + (kind == TH_RULE_FORBID); i > 0; i--)
            problem->rule_when[when++] = draw_condition(run);
        if (problem->rule_kinds[rule] == TH_RULE_REQUIRE) {
            problem->rule_values[rule] = draw(run, 12) == 0 ? TH_NONE : draw_requirement(run);
            for (unsigned i = draw(run, 3); i > 0; i--)
                problem->rule_unless[unless++] = draw_condition(run);
        }
        problem->rule_when_offsets[rule + 1] = when;
        problem->rule_unless_offsets[rule + 1] = unless;
    }
    problem->input.rule_count = rules;
    problem->input.rule_when_count = (size_t)when;
    problem->input.rule_unless_count = (size_t)unless;
}

static void draw_lists(drawing *run) {
    random_problem *problem = run->problem;
    int32_t count = 0;
    for (size_t list = 0; list < MOST_LISTS; list++) {
        for (unsigned i = draw(run, 4); i > 0; i--)
            problem->list_sets[count++] = draw_requirement(run);
        problem->list_offsets[list + 1] = count;
    }
    problem->input.list_count = MOST_LISTS;
    problem->input.list_sets_count = (size_t)count;
}

static void draw_pairs(drawing *run) {
    random_problem *problem = run->problem;
    size_t pairs = draw(run, MOST_PAIRS + 1), made = 0;
    for (size_t i = 0; i < pairs; i++) {
        int32_t a = draw_condition(run), b = draw_condition(run);
        if (problem->set_nodes[a] == problem->set_nodes[b])
            continue;
        problem->pair_a[made] = a;
        problem->pair_b[made] = b;
        problem->pair_scores[made++] = draw_points(run);
    }
    problem->input.pair_count = made;
}

void random_problem_fill(random_problem *problem, unsigned (*draw_number)(void *, unsigned),
                         void *context) {
    memset(problem, 0, sizeof *problem);
    drawing run = {problem, draw_number, context};
    th_problem_input *input = &problem->input;
    input->node_count = 1 + draw(&run, MOST_NODES);
    for (size_t node = 0; node < input->node_count; node++) {
        problem->node_sizes[node] = 1 + (int32_t)draw(&run, 4);
        input->candidate_count += (size_t)problem->node_sizes[node];
    }
    for (size_t i = 0; i < input->candidate_count; i++) {
        problem->candidate_lists[i] = (int32_t)draw(&run, MOST_LISTS + 1) - (draw(&run, 12) == 0);
        if (problem->candidate_lists[i] == MOST_LISTS)
            problem->candidate_lists[i] = 0;
        problem->candidate_scores[i] = draw_points(&run);
        problem->candidate_visible[i] = draw(&run, 6) != 0;
    }
    draw_sets(&run);
    draw_lists(&run);
    draw_pairs(&run);
    draw_rules(&run);
    input->root_count = draw(&run, 3);
    for (size_t i = 0; i < input->root_count; i++)
        problem->root_sets[i] = draw_requirement(&run);
    input->set_count = input->set_bytes_count = MOST_SETS;
    input->node_sizes = problem->node_sizes;
    input->candidate_lists = problem->candidate_lists;
    input->candidate_scores = problem->candidate_scores;
    input->candidate_visible = problem->candidate_visible;
    input->set_nodes = problem->set_nodes;
    input->set_bytes = problem->set_bytes;
    input->list_offsets = problem->list_offsets;
    input->list_sets = problem->list_sets;
    input->root_sets = problem->root_sets;
    input->pair_a = problem->pair_a;
    input->pair_b = problem->pair_b;
    input->pair_scores = problem->pair_scores;
    input->rule_kinds = problem->rule_kinds;
    input->rule_values = problem->rule_values;
    input->rule_when_offsets = problem->rule_when_offsets;
    input->rule_when = problem->rule_when;
    input->rule_unless_offsets = problem->rule_unless_offsets;
    input->rule_unless = problem->rule_unless;
}
