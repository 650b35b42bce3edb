from __future__ import annotations

import pytest

from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.packages import PackageAdvisories
from advisor_core.advisories.records import AdvisoryRecord
from advisor_core.advisories.severity import at_least, read_severity


def record(identifier, *aliases, fixed="2", **fields):
    advisory = Advisory(identifier, "flask", aliases=aliases, **fields)
    return AdvisoryRecord(advisory, ranges=((("introduced", "0"), ("fixed", fixed)),))


def test_aliases_make_one_advisory_that_concerns_what_any_record_does():
    package = PackageAdvisories(
        [
            record("GHSA-1", "CVE-1", fixed="3", severity="high", summary="told by GitHub"),
            record("PYSEC-1", "CVE-1", severity="medium", published_at=5, link="https://a.example"),
        ]
    )
    (found,), none = package.affecting(["2.5", "3"])
    assert found == Advisory(
        "PYSEC-1",
        "flask",
        aliases=("CVE-1", "GHSA-1"),
        summary="told by GitHub",
        severity="high",
        published_at=5,
        link="https://a.example",
    )
    assert none == []


def test_aliases_are_symmetric_and_transitive():
    records = [
        record("PYSEC-1", "CVE-1"),
        record("GHSA-2", "CVE-2"),
        record("X-1", "CVE-1", "CVE-2"),
    ]
    for order in (records, records[::-1], [records[2], records[0], records[1]]):
        (advisory,) = PackageAdvisories(order).advisories
        assert advisory.id == "PYSEC-1"
        assert advisory.aliases == ("CVE-1", "CVE-2", "GHSA-2", "X-1")


def test_different_vulnerabilities_stay_apart():
    package = PackageAdvisories([record("PYSEC-2", "CVE-2"), record("PYSEC-1", "CVE-1")])
    assert [each.id for each in package.affecting(["1"])[0]] == ["PYSEC-1", "PYSEC-2"]


def test_a_withdrawn_record_concerns_nothing_and_links_nothing():
    package = PackageAdvisories(
        [
            record("GHSA-1", "CVE-1", "CVE-2", withdrawn=True, fixed="9"),
            record("PYSEC-1", "CVE-1"),
            record("PYSEC-2", "CVE-2"),
        ]
    )
    assert [each.id for each in package.advisories] == ["PYSEC-1", "PYSEC-2"]
    assert package.affecting(["5"]) == [[]]


@pytest.mark.parametrize(
    ("vectors", "label", "severity"),
    [
        ([], None, "unknown"),
        (["AV:N/AC:L/Au:N/C:C/I:C/A:C"], None, "high"),
        (["AV:N/AC:L/Au:N/C:N/I:N/A:P"], None, "medium"),
        (["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"], None, "critical"),
        (["CVSS:3.0/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H"], None, "medium"),
        (["CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"], None, "low"),
        (["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"], "HIGH", "low"),
        (
            ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"],
            None,
            "critical",
        ),
        (
            [
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
                "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
            ],
            None,
            "low",
        ),
        ([], "MODERATE", "medium"),
        (["CVSS:3.1/AV:N", "nonsense", "A" * 10_000], "CRITICAL", "critical"),
        (["CVSS:9.9/AV:N"], ["HIGH"], "unknown"),
    ],
)
def test_severity_is_that_of_the_newest_vector_else_the_word_of_the_source(
    vectors, label, severity
):
    assert read_severity("PYSEC-1", vectors, label) == severity


def test_a_malicious_package_is_critical_without_a_vector():
    assert read_severity("MAL-2024-1", [], None) == "critical"


def test_an_unknown_severity_reaches_a_threshold_unless_asked_otherwise():
    assert at_least("high", "high")
    assert not at_least("medium", "high")
    assert at_least("unknown", "critical")
    assert not at_least("unknown", "low", unknown=False)
