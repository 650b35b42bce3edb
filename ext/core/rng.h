/* Random numbers from a seed, and logarithms and powers of two, in integers only.
 *
 * A decision that depended on libm or on the rounding of doubles could differ between machines;
 * these functions cannot. Numbers with a fraction are fixed point: `x / 2^TH_FIXED_BITS`.
 *
 * The generator is xoshiro256** (Blackman & Vigna 2018, "Scrambled linear pseudorandom number
 * generators"), seeded by SplitMix64 (Steele, Lea & Flood 2014).
 */
#ifndef THOTH_CORE_RNG_H
#define THOTH_CORE_RNG_H

#include "ids.h"

typedef struct {
    uint64_t state[4];
} th_rng;

enum { TH_FIXED_BITS = 32, TH_LOG_ENTRIES = 1024 };

void th_rng_seed(th_rng *rng, uint64_t seed);
uint64_t th_rng_next(th_rng *rng);

/* Returns a number in 0..below-1; below is 1..2^32. The multiplication's bias (Lemire 2019) is
 * under below / 2^32 and is accepted: it is the same everywhere. */
static inline uint32_t th_rng_below(th_rng *rng, uint64_t below) {
    return (uint32_t)((th_rng_next(rng) >> 32) * below >> 32);
}

/* Returns log2(x / 2^TH_FIXED_BITS), rounded down to 2^-31; x is not 0. */
int64_t th_fixed_log2(uint64_t x);

/* Returns the place of the highest bit; x is not 0. */
int th_highest_bit(uint64_t x);

/* 2^(1/2), 2^(1/4), 2^(1/8), ...: bit i of a fraction stands for root i. */
typedef struct {
    uint32_t root[TH_FIXED_BITS]; /* times 2^31 */
} th_exp_table;

void th_exp_table_fill(th_exp_table *table);

/* Returns 2^x for x (fixed point) below 31, to about 28 bits; 0 when it is below 2^-TH_FIXED_BITS.
 */
uint64_t th_fixed_exp2(const th_exp_table *table, int64_t x);

/* Returns the square root of x, rounded down. */
uint64_t th_square_root(uint64_t x);

/* What Metropolis' rule needs: for a uniform u, -ln u in 1 / 2^16. A move that loses `loss` points
 * is taken at temperature T with probability exp(-loss / T), that is when loss < T * -ln u. */
typedef struct {
    uint32_t minus_log[TH_LOG_ENTRIES]; /* entry i: u = (i + 1/2) / TH_LOG_ENTRIES */
} th_log_table;

void th_log_table_fill(th_log_table *table);

#endif
