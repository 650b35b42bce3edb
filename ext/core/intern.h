/* Numbers for texts: the same text always has the same one, 0 for the first that was seen. Example:
 * "py3-none-any", "cp311-none-any", "py3-none-any" are 0, 1, 0. Open addressing with linear probing
 * (Knuth 1998, "The Art of Computer Programming", volume 3, section 6.4, algorithm L).
 *
 * The texts are borrowed: the caller keeps them while the table lives. The hash begins with the
 * address of the slots, which a stranger who writes the texts does not know.
 */
#ifndef THOTH_CORE_INTERN_H
#define THOTH_CORE_INTERN_H

#include "memory.h"
#include "text.h"

typedef struct {
    TH_VEC(th_slice) texts; /* by number */
    uint32_t *slots;        /* number + 1, 0: free */
    size_t slot_count;      /* a power of two, or 0 */
    uint64_t seed;
} th_intern; /* all zero is an empty table */

/* Returns the number of the text, or TH_NONE when it is not in the table. */
th_id th_intern_find(const th_intern *table, th_slice text);

/* Sets `*id` to the number of the text, which is added when it is new. */
th_status th_intern_add(th_intern *table, th_slice text, th_id *id);

void th_intern_free(th_intern *table);

#endif
