/* Reading, writing and ordering versions. */
#include "texts.h"
#include "version.h"

static const char *normalized(const char *text, char *out) {
    th_version version;
    if (th_version_parse(slice_of(text), &version) != TH_OK || version.too_long)
        return NULL;
    size_t length = th_version_write_text(&version, out);
    CHECK(length <= th_version_room(&version));
    out[length] = '\0';
    return out;
}

static void spellings_are_normalized(void) {
    static const struct {
        const char *text, *normalized;
    } cases[] = {
        {"1.0", "1.0"},
        {"v1.0", "1.0"},
        {" \t1.00\n", "1.0"},
        {"0!1", "1"},
        {"01!1", "1!1"},
        {"1.0ALPHA", "1.0a0"},
        {"1.0.beta-2", "1.0b2"},
        {"1.0_preview_03", "1.0rc3"},
        {"1.0c1", "1.0rc1"},
        {"1-1", "1.post1"},
        {"1.r", "1.post0"},
        {"1.0-REV.4", "1.0.post4"},
        {"1dev", "1.dev0"},
        {"1.0a.1.post-2_dev3+A_b-01", "1.0a1.post2.dev3+a.b.1"},
        {"1.0a.-1", "1.0a0.post1"},
        {"1+1a", "1+1a"},
        {"99999999999999999999999", "99999999999999999999999"},
        {"1.0-", NULL},
        {"1.0+", NULL},
        {"1.0+a-", NULL},
        {"1.", NULL},
        {"1!", NULL},
        {"", NULL},
        {"a", NULL},
        {"1.0 .1", NULL},
        {"1.0alph", NULL},
        {"1.0.re", NULL},
        {"1.0a1b2", NULL},
        {"1.0+\u00e9", NULL},
    };
    char out[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = normalized(cases[i].text, out);
        CHECK((found == NULL) == (cases[i].normalized == NULL));
        CHECK(found == NULL || strcmp(found, cases[i].normalized) == 0);
    }
}

static int compare(const char *a, const char *b) {
    th_version left, right;
    uint8_t left_key[512], right_key[512];
    CHECK(th_version_parse(slice_of(a), &left) == TH_OK);
    CHECK(th_version_parse(slice_of(b), &right) == TH_OK);
    CHECK(th_version_room(&left) <= sizeof left_key && th_version_room(&right) <= sizeof right_key);
    size_t left_length = th_version_write_key(&left, left_key).local;
    size_t right_length = th_version_write_key(&right, right_key).local;
    return th_key_compare(left_key, left_length, right_key, right_length);
}

static void keys_order_as_pep_440_does(void) {
    static const char *const ascending[] = {
        "0.dev0",
        "0",
        "0+a",
        "0+a.1",
        "0+a1",
        "0+0",
        "0+1",
        "0+1.a",
        "0+10",
        "0.post0.dev1",
        "0.post0",
        "0.0.1",
        "1.dev0",
        "1.dev0+x",
        "1.dev1",
        "1a0.dev1",
        "1a0",
        "1a0.post1",
        "1a1",
        "1b0",
        "1rc223",
        "1rc224",
        "1rc255",
        "1rc256",
        "1rc65536",
        "1rc9999999999999999999",
        "1rc10000000000000000000",
        "1rc18446744073709551616",
        "1rc99999999999999999999",
        "1rc100000000000000000000",
        "1",
        "1+cpu",
        "1.post223",
        "1.post224",
        "1.0.1",
        "1.1",
        "1.223",
        "1.224",
        "1.10000000000000000000.1",
        "2",
        "1!0.dev0",
        "1!0",
        "224!0",
        "20000000000000000000!0",
    };
    size_t count = sizeof ascending / sizeof *ascending;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = compare(ascending[i], ascending[j]);
            CHECK((order > 0) - (order < 0) == (i > j) - (i < j));
        }
    CHECK(compare("1.0.0", "1") == 0 && compare("0.0", "0") == 0 && compare("1.c.01", "1RC1") == 0);
    CHECK(compare("1+A.01", "1+a-1") == 0 && compare("000000000000000000000001", "1") == 0);
}

static void longer_numbers_are_larger(void) {
    static const size_t lengths[] = {19, 20, 255, 256, 511, 512, TH_NUMBER_DIGITS_LIMIT};
    static char nines[TH_NUMBER_DIGITS_LIMIT + 1], power[TH_NUMBER_DIGITS_LIMIT + 1];
    static uint8_t nines_key[6 * sizeof nines + 16], power_key[6 * sizeof power + 16];
    for (size_t i = 0; i + 1 < sizeof lengths / sizeof *lengths; i++) {
        th_version left, right;
        memset(nines, 0, sizeof nines);
        memset(nines, '9', lengths[i]);
        memset(power, 0, sizeof power);
        memset(power, '0', lengths[i + 1]);
        power[0] = '1';
        CHECK(th_version_parse(slice_of(nines), &left) == TH_OK);
        CHECK(th_version_parse(slice_of(power), &right) == TH_OK);
        size_t left_length = th_version_write_key(&left, nines_key).local;
        size_t right_length = th_version_write_key(&right, power_key).local;
        CHECK(th_key_compare(nines_key, left_length, power_key, right_length) < 0);
    }
}

static void the_next_release_carries(void) {
    static const struct {
        const char *release, *next;
        size_t components;
    } cases[] = {
        {"1.2.3", "1.3", 2},
        {"1.9", "1.10", 2},
        {"0", "1", 1},
        {"0.0.5", "0.1", 2},
        {"1.223", "1.224", 2},
        {"999999999999999999", "1000000000000000000", 1},
        {"9999999999999999999", "10000000000000000000", 1},
        {"99999999999999999999", "100000000000000000000", 1},
        {"10000000000000000199", "10000000000000000200", 1},
        {"09", "10", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        th_version version, next;
        uint8_t found[256], expected[256];
        CHECK(th_version_parse(slice_of(cases[i].release), &version) == TH_OK);
        CHECK(th_version_parse(slice_of(cases[i].next), &next) == TH_OK);
        size_t length = th_version_write_release(&version, cases[i].components, true, found);
        size_t wanted = th_version_write_release(&next, next.components, false, expected);
        CHECK(length == wanted && memcmp(found, expected, length) == 0);
    }
}

static void a_number_of_too_many_digits_is_marked(void) {
    static char text[TH_NUMBER_DIGITS_LIMIT + 8];
    th_version version;
    memset(text, '1', TH_NUMBER_DIGITS_LIMIT);
    CHECK(th_version_parse(slice_of(text), &version) == TH_OK && !version.too_long);
    text[TH_NUMBER_DIGITS_LIMIT] = '1';
    CHECK(th_version_parse(slice_of(text), &version) == TH_OK && version.too_long);
    memset(text + 2, '1', TH_NUMBER_DIGITS_LIMIT + 1);
    text[1] = '+';
    CHECK(th_version_parse(slice_of(text), &version) == TH_OK && version.too_long);
    text[TH_NUMBER_DIGITS_LIMIT + 2] = 'a'; /* a word, not a number */
    CHECK(th_version_parse(slice_of(text), &version) == TH_OK && !version.too_long);
}

static void reading_stops_where_the_version_ends(void) {
    const char *text = "1.0rc1.*";
    th_cursor cursor = th_cursor_over(slice_of(text));
    th_version version;
    CHECK(th_version_read(&cursor, &version) == TH_OK);
    CHECK(cursor.at == text + 6 && version.length == 6 && version.components == 2);
    CHECK(th_version_is_prerelease(&version));
    cursor = th_cursor_over(slice_of("x"));
    CHECK(th_version_read(&cursor, &version) == TH_INVALID && *cursor.at == 'x');
}

int main(void) {
    spellings_are_normalized();
    keys_order_as_pep_440_does();
    longer_numbers_are_larger();
    the_next_release_carries();
    a_number_of_too_many_digits_is_marked();
    reading_stops_where_the_version_ends();
    return 0;
}
