/* Thresholds, deletions, and the way back. See vac.h. */
#include "vac.h"

#include <string.h>

/* A conflict that needs more shares of one value than this gains nothing worth having. */
enum { most_shares = 1 << 16 };

/* A run ends after so many thresholds whose conflicts were too thin to gain anything. */
enum { most_thin = 3 };

/* Above this part of what is left to the top there were no conflicts: sweeps had found them. */
enum { first_part = 64 };

/* Each pair that is traced is looked at to ask, to weigh and to move. */
enum { looks_per_traced = 3 };

static size_t side_of(const th_cfn *cfn, th_id variable, th_id constraint) {
    return cfn->first_variable[constraint] == variable ? 0 : 1;
}

static int32_t *moved_by(const th_vac *vac, th_id constraint, size_t side) {
    return vac->moved + vac->first_moved[2 * (size_t)constraint + side];
}

th_status th_vac_create(th_cfn *cfn, th_vac *vac) {
    size_t count = (size_t)cfn->variable_count, values = 0, views = 0;
    memset(vac, 0, sizeof *vac);
    vac->cfn = cfn;
    vac->first = th_arena_take(&cfn->arena, count, sizeof *vac->first);
    vac->first_moved =
        th_arena_take(&cfn->arena, 2 * cfn->constraint_count, sizeof *vac->first_moved);
    if (vac->first == NULL || vac->first_moved == NULL)
        return TH_NO_MEMORY;
    for (size_t v = 0; v < count; v++) {
        vac->first[v] = values;
        values += (size_t)cfn->variables[v].size;
    }
    for (size_t c = 0; c < cfn->constraint_count; c++)
        for (size_t side = 0; side < 2; side++) {
            const th_edge *edge = &cfn->constraints[c][side];
            vac->first_moved[2 * c + side] = views;
            views += (size_t)cfn->variables[th_cfn_view(cfn, edge)->other].size;
        }
    for (size_t v = 0; v < count; v++)
        vac->pairs += cfn->variables[v].work / 2; /* each is in the tables of two */
    vac->killer = th_arena_take(&cfn->arena, values, sizeof *vac->killer);
    vac->asked = th_arena_take(&cfn->arena, values, sizeof *vac->asked);
    vac->moved = th_arena_take(&cfn->arena, views, sizeof *vac->moved);
    vac->live = th_arena_take(&cfn->arena, count, sizeof *vac->live);
    vac->changed.in = th_arena_take(&cfn->arena, count, 1);
    vac->changed.items = th_arena_take(&cfn->arena, count, sizeof *vac->changed.items);
    vac->deletions = th_arena_take(&cfn->arena, values, sizeof *vac->deletions);
    return vac->killer != NULL && vac->asked != NULL && vac->moved != NULL && vac->live != NULL &&
                   vac->changed.in != NULL && vac->changed.items != NULL && vac->deletions != NULL
               ? TH_OK
               : TH_NO_MEMORY;
}

/* Whether there is nothing left to go on with. */
static bool spent(th_vac *vac, size_t work) {
    vac->work += work;
    return vac->work > vac->budget || th_cfn_should_stop(vac->cfn, work);
}

/* Forward: arc consistency. */

/* Takes away what costs the threshold by itself. */
static void begin(th_vac *vac) {
    const th_cfn *cfn = vac->cfn;
    vac->deletion_count = 0;
    for (th_id v = 0; v < cfn->variable_count; v++) {
        const th_cfn_variable *of = &cfn->variables[v];
        th_id *killer = vac->killer + vac->first[v];
        vac->live[v] = 0;
        for (th_id i = 0; i < of->count; i++) {
            bool live = of->unary[of->values[i]] < vac->threshold;
            killer[of->values[i]] = live ? TH_VAC_LIVE : TH_VAC_DEAR;
            vac->live[v] += live;
        }
        th_cfn_note(&vac->changed, v);
    }
}

static bool has_partner(const th_vac *vac, const th_edge *edge, th_id value) {
    const th_cfn_variable *other = &vac->cfn->variables[edge->other];
    const th_id *killer = vac->killer + vac->first[edge->other];
    const th_weight *row = edge->table + (size_t)value * edge->stride;
    th_weight below = vac->threshold + edge->mine[value];
    th_id residue = edge->residue[value];
    if (th_cfn_has(other, residue) && killer[residue] == TH_VAC_LIVE &&
        row[residue] - edge->theirs[residue] < below)
        return true;
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        if (killer[partner] == TH_VAC_LIVE && row[partner] - edge->theirs[partner] < below) {
            edge->residue[value] = partner;
            return true;
        }
    }
    return false;
}

/* Deletes what has no partner left along the edge of `variable`. Returns whether a value is left.
 */
static bool revise(th_vac *vac, th_id variable, const th_edge *edge) {
    const th_cfn_variable *of = &vac->cfn->variables[variable];
    th_id *killer = vac->killer + vac->first[variable];
    th_id before = vac->live[variable];
    for (th_id i = 0; i < of->count; i++) {
        th_id value = of->values[i];
        if (killer[value] != TH_VAC_LIVE || has_partner(vac, edge, value))
            continue;
        killer[value] = edge->constraint;
        vac->deletions[vac->deletion_count++] = (th_vac_deletion){variable, value};
        vac->live[variable]--;
    }
    if (vac->live[variable] != before)
        th_cfn_note(&vac->changed, variable);
    return vac->live[variable] != 0;
}

static th_id take_changed(th_vac *vac) {
    th_id variable = vac->changed.items[--vac->changed.count];
    vac->changed.in[variable] = 0;
    return variable;
}

/* Returns the variable that lost all its values, or TH_NONE: it is consistent, or `spent`. */
static th_id find_conflict(th_vac *vac) {
    const th_cfn *cfn = vac->cfn;
    th_id empty = TH_NONE;
    begin(vac);
    while (vac->changed.count != 0 && empty == TH_NONE) {
        th_id variable = take_changed(vac);
        const th_cfn_variable *of = &cfn->variables[variable];
        for (th_id e = 0; e < of->edge_count && empty == TH_NONE; e++) {
            th_id other = of->edges[e].other;
            if (!revise(vac, other, th_cfn_view(cfn, &of->edges[e])))
                empty = other;
        }
        if (spent(vac, of->work / TH_LANES + 1))
            break;
    }
    while (vac->changed.count != 0)
        (void)take_changed(vac);
    return empty;
}

/* Backward: who has to come up with how much. */

/* Lets every partner that a pair below the threshold had, and that was gone before, come up with as
 * much as was asked of the deleted value. Returns false when that takes too many shares. */
static bool ask_partners(th_vac *vac, th_vac_deletion deletion) {
    const th_cfn *cfn = vac->cfn;
    int32_t shares = vac->asked[vac->first[deletion.variable] + (size_t)deletion.value];
    th_id constraint = vac->killer[vac->first[deletion.variable] + (size_t)deletion.value];
    size_t side = side_of(cfn, deletion.variable, constraint);
    const th_edge *edge = &cfn->constraints[constraint][side];
    const th_cfn_variable *other = &cfn->variables[edge->other];
    int32_t *asked = vac->asked + vac->first[edge->other];
    int32_t *theirs = moved_by(vac, constraint, 1 - side);
    moved_by(vac, constraint, side)[deletion.value] = shares;
    vac->traced += (size_t)other->count;
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        /* What a partner moved into its pairs serves all values of this variable. */
        int32_t more = shares + theirs[partner];
        if (more <= 0 || th_edge_cost(edge, deletion.value, partner) >= vac->threshold)
            continue;
        theirs[partner] -= more;
        asked[partner] += more;
        if (asked[partner] > most_shares)
            return false;
    }
    return true;
}

static bool trace(th_vac *vac, th_id empty) {
    const th_cfn *cfn = vac->cfn;
    const th_cfn_variable *of = &cfn->variables[empty];
    for (th_id i = 0; i < of->count; i++)
        vac->asked[vac->first[empty] + (size_t)of->values[i]] = 1;
    for (size_t i = vac->deletion_count; i-- > 0;) {
        th_vac_deletion deletion = vac->deletions[i];
        if (vac->asked[vac->first[deletion.variable] + (size_t)deletion.value] != 0 &&
            !ask_partners(vac, deletion))
            return false;
    }
    return true;
}

/* Forward again: how much a share can be, and moving it. */

static void keep_least(th_weight *share, th_weight amount, int32_t shares) {
    if (amount / shares < *share)
        *share = amount / shares;
}

/* What the pairs of a deleted value can give, and their deltas can take. */
static void weigh_deletion(const th_vac *vac, th_vac_deletion deletion, th_weight *share) {
    const th_cfn *cfn = vac->cfn;
    th_id constraint = vac->killer[vac->first[deletion.variable] + (size_t)deletion.value];
    size_t side = side_of(cfn, deletion.variable, constraint);
    const th_edge *edge = &cfn->constraints[constraint][side];
    const th_cfn_variable *other = &cfn->variables[edge->other];
    const int32_t *theirs = moved_by(vac, constraint, 1 - side);
    int32_t mine = moved_by(vac, constraint, side)[deletion.value];
    keep_least(share, TH_DELTA_LIMIT - edge->mine[deletion.value], mine);
    for (th_id i = 0; i < other->count; i++) {
        th_id partner = other->values[i];
        if (mine + theirs[partner] > 0)
            keep_least(share, th_edge_cost(edge, deletion.value, partner), mine + theirs[partner]);
        if (theirs[partner] < 0)
            keep_least(share, TH_DELTA_LIMIT + edge->theirs[partner], -theirs[partner]);
    }
}

/* The most that a share can be, so that nothing is below 0 afterwards. */
static th_weight weigh(const th_vac *vac) {
    const th_cfn *cfn = vac->cfn;
    th_weight share = cfn->top - cfn->bound;
    for (th_id v = 0; v < cfn->variable_count; v++)
        for (th_id i = 0; i < cfn->variables[v].count; i++) {
            th_id value = cfn->variables[v].values[i];
            size_t at = vac->first[v] + (size_t)value;
            if (vac->asked[at] != 0 && vac->killer[at] == TH_VAC_DEAR)
                keep_least(&share, cfn->variables[v].unary[value], vac->asked[at]);
        }
    for (size_t i = 0; i < vac->deletion_count; i++) {
        th_vac_deletion deletion = vac->deletions[i];
        if (vac->asked[vac->first[deletion.variable] + (size_t)deletion.value] != 0)
            weigh_deletion(vac, deletion, &share);
    }
    return share;
}

/* Moves `share` times what was asked, or nothing with a share of 0, and forgets what was asked. */
static void move_shares(th_vac *vac, th_id empty, th_weight share) {
    th_cfn *cfn = vac->cfn;
    for (size_t i = 0; i < vac->deletion_count; i++) {
        th_vac_deletion deletion = vac->deletions[i];
        size_t at = vac->first[deletion.variable] + (size_t)deletion.value;
        if (vac->asked[at] == 0)
            continue;
        th_id constraint = vac->killer[at];
        size_t side = side_of(cfn, deletion.variable, constraint);
        const th_edge *edge = &cfn->constraints[constraint][side];
        const th_cfn_variable *other = &cfn->variables[edge->other];
        int32_t *mine = moved_by(vac, constraint, side) + deletion.value;
        int32_t *theirs = moved_by(vac, constraint, 1 - side);
        edge->mine[deletion.value] += share * *mine;
        *mine = 0;
        for (th_id k = 0; k < other->count; k++) {
            th_id partner = other->values[k];
            /* Shares to a partner are moved where it was deleted itself. */
            if (theirs[partner] >= 0)
                continue;
            edge->theirs[partner] += share * theirs[partner];
            theirs[partner] = 0;
        }
    }
    /* Of what came to a deleted value nothing stays, but one share with the empty domain's. */
    for (th_id v = 0; v < cfn->variable_count; v++)
        for (th_id i = 0; i < cfn->variables[v].count; i++) {
            th_id value = cfn->variables[v].values[i];
            size_t at = vac->first[v] + (size_t)value;
            if (vac->asked[at] != 0 && vac->killer[at] == TH_VAC_DEAR)
                cfn->variables[v].unary[value] -= share * vac->asked[at];
            if (v == empty)
                cfn->variables[v].unary[value] += share;
            vac->asked[at] = 0;
        }
}

bool th_vac_run(th_vac *vac, size_t passes) {
    th_cfn *cfn = vac->cfn;
    size_t thin = 0;
    vac->work = 0;
    vac->budget = passes * vac->pairs;
    vac->threshold = (cfn->top - cfn->bound) / first_part + 1;
    while (vac->threshold > 0 && thin < most_thin && !spent(vac, 1)) {
        th_id empty = find_conflict(vac);
        th_weight share = 0;
        if (empty != TH_NONE) {
            vac->traced = 0;
            share = trace(vac, empty) ? weigh(vac) : 0;
            move_shares(vac, empty, share);
            (void)spent(vac, looks_per_traced * vac->traced);
        }
        if (share > 0) {
            vac->conflicts++;
            if (!th_cfn_settle(cfn, empty))
                return false;
        } else {
            vac->threshold /= 2;
            thin += empty != TH_NONE;
        }
    }
    th_cfn_touch_all(cfn);
    return th_cfn_propagate(cfn);
}
