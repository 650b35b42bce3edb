/* The releases of a project, out of the files of its page: what the cache keeps of it. Example:
 * zipp-3.20.0.tar.gz and zipp-3.20.0-py3-none-any.whl are one release with two shapes;
 * other-1.0.tar.gz on the page of zipp is left out. (File names: PEP 427 and PEP 625; the order of
 * versions: PEP 440.)
 *
 * Files that are no artifact of the project, or could mislead, are left out; the rest is grouped by
 * version, newest first. Of each release there are the numbers of its file shapes (a file shape is
 * tags, requires-python and whether it is yanked; equal sets of them have one number), and its
 * record, a text with all that the page says of its files. FIELD is the byte 0x1f.
 */
#ifndef THOTH_CORE_RELEASES_H
#define THOTH_CORE_RELEASES_H

#include "page.h"

/* Releases of one project: shapes are numbered in 16 bits. */
#define TH_RELEASES_LIMIT 0xffff

typedef struct {
    th_slice base;         /* what URLs begin with; borrowed from the page */
    th_buffer versions;    /* normalized, descending, a line each, as are the next two */
    th_buffer file_shapes; /* tags FIELD requires-python FIELD 0 or 1 */
    th_buffer shapes;   /* numbers of file shapes, joined by blanks: sdists first, else ascending */
    th_buffer records;  /* all of them; a line per file, without one at the end of a release */
    size_t *ends;       /* per release: where its record ends */
    uint16_t *shape_of; /* per release: the number of its shape */
    int64_t *times;     /* per release: earliest and latest upload, TH_TIME_UNKNOWN */
    unsigned char *prereleases; /* one bit per release */
    size_t count;
} th_releases; /* must not be copied or moved */

/* Makes it empty. */
void th_releases_start(th_releases *releases);

/* Fills in the releases of the project with that normalized name. TH_INVALID: read the page the
 * long way. */
th_status th_releases_build(th_releases *releases, th_page *page, th_slice project);

void th_releases_free(th_releases *releases);

#endif
