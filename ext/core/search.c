/* Hybrid best-first branch and bound. See search.h. */
#include "search.h"

#include <string.h>

/* Share of nodes replayed that the backtrack limit aims at: between 1/20 and 1/10, as in the paper.
 */
enum { replay_few = 20, replay_many = 10, largest_limit = 16384 };

/* Until there is a solution a dive may go this far: any solution beats a good bound. */
enum { first_dive_limit = 2048 };

/* Tree-reweighted sweeps at the root, once so many nodes were visited; each time virtual arc
 * consistency follows. Costs that a better incumbent cut off make both gain again. 8 sweeps at
 * first, and no virtual arc consistency, needed half as many nodes again. */
static const struct {
    uint64_t nodes;
    size_t sweeps;
} sweep_plan[] = {{0, 48}, {48, 64}, {1000, 64}, {8000, 64}, {UINT64_MAX, 0}};

/* How often virtual arc consistency may look at all pairs each time: less work than the sweeps. Of
 * 4, 16 and 64, 16 led to the least work until the proof. */
enum { vac_passes = 16 };

/* Until so many nodes were visited, dives stay short: the bound rises faster, and with it what is
 * known when the time is over early. Later, longer ones save replaying. Of 1, 2, 4 and 8 the first
 * two left the smallest gap after a second, 2 with the less work until the proof. */
enum { shallow_nodes = 1500, shallow_limit = 2 };

/* A walk for better solutions is made after so many nodes, and each time their number has grown by
 * `walk_factor`; it gives up after so many steps (local.h). Small problems are solved before. */
enum { first_walk = 256, walk_factor = 3, walk_patience = 10000 };

/* Sweeps at each node, at most; trws.c ends them when they gain little. On graphs of 50 to 100
 * packages with 500 to 5000 terms, 8 needed a third of the nodes and half of the time of none. */
enum { node_sweeps = 8 };

/* Costs are multiplied by this to share them between neighbours (cfn.h). */
enum { cost_scale = 256 };

/* Domains of more values are halved. Of 2, 3, 5, 10, 20 and no halving at all, 3 and 5 needed
 * fewest nodes on graphs of 50 to 100 packages with 1000 and 2000 terms. */
enum { largest_uncut = 5 };

/* One gain counts for no more: with scores near 2^53 a few dead ends would outweigh all else. */
static const th_cost gain_limit = (th_cost)1 << 40;

th_status th_search_create(const th_reduction *reduction, th_id component, th_id *values,
                           th_search *search) {
    memset(search, 0, sizeof *search);
    search->network_values = values;
    search->face.best = TH_TOP;
    search->limit = 1;
    th_status status = th_cfn_create(reduction, component, cost_scale, &search->cfn);
    if (status != TH_OK)
        return status;
    search->face.kind = &TH_COMPONENT_KIND;
    size_t count = (size_t)search->cfn.variable_count;
    search->supports = th_arena_take(&search->cfn.arena, count, sizeof *search->supports);
    search->disputed = th_arena_take(&search->cfn.arena, count, 1);
    search->degree = th_arena_take(&search->cfn.arena, count, sizeof *search->degree);
    search->incumbent = th_arena_take(&search->cfn.arena, count, sizeof *search->incumbent);
    search->gains = th_arena_take(&search->cfn.arena, count, sizeof *search->gains);
    search->root_top = search->cfn.top;
    search->next_walk = first_walk;
    if (search->supports == NULL || search->disputed == NULL || search->degree == NULL ||
        search->gains == NULL || search->incumbent == NULL)
        return TH_NO_MEMORY;
    status = th_vac_create(&search->cfn, &search->vac);
    return status == TH_OK ? th_local_create(&search->cfn, &search->local) : status;
}

void th_search_free(th_search *search) {
    th_vec_free(&search->tree);
    th_vec_free(&search->open);
    th_vec_free(&search->path);
    th_vec_free(&search->frames);
    th_cfn_free(&search->cfn);
}

size_t th_search_memory(const th_search *search) {
    return search->cfn.arena.bytes + search->tree.capacity * sizeof *search->tree.items +
           search->open.capacity * sizeof *search->open.items +
           search->cfn.costs.capacity * sizeof *search->cfn.costs.items +
           search->cfn.trail.capacity * sizeof *search->cfn.trail.items;
}

th_cost th_search_bound(const th_search *search) {
    return search->face.finished ? TH_TOP : th_cfn_bound(&search->cfn, search->proved);
}

/* The heap of open nodes. */

static bool comes_before(const th_open_node *a, const th_open_node *b) {
    if (a->bound != b->bound)
        return a->bound < b->bound;
    if (a->depth != b->depth)
        return a->depth > b->depth;
    return a->order > b->order;
}

static th_status open_push(th_search *search, th_cost bound, th_id node, size_t depth) {
    th_open_node made = {bound, node, (th_id)depth, search->order++};
    if (th_vec_push(&search->open, made) != TH_OK)
        return TH_NO_MEMORY;
    th_open_node *heap = search->open.items;
    size_t at = search->open.count - 1;
    for (; at > 0 && comes_before(&made, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = made;
    return TH_OK;
}

static th_open_node open_pop(th_search *search) {
    th_open_node *heap = search->open.items;
    th_open_node first = heap[0], last = heap[--search->open.count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < search->open.count; at = child) {
        if (child + 1 < search->open.count && comes_before(&heap[child + 1], &heap[child]))
            child++;
        if (!comes_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

/* Decisions. */

static th_decision opposite(th_decision decision) {
    static const th_search_part parts[] = {TH_PART_IS_NOT, TH_PART_IS, TH_PART_ABOVE,
                                           TH_PART_UP_TO};
    decision.part = parts[decision.part];
    return decision;
}

static void decide(th_search *search, th_decision decision) {
    const th_cfn_variable *of = &search->cfn.variables[decision.variable];
    if (decision.part == TH_PART_IS)
        th_cfn_assign(&search->cfn, decision.variable, decision.value);
    else if (decision.part == TH_PART_IS_NOT)
        th_cfn_remove(&search->cfn, decision.variable, decision.value);
    else
        for (th_id i = of->count - 1; i >= 0; i--) /* a removed one goes to the end */
            if ((of->values[i] <= decision.value) != (decision.part == TH_PART_UP_TO))
                th_cfn_remove(&search->cfn, decision.variable, of->values[i]);
}

static th_status extend_path(th_search *search, th_decision decision) {
    return th_vec_push(&search->path, decision);
}

/* Fills `path` with the decisions of an open node, first to last. */
static th_status load_path(th_search *search, th_id node) {
    size_t depth = 0;
    for (th_id at = node; at != TH_NONE; at = search->tree.items[at].parent)
        depth++;
    search->path.count = 0;
    if (th_vec_reserve(&search->path, depth) != TH_OK)
        return TH_NO_MEMORY;
    search->path.count = depth;
    for (th_id at = node; at != TH_NONE; at = search->tree.items[at].parent)
        search->path.items[--depth] = search->tree.items[at].decision;
    return TH_OK;
}

static th_status add_tree_node(th_search *search, th_id parent, th_decision decision, th_id *node) {
    if (search->tree.count >= (size_t)TH_ID_MAX)
        return TH_NO_MEMORY;
    *node = (th_id)search->tree.count;
    return th_vec_push(&search->tree, (th_search_node){parent, decision});
}

/* Gives what is left of a dive back to the heap: the right side of every frame, and, when it was
 * stopped before its end, the node it stands at. `base` is the node the dive started from, whose
 * path has `base_depth` decisions. */
static th_status give_back(th_search *search, th_id base, size_t base_depth, bool standing,
                           th_cost bound) {
    th_id parent = base;
    size_t frame = 0;
    for (size_t depth = base_depth; depth <= search->path.count; depth++) {
        for (; frame < search->frames.count && search->frames.items[frame].path == depth; frame++) {
            const th_search_frame *left = &search->frames.items[frame];
            th_id right;
            if (left->bound >= search->cfn.top)
                continue;
            if (add_tree_node(search, parent, opposite(left->decision), &right) != TH_OK ||
                open_push(search, left->bound, right, depth + 1) != TH_OK)
                return TH_NO_MEMORY;
        }
        if (depth < search->path.count &&
            add_tree_node(search, parent, search->path.items[depth], &parent) != TH_OK)
            return TH_NO_MEMORY;
    }
    return standing ? open_push(search, bound, parent, search->path.count) : TH_OK;
}

/* One node. */

/* Reports the values in `supports` as a solution of this (scaled) cost. */
static void report(th_search *search, th_cost scaled) {
    th_cfn *cfn = &search->cfn;
    th_cost cost = cfn->offset + scaled / cfn->scale;
    for (th_id v = 0; v < cfn->variable_count; v++)
        search->network_values[cfn->variables[v].network_variable] =
            cfn->variables[v].names[search->supports[v]];
    search->face.has_solution = true;
    if (cost < search->face.best)
        memcpy(search->incumbent, search->supports,
               (size_t)cfn->variable_count * sizeof *search->incumbent);
    if (cost < search->face.best)
        search->face.best = cost;
    th_cfn_set_top(cfn,
                   search->face.found(search->face.found_context, search->network_values, cost));
}

/* Takes every variable's existential support. Returns what they cost together, and marks the
 * variables whose supports cost anything together. */
static th_cost weigh_supports(th_search *search) {
    th_cfn *cfn = &search->cfn;
    th_cost total = cfn->bound;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        th_cfn_variable *variable = &cfn->variables[v];
        if (!th_cfn_has(variable, variable->support))
            variable->support = variable->values[0];
        search->supports[v] = variable->support;
        search->disputed[v] = variable->unary[variable->support] != 0;
        search->degree[v] = 0;
        total = th_cost_add(total, variable->unary[variable->support]);
    }
    for (size_t c = 0; c < cfn->constraint_count; c++) {
        th_id x = cfn->first_variable[c];
        const th_edge *edge = &cfn->constraints[c][0];
        if (cfn->variables[x].count > 1 && cfn->variables[edge->other].count > 1) {
            search->degree[x] += cfn->weights[c];
            search->degree[edge->other] += cfn->weights[c];
        }
        th_weight cost = th_edge_cost(edge, search->supports[x], search->supports[edge->other]);
        if (cost == 0)
            continue;
        search->disputed[x] = search->disputed[edge->other] = 1;
        total = cost >= TH_FORBIDDEN_LIMIT ? TH_TOP : th_cost_add(total, cost);
    }
    return total;
}

/* What the bound is expected to gain on one side: the mean of what it gained there, with the mean
 * over all variables as a first observation. */
static th_cost expected_gain(const th_search *search, const th_branch_gain *own, int side) {
    const th_branch_gain *all = &search->all_gains;
    th_cost mean = all->times[side] == 0 ? 0 : all->sum[side] / all->times[side];
    return (own->sum[side] + mean) / (own->times[side] + 1);
}

/* What branching on the variable is expected to gain in all. */
static th_cost promise(const th_search *search, th_id variable) {
    return expected_gain(search, &search->gains[variable], 0) +
           expected_gain(search, &search->gains[variable], 1);
}

/* Notes what the bound gained on one side; a dead end gained all that was left to the top. */
static void note_gain(th_search *search, const th_search_frame *frame, int side, bool alive) {
    th_cost gain = (alive ? search->cfn.bound : search->cfn.top) - frame->start;
    th_branch_gain *own = &search->gains[frame->decision.variable], *all = &search->all_gains;
    if (gain < 0 || gain > gain_limit)
        gain = gain < 0 ? 0 : gain_limit;
    if (all->sum[side] > TH_TOP_LIMIT - gain)
        return; /* the means are settled long before */
    own->sum[side] += gain;
    own->times[side]++;
    all->sum[side] += gain;
    all->times[side]++;
}

/* Returns the variable to branch on, or TH_NONE when all are assigned. */
static th_id choose(const th_search *search) {
    const th_cfn *cfn = &search->cfn;
    th_id best = TH_NONE;
    th_cost most = 0;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        if (cfn->variables[v].count < 2)
            continue;
        if (best != TH_NONE && search->disputed[best] && !search->disputed[v])
            continue;
        th_cost mine = promise(search, v);
        if (best == TH_NONE || search->disputed[v] != search->disputed[best] || mine > most ||
            (mine == most && (uint64_t)cfn->variables[v].count * (search->degree[best] + 1) <
                                 (uint64_t)cfn->variables[best].count * (search->degree[v] + 1))) {
            best = v;
            most = mine;
        }
    }
    return best;
}

/* Looks at a propagated node: reports a solution if one shows, and says whether anything better can
 * be below. Sets *variable to what to branch on. */
static bool examine(th_search *search, th_id *variable) {
    th_cost total = weigh_supports(search);
    if (total < search->cfn.top) {
        report(search, total);
        if (!search->face.enumerate && total == search->cfn.bound)
            return false;
    }
    if (search->cfn.bound >= search->cfn.top)
        return false;
    *variable = choose(search);
    return *variable != TH_NONE;
}

/* A dive. */

static void unwind(th_search *search) {
    while (search->cfn.levels.count != 0)
        th_cfn_pop(&search->cfn);
    search->frames.count = 0;
}

/* The value in the middle of what is left of a domain: half of it is up to that value. */
static th_id middle(const th_cfn_variable *of) {
    th_id value = 0;
    for (th_id seen = th_cfn_has(of, 0); seen < of->count / 2; seen += th_cfn_has(of, value))
        value++;
    return value;
}

/* The left side at the node: the support or the best solution's value, or the half with it. */
static th_decision plan(const th_search *search, th_id variable) {
    const th_cfn_variable *of = &search->cfn.variables[variable];
    th_id value = of->support;
    /* Where the best solution's value is as good as the support, stay close to that solution. */
    if (search->face.has_solution && th_cfn_has(of, search->incumbent[variable]) &&
        of->unary[search->incumbent[variable]] == 0)
        value = search->incumbent[variable];
    if (of->count <= largest_uncut)
        return (th_decision){variable, value, TH_PART_IS};
    th_id end = middle(of);
    return (th_decision){variable, end, value <= end ? TH_PART_UP_TO : TH_PART_ABOVE};
}

static th_status go_left(th_search *search, th_id variable, bool *alive) {
    th_decision decision = plan(search, variable);
    th_cost bound = search->cfn.bound > search->floor ? search->cfn.bound : search->floor;
    th_search_frame frame = {decision, search->path.count, bound, search->cfn.bound};
    if (th_vec_push(&search->frames, frame) != TH_OK || extend_path(search, decision) != TH_OK ||
        th_cfn_push(&search->cfn) != TH_OK)
        return TH_NO_MEMORY;
    decide(search, decision);
    *alive = th_cfn_tighten(&search->cfn, node_sweeps);
    note_gain(search, &frame, 0, *alive);
    return TH_OK;
}

/* Takes the last frame back and goes right there, if that can lead anywhere. */
static th_status go_right(th_search *search, bool *alive) {
    th_search_frame frame = search->frames.items[--search->frames.count];
    th_cfn_pop(&search->cfn);
    search->path.count = frame.path;
    if (extend_path(search, opposite(frame.decision)) != TH_OK)
        return TH_NO_MEMORY;
    decide(search, opposite(frame.decision));
    *alive = th_cfn_tighten(&search->cfn, node_sweeps);
    note_gain(search, &frame, 1, *alive);
    return TH_OK;
}

/* Explores below `start` depth first. What is not done when the limit is reached goes back. */
static th_status dive(th_search *search, th_open_node start, uint64_t node_budget) {
    th_status status = load_path(search, start.node);
    size_t base_depth = search->path.count, backtracks = 0;
    th_cfn *cfn = &search->cfn;
    search->floor = start.bound;
    if (status == TH_OK)
        status = th_cfn_push(cfn);
    if (status != TH_OK)
        return status;
    for (size_t i = 0; i < base_depth; i++)
        decide(search, search->path.items[i]);
    search->replayed += base_depth;
    bool alive = th_cfn_tighten(cfn, node_sweeps);
    while (status == TH_OK) {
        th_id variable = TH_NONE;
        search->face.nodes++;
        if (alive && (cfn->stopped || search->face.nodes > node_budget)) {
            th_cost bound = cfn->bound > start.bound ? cfn->bound : start.bound;
            status = give_back(search, start.node, base_depth, true, bound);
            break;
        }
        if (alive && examine(search, &variable)) {
            status = go_left(search, variable, &alive);
            continue;
        }
        while (search->frames.count != 0 &&
               search->frames.items[search->frames.count - 1].bound >= cfn->top) {
            search->frames.count--;
            th_cfn_pop(cfn);
        }
        if (search->frames.count == 0)
            break;
        if (++backtracks > (search->face.has_solution ? search->limit : first_dive_limit)) {
            search->path.count = search->frames.items[search->frames.count - 1].path;
            status = give_back(search, start.node, base_depth, false, 0);
            break;
        }
        status = go_right(search, &alive);
    }
    unwind(search);
    return status;
}

/* Adapts the limit, so that replaying paths takes a small and steady share of the work. */
static void adapt_limit(th_search *search) {
    size_t largest = search->face.nodes < shallow_nodes ? shallow_limit : largest_limit;
    if (search->replayed > search->face.nodes / replay_many && search->limit < largest)
        search->limit *= 2;
    else if (search->replayed < search->face.nodes / replay_few && search->limit > 1)
        search->limit /= 2;
}

/* Propagates the root again once the top has come down, and sweeps when it is time: what goes there
 * is gone for good. */
static bool tighten_root(th_search *search) {
    th_cfn *cfn = &search->cfn;
    bool sweep = search->face.nodes >= sweep_plan[search->sweep_stage].nodes;
    if (!sweep && search->root_top == cfn->top)
        return true;
    search->root_top = cfn->top;
    if (!search->started)
        th_cfn_touch_all(cfn);
    if (!th_cfn_propagate(cfn))
        return false;
    return !sweep || (th_cfn_sweep(cfn, sweep_plan[search->sweep_stage++].sweeps) &&
                      th_vac_run(&search->vac, vac_passes));
}

/* Looks for a better solution near the best one. Returns whether there is one. */
static bool walk(th_search *search) {
    if (search->face.enumerate || !search->face.has_solution ||
        search->face.nodes < search->next_walk)
        return false;
    search->next_walk = search->face.nodes * walk_factor;
    th_cost cost = th_local_run(&search->local, search->incumbent, walk_patience);
    if (cost >= search->cfn.top)
        return false;
    memcpy(search->supports, search->local.best,
           (size_t)search->cfn.variable_count * sizeof *search->supports);
    report(search, cost);
    return true;
}

th_status th_search_run(th_search *search, uint64_t node_budget, bool until_solution) {
    th_cfn *cfn = &search->cfn;
    cfn->stopped = false;
    while (!search->face.finished) {
        if (!tighten_root(search)) {
            search->face.finished = true;
            break;
        }
        if (!search->started) {
            search->started = true;
            if (open_push(search, cfn->bound, TH_NONE, 0) != TH_OK)
                return TH_NO_MEMORY;
        }
        if (walk(search))
            continue;
        if (search->open.count == 0 || search->open.items[0].bound >= cfn->top) {
            search->face.finished = true;
            break;
        }
        if (search->open.items[0].bound > search->proved)
            search->proved = search->open.items[0].bound;
        search->face.memory_exhausted =
            search->face.memory_limit != 0 && th_search_memory(search) > search->face.memory_limit;
        if (cfn->stopped || search->face.memory_exhausted || search->face.nodes >= node_budget ||
            (until_solution && search->face.has_solution))
            break;
        th_open_node start = open_pop(search);
        th_status status = dive(search, start, node_budget);
        if (status != TH_OK)
            return status;
        adapt_limit(search);
    }
    return TH_OK;
}

/* What th_component needs of this width. The component is the first member of the search. */

static void component_free(th_component *component) {
    th_search_free((th_search *)component);
    th_free(component);
}

static th_status component_create(const th_reduction *reduction, th_id component, th_id *values,
                                  th_component **made) {
    th_search *search = th_allocate(1, sizeof *search);
    if (search == NULL)
        return TH_NO_MEMORY;
    th_status status = th_search_create(reduction, component, values, search);
    if (status != TH_OK) {
        component_free(&search->face);
        return status;
    }
    search->face.variable_count = (size_t)search->cfn.variable_count;
    search->face.table_count = search->cfn.constraint_count;
    search->face.value_count = search->local.value_count;
    *made = &search->face;
    return TH_OK;
}

static th_status component_run(th_component *component, uint64_t node_budget, bool until_solution) {
    th_search *search = (th_search *)component;
    th_status status = th_search_run(search, node_budget, until_solution);
    component->stopped = search->cfn.stopped;
    return status;
}

static th_cost component_bound(const th_component *component) {
    return th_search_bound((const th_search *)component);
}

static size_t component_memory(const th_component *component) {
    return th_search_memory((const th_search *)component);
}

static void component_set_top(th_component *component, th_cost cost) {
    th_cfn_set_top(&((th_search *)component)->cfn, cost);
}

const th_component_kind TH_COMPONENT_KIND = {component_create, component_free,   component_run,
                                             component_bound,  component_memory, component_set_top};
