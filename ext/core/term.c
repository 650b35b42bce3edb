/* Set algebra between windows and plain sets. See term.h. */
#include "term.h"

#include <string.h>

uint32_t th_term_window(const th_word *set, size_t count, uint32_t *first) {
    size_t begin = 0, end = count;
    while (begin + 1 < end && set[begin] == 0)
        begin++;
    while (end > begin + 1 && set[end - 1] == 0)
        end--;
    *first = (uint32_t)begin;
    return (uint32_t)(end - begin);
}

th_term th_term_copy(th_id node, const th_word *set, uint32_t first, uint32_t count,
                     th_word *words) {
    memcpy(words, set + first, count * sizeof *words);
    return (th_term){.node = node, .first = first, .count = count, .words = words};
}

size_t th_term_witness(const th_term *term, const th_word *domain, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t word = i - term->first;
        th_word outside = word < term->count ? domain[i] & ~term->words[word] : domain[i];
        if (outside != 0)
            return i * TH_WORD_BITS + th_word_lowest(outside);
    }
    return th_bitset_end(count);
}

bool th_term_meets(const th_term *term, const th_word *domain) {
    return th_bitset_meets(term->words, domain + term->first, term->count);
}

void th_term_subtract_from(th_word *set, const th_term *term) {
    for (size_t i = 0; i < term->count; i++)
        set[term->first + i] &= ~term->words[i];
}

void th_term_unite_into(th_word *set, const th_term *term) {
    for (size_t i = 0; i < term->count; i++)
        set[term->first + i] |= term->words[i];
}

void th_term_intersect_into(th_word *set, size_t count, const th_term *term) {
    memset(set, 0, term->first * sizeof *set);
    for (size_t i = 0; i < term->count; i++)
        set[term->first + i] &= term->words[i];
    size_t end = (size_t)term->first + term->count;
    memset(set + end, 0, (count - end) * sizeof *set);
}
