"""Named packages go as far as they can, and nothing else moves without need."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.advising.advise import advise_target
from advisor_core.advising.only_moved import OnlyMoved
from advisor_core.advising.settings import AdviceInputs
from advisor_core.advisories.interface import Advisory
from fakes.advising import NOW, FakePipeline, MemoryAccess, make_target
from fakes.releases import Release

INDEX = {
    "app": {"1": Release(("lib<3",)), "2": Release(("lib<3",)), "3": Release(("lib>=3,<5",))},
    "lib": {str(version): Release() for version in range(1, 7)},
    "other": {str(version): Release() for version in range(1, 7)},
}


def move(only, requirements, locked, *, index=INDEX, advisories=None):
    outcome = advise_target(
        make_target(requirements),
        access=MemoryAccess(index),
        settings=AdviceInputs(
            prepare=lambda _context: OnlyMoved(FakePipeline(), only, advisories=advisories),
            now=NOW,
            margin=0,
        ),
        previous="".join(f"{name}=={version}\n" for name, version in locked.items()).encode(),
    )
    return {pin.name: pin.version for pin in outcome.stacks["default"].pins.values()}


LOCKED = {"app": "1", "lib": "1", "other": "1"}


def test_the_named_package_goes_to_its_newest_and_what_it_needs_moves_as_little_as_it_can():
    assert move(["app"], ["app", "other"], LOCKED) == {"app": "3", "lib": "3", "other": "1"}


def test_what_others_need_limits_the_named_package():
    assert move(["lib"], ["app<3", "other"], LOCKED) == {"app": "1", "lib": "2", "other": "1"}


def test_a_requirer_moves_when_the_named_package_needs_it():
    index = {**INDEX, "app": {"1": Release(("lib<2",)), "2": Release(("lib<9",))}}
    assert move(["lib"], ["app", "other"], LOCKED, index=index) == {
        "app": "2",
        "lib": "6",
        "other": "1",
    }


def test_a_vulnerable_release_is_passed_over_for_the_newest_that_is_not():
    known = Advisories(app={"3"}, lib={"6", "5"})
    found = move(["app", "lib"], ["app", "other"], LOCKED, advisories=known)
    assert found == {"app": "2", "lib": "2", "other": "1"}
    only = Advisories(other={str(version) for version in range(1, 7)})
    assert move(["other"], ["other"], {"other": "1"}, advisories=only) == {"other": "6"}


class Advisories:
    """An `AdvisorySource` of package to the versions that one advisory concerns."""

    as_of = NOW

    def __init__(self, **concerned):
        self._concerned = concerned

    def affecting(self, package, versions):
        advisory = Advisory(f"PYSEC-{package}", package, severity="high")
        concerned = self._concerned.get(package, ())
        return [[advisory] if version in concerned else [] for version in versions]


def test_several_packages_move_together():
    assert move(["app", "other"], ["app", "other"], LOCKED)["other"] == "6"


@pytest.mark.parametrize("only", [[], ["unknown"]])
def test_without_a_package_of_the_lockfile_nothing_moves(only):
    assert move(only, ["app", "other"], LOCKED) == LOCKED


VERSIONS = st.integers(1, 3).map(str)
RANGES = st.sampled_from(["", "<2", ">=2", "==3", "<3"])


@settings(deadline=None, max_examples=40)
@given(
    requirements=st.lists(
        st.tuples(st.sampled_from("abc"), VERSIONS, st.sampled_from("abc"), RANGES)
    ),
    locked=st.fixed_dictionaries(dict.fromkeys("abc", VERSIONS)),
    named=st.sampled_from("abc"),
)
def test_no_valid_stack_is_newer_in_the_named_package_or_as_new_with_fewer_changes(
    requirements, locked, named
):
    wants = {
        (name, version): [
            f"{other}{specifier}"
            for each, at, other, specifier in requirements
            if (each, at) == (name, version) and other != name
        ]
        for name in "abc"
        for version in "123"
    }
    index = {
        name: {version: Release(tuple(wants[name, version])) for version in "123"} for name in "abc"
    }

    def is_valid(stack):
        return all(
            holds(stack[other[0]], other[1:])
            for name in "abc"
            for other in wants[name, stack[name]]
        )

    def rank(stack):
        return int(stack[named]), -sum(stack[name] != locked[name] for name in "abc")

    stacks = [dict(zip("abc", each, strict=True)) for each in itertools.product("123", repeat=3)]
    valid = [stack for stack in stacks if is_valid(stack)]
    if valid:
        found = move([named], ["a", "b", "c"], locked, index=index)
        assert is_valid(found)
        assert rank(found) == max(map(rank, valid))


def holds(version, specifier):
    from packaging.specifiers import SpecifierSet

    return version in SpecifierSet(specifier)
