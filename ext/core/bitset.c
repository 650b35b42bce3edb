/* Loops over the words of sets. See bitset.h. */
#include "bitset.h"

#include <string.h>

void th_bitset_fill(th_word *set, size_t bits) {
    size_t whole = bits / TH_WORD_BITS;
    if (whole != 0)
        memset(set, 0xff, whole * sizeof *set);
    if (bits % TH_WORD_BITS != 0)
        set[whole] = ((th_word)1 << (bits % TH_WORD_BITS)) - 1;
}

bool th_bitset_is_empty(const th_word *set, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (set[i] != 0)
            return false;
    return true;
}

bool th_bitset_equal(const th_word *a, const th_word *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

bool th_bitset_within(const th_word *a, const th_word *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((a[i] & ~b[i]) != 0)
            return false;
    return true;
}

bool th_bitset_meets(const th_word *a, const th_word *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((a[i] & b[i]) != 0)
            return true;
    return false;
}

size_t th_bitset_size(const th_word *set, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        for (th_word rest = set[i]; rest != 0; rest &= rest - 1)
            size++;
    return size;
}

size_t th_bitset_next(const th_word *set, size_t count, size_t from) {
    size_t i = from / TH_WORD_BITS;
    if (i >= count)
        return th_bitset_end(count);
    th_word word = set[i] & ((th_word)-1 << (from % TH_WORD_BITS));
    while (word == 0) {
        if (++i == count)
            return th_bitset_end(count);
        word = set[i];
    }
    return i * TH_WORD_BITS + th_word_lowest(word);
}

bool th_bitset_bytes_valid(const unsigned char *bytes, size_t length, size_t bits) {
    if (length != bits / 8 + (bits % 8 != 0))
        return false;
    return bits % 8 == 0 || bytes[length - 1] >> (bits % 8) == 0;
}

void th_bitset_from_bytes(th_word *set, const unsigned char *bytes, size_t bits) {
    size_t length = bits / 8 + (bits % 8 != 0);
    memset(set, 0, th_bitset_words(bits) * sizeof *set);
    for (size_t i = 0; i < length; i++)
        set[i / 8] |= (th_word)bytes[i] << (i % 8 * 8);
}

void th_bitset_to_bytes(unsigned char *bytes, const th_word *set, size_t bits) {
    size_t length = bits / 8 + (bits % 8 != 0);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(set[i / 8] >> (i % 8 * 8));
}
