/* One valid stack, and the step to a neighbour: another release of one package, and what it takes.
 *
 * Most steps change nothing else: the new release is accepted by all that require the package, what
 * it requires is there, and it requires the same packages. Example: zipp 3.20 -> 3.19. Such a step
 * is checked and scored without being taken. `points[class]` holds what each class of a node would
 * earn with the others as they are, so the difference is two look-ups; it is brought up to date
 * when a step is taken, by adding one row of each table.
 *
 * Other steps need repair: tensorflow 2.20 -> 2.19 wants an older keras and drops a package. Repair
 * follows min-conflicts (Minton, Johnston, Philips & Laird 1992): whoever disagrees with what has
 * just changed takes a release that agrees with all that this repair has changed and breaks the
 * fewest others. A node changes once in a repair, so it ends. Then what nobody reaches leaves, the
 * whole is checked by the definition (stack_problem.h), and the step is undone if it does not hold.
 */
#ifndef THOTH_CORE_PREDICT_STACK_H
#define THOTH_CORE_PREDICT_STACK_H

#include "memory.h"
#include "predict_space.h"
#include "rng.h"

typedef struct {
    th_id node, value; /* what it was */
} th_stack_change;

typedef struct {
    const th_space *space;
    th_live live;    /* what steps choose from */
    th_id *values;   /* by node */
    int64_t *points; /* by class and absent: sum of the tables with the others as they are */
    int64_t score;
    uint64_t hash;
    th_id *present; /* the nodes present, in any order */
    th_id *place;   /* node -> its place in `present` */
    size_t present_count;
    th_word *accepted; /* laid out as domains.words: what all active requirements accept */
    bool accepted_known;
    TH_VEC(th_stack_change) trail; /* what the last step changed */
    uint64_t effort; /* requirements and the like looked at since someone set it to 0 */
    /* Scratch. */
    unsigned char *reached;
    th_id *queue;
    unsigned char *pinned;
    uint64_t *stamp_before, *stamp_after; /* by node */
    uint64_t stamp;
} th_stack;

/* Makes a stack where all nodes are absent. th_stack_free frees it, also after a failure. */
th_status th_stack_create(const th_space *space, th_live live, th_stack *stack);
void th_stack_free(th_stack *stack);

/* Goes to any assignment; cost grows with the number of nodes that differ. */
void th_stack_assign(th_stack *stack, const th_id *values);

/* Whether the assignment at hand is a valid stack, by the definition. */
bool th_stack_valid(th_stack *stack);

/* What th_stack_peek says of a step. */
typedef enum {
    TH_STEP_VALID,  /* a valid stack; *gain and *hash say what it is */
    TH_STEP_REPAIR, /* others have to change too; only taking it tells */
} th_step;

/* Looks at the step that sets `node`, which is present, to another live value. */
th_step th_stack_peek(th_stack *stack, th_id node, th_id value, int64_t *gain, uint64_t *hash);

/* Takes a step that th_stack_peek found valid, or one that needs repair. Sets *taken; if it is
 * false, the stack is as before. th_stack_undo goes back. Draws break ties. */
th_status th_stack_step(th_stack *stack, th_id node, th_id value, th_rng *rng, bool *taken);

/* Goes back to before the last step taken. */
void th_stack_undo(th_stack *stack);

#endif
