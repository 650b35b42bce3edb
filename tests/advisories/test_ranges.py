"""Which versions an advisory concerns, against OSV's own words and `packaging`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.packages import PackageAdvisories
from advisor_core.advisories.ranges import version_key
from advisor_core.advisories.records import AdvisoryRecord

VERSIONS = st.from_regex(r"(1!)?[0-2](\.[0-2]){0,2}((a|rc)1)?(\.post1)?(\.dev1)?", fullmatch=True)


def concerned(versions, *ranges, listed=()):
    record = AdvisoryRecord(
        Advisory("PYSEC-1", "a"),
        ranges=tuple(
            tuple((kind, "*" if version == "*" else version_key(version)) for kind, version in one)
            for one in ranges
        ),
        versions=tuple(version_key(each) for each in listed),
    )
    found = PackageAdvisories([record]).affecting(versions)
    return [version for version, advisories in zip(versions, found, strict=True) if advisories]


def judge(version, ranges):
    """The algorithm of https://ossf.github.io/osv-schema/#evaluation, word for word."""
    version = Version(version)
    for events in ranges:
        limits = [limit for kind, limit in events if kind == "limit"]
        if limits and not any(limit == "*" or version < Version(limit) for limit in limits):
            continue
        vulnerable = False
        ties = ("fixed", "introduced", "last_affected")
        ordered = [event for event in events if event[0] != "limit"]
        for kind, told in sorted(
            ordered,
            key=lambda event: (
                event != ("introduced", "0"),
                Version(event[1]),
                ties.index(event[0]),
            ),
        ):
            if kind == "introduced" and (told == "0" or version >= Version(told)):
                vulnerable = True
            elif (kind == "fixed" and version >= Version(told)) or (
                kind == "last_affected" and version > Version(told)
            ):
                vulnerable = False
        if vulnerable:
            return True
    return False


@given(
    st.lists(VERSIONS, max_size=8),
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), VERSIONS),
            max_size=6,
        ),
        max_size=3,
    ),
)
def test_ranges_hold_what_the_algorithm_of_osv_says(versions, ranges):
    ranges = [
        # `introduced: 0` and its spellings mean "before all"; `fixed: 0` says nothing sensible.
        [(kind, version) for kind, version in events if Version(version) != Version("0")]
        for events in ranges
    ]
    assert concerned(versions, *ranges) == [each for each in versions if judge(each, ranges)]


@given(st.lists(VERSIONS, max_size=8), VERSIONS)
def test_zero_introduces_before_every_version(versions, fixed):
    expected = [each for each in versions if Version(each) < Version(fixed)]
    assert concerned(versions, [("introduced", "0"), ("fixed", fixed)]) == expected


@given(VERSIONS, VERSIONS)
def test_keys_are_equal_exactly_where_versions_are(one, other):
    assert (version_key(one) == version_key(other)) == (Version(one) == Version(other))
    assert Version(version_key(one)) == Version(one)


@pytest.mark.parametrize(
    ("text", "key"),
    [("v1.0", "1"), ("1.0.0rc1", "1rc1"), ("1.10", "1.10"), ("1!2.0", "1!2"), ("0.0", "0")],
)
def test_a_key_is_the_shortest_spelling(text, key):
    assert version_key(text) == key


def test_a_pre_release_of_the_fix_is_still_concerned():
    versions = ["2.2.4", "2.2.5rc1", "2.2.5", "2.2.5.post1"]
    assert concerned(versions, [("introduced", "0"), ("fixed", "2.2.5")]) == ["2.2.4", "2.2.5rc1"]


def test_a_post_release_of_the_last_affected_one_is_not_concerned():
    versions = ["1.0.dev1", "1.0", "1.0.post1", "1.1"]
    found = concerned(versions, [("introduced", "0"), ("last_affected", "1.0")])
    assert found == ["1.0.dev1", "1.0"]


def test_a_local_version_is_judged_as_its_public_one():
    versions = ["2.0+cu118", "2.1+cu118"]
    assert concerned(versions, [("introduced", "0"), ("last_affected", "2.0")]) == ["2.0+cu118"]
    assert concerned(versions, listed=["2.1"]) == ["2.1+cu118"]


def test_a_listed_version_is_concerned_in_every_spelling():
    assert concerned(["1.0", "1.0.0", "1"], listed=["1.0.0.0"]) == ["1.0", "1.0.0", "1"]


def test_what_is_no_version_is_not_concerned_and_keeps_its_place():
    assert concerned(["banana", "1.0"], [("introduced", "0")]) == ["1.0"]


def test_nothing_before_the_limit_star_is_cut():
    events = [("introduced", "0"), ("limit", "*")]
    assert concerned(["9", "0.1"], events) == ["9", "0.1"]
    assert concerned(["9", "0.1"], [*events[:1], ("limit", "1")]) == ["0.1"]


@pytest.mark.parametrize(
    ("ranges", "listed", "said"),
    [
        ([[("introduced", "0"), ("fixed", "2.2.5")]], [], "<2.2.5"),
        ([[("introduced", "1.0"), ("last_affected", "1.4")]], [], ">=1 and <=1.4"),
        ([[("introduced", "0")]], [], "every release"),
        ([[("introduced", "3")]], ["1.5"], ">=3, or 1.5"),
        (
            [
                [("introduced", "3"), ("fixed", "3.1"), ("introduced", "0"), ("fixed", "2")],
                [("introduced", "3"), ("fixed", "3.1")],
            ],
            [],
            "<2, or >=3 and <3.1",
        ),
        ([[("introduced", "3"), ("limit", "2")]], [], ""),
        (
            [],
            [str(each) for each in range(1, 15)],
            "1, or 2, or 3, or 4, or 5, or 6, or 7, or 8, or 9, or 10, or 11, or 12, or 2 more",
        ),
    ],
)
def test_the_releases_are_told_as_a_person_writes_them(ranges, listed, said):
    record = AdvisoryRecord(
        Advisory("PYSEC-1", "a"),
        ranges=tuple(
            tuple((kind, version_key(version)) for kind, version in one) for one in ranges
        ),
        versions=tuple(version_key(each) for each in listed),
    )
    assert PackageAdvisories([record]).describe("PYSEC-1") == said
