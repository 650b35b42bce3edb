/* Clauses, their ranges, and lists of versions. */
#include "specifier.h"
#include "texts.h"
#include "version_list.h"

static bool contains(const char *specifier, const char *version) {
    bool holds;
    CHECK(th_specifier_contains(slice_of(specifier), slice_of(version), true, &holds) == TH_OK);
    return holds;
}

static void clauses_hold_what_pep_440_says(void) {
    static const struct {
        const char *specifier, *held, *not_held;
    } cases[] = {
        {"", "1", NULL},
        {"==1.0", "1+cpu", "1.0.post1"},
        {"==1.0+cpu", "1.0+CPU", "1.0"},
        {"==1.0+cpu", "1.0+cpu", "1.0+cpu.1"},
        {"!=1.0", "1.0.1", "1.0+cpu"},
        {"!=1.0+cpu", "1.0", "1+cpu"},
        {"==1.*", "1.dev0", "2.dev0"},
        {"==1.0.*", "1", "1.1.dev0"},
        {"!=1.*", "2.dev0", "1.9"},
        {"~=1.4.0", "1.4.9", "1.5.dev0"},
        {"~=1.4", "1.99", "2.dev1"},
        {"~=1.4", "1.4+x", "1.4.dev0"},
        {">1.0", "1.0.1", "1.0.post1"},
        {">1.0", "1.1.dev0", "1.0+cpu"},
        {">1.0a1", "1.0a2.dev0", "1.0a1.post1"},
        {">1.0.post1", "1.0.post2.dev0", "1.0.post1+cpu"},
        {">1.0.dev1", "1.0.dev2", "1.0.dev1+x"},
        {"<1.0", "0.9", "1.0.dev0"},
        {"<1.0", "0.9.post1", "1.0a1"},
        {"<1.0rc1", "1.0b9", "1.0rc1"},
        {"<1.0.post1", "1.0.post0", "1.0.post1.dev0"},
        {"<1.0.post1.dev2", "1.0.post1.dev1", "1.0.post1.dev2"},
        {"<=1.0", "1.0+cpu", "1.0.post0.dev0"},
        {">=1.0", "1.0+cpu", "1.0rc1"},
        {"===1.0RC1", "1.0rc1", "1.0.rc1"},
        {"=== wat", "WAT", "what"},
        {" >= 1 ,, <2 , ", "1.5", "2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(contains(cases[i].specifier, cases[i].held));
        CHECK(cases[i].not_held == NULL || !contains(cases[i].specifier, cases[i].not_held));
    }
    CHECK(contains("", "wat") && !contains(">=0", "wat"));
    bool holds;
    CHECK(th_specifier_contains(slice_of(">=0"), slice_of("1a1"), false, &holds) == TH_OK);
    CHECK(!holds);
}

static void what_is_no_clause_is_refused(void) {
    static const char *const refused[] = {
        "1.0", "=1.0",    "~1",      "!1.0",    ">=",   ">=1.0.*", "==1.0a1.*", "==1.0+x.*",
        "~=1", ">=1.0+x", "~=1.0+x", "==1.*.1", "=>1",  ">=1 2",   "===a b",    "===a)",
        "===", "=== ",    "===,==1", "==1,2",   ">=1;", "==v",     "!",         "~"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(th_specifier_check(slice_of(refused[i])) == TH_INVALID);
    CHECK(th_specifier_check(slice_of("===x,==\n1.0")) == TH_OK);
}

static void a_set_is_written_without_spaces(void) {
    th_buffer out;
    th_status status;
    WITH_FAILING_ALLOCATION(status, {
        th_buffer_start(&out);
        status = th_specifier_write(
            slice_of(" >= 1.0 , == v2.* ,, === A.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z,"
                     "===111111111111111111111111111111111111111111111111111111111111111111111111,"
                     "===222222222222222222222222222222222222222222222222222222222222222222222222"),
            &out);
        if (status == TH_OK)
            CHECK(memcmp(out.bytes, ">=1.0,==v2.*,===A.b.", 20) == 0 && out.length > TH_BUFFER_OWN);
        th_buffer_free(&out);
    });
}

static void a_clause_names_a_prerelease(void) {
    static const struct {
        const char *specifier;
        bool names;
    } cases[] = {{">=1a1", true},  {">=1,<2.dev0", true}, {"!=1a1", false},
                 {"==1.*", false}, {"===1a1", true},      {"===wat", false},
                 {"", false},      {">=1.post1", false},  {"!=1a1,==1b1", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool names;
        CHECK(th_specifier_names_prerelease(slice_of(cases[i].specifier), &names) == TH_OK);
        CHECK(names == cases[i].names);
    }
}

static void add(th_version_list *list, const char *text) {
    th_version version;
    CHECK(th_version_parse(slice_of(text), &version) == TH_OK);
    CHECK(th_version_list_add(list, &version, slice_of(text)) == TH_OK);
}

static const char *const listed[] = {"1.0", "2.0",   "1.0.0", "2.0rc1", "0.1",   "1.0+cpu",
                                     "3.0", "1!0.1", "2.1",   "0.2",    "1.0.1", "2"};

static void a_list_is_sorted_and_equal_versions_count_once(void) {
    th_version_list list = {0};
    CHECK(th_version_list_sort(&list) == TH_OK && th_version_list_is_sorted(&list));
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        add(&list, listed[i]);
    CHECK(!th_version_list_is_sorted(&list));
    CHECK(th_version_list_sort(&list) == TH_OK && th_version_list_is_sorted(&list));
    static const char *const expected[] = {"1!0.1", "3.0",     "2.1", "2.0", "2.0rc1",
                                           "1.0.1", "1.0+cpu", "1.0", "0.2", "0.1"};
    CHECK(list.entries.count == 10);
    for (size_t i = 0; i < 10; i++)
        CHECK(th_slice_equals(list.entries.items[i].text, expected[i]));
    unsigned char bits[2];
    th_version_list_prereleases(&list, bits);
    CHECK(bits[0] == 1 << 4 && bits[1] == 0);
    th_version_list_free(&list);
}

static void matching_a_list_is_asking_for_each_version(void) {
    static const char *const specifiers[] = {
        "",       ">=1,<2",  "==1.0", "!=1.0", "!=2.*,!=0.2", "===2.0", "===2.0,>=3",
        ">2,<=1", "~=1.0.0", ">0.1",  "<0.1",  ">=1!0",       "==2.*",  "!=1.0+cpu"};
    th_version_list list = {0};
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        add(&list, listed[i]);
    CHECK(th_version_list_sort(&list) == TH_OK);
    for (size_t i = 0; i < sizeof specifiers / sizeof *specifiers; i++) {
        unsigned char bits[2];
        CHECK(th_version_list_match(&list, slice_of(specifiers[i]), bits) == TH_OK);
        for (size_t j = 0; j < 16; j++) {
            bool held = bits[j / 8] >> j % 8 & 1, expected = false;
            if (j < list.entries.count)
                CHECK(th_specifier_contains(slice_of(specifiers[i]), list.entries.items[j].text,
                                            true, &expected) == TH_OK);
            CHECK(held == expected);
        }
    }
    unsigned char bits[2];
    CHECK(th_version_list_match(&list, slice_of(">=1,wat"), bits) == TH_INVALID);
    th_version_list_free(&list);
}

static void running_out_of_memory_is_a_status(void) {
    const char *long_version = "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20";
    const char *long_set = ">=1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20,<2";
    th_status status;
    bool holds;
    WITH_FAILING_ALLOCATION(status, status = th_specifier_contains(
                                        slice_of(long_set), slice_of(long_version), true, &holds));
    CHECK(holds);
    WITH_FAILING_ALLOCATION(status, {
        th_version_list list = {0};
        th_version version;
        unsigned char bits[1];
        status = th_version_parse(slice_of("1"), &version);
        if (status == TH_OK)
            status = th_version_list_add(&list, &version, slice_of("1"));
        (void)th_version_parse(slice_of(long_version), &version);
        if (status == TH_OK)
            status = th_version_list_add(&list, &version, slice_of(long_version));
        if (status == TH_OK)
            status = th_version_list_sort(&list);
        if (status == TH_OK)
            status = th_version_list_match(&list, slice_of(long_set), bits);
        CHECK(status != TH_OK || bits[0] == 1);
        th_version_list_free(&list);
    });
}

int main(void) {
    clauses_hold_what_pep_440_says();
    what_is_no_clause_is_refused();
    a_set_is_written_without_spaces();
    a_clause_names_a_prerelease();
    a_list_is_sorted_and_equal_versions_count_once();
    matching_a_list_is_asking_for_each_version();
    running_out_of_memory_is_a_status();
    return 0;
}
