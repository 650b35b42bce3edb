/* Project pages: read whole, cut off, damaged, and with too little memory. */
#include <string.h>

#include "check.h"
#include "intern.h"
#include "releases.h"

static const char JSON[] =
    "{\"meta\": {\"api-version\": \"1.1\", \"_last-serial\": 1}, \"name\": \"P.x\", \"files\": ["
    "{\"filename\": \"p_x-1.0-py3-none-any.whl\", \"url\": \"https://f.test/a/p_x-1.0-py3-none-any."
    "whl\", \"hashes\": {\"sha256\": \"AB\", \"md5\": \"00\"}, \"requires-python\": \">=3\", "
    "\"size\": 12, \"yanked\": \"a \\\"b\\\" \\u0041\", \"upload-time\": "
    "\"2024-02-29T01:02:03.123456Z\", \"core-metadata\": {\"sha256\": \"00\"}},"
    "{\"filename\": \"p-x-1.0.0.tar.gz\", \"url\": \"https://f.test/a/p-x-1.0.0.tar.gz\", "
    "\"hashes\": {}, \"x\": [1, -2.5e3, null, {\"y\": true}]},"
    "{\"filename\": \"p-x-2.0rc1.zip\", \"url\": \"https://f.test/b/p-x-2.0rc1.zip\", \"hashes\": "
    "{}, \"yanked\": false}]}";

static const char HTML[] =
    "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.0\"></head>"
    "<body><a href=\"https://f.test/a/p_x-1.0-py3-none-any.whl#sha256=AB\" data-requires-python="
    "\"&gt;=3\" data-yanked=\"a &quot;b&quot; A\" data-upload-time=\"2024-02-29T01:02:03Z\">p</a>"
    "<br/>\n<a href=\"https://f.test/a/p-x-1.0%2Bc.tar.gz?q\" "
    "data-core-metadata=\"true\">p</a></body></html>\n";

static th_slice slice_of(const char *text) {
    return (th_slice){text, strlen(text)};
}

/* Reads a copy that ends where its memory ends, so that a sanitizer sees each byte read too far. */
static th_status read_page(const char *text, size_t length, bool is_json, th_releases *releases) {
    char *body = malloc(length == 0 ? 1 : length);
    CHECK(body != NULL);
    memcpy(body, text, length);
    th_page page = {0};
    th_slice name = slice_of("p-x"), slice = {body, length};
    th_releases_start(releases);
    th_status status =
        is_json ? th_page_read_json(slice, name, &page) : th_page_read_html(slice, &page);
    if (status == TH_OK)
        status = th_releases_build(releases, &page, name);
    releases->base = (th_slice){0}; /* it borrows from what is freed now */
    th_page_free(&page);
    free(body);
    return status;
}

static void check_buffer(const th_buffer *buffer, const char *text) {
    CHECK(th_slice_equals(th_buffer_slice(buffer), text));
}

static void a_json_page_is_read(void) {
    th_releases releases;
    CHECK(read_page(JSON, sizeof JSON - 1, true, &releases) == TH_OK);
    CHECK(releases.count == 2);
    check_buffer(&releases.versions, "2.0rc1\n1.0");
    check_buffer(&releases.file_shapes, "\x1f\x1f"
                                        "0\npy3-none-any\x1f>=3\x1f"
                                        "1");
    check_buffer(&releases.shapes, "0\n0 1");
    CHECK(releases.prereleases[0] == 1);
    CHECK(releases.shape_of[0] == 0 && releases.shape_of[1] == 1);
    CHECK(releases.times[0] == TH_TIME_UNKNOWN && releases.times[2] == 1709168523);
    check_buffer(&releases.records, "p-x-2.0rc1.zip\x1f+b/\x1f\x1f\x1f\x1f\x1f\x1f"
                                    "p_x-1.0-py3-none-any.whl\x1f+a/\x1fsha256=ab,md5=00\x1f"
                                    "12\x1f>=3\x1f!a \"b\" A\x1f"
                                    "1709168523\x1f"
                                    "1\n"
                                    "p-x-1.0.0.tar.gz\x1f+a/\x1f\x1f\x1f\x1f\x1f\x1f");
    CHECK(releases.ends[1] == releases.records.length);
    th_releases_free(&releases);
}

static void an_html_page_is_read(void) {
    th_releases releases;
    CHECK(read_page(HTML, sizeof HTML - 1, false, &releases) == TH_OK);
    check_buffer(&releases.versions, "1.0+c\n1.0");
    check_buffer(&releases.records,
                 "p-x-1.0+c.tar.gz\x1f+p-x-1.0%2Bc.tar.gz?q\x1f\x1f\x1f\x1f\x1f\x1f"
                 "1"
                 "p_x-1.0-py3-none-any.whl\x1f+p_x-1.0-py3-none-any.whl\x1fsha256=ab\x1f\x1f>=3"
                 "\x1f!a \"b\" A\x1f"
                 "1709168523\x1f");
    th_releases_free(&releases);
}

static void a_page_cut_off_anywhere_is_left_to_the_long_way(void) {
    th_releases releases;
    for (size_t length = 0; length < sizeof JSON - 1; length++) {
        CHECK(read_page(JSON, length, true, &releases) == TH_INVALID);
        th_releases_free(&releases);
    }
    for (size_t length = 0; length < sizeof HTML - 2; length++) {
        CHECK(read_page(HTML, length, false, &releases) == TH_INVALID);
        th_releases_free(&releases);
    }
}

static void any_changed_byte_is_read_or_refused(const char *text, size_t length, bool is_json) {
    static const char changes[] = "\"{}[]\\,:<>&#%/ 0a\x01\xff";
    char *copy = malloc(length);
    CHECK(copy != NULL);
    for (size_t at = 0; at < length; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            memcpy(copy, text, length);
            copy[at] = changes[i];
            th_releases releases;
            th_status status = read_page(copy, length, is_json, &releases);
            CHECK(status == TH_OK || status == TH_INVALID);
            th_releases_free(&releases);
        }
    }
    free(copy);
}

static void each_lack_of_memory_is_told(const char *text, size_t length, bool is_json) {
    th_status status = TH_NO_MEMORY;
    for (long requests = 1; status != TH_OK; requests++) {
        th_releases releases;
        allocation_fail_after(requests);
        status = read_page(text, length, is_json, &releases);
        CHECK(status == TH_OK || status == TH_NO_MEMORY);
        CHECK(allocation_has_failed() == (status == TH_NO_MEMORY));
        allocation_fail_after(0);
        th_releases_free(&releases);
        CHECK(requests < 1000);
    }
}

static void only_times_that_exist_are_read(void) {
    int64_t seconds;
    CHECK(th_page_time(slice_of("1970-01-01T00:00:00Z"), &seconds) == TH_OK && seconds == 0);
    CHECK(th_page_time(slice_of("2000-03-01T00:00:00.123+00:00"), &seconds) == TH_OK);
    CHECK(seconds == 951868800);
    static const char *const wrong[] = {"1969-12-31T23:59:59Z", "2023-02-29T00:00:00Z",
                                        "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
                                        "2024-01-01T00:00:00",  "2024-01-01T00:00:00.1Z",
                                        "2024-01-01 00:00:00Z", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(th_page_time(slice_of(wrong[i]), &seconds) == TH_INVALID);
}

static void a_text_has_one_number(void) {
    enum { COUNT = 1000 };
    static char texts[COUNT][16];
    th_intern table = {0};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT; i++) {
            th_id id;
            (void)snprintf(texts[i], sizeof texts[i], "%d", i);
            CHECK(th_intern_add(&table, slice_of(texts[i]), &id) == TH_OK && id == i);
        }
    }
    CHECK(th_intern_find(&table, slice_of("1000")) == TH_NONE);
    CHECK(table.texts.count == COUNT);
    th_intern_free(&table);
}

int main(void) {
    a_json_page_is_read();
    an_html_page_is_read();
    a_page_cut_off_anywhere_is_left_to_the_long_way();
    any_changed_byte_is_read_or_refused(JSON, sizeof JSON - 1, true);
    any_changed_byte_is_read_or_refused(HTML, sizeof HTML - 1, false);
    each_lack_of_memory_is_told(JSON, sizeof JSON - 1, true);
    each_lack_of_memory_is_told(HTML, sizeof HTML - 1, false);
    only_times_that_exist_are_read();
    a_text_has_one_number();
    return 0;
}
