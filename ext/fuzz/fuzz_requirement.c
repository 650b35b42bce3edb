/* A requirement that is read lies within its text, has valid parts, and reads the same whether or
 * not it is evaluated. */
#include "fuzz.h"
#include "requirement.h"
#include "specifier.h"

static void require_within(th_slice part, th_slice text) {
    REQUIRE(part.length == 0 ||
            (part.start >= text.start && part.start + part.length <= text.start + text.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    th_slice text = {(const char *)data, size};
    th_marker_environment environment = {.extras = {NULL, 0, true}};
    for (int i = 0; i < TH_TEXT_VARIABLES; i++)
        environment.values[i] = (th_slice){"3.11", 4};
    th_requirement requirement, evaluated;
    th_fault fault = {text.start, NULL};
    unsigned holds;
    if (size > FUZZ_TEXT_LIMIT)
        return 0;
    th_slice extra = {"test", 4};
    th_status status = th_requirement_read(text, NULL, extra, &requirement, NULL, &fault);
    REQUIRE(status == TH_OK || (fault.problem != NULL && fault.at >= text.start &&
                                fault.at <= text.start + text.length));
    th_status value = th_requirement_read(text, &environment, extra, &evaluated, &holds, &fault);
    REQUIRE(status == TH_OK || value != TH_OK);
    if (status != TH_OK)
        return 0;
    REQUIRE(value != TH_OK || holds <= TH_HOLDS);
    require_within(requirement.name, text);
    require_within(requirement.extras, text);
    require_within(requirement.specifier, text);
    require_within(requirement.url, text);
    require_within(requirement.marker, text);
    REQUIRE(requirement.name.length != 0);
    REQUIRE(th_specifier_check(requirement.specifier) == TH_OK);
    if (requirement.marker.length != 0) {
        th_cursor cursor = th_cursor_over(requirement.marker);
        REQUIRE(th_marker_read(&cursor, NULL, extra, &holds, &fault) == TH_OK);
        REQUIRE(th_cursor_done(&cursor));
    }
    th_slice name, rest = requirement.extras;
    while (th_extras_next(&rest, &name))
        require_within(name, text);
    return 0;
}
