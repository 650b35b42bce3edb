/* Project pages of package indexes (PEP 503, PEP 691), read fast when they are plain.
 *
 * A page names thousands of files, and a cold run reads tens of pages. Nearly all are plain: ASCII
 * texts, absolute URLs, the usual keys with values of the usual types. Example:
 *
 *     <a href="https://files.example/zipp-3.20.0.tar.gz#sha256=0a1b...">zipp-3.20.0.tar.gz</a>
 *
 * is a file with a hash; the same with href='...' in single quotes is not plain. A reader takes
 * only those; for anything else it returns TH_INVALID, which does not mean that the page is wrong
 * but that it is to be read the long way, by the Python twin, whose word counts. What both read,
 * they read alike.
 */
#ifndef THOTH_CORE_PAGE_H
#define THOTH_CORE_PAGE_H

#include "arena.h"
#include "memory.h"
#include "text.h"

/* Stands for an upload time that the page does not say. */
#define TH_TIME_UNKNOWN (-((int64_t)1 << 62))

/* Files of one page; a page with more is read the long way, which refuses it. */
#define TH_PAGE_FILES_LIMIT 500000

/* All texts are printable ASCII. */
typedef struct {
    th_slice filename;
    th_slice url;             /* without its fragment */
    th_slice hashes;          /* `sha256=HEX`, several joined by `,`, lower case; empty: none */
    th_slice requires_python; /* empty: none */
    th_slice yanked;          /* the reason */
    th_slice metadata;        /* PEP 658: empty: not said; 0: none; 1: there is; else its sha256 */
    int64_t size;             /* -1: not said */
    int64_t upload_time;      /* seconds since the epoch */
    bool is_yanked;
} th_page_file;

typedef struct {
    TH_VEC(th_page_file) files;
    th_arena texts; /* those that are not slices of the body */
} th_page;          /* all zero is an empty page */

/* Reads a PEP 691 page, which must be of the project with that normalized name. The page borrows
 * from the body. TH_INVALID: read it the long way. */
th_status th_page_read_json(th_slice body, th_slice project, th_page *page);

/* The same for PEP 503. */
th_status th_page_read_html(th_slice body, th_page *page);

void th_page_free(th_page *page);

/* What both readers share. */

/* Returns a copy in the arena, or a slice that starts at NULL: out of memory. */
th_slice th_page_copy(th_page *page, th_slice text, bool lower);

/* Whether the text is hex digits, an even number of them and not none. */
bool th_is_hex_digest(th_slice text);

/* Reads `YYYY-MM-DDTHH:MM:SS`, perhaps a fraction of 3 or 6 digits, and `Z` or `+00:00`. */
th_status th_page_time(th_slice text, int64_t *seconds);

#endif
