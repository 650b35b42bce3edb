/* Random numbers, logarithms and powers in integers. See rng.h. */
#include "rng.h"

static uint64_t rotate_left(uint64_t x, int by) {
    return (x << by) | (x >> (64 - by));
}

void th_rng_seed(th_rng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t x = seed;
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        rng->state[i] = x ^ (x >> 31);
    }
}

uint64_t th_rng_next(th_rng *rng) {
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

int th_highest_bit(uint64_t x) {
#if defined(__GNUC__)
    return 63 - __builtin_clzll(x);
#else
    int bit = 0;
    while (x >>= 1)
        bit++;
    return bit;
#endif
}

/* One bit of the fraction at a time: squaring x in [1, 2) doubles its logarithm (Knuth, The Art of
 * Computer Programming 1, 1.2.2, exercise 25). */
int64_t th_fixed_log2(uint64_t x) {
    int bit = th_highest_bit(x);
    uint64_t mantissa = bit > 31 ? x >> (bit - 31) : x << (31 - bit); /* 2^31 is 1 */
    int64_t log = bit - TH_FIXED_BITS;
    for (int i = 0; i < TH_FIXED_BITS - 1; i++) {
        mantissa = mantissa * mantissa >> 31;
        log *= 2;
        if (mantissa >> 32) {
            mantissa >>= 1;
            log++;
        }
    }
    return log * 2;
}

void th_exp_table_fill(th_exp_table *table) {
    uint64_t root = UINT64_C(2) << 60; /* 2^60 is 1; the root of it is taken again and again */
    for (int i = 0; i < TH_FIXED_BITS; i++) {
        root = th_square_root(root) << 30; /* the square root of r / 2^60 is sqrt(r) / 2^30 */
        table->root[i] = (uint32_t)(root >> 29);
    }
}

uint64_t th_fixed_exp2(const th_exp_table *table, int64_t x) {
    int64_t whole = x >> TH_FIXED_BITS;
    uint32_t fraction = (uint32_t)((uint64_t)x & UINT32_MAX);
    uint64_t power = UINT64_C(1) << 31; /* 2^31 is 1 */
    for (int i = 0; fraction != 0; i++, fraction <<= 1)
        if (fraction >> 31)
            power = power * table->root[i] >> 31;
    if (whole < -TH_FIXED_BITS)
        return 0;
    return whole >= -1 ? power << (whole + 1) : power >> (-whole - 1);
}

/* Newton's iteration from above falls until it is there. */
uint64_t th_square_root(uint64_t x) {
    if (x < 2)
        return x;
    uint64_t root = UINT64_C(1) << (th_highest_bit(x) / 2 + 1);
    for (;;) {
        uint64_t next = (root + x / root) / 2;
        if (next >= root)
            return root;
        root = next;
    }
}

void th_log_table_fill(th_log_table *table) {
    int64_t ln2 = 0; /* in 1 / 2^32: the sum of 1 / (k 2^k) */
    for (int k = 1; k < TH_FIXED_BITS; k++)
        ln2 += ((int64_t)1 << (TH_FIXED_BITS - k)) / k;
    for (uint64_t i = 0; i < TH_LOG_ENTRIES; i++) {
        int64_t log = th_fixed_log2((2 * i + 1) << (TH_FIXED_BITS - 11)); /* 2 * 1024 is 2^11 */
        table->minus_log[i] = (uint32_t)((-log >> 16) * (ln2 >> 8) >> 24);
    }
}
