"""Vulnerabilities are taken out with the smallest change, and what cannot be is explained."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.advising.security_fix import fix_vulnerabilities
from advisor_core.advising.settings import AdviceInputs
from advisor_core.advisories.interface import Advisory
from advisor_core.pipeline.interface import Match, MatchTerm, PackageJudgement, Removal
from fakes.advising import NOW, FakePipeline, MemoryAccess, make_target
from fakes.releases import Release


class Advisories:
    """An `AdvisorySource` of package to the versions that one advisory concerns."""

    as_of = NOW

    def __init__(self, **concerned):
        self._concerned = concerned

    def affecting(self, package, versions):
        advisory = Advisory(f"PYSEC-{package}", package, severity="high")
        concerned = self._concerned.get(package, ())
        return [[advisory] if version in concerned else [] for version in versions]

    def describe(self, advisory):
        return ", or ".join(self._concerned[advisory.package])

    def fixed_in(self, advisory, versions):
        return [each for each in versions if each not in self._concerned[advisory.package]]


INDEX = {
    "app": {
        "1": Release(("lib<3", "other")),
        "2": Release(("lib<3", "other")),
        "3": Release(("lib>=3", "other")),
        "4": Release(("lib>=3", "other")),
    },
    "lib": {str(version): Release() for version in range(1, 7)},
    "other": {"1": Release(), "2": Release()},
    "direct": {str(version): Release() for version in range(1, 7)},
}


def fix(requirements, locked, advisories, *, index=INDEX, pipeline=None):
    return fix_vulnerabilities(
        make_target(requirements),
        access=MemoryAccess(index),
        settings=AdviceInputs(
            prepare=lambda _context: pipeline or FakePipeline(), now=NOW, advisories=advisories
        ),
        previous="".join(f"{name}=={version}\n" for name, version in locked.items()).encode(),
    )


def stack(done):
    return {pin.name: pin.version for pin in done.outcome.stacks["default"].pins.values()}


LOCKED = {"app": "1", "direct": "2", "lib": "2", "other": "1"}


def test_a_direct_package_goes_to_the_nearest_release_without_it():
    done = fix(["app", "direct"], LOCKED, Advisories(direct=["1", "2", "3"]))
    assert stack(done) == {**LOCKED, "direct": "4"}
    (fixed,) = done.fixed
    assert (fixed.package, fixed.old, fixed.new) == ("direct", "2", "4")
    assert fixed.advisory.id == "PYSEC-direct"
    assert done.unfixed == ()
    assert [(each.package, each.old, each.new) for each in done.outcome.changes] == [
        ("direct", "2", "4")
    ]


def test_the_parent_that_caps_a_transitive_package_is_raised_no_further_than_needed():
    done = fix(["app", "direct"], LOCKED, Advisories(lib=["1", "2", "3"]))
    assert stack(done) == {**LOCKED, "app": "3", "lib": "4"}
    assert [each.package for each in done.fixed] == ["lib"]


def test_a_transitive_package_alone_moves_when_its_parent_allows_it():
    done = fix(["app", "direct"], LOCKED, Advisories(lib=["2"]))
    assert stack(done) == {**LOCKED, "lib": "1"}


def test_nothing_moves_where_nothing_is_known_against_the_lockfile():
    for advisories in (Advisories(), Advisories(direct=["5"]), None):
        done = fix(["app", "direct"], LOCKED, advisories)
        assert stack(done) == LOCKED
        assert (done.fixed, done.unfixed, done.outcome.changes) == ((), (), ())


def test_what_no_release_fixes_is_said():
    done = fix(["direct"], {"direct": "2"}, Advisories(direct=[str(each) for each in range(1, 7)]))
    (unfixed,) = done.unfixed
    assert (unfixed.package, unfixed.version, unfixed.fixed_in) == ("direct", "2", ())
    assert unfixed.reason == "no release of direct without PYSEC-direct is known"
    assert stack(done) == {"direct": "2"}


def test_what_the_manifest_caps_is_named_with_its_line():
    done = fix(["app<3"], {"app": "1", "lib": "2", "other": "1"}, Advisories(lib=["1", "2"]))
    (unfixed,) = done.unfixed
    assert unfixed.fixed_in == ("6", "5", "4", "3")
    assert "lib <3" in unfixed.reason
    (line,) = unfixed.loosen
    assert (str(line.origin), line.text) == ("requirements.in:1", "app<3")
    assert stack(done) == {"app": "1", "lib": "2", "other": "1"}


def test_a_package_that_is_dropped_takes_its_vulnerability_along():
    index = {"app": {"1": Release(("bad",)), "2": Release()}, "bad": {"1": Release()}}
    done = fix(["app"], {"app": "1", "bad": "1"}, Advisories(bad=["1"]), index=index)
    assert stack(done) == {"app": "2"}
    (fixed,) = done.fixed
    assert (fixed.package, fixed.new) == ("bad", None)


def test_rules_of_the_pipeline_hold_and_its_rewards_do_not_count():
    pipeline = FakePipeline(
        given_terms=(
            MatchTerm((Match("direct", "==6"),), "reward", score=10**6),
            MatchTerm(
                (Match("direct", "==4"), Match("other", "==1")),
                "rule",
                forbid="they break each other",
            ),
        ),
        judgements={"direct": PackageJudgement((Removal("5", "it is slow", "sieve"),))},
    )
    advisories = Advisories(direct=["1", "2", "3"])
    done = fix(["app", "direct"], LOCKED, advisories, pipeline=pipeline)
    assert stack(done) == {**LOCKED, "direct": "6"}


VERSIONS = ("1", "2", "3")
SPECIFIERS = st.sampled_from(["", ">=2", "<3", "==1"])
WORLDS = st.fixed_dictionaries(
    {
        f"{name}{version}": st.lists(
            st.tuples(
                st.sampled_from("bc" if name == "a" else "c"),
                st.sampled_from(["", ">=2", "<3", "==1"]),
            ),
            max_size=2,
        )
        for name in "ab"
        for version in VERSIONS
    }
)


@settings(max_examples=60, deadline=None)
@given(
    WORLDS,
    st.dictionaries(st.sampled_from("abc"), st.sets(st.sampled_from(VERSIONS)), max_size=3),
    st.tuples(*[st.sampled_from(VERSIONS)] * 3),
)
def test_no_valid_stack_has_fewer_vulnerabilities_or_as_few_with_fewer_changes(
    world, concerned, locked
):
    index = {
        name: {
            version: Release(
                tuple(
                    f"{package}{specifier}"
                    for package, specifier in world.get(f"{name}{version}", ())
                )
            )
            for version in VERSIONS
        }
        for name in "abc"
    }
    locked = dict(zip("abc", locked, strict=True))
    concerned = {name: sorted(versions) for name, versions in concerned.items()}
    done = fix(["a"], locked, Advisories(**concerned), index=index)

    def judge(found):
        vulnerable = sum(
            # One that concerns every release that can be used counts half.
            (12 if len(concerned[name]) < 3 else 6)
            for name, version in found.items()
            if version in concerned.get(name, ())
        )
        return vulnerable, sum(version != locked[name] for name, version in found.items())

    valid = []
    for versions in itertools.product(*[VERSIONS] * 3):
        chosen = dict(zip("abc", versions, strict=True))
        reached, waiting, holds = {}, ["a"], True
        while waiting:
            name = waiting.pop()
            reached[name] = chosen[name]
            for package, specifier in world.get(f"{name}{chosen[name]}", ()):
                holds &= {
                    "": True,
                    ">=2": chosen[package] >= "2",
                    "<3": chosen[package] < "3",
                    "==1": chosen[package] == "1",
                }[specifier]
                if package not in reached:
                    waiting.append(package)
        if holds:
            valid.append(judge(reached))
    if not valid:
        assert done.outcome.conflict is not None
    else:
        assert judge(stack(done)) == min(valid)


@pytest.mark.parametrize("severity_first", [True, False])
def test_the_order_of_the_index_does_not_matter(severity_first):
    index = dict(INDEX) if severity_first else dict(reversed(INDEX.items()))
    done = fix(["app", "direct"], LOCKED, Advisories(lib=["2"], direct=["2"]), index=index)
    assert stack(done) == {**LOCKED, "lib": "1", "direct": "3"}
