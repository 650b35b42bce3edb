from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.osv import (
    MAXIMUM_DOCUMENT_BYTES,
    UnreadableError,
    read_json,
    read_yaml,
)
from advisor_core.advisories.records import AdvisoryRecord

DOCUMENT = {
    "schema_version": "1.6.0",
    "id": "GHSA-1",
    "modified": "2024-02-01T00:00:00.123Z",
    "published": "2024-01-01T00:00:00Z",
    "aliases": ["CVE-2024-1"],
    "summary": "Flask  leaks\tcookies",
    "details": "A long story",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"}],
    "affected": [
        {
            "package": {"name": "Flask", "ecosystem": "PyPI", "purl": "pkg:pypi/flask"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.2.5"}]},
                {"type": "GIT", "repo": "https://a.example", "events": [{"introduced": "abc"}]},
            ],
            "versions": ["2.2.4", "0.1", "3.0"],
        },
        {"package": {"name": "flask", "ecosystem": "npm"}, "versions": ["1.0"]},
    ],
    "database_specific": {"severity": "LOW"},
}


def read(**changes):
    return read_json(json.dumps({**DOCUMENT, **changes}).encode())


def affected(**changes):
    return read(affected=[{"package": {"name": "flask", "ecosystem": "PyPI"}, **changes}])[0]


def test_a_document_is_read_for_pypi_alone():
    assert read() == (
        AdvisoryRecord(
            Advisory(
                id="GHSA-1",
                package="flask",
                aliases=("CVE-2024-1",),
                summary="Flask leaks cookies",
                severity="high",
                link="https://osv.dev/vulnerability/GHSA-1",
                published_at=1_704_067_200,
                modified_at=1_706_745_600,
            ),
            ranges=((("introduced", "0"), ("fixed", "2.2.5")),),
            versions=("3",),
        ),
    )


def test_yaml_says_the_same_as_json_also_unquoted():
    import yaml

    assert read_yaml(yaml.safe_dump(DOCUMENT).encode()) == read()
    text = b"id: PYSEC-1\nmodified: 2024-01-01T00:00:00Z\naffected:\n- package: {name: a, ecosystem: PyPI}\n"
    text += b"  versions: [1.10, 1.9]\n"
    (record,) = read_yaml(text)
    assert record.versions == ("1.9", "1.10")
    assert record.advisory.modified_at == 1_704_067_200


def test_the_row_form_is_read_and_its_ranges_are_parted_where_one_ends():
    row = [
        "PYSEC-1",
        "Access.Control",
        [["introduced", "4.0"], ["fixed", "4.3"], ["introduced", "5"], ["fixed", "5.2"]],
        ["4.1", "6.0"],
        ["CVE-1"],
        ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"],
        "2024-01-01T00:00:00Z",
        True,
        "A summary",
    ]
    (record,) = read_json(json.dumps(row).encode())
    assert record.advisory.package == "access-control"
    assert record.advisory.withdrawn
    assert record.advisory.severity == "high"
    assert record.ranges == (
        (("introduced", "4"), ("fixed", "4.3")),
        (("introduced", "5"), ("fixed", "5.2")),
    )
    assert record.versions == ("6",)


def test_several_entries_of_one_package_are_one_record():
    entry = {"package": {"name": "a", "ecosystem": "PyPI"}}
    (record,) = read(affected=[{**entry, "versions": ["1"]}, {**entry, "versions": ["2"]}])
    assert record.versions == ("1", "2")


def test_the_severity_of_an_entry_wins_over_that_of_the_document():
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"
    assert affected(severity=[{"type": "CVSS_V3", "score": vector}]).advisory.severity == "critical"


def test_a_range_with_a_version_that_is_none_says_nothing_and_is_counted():
    record = affected(
        ranges=[{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "r42-final"}]}],
        versions=["1.0", "trunk"],
    )
    assert (record.ranges, record.versions, record.unread) == ((), ("1",), 2)


def test_an_empty_or_null_withdrawal_is_none():
    assert not read(withdrawn=None)[0].advisory.withdrawn
    assert read(withdrawn="2024-01-01T00:00:00Z")[0].advisory.withdrawn


def test_a_summary_is_one_bounded_line_without_control_characters():
    (record,) = read(summary="", details="\n\n one\x1b[31m red\r\nsecond " + "x" * 10_000)
    assert record.advisory.summary == "one [31m red"
    assert len(read(summary="y" * 10_000)[0].advisory.summary) == 300


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b'{"id": 5}',
        b'{"id": "../../etc/passwd"}',
        b'{"id": "A", "affected": [{"package": {"name": "a b", "ecosystem": "PyPI"}}]}',
        b'{"id": "A", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": "A", "database_specific": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'["A", "a", [["introduced"]], [], [], [], null, false, ""]',
        b" " * (MAXIMUM_DOCUMENT_BYTES + 1),
    ],
)
def test_hostile_json_is_refused_with_a_reason(text):
    with pytest.raises(UnreadableError):
        read_json(text)


BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + b"id: A\n",
        b"id: &x A\naliases: [*x]\n",
        b"[" * 100_000,
        b"- " * 100_000,
        b"\n".join(b" " * i + b"a:" for i in range(1500)),
        b"id: !!python/object/apply:os.system [true]\naffected: 5\n",
        b"id: [unclosed",
        b"\xff\xfe\x00",
        b"--- a\n--- b\n",
    ],
)
def test_hostile_yaml_is_refused_with_a_reason(text):
    with pytest.raises(UnreadableError):
        read_yaml(text)


def test_an_ampersand_in_a_text_is_no_alias():
    (record,) = read_yaml(
        b"id: A\nsummary: R &D *x\naffected: [{package: {name: a, ecosystem: PyPI}}]\n"
    )
    assert record.advisory.summary == "R &D *x"


def test_counts_are_bounded():
    package = {"package": {"name": "a", "ecosystem": "PyPI"}}
    events = [{"introduced": "1"}] * 6_000
    for entries in (
        [{**package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
        [{**package, "versions": ["1"] * 60_000}],
        [package] * 3_000,
    ):
        with pytest.raises(UnreadableError, match="more than"):
            read(affected=entries)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(DOCUMENT)), inner)
        ),
        max_leaves=8,
    )
)
def test_any_json_is_read_or_refused(value):
    with contextlib.suppress(UnreadableError):
        read_json(json.dumps(value).encode())
