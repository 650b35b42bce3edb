/* What the fuzz targets share. See run.sh. */
#ifndef THOTH_FUZZ_H
#define THOTH_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

/* Longer inputs show nothing new and are slow. */
#define FUZZ_TEXT_LIMIT 4096

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
