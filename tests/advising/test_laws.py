"""What holds of every advice, whatever index, terms and weights are."""

from __future__ import annotations

import dataclasses

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from advisor_core.advisories.interface import Advisory
from advisor_core.environment.declaration import make_environment
from advisor_core.pipeline.interface import Match, MatchTerm
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_building import ProblemBuilder
from advisor_core.scoring.package_judge import PackageJudge
from advisor_core.scoring.weights import weight_set
from advisor_core.values import replace
from fakes.advising import NOW, FakePipeline, MemoryAccess, advise, make_target
from fakes.worlds import NAMES, terms, worlds

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TWO = (
    make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="old"),
    make_environment(python="3.12.7", platform="manylinux_2_28_x86_64", name="new"),
)


def eager(index, roots, pipeline, *, environments=(), kind="stable"):
    """Return the answer over everything, loaded from the start, nothing left out."""
    from advisor_core.locking import open_session
    from advisor_core.pipeline.interface import Context
    from advisor_core.resolver.needs import MetadataNeed, Needs
    from advisor_core.resolver.request import Policy

    target = make_target(roots, environments=environments)
    access = MemoryAccess(index)
    session = open_session(target, target.manifest.categories[0], policy=Policy(), fixed={})
    context = Context(target.environments, (), kind, target.manifest, now=NOW)
    weights = weight_set(kind)
    judge = PackageJudge(context, pipeline, weights)
    levels = ("",) if len(weights.levels) == 1 else weights.levels
    builder = ProblemBuilder(session, judge, levels=levels)
    for name in index:
        session.supply_project(name, access.projects[name])
    needs = [
        MetadataNeed(project, place, project.artifacts(place)[0])
        for project in access.projects.values()
        for place in range(len(project.versions))
    ]
    for (name, place), found in access.fetch(Needs(metadata=tuple(needs))).metadata.items():
        session.supply_metadata(name, place, found)
    known = builder.build()
    assert not any(known.unloaded.values())
    return optimize(known.problem)


def compare(index, roots, pipeline, *, environments=(), kind="stable"):
    whole = eager(index, roots, pipeline, environments=environments, kind=kind)
    target = make_target(roots, environments=environments)
    outcome = advise(index, roots, pipeline=pipeline, target=target, recommendation_type=kind)
    if whole.status == "unsatisfiable":
        assert outcome.status == "conflict"
        return
    best = outcome.advice.products[0]
    assert best.status == "optimal"
    assert best.score == best.upper_bound == whole.stacks[0].score


@FAST
@given(worlds(), terms(), st.sampled_from(["stable", "security"]))
def test_lazy_advice_is_as_good_as_the_eager_one(world, given_terms, kind):
    index, roots = world
    compare(index, roots, FakePipeline(given_terms), kind=kind)


@FAST
@given(worlds(extras=True), terms(kinds=("score", "forbid")))
def test_extras_change_nothing_of_that(world, given_terms):
    index, roots = world
    compare(index, roots, FakePipeline(given_terms))


@FAST
@given(worlds(markers=True), terms(kinds=("score", "forbid", "requires")))
def test_nor_do_several_environments(world, given_terms):
    index, roots = world
    compare(index, roots, FakePipeline(given_terms), environments=TWO)


@FAST
@given(worlds(), terms())
def test_a_prescription_that_matches_nothing_changes_nothing(world, given_terms):
    index, roots = world
    idle = (
        MatchTerm((Match("a", "==99"), Match("b")), "idle", score=5000),
        MatchTerm((Match("unheard-of"), Match("a")), "idle", score=-5000),
    )
    without = advise(index, roots, pipeline=FakePipeline(given_terms))
    with_it = advise(index, roots, pipeline=FakePipeline((*given_terms, *idle)))
    assert with_it.status == without.status
    assert with_it.new_text == without.new_text
    if without.advice is not None:
        assert with_it.advice.products == without.advice.products


@FAST
@given(worlds(), terms(), st.permutations(NAMES))
def test_order_and_names_make_no_difference(world, given_terms, names):
    index, roots = world
    outcome = advise(index, roots, pipeline=FakePipeline(given_terms))
    assume(outcome.advice is not None)
    reversed_index = {
        name: dict(reversed(releases.items())) for name, releases in reversed(index.items())
    }
    again = advise(reversed_index, roots, pipeline=FakePipeline(given_terms[::-1]))
    assert again.advice.products[0].score == outcome.advice.products[0].score
    other = dict(zip(NAMES, names, strict=True))

    def rename(text):
        return other[text[0]] + text[1:]

    renamed_index = {
        other[name]: {
            version: replace_requires(release, tuple(rename(line) for line in release.requires))
            for version, release in releases.items()
        }
        for name, releases in index.items()
    }
    renamed_terms = tuple(
        replace(
            term,
            when=tuple(replace(match, name=other[match.name]) for match in term.when),
            requires=None if term.requires is None else tuple(map(rename, term.requires)),
            skips=None if term.skips is None else other[term.skips],
        )
        for term in given_terms
    )
    renamed = advise(
        renamed_index, [rename(line) for line in roots], pipeline=FakePipeline(renamed_terms)
    )
    assert renamed.advice.products[0].score == outcome.advice.products[0].score


def replace_requires(release, requires):
    return dataclasses.replace(release, requires=requires)


class Vulnerable:
    """Knows of one high advisory for each of the releases that it is given."""

    as_of = NOW

    def __init__(self, releases):
        self.releases = releases

    def affecting(self, package, versions):
        advisory = Advisory(f"PYSEC-{package}", package, (), severity="high")
        return [[advisory] if (package, each) in self.releases else [] for each in versions]

    def describe(self, _advisory):
        return ""

    def fixed_in(self, advisory, versions):
        return [each for each in versions if (advisory.package, each) not in self.releases]


@st.composite
def flawed_worlds(draw):
    """A world where releases are yanked, have no wheel, no room for the next Python, or an advisory."""
    index, roots = draw(worlds())
    flaws = st.sampled_from(["", "", "yanked", "wheel", "python-headroom", "vulnerability"])
    vulnerable = set()
    for name, releases in index.items():
        for version, release in releases.items():
            flaw = draw(flaws)
            if flaw == "yanked":
                releases[version] = dataclasses.replace(release, yanked=True)
            elif flaw == "wheel":
                releases[version] = dataclasses.replace(release, tags=(), sdist=True)
            elif flaw == "python-headroom":
                releases[version] = dataclasses.replace(release, requires_python="<3.12")
            elif flaw == "vulnerability":
                vulnerable.add((name, version))
    return index, roots, Vulnerable(vulnerable)


@FAST
@given(
    flawed_worlds(),
    terms(kinds=("score",)),
    st.sampled_from(
        (
            "freshness",
            "cooldown",
            "lock-distance",
            "vulnerability",
            "yanked",
            "wheel",
            "python-headroom",
        )
    ),
    st.integers(1, 1000),
)
def test_raising_a_weight_never_worsens_that_component(world, given_terms, component, more):
    index, roots, advisories = world
    stable = replace(weight_set("stable"), cooldown_days=NOW // 86_400 - 1000, margin=0)
    heavier = replace(
        stable,
        weights={**stable.weights, component: stable.weights[component] + more},
    )
    lock = b"a==1\nb==1\nc==1\n"
    amounts = []
    for weights in (stable, heavier):
        outcome = advise(
            index,
            roots,
            pipeline=FakePipeline(given_terms),
            weights=weights,
            previous=lock,
            advisories=advisories,
        )
        assume(outcome.advice is not None)
        points = sum(
            part.points
            for package in outcome.advice.packages
            for part in package.parts
            if part.name == component
        )
        amounts.append(points // weights.weights[component])
    assert amounts[1] >= amounts[0]
