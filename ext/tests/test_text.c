/* Slices, buffers and names. */
#include "texts.h"

static void spaces_are_what_python_calls_space(void) {
    static const char *const spaces[] = {" ",      "\t",     "\n",     "\v",       "\f",
                                         "\r",     "\x1c",   "\x1f",   "\xc2\x85", "\xc2\xa0",
                                         "\u1680", "\u2000", "\u200a", "\u2028",   "\u2029",
                                         "\u202f", "\u205f", "\u3000"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%sx%s%s", spaces[i], spaces[i], spaces[i]);
        th_slice trimmed = th_trim_spaces(slice_of(text));
        CHECK(th_slice_equals(trimmed, "x"));
        CHECK(th_trim_spaces(slice_of(spaces[i])).length == 0);
    }
    static const char *const others[] = {"\u200b",   "\u180e", "\ufeff",
                                         "\xc2\x86", "\u2060", "\x1b"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(th_trim_spaces(slice_of(others[i])).length == strlen(others[i]));
    /* A sequence that is cut off is no space, and nothing behind it is read. */
    CHECK(th_trim_spaces((th_slice){"\xe2\x80\x80", 2}).length == 2);
    CHECK(th_trim_spaces((th_slice){"\xc2\xa0", 1}).length == 1);
    CHECK(th_slice_equals(th_trim_blanks(slice_of(" \t\nx \t")), "\nx"));
}

static void a_text_holds_its_parts(void) {
    th_slice text = slice_of("abcabd");
    CHECK(th_slice_holds(text, slice_of("")) && th_slice_holds(text, slice_of("abd")));
    CHECK(th_slice_holds(text, text) && !th_slice_holds(text, slice_of("abe")));
    CHECK(!th_slice_holds(text, slice_of("abcabda")) && !th_slice_holds(slice_of(""), text));
}

static void folding_knows_the_letters_that_become_ascii(void) {
    CHECK(th_slice_equal_folded(slice_of("1.0+K"), slice_of("1.0+k")));
    CHECK(th_slice_equal_folded(slice_of("1.0+\u212a"), slice_of("1.0+k")));
    CHECK(!th_slice_equal_folded(slice_of("\u0130"), slice_of("i")));
    CHECK(!th_slice_equal_folded(slice_of("1"), slice_of("10")));
}

static void names_are_normalized(void) {
    static const struct {
        const char *name, *normalized;
    } cases[] = {
        {"Foo", "foo"},  {"a._-b", "a-b"},      {"__a", "-a"},        {"a..", "a-"},
        {"\u212a", "k"}, {"\u0130", "i\u0307"}, {"\u00c9", "\u00c9"}, {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        th_buffer out;
        th_buffer_start(&out);
        CHECK(th_name_write(slice_of(cases[i].name), &out) == TH_OK);
        CHECK(th_slice_equals(th_buffer_slice(&out), cases[i].normalized));
        th_buffer_free(&out);
    }
}

static void a_buffer_outgrows_itself_and_keeps_its_bytes(void) {
    th_buffer buffer;
    th_buffer_start(&buffer);
    for (int i = 0; i < 3 * TH_BUFFER_OWN; i++)
        CHECK(th_buffer_push(&buffer, (char)('a' + i % 26)) == TH_OK);
    for (int i = 0; i < 3 * TH_BUFFER_OWN; i++)
        CHECK(buffer.bytes[i] == 'a' + i % 26);
    CHECK(th_buffer_reserve(&buffer, SIZE_MAX / 2) == NULL);
    th_buffer_free(&buffer);
    CHECK(buffer.length == 0 && buffer.bytes == buffer.own);

    char name[TH_BUFFER_OWN];
    memset(name, 'x', sizeof name);
    th_status status;
    WITH_FAILING_ALLOCATION(status, {
        th_buffer_start(&buffer);
        status = th_name_write((th_slice){name, sizeof name}, &buffer);
        th_buffer_free(&buffer);
    });
}

int main(void) {
    spaces_are_what_python_calls_space();
    a_text_holds_its_parts();
    folding_knows_the_letters_that_become_ascii();
    names_are_normalized();
    a_buffer_outgrows_itself_and_keeps_its_bytes();
    return 0;
}
