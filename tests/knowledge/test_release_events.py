"""What counts as something that happened to a package."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.knowledge.release_events import FileState, compare_first, compare_pages

PLAIN = FileState("sha256:aa", None, ">=3.8")


def happened(old, new):
    events = compare_pages(old, new, package="flask", index_url="https://pypi.example/simple")
    assert {(event.package, event.subject) for event in events} <= {
        ("flask", "https://pypi.example/simple")
    }
    return [(event.kind, event.version, event.detail) for event in events]


def page(**releases):
    return {name.replace("_", "."): files for name, files in releases.items()}


def one(hashes="sha256:aa", yanked=None, requires_python=">=3.8"):
    return {"f": FileState(hashes, yanked, requires_python)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (one(), one(), []),
        (None, one(), [("released", "1", "")]),
        (None, one(yanked="bad"), []),
        (one(), None, [("vanished", "1", "the index lists it no more")]),
        (one(), one(yanked="broken"), [("yanked", "1", "broken")]),
        (one(), one(yanked=""), [("yanked", "1", "")]),
        (one(yanked="a"), one(yanked="b"), []),
        (one(yanked="a"), one(), [("unyanked", "1", "")]),
        (one(), {**one(), "g": FileState("sha256:bb", "bad", None)}, []),
        (
            one(),
            {**one(yanked="x"), "g": FileState("sha256:bb", None, None)},
            [("released", "1", "files came later")],
        ),
        (one(), one("sha256:bb"), [("hash-changed", "1", "f")]),
        (one(), one("md5:bb"), []),
        (one("md5:aa sha256:aa"), one("sha256:bb"), [("hash-changed", "1", "f")]),
        (one(), one(""), []),
        (
            one(),
            one(requires_python=None),
            [("requires-python-changed", "1", ">=3.8 became any")],
        ),
        (
            one(),
            one("sha256:bb", "x", ">=3.9"),
            [
                ("yanked", "1", "x"),
                ("hash-changed", "1", "f"),
                ("requires-python-changed", "1", ">=3.8 became >=3.9"),
            ],
        ),
        ({}, {}, []),
        (one(), {}, []),
    ],
)
def test_each_change_is_one_event(old, new, expected):
    old = {} if old is None else {"1": old}
    new = {} if new is None else {"1": new}
    assert happened(old, new) == expected


FILES = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.builds(
        FileState,
        st.sampled_from(["", "sha256:1", "sha256:2", "md5:1 sha256:1"]),
        st.sampled_from([None, "", "why"]),
        st.sampled_from([None, ">=3"]),
    ),
)
PAGES = st.dictionaries(st.sampled_from(["1", "2", "3"]), FILES)


@given(PAGES, PAGES)
def test_nothing_happens_without_a_difference_and_what_comes_goes_back(old, new):
    assert happened(old, old) == []
    there, back = happened(old, new), happened(new, old)
    opposite = {"yanked": "unyanked", "unyanked": "yanked"}
    turned = {(opposite[kind], version) for kind, version, _ in there if kind in opposite}
    assert turned == {(kind, version) for kind, version, _ in back if kind in opposite}
    listed = {version for kind, version, _ in there if kind == "vanished"}
    assert listed == old.keys() - new.keys()


def first(locked, **releases):
    events = compare_first(page(**releases), set(locked), 1000, package="p", index_url="u")
    return [(event.kind, event.version, event.detail) for event in events]


def at(moment, yanked=None):
    return {"f": FileState("sha256:aa", yanked, None, moment)}


def test_at_the_first_look_what_came_since_the_advice_is_news():
    assert first(["1.0"], **{"1.0": at(10), "1.1": at(1000), "0.9": at(2000), "1.2": at(999)}) == [
        ("released", "0.9", ""),
        ("released", "1.1", ""),
    ]
    assert first(["1.0"], **{"1.0": {**at(10), "wheel": FileState("", None, None, 1001)}}) == [
        ("released", "1.0", "")
    ]
    assert first([], **{"1.0": at(10)}) == []


def test_at_the_first_look_a_locked_release_that_is_yanked_is_news():
    assert first(["1.0"], **{"1.0": at(10, "broken"), "1.1": at(2000, "")}) == [
        ("yanked", "1.0", "broken")
    ]


def test_where_an_index_gives_no_times_what_is_newer_than_all_that_is_locked_is_news():
    releases = {version: at(None) for version in ("1.0", "1.9", "1.10", "2.0", "odd")}
    assert first(["1.9", "1.10"], **releases) == [("released", "2.0", "")]
    assert first(["2.0"], **releases) == []
    assert first([], **releases) == []
