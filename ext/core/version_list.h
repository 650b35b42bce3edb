/* The versions of one project as sorted keys, so that a specifier is matched by binary search.
 *
 * Example: of 1.0, 1.5, 2.0rc1, 2.0 the specifier >=1.5,<2 holds one run of keys, found by its two
 * ends, where each version would be compared otherwise. The order is that of PEP 440.
 */
#ifndef THOTH_CORE_VERSION_LIST_H
#define THOTH_CORE_VERSION_LIST_H

#include "memory.h"
#include "specifier.h"

typedef struct {
    size_t key;        /* offset into the list's keys */
    uint32_t length;   /* of the key */
    uint32_t position; /* in the order of addition */
    th_slice text;     /* normalized; not owned: the caller keeps it while the list lives */
    bool is_prerelease;
} th_version_entry;

typedef struct {
    TH_VEC(uint8_t) keys;
    TH_VEC(th_version_entry) entries; /* once sorted: descending, no equal ones */
} th_version_list;                    /* all zero is an empty list */

/* Adds a version whose normalized text is `text`. Its numbers are not too long. */
th_status th_version_list_add(th_version_list *list, const th_version *version, th_slice text);

/* Sorts, newest first; of equal versions only the one that was added first stays. */
th_status th_version_list_sort(th_version_list *list);

/* Whether the list is in that order as it was added. O(n). */
bool th_version_list_is_sorted(const th_version_list *list);

/* Sets bit i of `bits`, ceil(n / 8) bytes, when the set holds entry i. TH_INVALID: the set is not
 * PEP 440. O(clauses * log n), and O(n) for ===. */
th_status th_version_list_match(const th_version_list *list, th_slice specifier,
                                unsigned char *bits);

/* Sets bit i when entry i is a pre-release. */
void th_version_list_prereleases(const th_version_list *list, unsigned char *bits);

void th_version_list_free(th_version_list *list);

#endif
