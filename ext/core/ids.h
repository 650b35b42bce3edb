/* The small words that every file of the engine shares. No function, no state.
 *
 * Everything is named by a 32-bit index; -1 (`TH_NONE`) means "none". What can go wrong is a
 * `th_status`, never an exit and never a message on a stream: the engine lives in a server.
 */
#ifndef THOTH_CORE_IDS_H
#define THOTH_CORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int32_t th_id;

#define TH_NONE ((th_id) - 1)

/* No single list of the engine is longer. Two of them multiplied still fit in 64 bits, and an index
 * plus a small constant still fits in a th_id. */
#define TH_ID_MAX ((th_id)0x3fffffff)

typedef enum {
    TH_OK = 0,
    TH_CONFLICT = 1,   /* propagation found that what was decided cannot be: a result, no failure */
    TH_NO_MEMORY = -1, /* nothing was changed, or what was changed is still consistent */
    TH_INVALID = -2,   /* an argument is out of range; nothing was changed */
    TH_STOPPED = -3,   /* the caller's hook asked to stop; the work can be taken up again */
    TH_LIMIT = -4      /* a limit with a name was passed; its comment says what follows */
} th_status;

#endif
