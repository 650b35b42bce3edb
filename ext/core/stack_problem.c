/* Checks and copies a problem, and judges a stack by the definition. See stack_problem.h.
 *
 * The judge shares no code with the search: every stack that leaves the engine passes through it,
 * so a fault in an encoding or a bound shows as an error and not as a wrong answer.
 */
#include "stack_problem.h"

#include <string.h>

#include "memory.h"

/* Points are bounded so that sums, and their spread times the scale of the search, stay exact. */
static const int64_t score_limit = (int64_t)1 << 60; /* of one term, levels folded in */
static const uint64_t span_limit = (uint64_t)1 << 60;

/* Copies `count` items of `from`; one byte is kept for an empty array, so NULL is out of memory. */
static void *copy(const void *from, size_t count, size_t item_size) {
    void *block = th_resize(NULL, count, item_size);
    if (block != NULL && count != 0)
        memcpy(block, from, count * item_size);
    return block;
}

static bool offsets_valid(const int32_t *offsets, size_t count, size_t total) {
    if (offsets[0] != 0 || (size_t)offsets[count] != total)
        return false;
    for (size_t i = 0; i < count; i++)
        if (offsets[i] > offsets[i + 1])
            return false;
    return true;
}

static bool indices_valid(const int32_t *indices, size_t count, size_t limit) {
    for (size_t i = 0; i < count; i++)
        if (indices[i] < 0 || (size_t)indices[i] >= limit)
            return false;
    return true;
}

static bool scores_valid(const int64_t *scores, size_t count, uint64_t *span) {
    for (size_t i = 0; i < count; i++) {
        if (scores[i] > score_limit || scores[i] < -score_limit)
            return false;
        *span += (uint64_t)(scores[i] < 0 ? -scores[i] : scores[i]);
        if (*span > span_limit)
            return false;
    }
    return true;
}

/* The largest absolute unary score of each node counts: a stack has one release of it. */
static bool unary_valid(const th_problem_input *input, uint64_t *span) {
    size_t candidate = 0;
    for (size_t node = 0; node < input->node_count; node++) {
        int64_t largest = 0;
        for (int32_t i = 0; i < input->node_sizes[node]; i++, candidate++) {
            int64_t score = input->candidate_scores[candidate];
            if (score > score_limit || score < -score_limit)
                return false;
            if (score < 0)
                score = -score;
            if (score > largest)
                largest = score;
        }
        *span += (uint64_t)largest;
        if (*span > span_limit)
            return false;
    }
    return true;
}

static size_t set_bytes(const th_problem_input *input, size_t set) {
    return ((size_t)input->node_sizes[input->set_nodes[set]] + 8) / 8;
}

static bool sets_valid(const th_problem_input *input) {
    size_t position = 0;
    for (size_t set = 0; set < input->set_count; set++) {
        size_t length = set_bytes(input, set);
        size_t bits = (size_t)input->node_sizes[input->set_nodes[set]] + 1;
        if (length > input->set_bytes_count - position ||
            !th_bitset_bytes_valid(input->set_bytes + position, length, bits))
            return false;
        position += length;
    }
    return position == input->set_bytes_count;
}

static bool wants_absence(const th_problem_input *input, int32_t set, const size_t *positions) {
    size_t bit = (size_t)input->node_sizes[input->set_nodes[set]];
    return input->set_bytes[positions[set] + bit / 8] >> (bit % 8) & 1;
}

/* A required set never holds by absence: a requirement makes its node present. */
static bool requirements_valid(const th_problem_input *input, const int32_t *sets, size_t count,
                               const size_t *positions) {
    if (!indices_valid(sets, count, input->set_count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (wants_absence(input, sets[i], positions))
            return false;
    return true;
}

static bool rules_valid(const th_problem_input *input, const size_t *positions, uint64_t *span) {
    for (size_t rule = 0; rule < input->rule_count; rule++) {
        int64_t value = input->rule_values[rule];
        bool has_unless = input->rule_unless_offsets[rule] != input->rule_unless_offsets[rule + 1];
        switch (input->rule_kinds[rule]) {
        case TH_RULE_SCORE:
            if (has_unless || !scores_valid(&value, 1, span))
                return false;
            break;
        case TH_RULE_FORBID:
            if (has_unless)
                return false;
            break;
        case TH_RULE_REQUIRE:
            if (value == TH_NONE)
                break;
            if (value < 0 || (uint64_t)value >= input->set_count ||
                wants_absence(input, (int32_t)value, positions))
                return false;
            break;
        default:
            return false;
        }
    }
    return true;
}

/* Returns the name of the first array at fault, or NULL. `positions`: set -> its first byte. */
static const char *find_fault(const th_problem_input *input, size_t *positions) {
    size_t total = 0;
    uint64_t span = 0;
    size_t limits[] = {input->node_count,       input->candidate_count, input->set_count,
                       input->list_count,       input->list_sets_count, input->root_count,
                       input->pair_count,       input->rule_count,      input->rule_when_count,
                       input->rule_unless_count};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i] >= (size_t)TH_ID_MAX)
            return "counts";
    for (size_t i = 0; i < input->node_count; i++) {
        if (input->node_sizes[i] < 0 || input->node_sizes[i] >= TH_ID_MAX)
            return "node_sizes";
        total += (size_t)input->node_sizes[i];
    }
    if (total != input->candidate_count)
        return "node_sizes";
    if (!indices_valid(input->set_nodes, input->set_count, input->node_count))
        return "set_nodes";
    if (!sets_valid(input))
        return "set_bytes";
    for (size_t set = 0, position = 0; set < input->set_count; set++) {
        positions[set] = position;
        position += set_bytes(input, set);
    }
    for (size_t i = 0; i < total; i++)
        if (input->candidate_lists[i] != TH_NONE &&
            (input->candidate_lists[i] < 0 ||
             (size_t)input->candidate_lists[i] >= input->list_count))
            return "candidate_lists";
    if (!unary_valid(input, &span))
        return "candidate_scores";
    for (size_t i = 0; i < total; i++)
        if (input->candidate_visible[i] > 1)
            return "candidate_visible";
    if (!offsets_valid(input->list_offsets, input->list_count, input->list_sets_count))
        return "list_offsets";
    if (!requirements_valid(input, input->list_sets, input->list_sets_count, positions))
        return "list_sets";
    if (!requirements_valid(input, input->root_sets, input->root_count, positions))
        return "root_sets";
    if (!indices_valid(input->pair_a, input->pair_count, input->set_count) ||
        !indices_valid(input->pair_b, input->pair_count, input->set_count))
        return "pairs";
    for (size_t i = 0; i < input->pair_count; i++)
        if (input->set_nodes[input->pair_a[i]] == input->set_nodes[input->pair_b[i]])
            return "pairs";
    if (!scores_valid(input->pair_scores, input->pair_count, &span))
        return "pair_scores";
    if (!offsets_valid(input->rule_when_offsets, input->rule_count, input->rule_when_count) ||
        !indices_valid(input->rule_when, input->rule_when_count, input->set_count))
        return "rule_when";
    if (!offsets_valid(input->rule_unless_offsets, input->rule_count, input->rule_unless_count) ||
        !indices_valid(input->rule_unless, input->rule_unless_count, input->set_count))
        return "rule_unless";
    return rules_valid(input, positions, &span) ? NULL : "rules";
}

/* Copies the bytes of the sets into words. Returns whether there was memory for it. */
static bool copy_sets(th_problem *problem, const th_problem_input *input, const size_t *positions) {
    size_t words = 0;
    problem->set_first = th_allocate(input->set_count + 1, sizeof *problem->set_first);
    if (problem->set_first == NULL)
        return false;
    for (size_t set = 0; set < input->set_count; set++) {
        problem->set_first[set] = words;
        words += th_bitset_words((size_t)input->node_sizes[input->set_nodes[set]] + 1);
    }
    problem->set_words = th_allocate(words, sizeof *problem->set_words);
    if (problem->set_words == NULL)
        return false;
    for (size_t set = 0; set < input->set_count; set++)
        th_bitset_from_bytes(problem->set_words + problem->set_first[set],
                             input->set_bytes + positions[set],
                             (size_t)input->node_sizes[input->set_nodes[set]] + 1);
    return true;
}

static bool copy_arrays(th_problem *problem, const th_problem_input *input) {
#define COPY(field, count)                                                                         \
    ((problem->field = copy(input->field, (count), sizeof *problem->field)) != NULL)
    return COPY(node_sizes, input->node_count) && COPY(candidate_lists, input->candidate_count) &&
           COPY(candidate_scores, input->candidate_count) &&
           COPY(candidate_visible, input->candidate_count) && COPY(set_nodes, input->set_count) &&
           COPY(list_offsets, input->list_count + 1) && COPY(list_sets, input->list_sets_count) &&
           COPY(root_sets, input->root_count) && COPY(pair_a, input->pair_count) &&
           COPY(pair_b, input->pair_count) && COPY(pair_scores, input->pair_count) &&
           COPY(rule_kinds, input->rule_count) && COPY(rule_values, input->rule_count) &&
           COPY(rule_when_offsets, input->rule_count + 1) &&
           COPY(rule_when, input->rule_when_count) &&
           COPY(rule_unless_offsets, input->rule_count + 1) &&
           COPY(rule_unless, input->rule_unless_count);
#undef COPY
}

th_status th_problem_create(const th_problem_input *input, th_problem **problem,
                            const char **fault) {
    *fault = NULL;
    *problem = NULL;
    if (input->set_count >= (size_t)TH_ID_MAX) {
        *fault = "counts";
        return TH_INVALID;
    }
    size_t *positions = th_allocate(input->set_count + 1, sizeof *positions);
    if (positions == NULL)
        return TH_NO_MEMORY;
    *fault = find_fault(input, positions);
    if (*fault != NULL) {
        th_free(positions);
        return TH_INVALID;
    }
    th_problem *made = th_allocate(1, sizeof *made);
    if (made == NULL) {
        th_free(positions);
        return TH_NO_MEMORY;
    }
    made->node_count = input->node_count;
    made->candidate_count = input->candidate_count;
    made->set_count = input->set_count;
    made->list_count = input->list_count;
    made->root_count = input->root_count;
    made->pair_count = input->pair_count;
    made->rule_count = input->rule_count;
    made->first = th_allocate(input->node_count + 1, sizeof *made->first);
    bool copied =
        made->first != NULL && copy_arrays(made, input) && copy_sets(made, input, positions);
    th_free(positions);
    if (!copied) {
        th_problem_free(made);
        return TH_NO_MEMORY;
    }
    for (size_t node = 0; node < made->node_count; node++)
        made->first[node + 1] = made->first[node] + (size_t)made->node_sizes[node];
    *problem = made;
    return TH_OK;
}

void th_problem_free(th_problem *problem) {
    if (problem == NULL)
        return;
    void *const blocks[] = {problem->node_sizes,
                            problem->first,
                            problem->candidate_lists,
                            problem->candidate_scores,
                            problem->candidate_visible,
                            problem->set_nodes,
                            problem->set_first,
                            problem->set_words,
                            problem->list_offsets,
                            problem->list_sets,
                            problem->root_sets,
                            problem->pair_a,
                            problem->pair_b,
                            problem->pair_scores,
                            problem->rule_kinds,
                            problem->rule_values,
                            problem->rule_when_offsets,
                            problem->rule_when,
                            problem->rule_unless_offsets,
                            problem->rule_unless,
                            problem};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        th_free(blocks[i]);
}

static bool all_hold(const th_problem *problem, const int32_t *sets, int32_t from, int32_t to,
                     const th_id *values) {
    for (int32_t i = from; i < to; i++)
        if (!th_problem_holds(problem, sets[i], values))
            return false;
    return true;
}

static bool rule_is_active(const th_problem *problem, size_t rule, const th_id *values) {
    const int32_t *when = problem->rule_when_offsets + rule;
    const int32_t *unless = problem->rule_unless_offsets + rule;
    return all_hold(problem, problem->rule_when, when[0], when[1], values) &&
           (unless[0] == unless[1] ||
            !all_hold(problem, problem->rule_unless, unless[0], unless[1], values));
}

/* Whether every node that the rule wants present has been reached. */
static bool rule_is_reached(const th_problem *problem, size_t rule, const unsigned char *reached) {
    for (int32_t i = problem->rule_when_offsets[rule]; i < problem->rule_when_offsets[rule + 1];
         i++) {
        th_id set = problem->rule_when[i];
        th_id node = problem->set_nodes[set];
        if (!th_problem_set_has(problem, set, th_problem_absent(problem, node)) && !reached[node])
            return false;
    }
    return true;
}

typedef struct {
    const th_problem *problem;
    const th_id *values;
    unsigned char *reached;
    th_id *queue;
    size_t count;
} reaching;

static void reach(reaching *state, th_id node) {
    if (state->reached[node] || state->values[node] == th_problem_absent(state->problem, node))
        return;
    state->reached[node] = 1;
    state->queue[state->count++] = node;
}

th_status th_problem_reach(const th_problem *problem, const th_id *values, unsigned char *reached) {
    memset(reached, 0, problem->node_count);
    th_id *queue = th_allocate(problem->node_count, sizeof *queue);
    if (queue == NULL)
        return TH_NO_MEMORY;
    reaching state = {problem, values, reached, queue, 0};
    for (size_t i = 0; i < problem->root_count; i++)
        reach(&state, problem->set_nodes[problem->root_sets[i]]);
    size_t next = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (; next < state.count; next++) {
            th_id node = queue[next];
            th_id list = problem->candidate_lists[problem->first[node] + (size_t)values[node]];
            if (list == TH_NONE)
                continue;
            for (int32_t i = problem->list_offsets[list]; i < problem->list_offsets[list + 1]; i++)
                reach(&state, problem->set_nodes[problem->list_sets[i]]);
        }
        for (size_t rule = 0; rule < problem->rule_count; rule++)
            if (problem->rule_kinds[rule] == TH_RULE_REQUIRE &&
                problem->rule_values[rule] != TH_NONE && rule_is_active(problem, rule, values) &&
                rule_is_reached(problem, rule, reached))
                reach(&state, problem->set_nodes[problem->rule_values[rule]]);
        changed = next < state.count;
    }
    th_free(queue);
    return TH_OK;
}

/* Whether the requirements of every present release, the roots' and the active rules' hold. */
static bool requirements_hold(const th_problem *problem, const th_id *values) {
    if (!all_hold(problem, problem->root_sets, 0, (int32_t)problem->root_count, values))
        return false;
    for (th_id node = 0; node < (th_id)problem->node_count; node++) {
        if (values[node] == th_problem_absent(problem, node))
            continue;
        th_id list = problem->candidate_lists[problem->first[node] + (size_t)values[node]];
        if (list == TH_NONE || !all_hold(problem, problem->list_sets, problem->list_offsets[list],
                                         problem->list_offsets[list + 1], values))
            return false;
    }
    for (size_t rule = 0; rule < problem->rule_count; rule++) {
        if (problem->rule_kinds[rule] == TH_RULE_SCORE || !rule_is_active(problem, rule, values))
            continue;
        if (problem->rule_kinds[rule] == TH_RULE_FORBID || problem->rule_values[rule] == TH_NONE ||
            !th_problem_holds(problem, (th_id)problem->rule_values[rule], values))
            return false;
    }
    return true;
}

static int64_t score_of(const th_problem *problem, const th_id *values) {
    int64_t score = 0;
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        if (values[node] != th_problem_absent(problem, node))
            score += problem->candidate_scores[problem->first[node] + (size_t)values[node]];
    for (size_t i = 0; i < problem->pair_count; i++)
        if (th_problem_holds(problem, problem->pair_a[i], values) &&
            th_problem_holds(problem, problem->pair_b[i], values))
            score += problem->pair_scores[i];
    for (size_t rule = 0; rule < problem->rule_count; rule++)
        if (problem->rule_kinds[rule] == TH_RULE_SCORE && rule_is_active(problem, rule, values))
            score += problem->rule_values[rule];
    return score;
}

th_status th_problem_judge(const th_problem *problem, const th_id *values, bool *valid,
                           int64_t *score) {
    unsigned char *reached = th_allocate(problem->node_count, 1);
    if (reached == NULL)
        return TH_NO_MEMORY;
    th_status status = th_problem_reach(problem, values, reached);
    *valid = status == TH_OK && requirements_hold(problem, values);
    for (th_id node = 0; *valid && node < (th_id)problem->node_count; node++)
        *valid = reached[node] == (values[node] != th_problem_absent(problem, node));
    *score = score_of(problem, values);
    th_free(reached);
    return status;
}
