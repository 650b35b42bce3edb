/* Makes a stack valid again after one node has changed. The idea, an example and its source
 * (min-conflicts) are in predict_stack.h. */
#ifndef THOTH_CORE_PREDICT_REPAIR_H
#define THOTH_CORE_PREDICT_REPAIR_H

#include "predict_stack.h"

/* Repairs around `node`, which keeps its value. Sets *repaired; when it is false the stack is not
 * valid, and the trail leads back. */
th_status th_repair(th_stack *stack, th_id node, th_rng *rng, bool *repaired);

/* Of th_stack, for repair only. Changes a node and writes the trail. */
th_status th_stack_set(th_stack *stack, th_id node, th_id value);
bool th_stack_reach(th_stack *stack, bool check, size_t *count);
th_id th_stack_broken_rule(const th_stack *stack);

#endif
