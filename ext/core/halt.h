/* When to give up: one object that every step of one answer asks, from the first filter to the
 * last judgement.
 *
 * A step counts what it does in *units*, of about a nanosecond each: one cost of a table, one word
 * of a set, one release looked at. Every TH_HALT_WORK units the caller's hook is asked. So the time
 * between two questions does not grow with the problem, and a clock is read some thousand times a
 * second at most. Example, a loop over the rows of a table:
 *
 *     for (th_id row = 0; row < rows; row++) {
 *         if (th_halt_after(halt, columns))
 *             return TH_STOPPED;
 *         ... columns steps ...
 *     }
 *
 * Passes that are linear in the problem and done once or twice do not ask: reading it took longer.
 */
#ifndef THOTH_CORE_HALT_H
#define THOTH_CORE_HALT_H

#include "ids.h"

/* Units between two questions: about a tenth of a millisecond. Tests build with a few. */
#ifndef TH_HALT_WORK
#define TH_HALT_WORK ((size_t)1 << 17)
#endif

typedef struct {
    bool (*stop)(void *context); /* NULL: never stop */
    void *context;
    size_t work;  /* units since it was asked last */
    bool stopped; /* it said yes; it is not asked again */
} th_halt;

/* Counts `work` units and returns whether to stop. `halt` may be NULL: never stop. */
static inline bool th_halt_after(th_halt *halt, size_t work) {
    if (halt == NULL || halt->stop == NULL || halt->stopped)
        return halt != NULL && halt->stopped;
    halt->work += work;
    if (halt->work < TH_HALT_WORK)
        return false;
    halt->work = 0;
    halt->stopped = halt->stop(halt->context);
    return halt->stopped;
}

#endif
