/* Names of wheels (PEP 427) and sdists (PEP 625). */
#ifndef THOTH_CORE_FILENAME_H
#define THOTH_CORE_FILENAME_H

#include "version.h"

/* Bytes of a filename. File systems end at 255. A longer one is refused. */
#define TH_FILENAME_LENGTH_LIMIT 1024

/* Tags that a compressed tag set may stand for; 300 characters could stand for a hundred thousand.
 * Past it the filename is refused. */
#define TH_TAG_LIMIT 4096

typedef struct {
    th_slice name;      /* as written */
    th_version version; /* its numbers are not too long */
    bool has_build;
    th_slice build_number; /* digits */
    th_slice build_suffix;
    th_slice tags; /* the last three parts, as written */
} th_wheel_filename;

/* TH_INVALID: not the name of a wheel. */
th_status th_wheel_filename_read(th_slice filename, th_wheel_filename *wheel);

/* Reads the version of an sdist of the project with that normalized name: both name and version may
 * have dashes. TH_INVALID: it is none. */
th_status th_sdist_filename_read(th_slice filename, th_slice project, th_version *version);

#endif
