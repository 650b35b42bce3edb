/* Predictors: searches that propose one stack after the other, better ones sooner than chance
 * would.
 *
 * They prove nothing, and need no bound: whatever time they get, the best stack so far is their
 * answer. The names and the ideas are those of Thoth's adviser; what each one does here is said in
 * its file. All go from valid stack to valid stack; every 1,000th different one is judged and
 * scored anew by the definition (stack_problem.h), and so is every one that is handed out.
 *
 *     hill climbing        predict_climb.c   the best neighbour, until there is none
 *     annealing            predict_anneal.c  any neighbour, worse ones ever more rarely
 *     temporal difference  predict_learn.c   what a release earned when it was chosen
 *     Monte Carlo tree     predict_tree.c    what stacks with these releases earned
 *     random walk, sampling, latest, approximating latest, combinations    predict_draw.c
 */
#ifndef THOTH_CORE_PREDICT_H
#define THOTH_CORE_PREDICT_H

#include "optimum.h"

typedef enum {
    TH_PREDICT_ANNEALING,
    TH_PREDICT_APPROXIMATING_LATEST,
    TH_PREDICT_COMBINATIONS,
    TH_PREDICT_HILL_CLIMBING,
    TH_PREDICT_LATEST,
    TH_PREDICT_RANDOM_WALK,
    TH_PREDICT_SAMPLING,
    TH_PREDICT_TEMPORAL_DIFFERENCE,
    TH_PREDICT_TREE_SEARCH,
    TH_PREDICTOR_COUNT
} th_predictor;

typedef struct {
    th_predictor predictor;
    uint64_t seed;
    size_t wanted;         /* stacks, at least 1 */
    size_t sample_limit;   /* of the stacks judged in passing, so many are handed out */
    uint64_t stack_budget; /* different stacks proposed; UINT64_MAX: none */
    size_t memory_budget;  /* bytes for telling stacks apart, for tables and for trees; 0: 64 MB */
    bool (*stop)(void *context); /* asked about every tenth of a millisecond; NULL: never stop */
    void *stop_context;
    /* What a predictor can be told; each looks only at its own. */
    uint64_t plan; /* stacks over which temperatures fall; 0: the stack budget, else 10,000 */
    uint64_t temperature_coefficient; /* 2^TH_FIXED_BITS is 1; above 0, at most 1 */
    uint32_t step;                    /* releases per reward; at least 1 */
    bool trace;                       /* a reward goes to all releases chosen before, too */
    bool prefer_recent;
    uint64_t heat_up;   /* stacks drawn at random first; UINT64_MAX: a tenth of the plan */
    size_t beam_width;  /* stacks to draw from; at least 1 */
    const th_id *nodes; /* decided first, or those to vary */
    size_t node_count;
} th_predict_options;

/* When the best score rose. */
typedef struct {
    uint64_t stacks; /* different ones proposed by then, this one included */
    int64_t score;
} th_predict_step;

typedef enum {
    TH_PREDICTION_FEASIBLE,      /* stacks are valid; nothing is proved of them */
    TH_PREDICTION_UNSATISFIABLE, /* no stack exists */
    TH_PREDICTION_UNKNOWN        /* stopped before any stack was found */
} th_prediction_outcome;

typedef enum {
    TH_PREDICT_END_EXHAUSTED, /* nothing new came for long, or there is nothing left to try */
    TH_PREDICT_END_STOPPED,
    TH_PREDICT_END_STACKS,
    TH_PREDICT_END_MEMORY /* the tables do not fit; there is no stack then */
} th_predict_end;

typedef struct {
    th_prediction_outcome outcome;
    th_predict_end end;
    size_t stack_count;
    th_id *stacks;   /* stack_count rows of node_count values, best first */
    int64_t *scores; /* stack_count */
    size_t sample_count;
    th_id *samples;         /* sample_count rows: every 1,000th different stack, in order */
    int64_t *sample_scores; /* sample_count */
    uint64_t proposed;      /* valid stacks scored, repeated ones included */
    uint64_t different;     /* those with different hashes */
    bool counted_all; /* else there was no memory to tell all of them apart: `different` is too low
                       */
    uint64_t judged;  /* by the definition, with the same result */
    uint64_t dead_ends;       /* attempts that led to no valid stack */
    th_predict_step *history; /* the first stack and every better one; at most TH_HISTORY_LIMIT */
    size_t history_count;
} th_prediction;

/* Better stacks after so many are not in the history. */
enum { TH_HISTORY_LIMIT = 4096 };

/* Fills *prediction, which th_prediction_free frees (also after a failure). TH_INVALID: a predictor
 * and the judge disagree, which is a defect; no answer is given then. */
th_status th_predict(const th_problem *problem, const th_predict_options *options,
                     th_prediction *prediction);
void th_prediction_free(th_prediction *prediction);

#endif
