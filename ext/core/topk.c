/* Keeps and unfolds the k best stacks. See topk.h. */
#include "topk.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* A choice of members for the nodes so far: what it loses, and how it goes on from another one. */
typedef struct {
    int64_t loss;
    th_id parent; /* in the list of the node before */
    th_id value;
} partial;

/* What one stack takes: its row, and a choice for each node while stacks are unfolded. Lists double
 * as they grow. */
static size_t bytes_of_stack(const th_problem *problem) {
    return sizeof(int64_t) + problem->node_count * (sizeof(th_id) + 2 * sizeof(partial));
}

th_status th_best_stacks_create(const th_problem *problem, size_t wanted, size_t memory_limit,
                                th_best_stacks *best) {
    size_t most = memory_limit / bytes_of_stack(problem);
    memset(best, 0, sizeof *best);
    best->problem = problem;
    best->cut = memory_limit != 0 && wanted > most && wanted > 1;
    best->wanted = best->cut ? (most > 1 ? most : 1) : wanted;
    if (problem->node_count != 0 && best->wanted > SIZE_MAX / 2 / problem->node_count)
        return TH_NO_MEMORY;
    wanted = best->wanted;
    best->bytes = wanted * (sizeof(int64_t) + problem->node_count * sizeof(th_id));
    best->values = th_allocate(wanted * problem->node_count, sizeof *best->values);
    best->scores = th_allocate(wanted, sizeof *best->scores);
    return best->values != NULL && best->scores != NULL ? TH_OK : TH_NO_MEMORY;
}

void th_best_stacks_free(th_best_stacks *best) {
    th_free(best->values);
    th_free(best->scores);
    best->values = NULL;
    best->scores = NULL;
    best->count = 0;
}

static th_id *row(const th_best_stacks *best, size_t index) {
    return best->values + index * best->problem->node_count;
}

/* What is visible of a node: its candidate, or TH_NONE. */
static th_id visible(const th_problem *problem, th_id node, th_id value) {
    return value != th_problem_absent(problem, node) &&
                   problem->candidate_visible[problem->first[node] + (size_t)value]
               ? value
               : TH_NONE;
}

static bool looks_like(const th_problem *problem, const th_id *a, const th_id *b) {
    for (th_id node = 0; node < (th_id)problem->node_count; node++)
        if (visible(problem, node, a[node]) != visible(problem, node, b[node]))
            return false;
    return true;
}

void th_best_stacks_add(th_best_stacks *best, const th_id *values, int64_t score) {
    size_t nodes = best->problem->node_count, at = best->count;
    if (best->wanted == 0 || (th_best_stacks_full(best) && score <= th_best_stacks_worst(best)))
        return;
    for (size_t i = 0; i < best->count; i++)
        if (looks_like(best->problem, row(best, i), values)) {
            if (best->scores[i] >= score)
                return;
            at = i; /* its row is taken over */
            break;
        }
    if (at == best->count) {
        if (th_best_stacks_full(best))
            at--;
        else
            best->count++;
    }
    for (; at > 0 && best->scores[at - 1] < score; at--) {
        best->scores[at] = best->scores[at - 1];
        memcpy(row(best, at), row(best, at - 1), nodes * sizeof *values);
    }
    best->scores[at] = score;
    memcpy(row(best, at), values, nodes * sizeof *values);
}

static int compare_partials(const void *a, const void *b) {
    const partial *one = a, *other = b;
    if (one->loss != other->loss)
        return one->loss < other->loss ? -1 : 1;
    if (one->parent != other->parent)
        return one->parent < other->parent ? -1 : 1;
    return (one->value > other->value) - (one->value < other->value);
}

typedef struct {
    TH_VEC(partial) partials; /* the lists of all unfolded nodes, one after the other */
    TH_VEC(size_t) starts;
    TH_VEC(th_id) nodes;
    th_halt *halt;
} unfolding;

/* Adds the list for one more node: the `wanted` best of (list before) x (members of the class). */
static th_status unfold_node(unfolding *run, const th_best_stacks *best, const th_classes *classes,
                             const th_id *values, th_id node, int64_t score) {
    const th_problem *problem = best->problem;
    size_t first = problem->first[node];
    size_t from = run->starts.items[run->starts.count - 1], to = run->partials.count;
    int64_t top = problem->candidate_scores[first + (size_t)values[node]];
    for (th_id value = 0; value < problem->node_sizes[node]; value++) {
        if (classes->class_of[first + (size_t)value] !=
            classes->class_of[first + (size_t)values[node]])
            continue;
        int64_t loss = top - problem->candidate_scores[first + (size_t)value];
        if (th_halt_after(run->halt, 32 * (to - from)))
            return TH_STOPPED;
        for (size_t i = from; i < to; i++) {
            partial made = {run->partials.items[i].loss + loss, (th_id)(i - from), value};
            if (th_best_stacks_full(best) && score - made.loss <= th_best_stacks_worst(best))
                break; /* the list is sorted */
            if (th_vec_push(&run->partials, made) != TH_OK)
                return TH_NO_MEMORY;
        }
    }
    if (run->partials.count > to)
        qsort(run->partials.items + to, run->partials.count - to, sizeof *run->partials.items,
              compare_partials);
    if (run->partials.count - to > best->wanted)
        run->partials.count = to + best->wanted;
    return th_vec_push(&run->starts, to) == TH_OK ? th_vec_push(&run->nodes, node) : TH_NO_MEMORY;
}

static bool has_siblings(const th_problem *problem, const th_classes *classes, const th_id *values,
                         th_id node) {
    size_t first = problem->first[node];
    if (visible(problem, node, values[node]) == TH_NONE)
        return false;
    for (th_id value = 0; value < problem->node_sizes[node]; value++)
        if (value != values[node] && classes->class_of[first + (size_t)value] ==
                                         classes->class_of[first + (size_t)values[node]])
            return true;
    return false;
}

th_status th_best_stacks_unfold(th_best_stacks *best, const th_classes *classes,
                                const th_id *values, int64_t score, th_halt *halt) {
    const th_problem *problem = best->problem;
    if (th_best_stacks_full(best) && score <= th_best_stacks_worst(best))
        return TH_OK;
    unfolding run = {.halt = halt};
    th_id *stack = th_resize(NULL, problem->node_count, sizeof *stack);
    th_status status = stack == NULL ? TH_NO_MEMORY : TH_OK;
    if (status == TH_OK)
        status = th_vec_push(&run.partials, (partial){0, TH_NONE, TH_NONE});
    if (status == TH_OK)
        status = th_vec_push(&run.starts, 0);
    for (th_id node = 0; status == TH_OK && node < (th_id)problem->node_count; node++)
        if (has_siblings(problem, classes, values, node))
            status = unfold_node(&run, best, classes, values, node, score);
    if (status == TH_OK) {
        size_t last = run.starts.items[run.starts.count - 1];
        for (size_t i = last; status == TH_OK && i < run.partials.count; i++) {
            int64_t loss = run.partials.items[i].loss;
            size_t at = i;
            memcpy(stack, values, problem->node_count * sizeof *stack);
            for (size_t k = run.nodes.count; k > 0; k--) {
                stack[run.nodes.items[k - 1]] = run.partials.items[at].value;
                at = run.starts.items[k - 1] + (size_t)run.partials.items[at].parent;
            }
            th_best_stacks_add(best, stack, score - loss);
            if (th_halt_after(halt, th_best_stacks_work(best)))
                status = TH_STOPPED;
        }
    }
    th_vec_free(&run.partials);
    th_vec_free(&run.starts);
    th_vec_free(&run.nodes);
    th_free(stack);
    return status;
}
