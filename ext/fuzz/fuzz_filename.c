/* The parts of a filename lie within it, and a wheel is never an sdist. */
#include "filename.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    th_slice filename = {(const char *)data, size};
    th_wheel_filename wheel;
    th_version version;
    if (size > FUZZ_TEXT_LIMIT)
        return 0;
    th_status is_wheel = th_wheel_filename_read(filename, &wheel);
    th_status is_sdist = th_sdist_filename_read(filename, (th_slice){"a-b", 3}, &version);
    REQUIRE(is_wheel != TH_OK || is_sdist != TH_OK);
    if (is_wheel == TH_OK) {
        REQUIRE(wheel.name.start == filename.start && wheel.name.length != 0);
        REQUIRE(wheel.tags.start + wheel.tags.length + 4 == filename.start + filename.length);
        REQUIRE(!wheel.version.too_long && wheel.version.components != 0);
        REQUIRE(wheel.has_build == (wheel.build_number.length != 0));
    }
    REQUIRE(is_sdist != TH_OK || version.components != 0);
    return 0;
}
