/* Requirements, markers and filenames. */
#include "filename.h"
#include "requirement.h"
#include "specifier.h"
#include "texts.h"

static const th_slice set_names[] = {{"some-name", 9}, {"test", 4}};

static th_marker_environment environment(void) {
    th_marker_environment result = {.extras = {set_names, 2, true}};
    for (int i = 0; i < TH_TEXT_VARIABLES; i++)
        result.values[i] = (th_slice){"", 0};
    result.values[TH_PYTHON_VERSION] = slice_of("3.11");
    result.values[TH_PYTHON_FULL_VERSION] = slice_of("3.11.7");
    result.values[TH_PLATFORM_RELEASE] = slice_of("5.15.0-generic");
    result.values[TH_SYS_PLATFORM] = slice_of("linux");
    result.values[TH_OS_NAME] = slice_of("posix");
    return result;
}

/* Returns the value with the extra `test`, or -1: refused. */
static int evaluate(const char *marker) {
    th_marker_environment here = environment();
    th_cursor cursor = th_cursor_over(slice_of(marker));
    th_fault fault;
    unsigned holds;
    th_status status = th_marker_read(&cursor, &here, slice_of("test"), &holds, &fault);
    CHECK(status != TH_NO_MEMORY);
    return status != TH_OK || !th_cursor_done(&cursor) ? -1 : (int)holds;
}

static void markers_are_evaluated(void) {
    static const struct {
        const char *marker;
        int holds;
    } cases[] = {
        {"python_version >= '3.8'", 3},
        {"'3.8' <= python_version", 3},
        {"python_version < '3.9'", 0},
        {"python_full_version == '3.11.*'", 3},
        {"python_version in '3.10 3.11'", 3},
        {"python_version not\t in '3.10 3.12'", 3},
        {"platform_release >= '5'", 0},
        {"platform_release == '5.15.0-generic'", 3},
        {"os.name == 'posix' and sys.platform != 'win32'", 3},
        {"extra == 'Test'", 2},
        {"extra != 'test'", 1},
        {"extra == 'test' or python_version > '3'", 3},
        {"'TEST' == extra", 2},
        {"'Some.Name' in extras", 3},
        {"'x' not in extras", 3},
        {"'x' == extras", 0},
        {"'x' != extras", 3},
        {"os_name == 'a' and os_name == 'a' or os_name == 'posix'", 3},
        {"os_name == 'posix' or os_name == 'a' and os_name == 'a'", 3},
        {"(os_name == 'posix' or os_name == 'a') and os_name == 'a'", 0},
        {" ( ( os_name=='posix' ) ) ", 3},
        {"os_name < 'z'", 0},
        {"os_name <= 'posix'", 3},
        {"python_version < '=3.11'", 3}, /* joined: <=3.11 */
        {"'posix' == 'os_name'", 3},     /* the right side names a variable, even in quotes */
        {"python_version === '3.11'", 3},
        {"python_version ~= '3'", -1},
        {"os_name ~= '3.0'", -1},
        {"os_name === 'posix'", -1},
        {"extras == 'x'", -1},
        {"'x' in dependency_groups", -1},
        {"'3' == '3'", -1},
        {"python_version", -1},
        {"python_version >= ", -1},
        {"python_version 3", -1},
        {"python_version not '3'", -1},
        {"python_version notin '3'", -1},
        {"python_versions > '3'", -1},
        {"os_name == 'a", -1},
        {"os_name == 'a\\n'", -1},
        {"os_name == 'a\nb'", -1},
        {"(os_name == 'a'", -1},
        {"os_name == 'a')", -1},
        {"os_name == 'a' And os_name == 'a'", -1},
        {"os_name == 'a' and", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(evaluate(cases[i].marker) == cases[i].holds);
}

static void nesting_is_bounded(void) {
    static char text[2 * TH_MARKER_DEPTH_LIMIT + 64];
    for (int depth = TH_MARKER_DEPTH_LIMIT; depth <= TH_MARKER_DEPTH_LIMIT + 1; depth++) {
        text[0] = '\0';
        for (int i = 0; i < depth; i++)
            strcat(text, "(");
        strcat(text, "os_name == 'posix'");
        for (int i = 0; i < depth; i++)
            strcat(text, ")");
        CHECK(evaluate(text) == (depth > TH_MARKER_DEPTH_LIMIT ? -1 : 3));
    }
}

static th_status read(const char *text, th_requirement *requirement, unsigned *holds) {
    th_marker_environment here = environment();
    th_fault fault = {NULL, NULL};
    th_slice slice = slice_of(text);
    th_status status =
        th_requirement_read(slice, &here, slice_of("test"), requirement, holds, &fault);
    CHECK(status != TH_INVALID || (fault.problem != NULL && fault.at >= slice.start &&
                                   fault.at <= slice.start + slice.length));
    return status;
}

static void requirements_are_read(void) {
    th_requirement r;
    unsigned holds;
    CHECK(read(" Foo_Bar [ b , A_c ] ( >= 1.0 , < 2 ) ; extra == 'test' ", &r, &holds) == TH_OK);
    CHECK(th_slice_equals(r.name, "Foo_Bar") && th_slice_equals(r.specifier, ">= 1.0 , < 2"));
    CHECK(th_slice_equals(r.marker, "extra == 'test'") && holds == 2 && r.url.length == 0);
    th_slice name;
    CHECK(th_extras_next(&r.extras, &name) && th_slice_equals(name, "b"));
    CHECK(th_extras_next(&r.extras, &name) && th_slice_equals(name, "A_c"));
    CHECK(!th_extras_next(&r.extras, &name));
    CHECK(read("a @ file:///x;y ; os_name == 'posix'", &r, &holds) == TH_OK && holds == 3);
    CHECK(th_slice_equals(r.url, "file:///x;y") && r.specifier.length == 0);
    CHECK(read("a===1,<2", &r, &holds) == TH_OK && th_slice_equals(r.specifier, "===1,<2"));
    CHECK(read("a>=1,", &r, &holds) == TH_OK && r.marker.length == 0 && holds == 3);
    static const char *const refused[] = {"",           " ",
                                          "-a",         "a-",
                                          "a b",        "a[",
                                          "a[b",        "a[b,]",
                                          "a[,b]",      "a[b c]",
                                          "a(>=1",      "a>=1)",
                                          "a>=1,,<2",   "a ,",
                                          "a>=1.*",     "a~=1",
                                          "a @",        "a @ x y",
                                          "a;",         "a; os_name",
                                          "a===x,y",    "a>=1;os_name=='a' x",
                                          "a==1.0+x+y", "\u00e9",
                                          "a\u00e9",    "a @ x;os_name=='posix' z"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(read(refused[i], &r, &holds) == TH_INVALID);
}

static void running_out_of_memory_is_a_status(void) {
    static const char *const texts[] = {
        "a; python_full_version >= '3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
        ".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1'",
        "a; 'Some_Name-some-name-some-name-some-name-some-name-some-name-some-name-some-name-some"
        "-name' in extras",
        "a; extra == 'Some_Name-some-name-some-name-some-name-some-name-some-name-some-name-some"
        "-name'"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        th_status status;
        th_requirement requirement;
        unsigned holds;
        WITH_FAILING_ALLOCATION(status, status = read(texts[i], &requirement, &holds));
    }
}

static void filenames_are_read(void) {
    th_wheel_filename wheel;
    CHECK(th_wheel_filename_read(slice_of("Foo_b-1.0-1b-py2.py3-none-any.whl"), &wheel) == TH_OK);
    CHECK(th_slice_equals(wheel.name, "Foo_b") && th_slice_equals(wheel.build_number, "1"));
    CHECK(th_slice_equals(wheel.build_suffix, "b") &&
          th_slice_equals(wheel.tags, "py2.py3-none-any"));
    static const char *const refused[] = {"a-1-py3-none-any.zip",
                                          "a-1-none-any.whl",
                                          "a-x-py3-none-any.whl",
                                          "-1-py3-none-any.whl",
                                          "a-1-b-py3-none-any.whl",
                                          "a-1-1-2-py3-none-any.whl",
                                          "a__b-1-py3-none-any.whl",
                                          "a-1-3-none-any.whl",
                                          "a-1-py3.-none-any.whl",
                                          "a-1-py3-none-.whl",
                                          "a-1-py3--any.whl",
                                          "a-1-.py3-none-any.whl",
                                          "a\u00e9-1-py3-none-any.whl",
                                          ".whl",
                                          "",
                                          "a b-1-py3-none-any.whl",
                                          "a-1-1\nx-py3-none-any.whl"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(th_wheel_filename_read(slice_of(refused[i]), &wheel) == TH_INVALID);
    char many[256] = "a-1-a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a-";
    strcat(many, "b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b-c.c.c.c.c.c.c.c.c.c.c.c.c.c.c.c.whl");
    CHECK(th_wheel_filename_read(slice_of(many), &wheel) == TH_OK); /* 16 * 16 * 16 is the limit */
    many[strlen(many) - 4] = '\0';
    strcat(many, ".c.whl");
    CHECK(th_wheel_filename_read(slice_of(many), &wheel) == TH_INVALID);

    th_version version;
    th_slice project = slice_of("python-dateutil");
    CHECK(th_sdist_filename_read(slice_of("Python_dateutil-1.0-1.zip"), project, &version) ==
          TH_OK);
    CHECK(th_slice_equals(version.post_number, "1"));
    CHECK(th_sdist_filename_read(slice_of("python-dateutil-1.tar.gz"), project, &version) == TH_OK);
    static const char *const no_sdists[] = {"python-1.tar.gz",
                                            "python-dateutil-1.tar.bz2",
                                            "python-dateutil-x.zip",
                                            "python-dateutil.zip",
                                            ".zip",
                                            "python-dateutil2-1.zip",
                                            ""};
    for (size_t i = 0; i < sizeof no_sdists / sizeof *no_sdists; i++)
        CHECK(th_sdist_filename_read(slice_of(no_sdists[i]), project, &version) == TH_INVALID);
}

int main(void) {
    markers_are_evaluated();
    nesting_is_bounded();
    requirements_are_read();
    running_out_of_memory_is_a_status();
    filenames_are_read();
    return 0;
}
