/* PEP 440 versions: reading one, its normalized text, and the key that orders it.
 *
 * A version is read into slices of its text; nothing is converted to integers, so a number may be
 * of any size (up to TH_NUMBER_DIGITS_LIMIT digits).
 *
 * The key is a string of bytes, and versions compare as their keys do by memcmp, a key that is a
 * prefix of another being the smaller one (PEP 440, "Summary of permitted suffixes and relative
 * ordering"). It is
 *
 *     epoch  release...  pre  post  dev  local...
 *
 *     epoch    NUMBER
 *     release  one NUMBER a component, trailing zeros dropped (1.0 == 1)
 *     pre      1: none, none and a dev    2, 3, 4 and NUMBER: a, b, rc    5: none
 *     post     1: none    2 and NUMBER
 *     dev      1 and NUMBER    2: none
 *     local    per segment, 1 and the text and 0: letters    2 and NUMBER: digits
 *
 *     NUMBER   0x10..0xef: 0..223
 *              0xf1..0xf8 and that many (less 0xf0) bytes: below 10^19, highest byte first, not 0
 *              0xf9, two bytes with the count of digits, the digits: all others
 *
 * A component is at least 0x10 and what may follow the release at most 5, so a shorter release
 * comes first. The part before `local` ends with itself (no key's is a prefix of another's), hence
 * these bytes strings are no keys but lie exactly where PEP 440's ranges have their ends:
 *
 *     up to release, 1      below V.dev0 and all that starts with it, above every older release
 *     up to pre, 0xff       above V and its posts and locals, below the next pre or release
 *     up to dev, 0xff       above V and its locals, below all else that is newer than V
 *     up to dev, less its last byte 2, then 1     below V.postN.dev0; V has no dev
 *     a key with local, 0   above it alone
 */
#ifndef THOTH_CORE_VERSION_H
#define THOTH_CORE_VERSION_H

#include "text.h"

/* A number with more digits is refused: CPython refuses to convert it, and so `packaging` does. */
#define TH_NUMBER_DIGITS_LIMIT 4300

typedef struct {
    th_slice epoch;      /* digits; empty: 0 */
    th_slice release;    /* digits and dots */
    th_slice pre_number; /* digits; empty: 0, as are the next two */
    th_slice post_number;
    th_slice dev_number;
    th_slice local;    /* what follows the plus; empty: none */
    size_t components; /* of the release */
    size_t length;     /* bytes of text that were read */
    char pre;          /* 'a', 'b', 'c' for rc, 0: none */
    bool has_post;
    bool has_dev;
    bool too_long; /* a number is over TH_NUMBER_DIGITS_LIMIT */
} th_version;

/* Reads the longest version at the cursor, without spaces, and moves past it. TH_INVALID: none
 * starts here, the cursor stays. The slices point into the text. */
th_status th_version_read(th_cursor *cursor, th_version *version);

/* Reads a text that is a version with nothing but spaces around it. TH_INVALID: it is not. Check
 * `too_long` too. */
th_status th_version_parse(th_slice text, th_version *version);

/* Whether PEP 440 calls it a pre-release: a, b, rc or dev. */
static inline bool th_version_is_prerelease(const th_version *version) {
    return version->pre != 0 || version->has_dev;
}

/* Offsets into a key where the parts end. */
typedef struct {
    size_t release;
    size_t pre;
    size_t dev;
    size_t local; /* length of the key */
} th_key_ends;

/* Bytes that each writer below can need. */
size_t th_version_room(const th_version *version);

/* Writes the key. */
th_key_ends th_version_write_key(const th_version *version, uint8_t *out);

/* Writes the key up to the release, of which only the first `components` (at least one) count; with
 * `next` the last of these is one more. Returns the bytes written. */
size_t th_version_write_release(const th_version *version, size_t components, bool next,
                                uint8_t *out);

/* Writes the normalized text. Returns the bytes written. */
size_t th_version_write_text(const th_version *version, char *out);

/* Compares keys: negative, 0 or positive. */
static inline int th_key_compare(const uint8_t *a, size_t a_length, const uint8_t *b,
                                 size_t b_length) {
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

#endif
