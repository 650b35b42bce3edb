/* A cost function network during search: costs that move, domains that shrink, and the way back.
 *
 * Costs are moved without changing any solution's total (soft arc consistency: Cooper, de Givry,
 * Sanchez, Schiex, Zytnicki & Werner 2010, "Soft arc consistency revisited"). Example with x, y of
 * two values each, and a pair that costs 3 whenever x is 0:
 *
 *     table[0][*] = 3, table[1][*] = 0   ->  project 3 to unary x[0]: the table is all 0
 *     unary x = [3, 2]                   ->  project 2 to the lower bound: unary x = [1, 0]
 *
 * The lower bound c0 grows, and a value whose c0 + unary reaches `top` can be in no better
 * solution. Tables are never rewritten: the cost of a pair is table - delta[x value] - delta[y
 * value], so that moving costs writes, and undoing restores, a vector and not a matrix.
 *
 * Costs are scaled by a power of two, so that a share of a unit can be moved; the bounds that leave
 * are rounded to the safe side by th_cfn_bound.
 */
#ifndef THOTH_CORE_CFN_H
#define THOTH_CORE_CFN_H

#include "min_plus.h"
#include "reduce.h"

/* A constraint seen from one of its two variables. */
typedef struct {
    th_id other;             /* the variable at the other end */
    th_id constraint;        /* shared by both views */
    size_t stride;           /* of `other` */
    const th_weight *table;  /* table[value * stride + other's value] */
    const th_weight *turned; /* turned[other's value * my stride + value]: the same, by partner */
    th_weight *mine;         /* delta of each of my values */
    th_weight *theirs;       /* delta of each of other's values */
    th_id *residue;          /* my value -> the partner that was best last time */
    uint64_t *saved;         /* stamp of the level that saved `mine` last */
    uint64_t *their_saved;
} th_edge;

typedef struct {
    th_id size;    /* values 0..size-1 */
    size_t stride; /* size, up to a multiple of TH_LANES: vectors and rows of tables have so many */
    th_id count;   /* of them still possible: values[0..count) */
    th_id *values; /* a sparse set (Briggs & Torczon 1993): undo restores `count` alone */
    th_id *place;  /* value -> where it is in `values` */
    th_weight *unary;
    th_weight largest; /* no unary cost of a possible value is more */
    th_id support;     /* the value that existential consistency last found free of cost */
    th_id edge_count;
    th_edge *edges;
    size_t work;                       /* pairs in all its tables */
    uint64_t saved_unary, saved_count; /* stamps */
    th_id *names;                      /* value -> value in the network it was made from */
    th_id network_variable;
} th_cfn_variable;

typedef struct {
    th_weight *place; /* NULL: a domain count */
    th_id variable;
    th_id count;  /* of the domain before */
    size_t saved; /* where the costs before start in `costs` */
    size_t length;
} th_trail_entry;

typedef struct {
    th_weight bound; /* c0 */
    size_t entries, costs;
    uint64_t stamp;
} th_trail_level;

/* A queue of variables without repeats. */
typedef struct {
    unsigned char *in;
    th_id *items;
    size_t count;
} th_worklist;

typedef struct {
    th_id variable_count;
    th_cfn_variable *variables;
    size_t constraint_count;
    th_edge (*constraints)[2]; /* [constraint]: the view of its first variable, of its second */
    th_id *first_variable;     /* constraint -> the variable of view 0 */
    uint64_t *weights;         /* constraint -> dead ends it was blamed for, plus 1 */
    th_weight bound;           /* c0, scaled */
    th_weight top;             /* scaled; a solution must cost less */
    th_cost offset;            /* cost = offset + scaled cost / scale */
    th_cost scale;
    th_weight step; /* existential consistency leaves smaller gains alone */
    bool prune_all; /* c0 or top moved: unary costs have to be compared again */
    th_worklist removed, raised, doubtful;
    th_id blamed; /* constraint looked at last */
    TH_VEC(th_trail_entry) trail;
    TH_VEC(th_weight) costs;
    TH_VEC(th_trail_level) levels;
    uint64_t stamp, next_stamp;
    size_t save_size; /* all vectors together: what one level can save at most */
    size_t save_count;
    size_t largest_stride;
    th_weight *scratch; /* as many as the largest stride, five times */
    th_id *chosen;      /* as many as the largest stride */
    th_halt *halt;      /* the network's */
    bool stopped;       /* it said so */
    th_arena arena;
} th_cfn;

/* Fills *cfn with the variables of one component, scaled by the largest power of two that is safe
 * and not above `scale`. th_cfn_free frees it (also after a failure). TH_STOPPED: the network's
 * halt said so. TH_NO_MEMORY with network->over_limit: the network's limit would be passed.
 * TH_LIMIT: its costs need more than 32 bits (weight.h). */
th_status th_cfn_create(const th_reduction *reduction, th_id component, th_cost scale, th_cfn *cfn);
void th_cfn_free(th_cfn *cfn);

/* Levels nest; what happens at level 0 is for good. th_cfn_push reserves all that undoing can need,
 * so nothing between here and th_cfn_pop can run out of memory. */
th_status th_cfn_push(th_cfn *cfn);
void th_cfn_pop(th_cfn *cfn);

/* Both only note what has to be propagated. */
void th_cfn_assign(th_cfn *cfn, th_id variable, th_id value);
void th_cfn_remove(th_cfn *cfn, th_id variable, th_id value);

/* Enforces existential directional arc consistency (consistency.c). Returns false on a dead end:
 * no solution here costs less than `top`. After a stop the result is true and weaker than that. */
bool th_cfn_propagate(th_cfn *cfn);

/* Notes every variable for propagation. */
void th_cfn_touch_all(th_cfn *cfn);

/* Moves costs by tree-reweighted sweeps (trws.c), then th_cfn_propagate; only at level 0. Returns
 * false on a dead end. */
bool th_cfn_sweep(th_cfn *cfn, size_t sweeps);

/* At any level: up to `sweeps` of them while they gain, then th_cfn_propagate. */
bool th_cfn_tighten(th_cfn *cfn, size_t sweeps);

/* The lower bound as an unscaled cost, rounded up: every total is a whole number. */
th_cost th_cfn_bound(const th_cfn *cfn, th_cost scaled);

/* Solutions must cost less than `cost` (unscaled) from now on. */
void th_cfn_set_top(th_cfn *cfn, th_cost cost);

/* The cost (scaled) of taking `values` for all variables, above what is fixed; TH_TOP or more when
 * forbidden. */
th_cost th_cfn_cost(const th_cfn *cfn, const th_id *values);

static inline bool th_cfn_has(const th_cfn_variable *variable, th_id value) {
    return variable->place[value] < variable->count;
}

static inline th_weight th_edge_cost(const th_edge *edge, th_id value, th_id other) {
    return edge->table[(size_t)value * edge->stride + (size_t)other] - edge->mine[value] -
           edge->theirs[other];
}

/* The same constraint seen from the other end. */
static inline const th_edge *th_cfn_view(const th_cfn *cfn, const th_edge *edge) {
    return &cfn->constraints[edge->constraint]
                            [cfn->first_variable[edge->constraint] == edge->other ? 0 : 1];
}

/* Used by consistency.c and trws.c: saves before the first write of a level. */
void th_cfn_save_unary(th_cfn *cfn, th_id variable);
void th_cfn_save_delta(th_cfn *cfn, th_weight *delta, size_t length, uint64_t *saved);
void th_cfn_note(th_worklist *list, th_id variable);

/* Fills least[v] for each value v of the variable whose edge it is (and whose stride is given) with
 * the least that a pair with a possible partner costs on top of edge->mine[v]; with `full`,
 * partners' unary costs count. Uses the last part of `scratch`. Returns false after a stop. */
bool th_cfn_least(th_cfn *cfn, const th_edge *edge, size_t stride, bool full, th_weight *least);

/* Moves the least unary cost to the bound and prunes. Returns false on a dead end. */
bool th_cfn_settle(th_cfn *cfn, th_id variable);

/* Counts work (pairs looked at, about); asks whether to stop, from time to time. */
static inline bool th_cfn_should_stop(th_cfn *cfn, size_t work) {
    cfn->stopped = cfn->stopped || th_halt_after(cfn->halt, work);
    return cfn->stopped;
}

#endif
