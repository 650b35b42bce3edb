/* PEP 440 specifiers: the clauses of a set, and the range of versions that each one holds.
 *
 * A set is a text of clauses with commas between them; it holds what all its clauses hold, the
 * empty set holds everything. Every operator but `===` stands for one range of keys (see
 * version.h), or for all that is outside one, so that a sorted list is matched by binary search:
 *
 *     >=V    [V, ..)                    <=V    [.., V and its locals]
 *     >V     (V and its locals, ..)     if V is a dev or a post
 *            (V, its posts and locals, ..)     if not: PEP 440 excludes them from "greater"
 *     <V     [.., V)                    if V is a pre-release, else [.., V.dev0)
 *     ==V    [V, its locals]            only V itself if it has a local part
 *     ==V.*  [V.dev0, next.dev0)        next: the last component of V one more
 *     ~=V    [V, next.dev0)             next: the last component but one of V one more
 *     !=     outside the range of ==
 */
#ifndef THOTH_CORE_SPECIFIER_H
#define THOTH_CORE_SPECIFIER_H

#include "version.h"

typedef enum {
    TH_COMPATIBLE,
    TH_EQUAL,
    TH_NOT_EQUAL,
    TH_AT_MOST,
    TH_AT_LEAST,
    TH_LESS,
    TH_GREATER,
    TH_ARBITRARY, /* ===, compares texts; its "version" may be anything */
} th_operator;

typedef struct {
    th_operator operator;
    bool wildcard;      /* only with == and != */
    th_slice sign;      /* the operator as written */
    th_slice written;   /* the version as written, with `.*` */
    th_version version; /* not set by === */
} th_clause;

/* Moves past the operator at the cursor and returns it, or an empty slice. */
th_slice th_operator_read(th_cursor *cursor, th_operator *operator);

/* Reads the clause at the cursor as far as it goes; spaces may stand behind the operator.
 * TH_INVALID: there is none. Check `version.too_long` too. */
th_status th_clause_read(th_cursor *cursor, th_clause *clause);

/* Reads a text that is one clause with nothing but spaces around it. */
th_status th_clause_parse(th_slice text, th_clause *clause);

/* Takes the first clause's text off `rest`, without spaces around it. Returns false when there is
 * no clause left. */
bool th_specifier_next(th_slice *rest, th_slice *clause);

/* Checks every clause. TH_INVALID: one is no clause or has a number that is too long. */
th_status th_specifier_check(th_slice specifier);

/* Appends the clauses without spaces, with commas between them. The set is known to be valid. */
th_status th_specifier_write(th_slice specifier, th_buffer *out);

/* Whether some clause other than != and other than a wildcard has a pre-release as version. */
th_status th_specifier_names_prerelease(th_slice specifier, bool *names);

/* The keys k with low <= k < high; with `outside` all others. */
typedef struct {
    th_buffer low, high;
    bool has_low, has_high; /* false: the range is open at this end */
    bool outside;
} th_range;

void th_range_start(th_range *range);
void th_range_free(th_range *range);
bool th_range_holds(const th_range *range, const uint8_t *key, size_t length);

/* Sets `range`, which has been started, to what the clause, not `===`, holds. */
th_status th_clause_range(const th_clause *clause, th_range *range);

/* A version that clauses are asked about. */
typedef struct {
    th_slice text;
    bool is_version;
    bool is_prerelease;
    th_buffer key; /* only when is_version */
} th_candidate;

/* Reads the candidate; whatever came of it, free it. TH_INVALID: a number is too long. */
th_status th_candidate_start(th_candidate *candidate, th_slice text);
void th_candidate_free(th_candidate *candidate);

/* Sets whether the clause holds the candidate, pre-releases included. */
th_status th_clause_holds(const th_clause *clause, const th_candidate *candidate, bool *holds);

/* Sets whether the set holds the version, as packaging's SpecifierSet.contains. TH_INVALID: the set
 * is not PEP 440, or a number of the version is too long. */
th_status th_specifier_contains(th_slice specifier, th_slice version, bool prereleases,
                                bool *contains);

#endif
