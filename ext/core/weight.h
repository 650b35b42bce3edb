/* How wide the costs of a cost function network are while it is searched.
 *
 * The files that search (cfn.c, consistency.c, trws.c, local.c, vac.c, search.c, min_plus.c) are
 * compiled twice: with 64-bit costs under their own names, and, from narrow_*.c, with 32-bit costs
 * under the names below. A network is searched in 32 bits when its costs allow it (th_cfn_create
 * says so): twice as many of them fit in a register and in the cache. Example: an AVX2 register
 * takes the pairs of one value with eight others in one step, and four with 64 bits.
 *
 * The limits are such that no sum that can arise leaves its type:
 *
 *     a finite cost, and what is left to the top        < TH_WEIGHT_SPREAD
 *     a delta (cfn.h), either sign                     <= TH_DELTA_LIMIT
 *     a unary cost, until its value is taken out       <= TH_FORBIDDEN_LIMIT + TH_WEIGHT_SPREAD
 *     the largest sum: a forbidden pair - two deltas + a unary cost
 */
#ifndef THOTH_CORE_WEIGHT_H
#define THOTH_CORE_WEIGHT_H

#include "network.h"

#ifdef TH_NARROW

typedef int32_t th_weight;
#define TH_FORBIDDEN ((th_weight)1 << 30)       /* a pair of values that exclude each other */
#define TH_FORBIDDEN_LIMIT ((th_weight)1 << 29) /* it stays at or above, whatever was moved */
#define TH_DELTA_LIMIT ((th_weight)1 << 27)
#define TH_WEIGHT_SPREAD ((th_weight)1 << 28)

/* What the linker sees of each. */
#define th_min_plus th_min_plus_narrow
#define th_max_minus th_max_minus_narrow
#define th_add_within th_add_within_narrow
#define th_collect th_collect_narrow
#define th_hand_on th_hand_on_narrow
#define th_cfn_create th_cfn_create_narrow
#define th_cfn_free th_cfn_free_narrow
#define th_cfn_push th_cfn_push_narrow
#define th_cfn_pop th_cfn_pop_narrow
#define th_cfn_assign th_cfn_assign_narrow
#define th_cfn_remove th_cfn_remove_narrow
#define th_cfn_propagate th_cfn_propagate_narrow
#define th_cfn_touch_all th_cfn_touch_all_narrow
#define th_cfn_sweep th_cfn_sweep_narrow
#define th_cfn_tighten th_cfn_tighten_narrow
#define th_cfn_bound th_cfn_bound_narrow
#define th_cfn_set_top th_cfn_set_top_narrow
#define th_cfn_cost th_cfn_cost_narrow
#define th_cfn_save_unary th_cfn_save_unary_narrow
#define th_cfn_save_delta th_cfn_save_delta_narrow
#define th_cfn_note th_cfn_note_narrow
#define th_cfn_settle th_cfn_settle_narrow
#define th_cfn_least th_cfn_least_narrow
#define th_vac_create th_vac_create_narrow
#define th_vac_run th_vac_run_narrow
#define th_local_create th_local_create_narrow
#define th_local_run th_local_run_narrow
#define th_search_create th_search_create_narrow
#define th_search_free th_search_free_narrow
#define th_search_run th_search_run_narrow
#define th_search_bound th_search_bound_narrow
#define th_search_memory th_search_memory_narrow
#define TH_COMPONENT_KIND th_component_narrow

#else

typedef int64_t th_weight;
#define TH_FORBIDDEN TH_TOP
#define TH_FORBIDDEN_LIMIT TH_TOP_LIMIT
#define TH_DELTA_LIMIT ((th_weight)1 << 60)
#define TH_WEIGHT_SPREAD TH_TOP_LIMIT
#define TH_COMPONENT_KIND th_component_wide

#endif
#endif
