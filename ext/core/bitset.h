/* Sets of small integers, one bit each, in 64-bit words.
 *
 * A set over 0..n-1 is an array of th_bitset_words(n) words owned by someone else; the bits past n
 * in the last word are 0. `count` below is always that number of words, equal for all arguments.
 * From and to Python a set is bytes: bit i is bytes[i >> 3] >> (i & 7) & 1, ceil(n / 8) of them.
 * Example: {0, 3} of 0..69 is the words {9, 0}, and nine bytes from Python, the first of them 9.
 * (Words and their lowest bits: Warren 2002, "Hacker's Delight", chapters 2 and 5.)
 */
#ifndef THOTH_CORE_BITSET_H
#define THOTH_CORE_BITSET_H

#include "ids.h"

typedef uint64_t th_word;

enum { TH_WORD_BITS = 64 };

static inline size_t th_bitset_words(size_t bits) {
    return bits / TH_WORD_BITS + (bits % TH_WORD_BITS != 0);
}

static inline bool th_bitset_has(const th_word *set, size_t bit) {
    return set[bit / TH_WORD_BITS] >> (bit % TH_WORD_BITS) & 1;
}

static inline void th_bitset_add(th_word *set, size_t bit) {
    set[bit / TH_WORD_BITS] |= (th_word)1 << (bit % TH_WORD_BITS);
}

static inline void th_bitset_remove(th_word *set, size_t bit) {
    set[bit / TH_WORD_BITS] &= ~((th_word)1 << (bit % TH_WORD_BITS));
}

/* Makes the set hold 0..bits-1. */
void th_bitset_fill(th_word *set, size_t bits);

bool th_bitset_is_empty(const th_word *set, size_t count);
bool th_bitset_equal(const th_word *a, const th_word *b, size_t count);
/* Whether a is a subset of b. */
bool th_bitset_within(const th_word *a, const th_word *b, size_t count);
/* Whether a and b have an element in common. */
bool th_bitset_meets(const th_word *a, const th_word *b, size_t count);
size_t th_bitset_size(const th_word *set, size_t count);

/* Returns the smallest element that is at least `from`, or th_bitset_end(count). */
size_t th_bitset_next(const th_word *set, size_t count, size_t from);

static inline size_t th_bitset_end(size_t count) {
    return count * TH_WORD_BITS;
}

/* Number of trailing zero bits; `word` is not 0. */
static inline unsigned th_word_lowest(th_word word) {
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(word);
#else
    unsigned position = 0;
    for (; (word & 1) == 0; word >>= 1)
        position++;
    return position;
#endif
}

/* Whether `bytes` has the right length for a set over 0..bits-1 and its excess bits are 0. */
bool th_bitset_bytes_valid(const unsigned char *bytes, size_t length, size_t bits);
/* Both need a buffer of ceil(bits / 8) bytes; the words past them are set to 0. */
void th_bitset_from_bytes(th_word *set, const unsigned char *bytes, size_t bits);
void th_bitset_to_bytes(unsigned char *bytes, const th_word *set, size_t bits);

#endif
