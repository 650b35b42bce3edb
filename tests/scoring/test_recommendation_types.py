"""What docs/scores.md says of each recommendation type, and what each fault costs."""

from __future__ import annotations

import pytest

from advisor_core.scoring.score import explain_release
from advisor_core.scoring.weights import weight_set
from advisor_core.values import replace
from fakes.scored import advisory, make_package, points, release, slower

KINDS = ["latest", "stable", "performance", "security", "testing"]


def prefers_newest(kind, newest, older, **facts):
    """Return whether a type takes the newest of two releases."""
    first, second = points(make_package(newest, older, kind=kind, **facts), kind)
    return first > second


def with_advisory(version, severity, **facts):
    return release(version, advisories=(advisory("PYSEC-1", severity),), **facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("component", "facts", "rest"),
    [
        ("yanked", {"yanked": "broken"}, {}),
        ("prerelease", {"prerelease": True}, {}),
        ("python-headroom", {"requires_python": ">=3.8,<3.12"}, {}),
        ("wheel", {"wheel": False}, {}),
        ("maintenance", {}, {"status": "archived"}),
        ("lock-distance", {}, {"locked": "0"}),
    ],
)
def test_a_fault_costs_the_weight_of_its_component(kind, component, facts, rest):
    (found,) = points(make_package(release("1", **facts), kind=kind, **rest), kind)
    assert found == -weight_set(kind).weights[component]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("percent", "counts"), [(7, 7), (-7, -7), (400, 50), (-400, -50)])
def test_a_measurement_counts_its_percents_up_to_fifty(kind, percent, counts):
    package = make_package(release("1"), kind=kind, observed={"1": slower(-percent)})
    assert points(package, kind) == [counts * weight_set(kind).weights["performance"]]


@pytest.mark.parametrize(("direct", "steps"), [(True, (48, 72)), (False, (24, 36))])
def test_stable_counts_one_release_behind_as_documented(direct, steps):
    for days, cost in zip((0, 91), steps, strict=True):
        old = release("1", days_old=100 + days)
        assert points(make_package(release("2", days_old=100), old, direct=direct)) == [0, -cost]


def test_stable_waits_for_a_young_release_unless_it_fixes_what_matters():
    young = release("2", days_old=3)
    assert not prefers_newest("stable", young, release("1"), direct=True)
    assert prefers_newest("stable", young, with_advisory("1", "medium"), direct=True)
    assert not prefers_newest("stable", young, with_advisory("1", "low"), direct=True)


@pytest.mark.parametrize("kind", ["latest", "testing"])
def test_latest_and_testing_take_a_young_release(kind):
    assert prefers_newest(kind, release("2", days_old=0, wheel=False), release("1"))


@pytest.mark.parametrize(
    ("severity", "direct", "taken"),
    [
        ("critical", True, False),
        ("high", True, True),
        ("high", False, False),
        ("medium", False, True),
    ],
)
def test_latest_leaves_the_newest_only_for_a_severe_vulnerability(severity, direct, taken):
    newest = with_advisory("2", severity, days_old=40)
    assert prefers_newest("latest", newest, release("1", days_old=41), direct=direct) is taken


@pytest.mark.parametrize(("severity", "taken"), [("medium", False), ("low", True)])
def test_testing_counts_vulnerabilities_twice_as_much(severity, taken):
    newest = with_advisory("2", severity, days_old=40)
    assert prefers_newest("testing", newest, release("1", days_old=41), direct=True) is taken


def test_a_pre_release_that_is_wanted_is_nothing_to_testing_alone():
    newest = release("2a1", prerelease=True)
    first, second = points(
        make_package(newest, release("1"), kind="testing", prereleases_wanted=True), "testing"
    )
    assert first == 0 > second
    assert not prefers_newest("stable", newest, release("1"), prereleases_wanted=True)


def test_performance_takes_a_measured_gain_for_one_direct_release():
    newest = release("2", days_old=40)
    old = release("1", days_old=41)
    gain = {"1": slower(-3)}
    assert not prefers_newest("performance", newest, old, direct=True, observed=gain)
    assert prefers_newest("performance", newest, old, direct=True)
    assert prefers_newest("stable", newest, old, direct=True, observed=gain)


def test_security_compares_vulnerabilities_before_anything_else():
    weights = weight_set("security")
    assert weights.levels[0] == "security"
    assert [weights.weights[name] for name in ("freshness", "lock-distance", "observations")] == [
        weight_set("stable").weights[name]
        for name in ("freshness", "lock-distance", "observations")
    ]


def test_every_part_names_its_source_and_links_the_evidence():
    package = make_package(
        release("2"),
        release("1", days_old=2, yanked="x", wheel=False, advisories=(advisory("PYSEC-1", "low"),)),
        locked="2",
        status="archived",
    )
    candidates = replace(package.candidates, index_url="https://pypi.org/simple")
    parts = explain_release(replace(package, candidates=candidates), 1, weight_set("stable"))
    links = {part.name: (part.source, part.link) for part in parts}
    assert links["freshness"] == ("the index", "https://pypi.org/simple/p/")
    assert links["wheel"] == links["cooldown"] == links["freshness"]
    assert links["yanked"][1] == "https://peps.python.org/pep-0592/"
    assert links["maintenance"][1] == "https://peps.python.org/pep-0792/"
    assert links["lock-distance"] == ("the present lockfile", "")
    assert links["vulnerability"][0] == "PYSEC-1"
