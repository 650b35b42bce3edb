/* A term says of one node that its value lies in a set: "flask is one of 2.0, 2.1".
 *
 * The values of a node with n candidates are 0..n-1, the most preferred first, and n, which stands
 * for "absent: not part of the stack". So "b is not in {1, 2}", which PubGrub writes as a negative
 * term, is here simply the set of all other values with n among them, and every rule is plain set
 * algebra. A domain (the values a node may still take) is a set over the same values.
 *
 * Most sets are small or start late, so a term stores only the words between its first and last
 * non-zero word; the words outside this window are zero.
 *
 * Source: the terms of https://github.com/dart-lang/pub/blob/master/doc/solver.md#term
 */
#ifndef THOTH_CORE_TERM_H
#define THOTH_CORE_TERM_H

#include "arena.h"
#include "bitset.h"

typedef struct {
    th_id node;
    uint32_t first; /* index of the first word of the window */
    uint32_t count; /* words in the window; at least 1 */
    th_word *words; /* owned by whoever owns the term */
} th_term;

_Static_assert(sizeof(th_term) == 24 || sizeof(void *) != 8, "terms are many: keep them small");

static inline bool th_term_has(const th_term *term, size_t value) {
    size_t word = value / TH_WORD_BITS - term->first; /* wraps around when before the window */
    return word < term->count && term->words[word] >> (value % TH_WORD_BITS) & 1;
}

/* Words that a window around the non-zero part of `set` (of `count` words) needs; at least 1. */
uint32_t th_term_window(const th_word *set, size_t count, uint32_t *first);

/* Makes the term "node in set", its words copied to `words`, which has room for the window. */
th_term th_term_copy(th_id node, const th_word *set, uint32_t first, uint32_t count,
                     th_word *words);

/* The rest takes a plain set over the values of the term's node, of `count` words. */

/* Returns the smallest value of `domain` that is not in the term, or th_bitset_end(count): every
 * value is in the term, the term holds. */
size_t th_term_witness(const th_term *term, const th_word *domain, size_t count);
/* Whether some value of `domain` is in the term: the term can still hold. */
bool th_term_meets(const th_term *term, const th_word *domain);
void th_term_subtract_from(th_word *set, const th_term *term);
void th_term_unite_into(th_word *set, const th_term *term);
void th_term_intersect_into(th_word *set, size_t count, const th_term *term);

#endif
