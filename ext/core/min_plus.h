/* The one loop that the bounds of the search spend their time in: a product of a vector and a
 * matrix where plus takes the place of times, and least that of plus.
 *
 *     least[v] = least over all partners p of (rows[p][v] + shift[p])
 *
 * Example: rows = {{0, 5, 2}, {3, 0, 0}}, shift = {1, 0}  ->  least = {1, 0, 0}.
 *
 * Two releases of x, as columns, and the pairs of two partners with them, as rows: the first
 * partner costs 1 already. x 0 is cheapest with the first (0 + 1), x 1 with the second (0 + 0).
 * That is what consistency asks of a neighbour, and a message of a sweep (min-sum: Kolmogorov 2006;
 * the semiring of least and plus: Cuninghame-Green 1979, "Minimax algebra").
 *
 * A row holds a pair of one partner with every value of a variable, so the loop over v is one of
 * neighbours in memory without branches: the compiler turns eight of its steps into one.
 */
#ifndef THOTH_CORE_MIN_PLUS_H
#define THOTH_CORE_MIN_PLUS_H

#include "weight.h"

/* Rows are as long as a multiple of this. */
enum { TH_LANES = 8 };

/* The first `width` (a multiple of TH_LANES) entries of rows that lie `stride` apart. `partners`:
 * the rows that count; shift[i] belongs to partners[i]. Entries past a variable's size are filled
 * too, with no meaning. TH_FORBIDDEN where there is no partner. */
void th_min_plus(const th_weight *rows, size_t stride, size_t width, const th_id *partners,
                 const th_weight *shift, th_id count, th_weight *least);

/* most[v] = greatest over all i of (charge[i] - rows[values[i]][v]); `count` is at least 1. */
void th_max_minus(const th_weight *rows, size_t stride, const th_id *values,
                  const th_weight *charge, th_id count, th_weight *most);

/* total[v] += least[v] - mine[v], within 0 and TH_FORBIDDEN_LIMIT; `stride` entries of each. */
void th_add_within(th_weight *total, const th_weight *least, const th_weight *mine, size_t stride);

/* Moves what every pair of a value costs at least from the pairs (their delta `mine` grows) to the
 * value's unary cost; to TH_FORBIDDEN_LIMIT where that is `limit` or more. `width` as above; a pair
 * with partner p costs rows[p][v] - theirs[p] - mine[v]. */
void th_collect(const th_weight *rows, size_t stride, size_t width, const th_id *partners,
                th_id count, const th_weight *theirs, th_weight limit, th_weight *mine,
                th_weight *unary);

/* The way back: moves share[v] of each unary cost to the pairs of the value. */
void th_hand_on(const th_weight *share, size_t stride, th_weight *mine, th_weight *unary);

#endif
