"""What holds of every score, whatever the packages are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.scoring.registry import COMPONENTS
from advisor_core.scoring.score import explain_release
from advisor_core.scoring.weights import load_weight_sets, weight_set
from advisor_core.values import replace
from fakes.scored import advisory, make_package, points, release, slower

KINDS = tuple(load_weight_sets())
MEASURED = {"observations", "performance"}

severities = st.sampled_from(["unknown", "low", "medium", "high", "critical"])


@st.composite
def packages(draw, *, kind="stable", measured=True):
    """A package of up to 30 releases with any faults, newest first."""
    ages = sorted(draw(st.lists(st.integers(0, 4000), min_size=1, max_size=30)))
    releases = [
        release(
            f"{len(ages) - place}",
            days_old=draw(st.sampled_from([age, age, age, None])),
            prerelease=draw(st.booleans()),
            yanked=draw(st.sampled_from([None, None, "broken"])),
            wheel=draw(st.sampled_from([True, False, None])),
            requires_python=draw(st.sampled_from([None, ">=3.8", "<3.12", "nonsense"])),
            advisories=tuple(
                advisory(f"PYSEC-{number}", draw(severities))
                for number in draw(st.sets(st.integers(1, 3), max_size=2))
            ),
        )
        for place, age in enumerate(ages)
    ]
    observed = {}
    if measured:
        observed = {
            each.version: slower(draw(st.integers(-200, 200)))
            for each in releases
            if draw(st.booleans())
        }
    return make_package(
        *releases,
        direct=draw(st.booleans()),
        locked=draw(st.sampled_from([None, *(each.version for each in releases)])),
        kind=kind,
        status=draw(st.sampled_from(["active", "archived", "deprecated"])),
        observed=observed,
        prereleases_wanted=draw(st.booleans()),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_ideal_release_scores_nothing(kind):
    package = make_package(release("2"), release("1", days_old=2000), direct=True, kind=kind)
    assert points(package, kind)[0] == 0


@given(packages(measured=False), st.sampled_from(KINDS))
def test_releases_only_lose_points_without_measurements(package, kind):
    assert max(points(package, kind)) <= 0


@given(packages())
def test_only_measured_components_may_give_points(package):
    for component in COMPONENTS:
        if component.name not in MEASURED:
            assert max(component.amounts(package)) <= 0


@given(packages(), st.sampled_from(KINDS))
def test_parts_add_up_to_the_points(package, kind):
    weights = weight_set(kind)
    for place, total in enumerate(points(package, kind)):
        parts = explain_release(package, place, weights)
        assert sum(part.points for part in parts) == total
        assert all(part.source and part.justifications for part in parts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direct", [True, False])
@given(gap=st.integers(0, 10_000))
def test_one_version_behind_costs_at_most_100(kind, direct, gap):
    package = make_package(
        release("2", days_old=30), release("1", days_old=30 + gap), direct=direct, kind=kind
    )
    assert -100 <= points(package, kind)[1] < 0


@pytest.mark.parametrize("kind", KINDS)
@given(
    gaps=st.lists(st.integers(0, 400), min_size=1, max_size=18),
    other_gaps=st.lists(st.integers(0, 400), min_size=18, max_size=18),
)
def test_every_step_costs_more_for_a_direct_requirement(kind, gaps, other_gaps):
    direct = points(_ladder(gaps, direct=True, kind=kind), kind)
    transitive = points(_ladder(other_gaps[: len(gaps)], direct=False, kind=kind), kind)
    for place in range(1, len(direct)):
        assert direct[place - 1] - direct[place] > transitive[place - 1] - transitive[place]


def _ladder(gaps, *, direct, kind):
    age = 30
    releases = [release(str(len(gaps) + 1), days_old=age)]
    for place, gap in enumerate(gaps):
        age += gap
        releases.append(release(str(len(gaps) - place), days_old=age))
    return make_package(*releases, direct=direct, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_one_transitive_release_pays_for_a_change_of_the_lockfile(kind):
    package = make_package(release("2"), release("1"), locked="1", kind=kind)
    newest, locked = points(package, kind)
    assert newest > locked


@pytest.mark.parametrize("direct", [True, False])
def test_cooldown_concerns_every_node(direct):
    package = make_package(release("2", days_old=2), release("1", days_old=40), direct=direct)
    young, old = points(package)
    assert young == -200
    assert old > young


@given(packages())
def test_missing_evidence_counts_nothing(package):
    bare = replace(
        package,
        observed={},
        status="active",
        candidates=replace(
            package.candidates,
            releases=[
                release(each.version, days_old=None, wheel=None)
                for each in package.candidates.releases
            ],
        ),
    )
    for component in COMPONENTS:
        if component.name not in {"freshness", "lock-distance"}:
            assert not any(component.amounts(bare))


def test_an_advisory_without_a_fix_counts_half():
    everywhere = (advisory("PYSEC-1", "high"),)
    fixed = make_package(release("2"), release("1", advisories=everywhere))
    unfixed = make_package(release("2", advisories=everywhere), release("1", advisories=everywhere))
    freshness = points(make_package(release("2"), release("1")))[1]
    assert points(fixed)[1] - freshness == -600
    assert points(unfixed)[0] == -300


@given(packages(measured=False))
def test_vulnerabilities_are_a_level_of_their_own_for_security(package):
    from advisor_core.scoring.score import score_releases

    by_level = score_releases(package, weight_set("security"))
    without = replace(
        package,
        candidates=replace(
            package.candidates,
            releases=[replace(each, advisories=()) for each in package.candidates.releases],
        ),
    )
    assert score_releases(without, weight_set("security"))["main"] == by_level["main"]
    assert not any(score_releases(without, weight_set("security"))["security"])


@pytest.mark.parametrize(
    ("days_before", "said"),
    [
        (0, "1 release behind 2"),
        (1, "1 release behind 2, which is 1 day younger"),
        (9, "1 release behind 2, which is 9 days younger"),
        (-3, "1 release behind 2"),
    ],
)
def test_days_behind_are_told_where_there_are_any(days_before, said):
    package = make_package(release("2", days_old=20), release("1", days_old=20 + days_before))
    (part,) = explain_release(package, 1, weight_set("stable"))
    assert said in [each.message.removeprefix("p 1: ") for each in part.justifications]
