/* Monte Carlo tree search over the decisions of a rollout (Kocsis & Szepesvári 2006, UCT; Browne et
 * al. 2012, "A survey of Monte Carlo tree search methods").
 *
 * The tree holds the first decisions of the stacks so far; each branch knows how many stacks went
 * through it and what the best of them scored (there is no opponent, so the best counts and not the
 * mean: Schadd et al. 2008, "Single-player Monte-Carlo tree search"). In the tree the branch with
 * the highest
 *
 *     best + c * sqrt(log(visits of the tree node) / visits of the branch)
 *
 * is followed; below it the rollout goes on as the best stack did (memorised as in nested Monte
 * Carlo search: Cazenave 2009), with some releases drawn at random, ever fewer as the temperature
 * falls. Where the best stack's release is not on offer, the records of releases decide
 * (predict_learn.h), to which every stack credits its whole score (all moves as first: Gelly &
 * Silver 2011). Each stack grows the tree by one node until its share of the memory is used. First
 * come `heat_up` stacks at random, so that the records mean something.
 *
 * Example: root {tensorflow 2.20: 7 visits, best 40; tensorflow 2.19: 2 visits, best 35}; the
 * less visited one may well be next, and flask, which comes after it, gets a node of its own.
 */
#include "predict_learn.h"

typedef struct {
    th_id value;
    th_id below; /* tree node of the next decision, or TH_NONE */
    uint64_t visits;
    int64_t best; /* score of the stacks that went through it */
} branch;

typedef struct {
    size_t first, count; /* its branches */
    uint64_t visits;
} tree_node;

typedef struct {
    th_rewards rewards;
    TH_VEC(tree_node) nodes; /* the first is the root */
    TH_VEC(branch) branches;
    size_t *path; /* branches followed by the rollout at hand */
    size_t path_count;
    th_id node; /* the node that was asked about last */
    th_id at;   /* tree node of that decision, or TH_NONE: below the tree */
    bool in_heat, grown;
    size_t memory_limit;
    int64_t mean;   /* of the scores of late, times 2^shift of the rewards */
    int64_t spread; /* mean distance from it */
    th_status status;
} tree_search;

enum { SPREAD_SHARE = 3 }; /* c is the mean distance of scores from their mean, over 2^this */

/* What a branch has scored that only dead ends went through; no score is lower (stack_problem.c).
 */
static const int64_t worst = -((int64_t)1 << 60);

static size_t tree_memory(const tree_search *self) {
    return self->nodes.capacity * sizeof *self->nodes.items +
           self->branches.capacity * sizeof *self->branches.items;
}

/* Makes a tree node with a branch for each value; TH_NONE: the tree is not to grow further. */
static th_id grow(tree_search *self, const th_id *values, size_t count) {
    size_t more = sizeof(tree_node) + count * sizeof(branch);
    /* A list that is full doubles. */
    if (self->grown || self->nodes.count >= (size_t)TH_ID_MAX ||
        tree_memory(self) + more > self->memory_limit / 2)
        return TH_NONE;
    tree_node made = {.first = self->branches.count, .count = count};
    if (th_vec_reserve(&self->branches, count) != TH_OK ||
        th_vec_push(&self->nodes, made) != TH_OK) {
        self->status = TH_NO_MEMORY;
        return TH_NONE;
    }
    for (size_t i = 0; i < count; i++)
        self->branches.items[self->branches.count++] = (branch){values[i], TH_NONE, 0, worst};
    self->grown = true;
    return (th_id)self->nodes.count - 1;
}

/* c * sqrt(log / visits), with c a share of how far the scores of late are from their mean. */
static int64_t bonus(const tree_search *self, uint64_t log, uint64_t visits) {
    uint64_t root = th_square_root(log / visits); /* times 2^16 */
    uint64_t apart = (uint64_t)self->spread >> SPREAD_SHARE;
    return (int64_t)((apart >> 32 ? (apart >> 16) * root : apart * root >> 16) >>
                     self->rewards.shift);
}

/* The index in `values` of the branch to follow; sets *followed to the branch. */
static size_t follow(tree_search *self, const th_id *values, size_t count, size_t *followed) {
    const tree_node *node = &self->nodes.items[self->at];
    uint64_t log = (uint64_t)(th_fixed_log2(node->visits + 1) + ((int64_t)32 << 32));
    int64_t best = INT64_MIN;
    size_t chosen = 0, at = node->first;
    for (size_t i = 0; i < count; i++) {
        /* Values that did not fit are missing here, and both are in order. */
        while (self->branches.items[at].value != values[i])
            at++;
        const branch *candidate = &self->branches.items[at];
        int64_t worth = candidate->visits == 0
                            ? INT64_MAX
                            : candidate->best + bonus(self, log, candidate->visits);
        if (worth > best || i == 0) {
            best = worth;
            chosen = i;
            *followed = at;
        }
    }
    return chosen;
}

/* Goes to the tree node of this decision. */
static void descend(tree_search *self, const th_id *values, size_t count) {
    th_id *below = NULL;
    if (self->path_count > 0 && self->at != TH_NONE)
        below = &self->branches.items[self->path[self->path_count - 1]].below;
    if (self->path_count == 0 && self->node == TH_NONE) {
        self->at = self->nodes.count != 0 ? 0 : grow(self, values, count);
        return;
    }
    if (below == NULL) {
        self->at = TH_NONE;
        return;
    }
    self->at = *below;
    if (self->at == TH_NONE) {
        self->at = grow(self, values, count);
        /* Growing moves the branches. */
        self->branches.items[self->path[self->path_count - 1]].below = self->at;
    }
}

/* Below the tree: mostly what the best stack has, and the best record where that is not on offer.
 */
static size_t choose_below(tree_search *self, th_rollout *rollout, th_id node, const th_id *values,
                           size_t count) {
    th_run *run = self->rewards.run;
    if (th_rng_below(&run->rng, (uint64_t)1 << 32) < self->rewards.explore)
        return th_rng_below(&run->rng, count);
    for (size_t i = 0; i < count; i++)
        if (values[i] == th_run_best(run)[node])
            return i;
    return th_rewards_choose(&self->rewards, rollout, node, values, count);
}

static size_t choose(void *context, th_rollout *rollout, th_id node, const th_id *values,
                     size_t count) {
    tree_search *self = context;
    th_rng *rng = &self->rewards.run->rng;
    if (self->in_heat)
        return th_rng_below(rng, count);
    if (node != self->node) {
        descend(self, values, count);
        self->node = node;
    } else if (self->at != TH_NONE)
        self->path_count--; /* what was followed did not fit */
    if (self->at == TH_NONE)
        return choose_below(self, rollout, node, values, count);
    size_t followed = self->nodes.items[self->at].first, chosen;
    if (th_rng_below(rng, (uint64_t)1 << 32) < self->rewards.least) {
        /* Else a tree that holds all of the best stack would propose nothing else. */
        chosen = th_rng_below(rng, count);
        while (self->branches.items[followed].value != values[chosen])
            followed++;
    } else
        chosen = follow(self, values, count, &followed);
    self->path[self->path_count++] = followed;
    return chosen;
}

/* Tells everyone on the path, and every release of the stack, what it scored. */
static void tell(tree_search *self, bool found, int64_t score) {
    th_rewards *rewards = &self->rewards;
    const th_rollout *rollout = &rewards->rollout;
    th_id at = 0;
    for (size_t i = 0; i < self->path_count; i++) {
        branch *followed = &self->branches.items[self->path[i]];
        followed->visits++;
        if (found && score > followed->best)
            followed->best = score;
        self->nodes.items[at].visits++;
        at = followed->below;
    }
    if (!found)
        return;
    for (size_t i = 0; i < rollout->count; i++)
        th_rewards_add(rewards, rollout->sequence[i], rollout->values[rollout->sequence[i]], score);
    if (rewards->run->idle != 0)
        return; /* seen before: it says nothing of how far scores are apart */
    int64_t scaled = score * ((int64_t)1 << rewards->shift);
    int64_t distance = scaled > self->mean ? scaled - self->mean : self->mean - scaled;
    self->spread += (distance - self->spread) / RECORD_MEMORY;
    self->mean += (scaled - self->mean) / RECORD_MEMORY;
}

static th_status search(tree_search *self) {
    th_run *run = self->rewards.run;
    uint64_t heat = run->options->heat_up;
    if (heat == UINT64_MAX)
        heat = th_run_plan(run) / 10;
    for (uint64_t stacks = 0;
         self->status == TH_OK && th_run_goes_on(run, run->problem->node_count); stacks++) {
        bool found;
        int64_t score = 0;
        self->in_heat = stacks < heat;
        self->grown = false;
        self->path_count = 0;
        self->node = self->at = TH_NONE;
        th_status status =
            th_run_rollout(run, &self->rewards.rollout, choose, self, &found, &score);
        if (status != TH_OK)
            return status;
        tell(self, found, score);
        th_live live = self->rewards.rollout.live;
        if (!self->in_heat)
            th_rewards_cool(&self->rewards);
        th_rewards_widen(&self->rewards);
        if (live != self->rewards.rollout.live) /* there is more to choose from than in the tree */
            self->nodes.count = self->branches.count = 0;
    }
    return self->status;
}

th_status th_predict_search_tree(th_run *run) {
    tree_search self = {.mean = run->best.scores[0]};
    size_t memory = run->options->memory_budget;
    self.memory_limit = memory != 0 ? memory / 4 : (size_t)16 << 20;
    th_status status = th_rewards_create(run, &self.rewards);
    self.mean *= (int64_t)1 << self.rewards.shift;
    self.path = th_allocate(run->problem->node_count, sizeof *self.path);
    if (status == TH_OK)
        status = self.path != NULL ? search(&self) : TH_NO_MEMORY;
    th_rewards_free(&self.rewards);
    th_vec_free(&self.nodes);
    th_vec_free(&self.branches);
    th_free(self.path);
    return status;
}
