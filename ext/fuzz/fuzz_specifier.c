/* Lines: a specifier set, then versions. Matching the sorted list of them by binary search says the
 * same as asking for one version after the other. */
#include "fuzz.h"
#include "version_list.h"

static th_slice take_line(th_slice *rest) {
    const char *end = rest->length == 0 ? NULL : memchr(rest->start, '\n', rest->length);
    th_slice line = *rest;
    if (end == NULL) {
        rest->length = 0;
        return line;
    }
    line.length = (size_t)(end - rest->start);
    rest->start = end + 1;
    rest->length -= line.length + 1;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_TEXT_LIMIT)
        return 0;
    th_slice rest = {(const char *)data, size}, specifier = take_line(&rest);
    th_version_list list = {0};
    while (rest.length != 0) {
        th_slice line = take_line(&rest);
        th_version version;
        if (th_version_parse(line, &version) == TH_OK && !version.too_long)
            REQUIRE(th_version_list_add(&list, &version, line) == TH_OK);
    }
    REQUIRE(th_version_list_sort(&list) == TH_OK && th_version_list_is_sorted(&list));
    size_t count = list.entries.count;
    unsigned char *bits = th_allocate(count / 8 + 1, 1);
    REQUIRE(bits != NULL);
    th_status status = th_version_list_match(&list, specifier, bits);
    REQUIRE(status == th_specifier_check(specifier));
    for (size_t i = 0; status == TH_OK && i < count; i++) {
        bool contains;
        REQUIRE(th_specifier_contains(specifier, list.entries.items[i].text, true, &contains) ==
                TH_OK);
        REQUIRE(contains == (bits[i / 8] >> i % 8 & 1));
    }
    if (status == TH_OK) {
        th_buffer compact;
        th_buffer_start(&compact);
        REQUIRE(th_specifier_write(specifier, &compact) == TH_OK);
        REQUIRE(th_specifier_check(th_buffer_slice(&compact)) == TH_OK);
        th_buffer_free(&compact);
    }
    th_free(bits);
    th_version_list_free(&list);
    return 0;
}
