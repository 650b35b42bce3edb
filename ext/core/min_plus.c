/* Blocks of a row in registers, over all rows. See min_plus.h. */
#include "min_plus.h"

#include <string.h>

/* Where the loader can choose between two versions of a function, one uses the wide registers that
 * not every x86-64 has. Both do the same whole-number steps. */
#if defined(TH_CLONES) && defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif

/* What the two versions share is part of each. */
#define ALWAYS static inline __attribute__((always_inline))

/* Eight costs at once: a vector of GCC and Clang, whatever the registers are. They go through
 * pointers, since how a function returns one depends on the registers. */
typedef th_weight lanes __attribute__((vector_size(TH_LANES * sizeof(th_weight))));

ALWAYS void load(lanes *to, const th_weight *from) {
    memcpy(to, from, sizeof *to);
}

ALWAYS void store(th_weight *to, const lanes *from) {
    memcpy(to, from, sizeof *from);
}

ALWAYS void keep_less(lanes *kept, const lanes *other) {
    lanes less = *other < *kept;
    *kept = (*other & less) | (*kept & ~less);
}

/* Keeps the least of `kept` and a row plus `plus`. */
ALWAYS void keep_row(lanes *kept, const th_weight *row, th_weight plus) {
    lanes cost;
    load(&cost, row);
    cost += plus;
    keep_less(kept, &cost);
}

/* The shift of the i-th partner: given, or minus its delta. */
ALWAYS th_weight shift_of(const th_weight *shift, const th_weight *theirs, th_id i, th_id partner) {
    return theirs == NULL ? shift[i] : -theirs[partner];
}

/* Fills `blocks` times eight columns of `least`, from the columns of `rows` on; `blocks`, and which
 * of shift and theirs is NULL, are constants at each call. */
ALWAYS void min_plus_blocks(const th_weight *rows, size_t stride, const th_id *partners,
                            const th_weight *shift, const th_weight *theirs, th_id count,
                            lanes *least, int blocks) {
    lanes first = (lanes){0} + TH_FORBIDDEN, second = first, third = first;
    for (th_id i = 0; i < count; i++) {
        const th_weight *row = rows + (size_t)partners[i] * stride;
        th_weight plus = shift_of(shift, theirs, i, partners[i]);
        keep_row(&first, row, plus);
        if (blocks > 1)
            keep_row(&second, row + TH_LANES, plus);
        if (blocks > 2)
            keep_row(&third, row + 2 * TH_LANES, plus);
    }
    least[0] = first;
    if (blocks > 1)
        least[1] = second;
    if (blocks > 2)
        least[2] = third;
}

ALWAYS void min_plus_to(const th_weight *rows, size_t stride, const th_id *partners,
                        const th_weight *shift, th_id count, th_weight *least, int blocks) {
    lanes kept[3];
    min_plus_blocks(rows, stride, partners, shift, NULL, count, kept, blocks);
    for (int k = 0; k < blocks; k++)
        store(least + k * TH_LANES, &kept[k]);
}

CLONED void th_min_plus(const th_weight *rows, size_t stride, size_t width, const th_id *partners,
                        const th_weight *shift, th_id count, th_weight *least) {
    size_t at = 0;
    for (; width - at >= 3 * TH_LANES; at += 3 * TH_LANES)
        min_plus_to(rows + at, stride, partners, shift, count, least + at, 3);
    if (width - at == 2 * TH_LANES)
        min_plus_to(rows + at, stride, partners, shift, count, least + at, 2);
    else if (width - at == TH_LANES)
        min_plus_to(rows + at, stride, partners, shift, count, least + at, 1);
}

CLONED void th_max_minus(const th_weight *rows, size_t stride, const th_id *values,
                         const th_weight *charge, th_id count, th_weight *most) {
    for (size_t at = 0; at < stride; at += TH_LANES) {
        lanes kept = (lanes){0} + TH_FORBIDDEN;
        for (th_id i = 0; i < count; i++)
            keep_row(&kept, rows + (size_t)values[i] * stride + at, -charge[i]);
        kept = -kept;
        store(most + at, &kept);
    }
}

CLONED void th_add_within(th_weight *total, const th_weight *least, const th_weight *mine,
                          size_t stride) {
    const lanes none = {0}, most = none + TH_FORBIDDEN_LIMIT;
    for (size_t at = 0; at < stride; at += TH_LANES) {
        lanes cost, sum, delta;
        load(&cost, least + at);
        load(&delta, mine + at);
        load(&sum, total + at);
        cost -= delta;
        cost &= cost > none;
        keep_less(&cost, &most);
        sum += cost;
        keep_less(&sum, &most);
        store(total + at, &sum);
    }
}

/* Deltas stay in their limits: what does not fit is not moved, and bounds are weaker, never wrong.
 */
ALWAYS void collect_block(const lanes *least, th_weight limit, th_weight *mine, th_weight *unary) {
    const lanes none = {0}, most = none + TH_FORBIDDEN_LIMIT;
    lanes delta, sum;
    load(&delta, mine);
    load(&sum, unary);
    lanes cost = *least - delta, moved = cost, fits = none + TH_DELTA_LIMIT - delta;
    keep_less(&moved, &fits);
    moved &= moved > none;
    delta += moved;
    store(mine, &delta);
    lanes out = cost >= none + limit;
    sum += (most & out) | (moved & ~out);
    keep_less(&sum, &most);
    store(unary, &sum);
}

ALWAYS void collect_blocks(const th_weight *rows, size_t stride, const th_id *partners, th_id count,
                           const th_weight *theirs, th_weight limit, th_weight *mine,
                           th_weight *unary, int blocks) {
    lanes kept[3];
    min_plus_blocks(rows, stride, partners, NULL, theirs, count, kept, blocks);
    for (int k = 0; k < blocks; k++)
        collect_block(&kept[k], limit, mine + k * TH_LANES, unary + k * TH_LANES);
}

CLONED void th_collect(const th_weight *rows, size_t stride, size_t width, const th_id *partners,
                       th_id count, const th_weight *theirs, th_weight limit, th_weight *mine,
                       th_weight *unary) {
    size_t at = 0;
    for (; width - at >= 3 * TH_LANES; at += 3 * TH_LANES)
        collect_blocks(rows + at, stride, partners, count, theirs, limit, mine + at, unary + at, 3);
    if (width - at == 2 * TH_LANES)
        collect_blocks(rows + at, stride, partners, count, theirs, limit, mine + at, unary + at, 2);
    else if (width - at == TH_LANES)
        collect_blocks(rows + at, stride, partners, count, theirs, limit, mine + at, unary + at, 1);
}

CLONED void th_hand_on(const th_weight *share, size_t stride, th_weight *mine, th_weight *unary) {
    for (size_t at = 0; at < stride; at += TH_LANES) {
        lanes delta, moved, sum;
        load(&delta, mine + at);
        load(&moved, share + at);
        load(&sum, unary + at);
        lanes fits = delta + TH_DELTA_LIMIT;
        keep_less(&moved, &fits);
        delta -= moved;
        sum -= moved;
        store(mine + at, &delta);
        store(unary + at, &sum);
    }
}
