"""What both implementations refuse because it is too much, and how they say what is wrong."""

from __future__ import annotations

import threading

import pytest
from standards.pep_strategies import ENVIRONMENT

from advisor_core.standards.limits import (
    FILENAME_LENGTH_LIMIT,
    MARKER_DEPTH_LIMIT,
    TAG_LIMIT,
    TEXT_LENGTH_LIMIT,
)

DIGITS_LIMIT = 4300


def test_longest_text_is_read_and_a_longer_one_refused(standards, environment):
    blanks = " " * (TEXT_LENGTH_LIMIT - 3)
    assert standards.normalize_version(f"1.0{blanks}") == "1.0"
    assert standards.parse_requirement_parts(f"a>1{blanks}")[2] == ">1"
    assert standards.specifier_contains(f">=1{blanks}", "2")
    long = f"1.0{blanks} "
    for refuse in (
        standards.normalize_version,
        standards.VersionList(["1"]).match,
        standards.specifier_names_prerelease,
        standards.parse_requirement_parts,
        lambda text: standards.evaluate_marker(text, environment),
        lambda text: standards.active_requirements([text], environment, ""),
        lambda text: standards.specifier_contains("", text),
    ):
        with pytest.raises(ValueError, match=f"longer than {TEXT_LENGTH_LIMIT} bytes"):
            refuse(long)
    assert standards.VersionList([long]).invalid == (long,)


def test_length_is_counted_in_bytes(standards):
    assert standards.normalize_version("1" + "\u3000" * 21845) == "1"
    with pytest.raises(ValueError, match="longer than"):
        standards.normalize_version("1" + "\u3000" * 21846)


def test_number_has_at_most_as_many_digits_as_python_converts(standards):
    longest = "9" * DIGITS_LIMIT
    assert standards.normalize_version(f"1.{longest}") == f"1.{longest}"
    assert standards.specifier_contains(f"==1.{longest}.*", f"1.{longest}.1")
    assert not standards.specifier_contains(f"==1.{longest}.*", f"1.1{'0' * 4299}")
    assert standards.specifier_contains(f"~=1.{longest}.0", f"1.{longest}.7")
    for text in (f"{longest}0", f"1.0rc{longest}0", f"1+{longest}0", f"0{longest}!1"):
        with pytest.raises(ValueError, match="not a PEP 440 version"):
            standards.normalize_version(text)
        with pytest.raises(ValueError, match="not a PEP 440 specifier"):
            standards.specifier_contains(f"=={text}", "1")
        with pytest.raises(ValueError, match="not a usable PEP 508 requirement"):
            standards.parse_requirement_parts(f"a=={text}")
        with pytest.raises(ValueError, match="not a PEP 440 version"):
            standards.specifier_contains("===x", text)
        assert standards.VersionList([text]).invalid == (text,)


def test_number_of_too_many_digits_in_a_marker_counts_only_for_a_version(standards, environment):
    number = "9" * (DIGITS_LIMIT + 1)
    with pytest.raises(ValueError, match="not defined"):
        standards.evaluate_marker(f"python_version < '{number}'", environment)
    assert not standards.evaluate_marker(f"platform_release < '{number}'", environment)


def test_deepest_marker_is_read_and_a_deeper_one_refused(standards, environment):
    def nested(depth):
        return "(" * depth + "os_name == 'posix'" + ")" * depth

    assert standards.evaluate_marker(nested(MARKER_DEPTH_LIMIT), environment)
    for depth in (MARKER_DEPTH_LIMIT + 1, 5000):
        with pytest.raises(ValueError, match=r"nested|not a usable"):
            standards.evaluate_marker(nested(depth), environment)
        with pytest.raises(ValueError, match=r"nested|not a usable"):
            standards.parse_requirement_parts(f"a; {nested(depth)}")
    flat = " or ".join(["(os_name == '((((')"] * 200)
    assert not standards.evaluate_marker(flat, environment)


def test_filename_stands_for_at_most_so_many_tags(standards):
    sixteen = ".".join(["a"] * 16)
    assert TAG_LIMIT == 16**3
    assert standards.parse_wheel_filename(f"a-1-{sixteen}-{sixteen}-{sixteen}.whl")
    with pytest.raises(ValueError, match="not a wheel filename"):
        standards.parse_wheel_filename(f"a-1-{sixteen}-{sixteen}-{sixteen}.a.whl")


def test_filename_has_a_length_limit(standards):
    def wheel(length):
        return "a" * (length - len("-1-py3-none-any.whl")) + "-1-py3-none-any.whl"

    def sdist(length):
        return "a-1" + "0" * (length - len("a-1.zip")) + ".zip"

    assert standards.parse_wheel_filename(wheel(FILENAME_LENGTH_LIMIT))[1] == "1"
    with pytest.raises(ValueError, match="not a wheel filename"):
        standards.parse_wheel_filename(wheel(FILENAME_LENGTH_LIMIT + 1))
    assert standards.parse_sdist_filename(sdist(FILENAME_LENGTH_LIMIT), "a")
    assert standards.parse_sdist_filename(sdist(FILENAME_LENGTH_LIMIT + 1), "a") is None


def test_text_without_utf8_is_refused(standards, environment):
    lone = "a\udc80"
    for refuse in (
        standards.normalize_version,
        standards.normalize_name,
        standards.parse_requirement_parts,
        standards.parse_wheel_filename,
        lambda text: standards.evaluate_marker(text, environment),
    ):
        with pytest.raises(ValueError, match=r"surrogates|not a wheel filename"):
            refuse(lone)
    assert standards.parse_sdist_filename(f"{lone}-1.zip", "a") is None
    assert standards.VersionList([lone]).invalid == (lone,)


def test_what_is_outside_ascii_is_refused_where_it_could_not_be_compared(standards, environment):
    with pytest.raises(ValueError, match="ASCII"):
        standards.specifier_contains("===\xc9", "\xe9")
    with pytest.raises(ValueError, match="ASCII"):
        standards.evaluate_marker("extra == 'x'", environment, "\xe9")
    with pytest.raises(ValueError, match="ASCII"):
        standards.active_requirements(["a"], environment, "\xe9")
    with pytest.raises(ValueError, match="ASCII"):
        standards.MarkerEnvironment({**ENVIRONMENT, "platform_version": "\xe9"})
    with pytest.raises(ValueError, match="ASCII"):
        standards.MarkerEnvironment(ENVIRONMENT, extras=["\xe9"])


@pytest.mark.parametrize("marker", [r"os_name == 'a\n'", r"os_name == '\x61'", r"'\\' in os_name"])
def test_backslash_in_a_marker_is_refused(standards, environment, marker):
    with pytest.raises(ValueError, match="backslash"):
        standards.evaluate_marker(marker, environment)
    with pytest.raises(ValueError, match="backslash"):
        standards.parse_requirement_parts(f"a; {marker}")


@pytest.mark.parametrize("wrong", [{"os_name": None}, {"extra": ""}, {"unknown": "x"}])
def test_environment_has_exactly_the_variables(standards, wrong):
    markers = {**ENVIRONMENT, **wrong}
    markers = {name: value for name, value in markers.items() if value is not None}
    message = f"missing or unknown marker variables: .*{next(iter(wrong))}"
    with pytest.raises(ValueError, match=message):
        standards.MarkerEnvironment(markers)


def test_version_of_an_untagged_python_is_a_version(standards):
    environment = standards.MarkerEnvironment({**ENVIRONMENT, "python_full_version": "3.13.0a1+"})
    assert standards.evaluate_marker("python_full_version >= '3.13.0a1'", environment)
    assert standards.evaluate_marker("python_full_version == '3.13.0a1+local'", environment)


def test_sets_of_a_lockfile_are_compared_as_names(standards):
    environment = standards.MarkerEnvironment(
        ENVIRONMENT, extras=["Some.Name"], dependency_groups=iter([])
    )
    for marker, holds in {
        "'some_name' in extras": True,
        "'other' in extras": False,
        "'other' not in extras": True,
        "'some-name' in dependency_groups": False,
        "'some-name' == extras": False,
        "'some-name' != extras": True,
        "'some-name' < extras": False,
    }.items():
        assert standards.evaluate_marker(marker, environment) is holds, marker
    with pytest.raises(ValueError, match="not defined"):
        standards.evaluate_marker("extras in 'some-name'", environment)
    with pytest.raises(ValueError, match="not defined"):
        standards.evaluate_marker("'some-name' ~= extras", environment)


@pytest.mark.parametrize(
    ("text", "position"),
    [("", 0), ("foo bar", 4), ("\xe9", 0), ("a; os_name == 'x' y", 18), ("a[b c]", 4)],
)
def test_message_has_the_position_and_the_text(standards, text, position):
    with pytest.raises(ValueError, match="requirement") as caught:
        standards.parse_requirement_parts(text)
    assert f"at position {position}: {text!r}" in str(caught.value)


def test_message_about_a_line_names_it_and_is_short(standards, environment):
    with pytest.raises(ValueError, match="b; os_name ~= 'x'"):
        standards.active_requirements(["a", "b; os_name ~= 'x'"], environment, "")
    with pytest.raises(ValueError, match="requirement") as caught:
        standards.parse_requirement_parts("a " * 30000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "versions",
    [["1.0", "2.0"], ["1.0", "1"], ["1.0", "1.0"], ["1.00"], ["x"], ["2.0", "v1.0"], [" 1.0"]],
)
def test_from_sorted_takes_only_what_versions_said(standards, versions):
    with pytest.raises(ValueError, match="not normalized and strictly descending"):
        standards.VersionList.from_sorted(versions)


def test_from_sorted_is_the_same_list(standards):
    first = standards.VersionList(["1.0", "2.0rc1", "1.5", "wat"])
    again = standards.VersionList.from_sorted(first.versions)
    assert (again.versions, again.invalid) == (first.versions, ())
    assert (len(again), again.prereleases) == (3, first.prereleases)
    assert again.match("<2") == first.match("<2") == b"\x06"


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 500])
def test_bitset_has_no_bits_past_the_end(standards, count):
    versions = standards.VersionList([f"1.{i}" for i in range(count)])
    everything = (2**count - 1).to_bytes((count + 7) // 8, "little")
    assert versions.match("") == versions.match(">=1") == everything
    assert versions.match("<1") == versions.match("===x") == bytes(len(everything))
    assert len(versions.match("!=1.3")) == len(everything)


def test_what_is_no_str_is_a_type_error(standards, environment):
    for refuse in (
        standards.normalize_version,
        standards.normalize_name,
        standards.parse_requirement_parts,
        standards.parse_wheel_filename,
        lambda value: standards.VersionList([value]),
        lambda value: standards.active_requirements([value], environment, ""),
        lambda value: standards.active_requirements([], environment, value),
        lambda value: standards.compare_versions("1", value),
    ):
        with pytest.raises((TypeError, AttributeError)):
            refuse(7)


def test_one_list_serves_many_threads(standards):
    versions = standards.VersionList([f"{i}.{j}" for i in range(20) for j in range(20)])
    expected = versions.match(">=3,<17,!=5.*")
    wrong = []

    def ask():
        wrong.extend(1 for _ in range(50) if versions.match(">=3,<17,!=5.*") != expected)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not wrong
