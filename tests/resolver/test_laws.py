"""Laws of a resolution, against `packaging` and brute force over small random indexes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from advisor_core._engine import Solver
from advisor_core.model import Stack
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.reference import Solver as ReferenceSolver
from fakes.releases import Release, make_session, run_session

NAMES = ["a", "b", "c", "d"]
VERSIONS = ["1", "2", "3"]

specifiers = st.sampled_from(["", "==1", "==2", ">=2", "<3", "!=2", "<2", ">3", "~=1.0"])
requirement = st.builds(
    lambda name, extra, specifier, marker: f"{name}{extra}{specifier}{marker}",
    st.sampled_from(NAMES),
    st.sampled_from(["", "", "", "[x]"]),
    specifiers,
    st.sampled_from(["", "", "", '; extra == "x"']),
)
release = st.builds(
    lambda requires: Release(tuple(requires)), st.lists(requirement, max_size=3, unique=True)
)
indexes = st.dictionaries(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(VERSIONS), release, min_size=1),
    min_size=1,
)
roots = st.lists(requirement.filter(lambda text: ";" not in text), min_size=1, max_size=3)


def reached(index, stack: dict[str, str], requirements: list[str]) -> dict[str, set[str]] | None:
    """Return the packages that the requirements reach in a stack, with extras; None if one is not met."""
    present: dict[str, set[str]] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        if wanted.name not in stack or not wanted.specifier.contains(stack[wanted.name], True):
            return None
        known = present.get(wanted.name)
        fresh = {"", *wanted.extras} - (known or set())
        present[wanted.name] = (known or set()) | fresh
        lines = [Requirement(line) for line in index[wanted.name][stack[wanted.name]].requires]
        for extra in fresh:
            waiting += [
                line
                for line in lines
                if (line.marker is None and extra == "")
                or (line.marker is not None and extra and line.marker.evaluate({"extra": extra}))
            ]
    return present


def is_stack(index, stack: dict[str, str], requirements: list[str]) -> bool:
    """Whether the requirements hold in the stack and reach all of it."""
    present = reached(index, stack, requirements)
    return present is not None and set(present) == set(stack)


def all_stacks(index, requirements: list[str]):
    choices = [[None, *index.get(name, {})] for name in NAMES]
    for choice in itertools.product(*choices):
        stack = {name: version for name, version in zip(NAMES, choice, strict=True) if version}
        if is_stack(index, stack, requirements):
            yield stack


@pytest.mark.parametrize("engine", [Solver, ReferenceSolver], ids=["c", "python"])
@settings(max_examples=300, deadline=None)
@given(index=indexes, requirements=roots)
def test_answer_is_a_stack_exactly_when_one_exists_and_cannot_be_raised(
    engine, index, requirements
):
    answer = run_session(make_session(index, requirements, engine=engine))
    stacks = list(all_stacks(index, requirements))
    if not isinstance(answer, Stack):
        assert stacks == []
        return
    found = {name: pin.version for name, pin in answer.pins.items()}
    assert found in stacks
    extras = reached(index, found, requirements)
    for name, pin in answer.pins.items():
        assert set(pin.extras) == extras[name] - {""}
        for newer in VERSIONS[VERSIONS.index(pin.version) + 1 :]:
            assert {**found, name: newer} not in stacks
    first = Requirement(requirements[0]).name
    assert found[first] == max(stack[first] for stack in stacks)


@settings(max_examples=150, deadline=None)
@given(index=indexes, requirements=roots, order=st.randoms(use_true_random=False))
def test_order_in_which_the_index_lists_versions_does_not_matter(index, requirements, order):
    def shuffled(own):
        items = list(own.items())
        order.shuffle(items)
        return dict(items)

    mixed = shuffled({name: shuffled(own) for name, own in index.items()})
    first = run_session(make_session(index, requirements))
    second = run_session(make_session(mixed, requirements))
    assert isinstance(first, Stack) == isinstance(second, Stack)
    if isinstance(first, Stack):
        assert {name: pin.version for name, pin in first.pins.items()} == {
            name: pin.version for name, pin in second.pins.items()
        }


@settings(max_examples=150, deadline=None)
@given(index=indexes, requirements=roots)
def test_conflict_is_one_and_no_line_of_it_could_be_left_out(index, requirements):
    world = make_session(index, requirements)
    answer = run_session(world)
    if isinstance(answer, Stack):
        return
    lines = [each.text for each in explain_impasse(answer, engine=Solver).at_fault]
    assert lines
    assert list(all_stacks(index, lines)) == []
    # What was not asked for is not known: with it the conflict might be smaller still.
    known = {
        name: {
            version: own if f"{name}=={version}" in world.asked else Release()
            for version, own in releases.items()
        }
        for name, releases in index.items()
    }
    for left_out in range(len(lines)):
        rest = lines[:left_out] + lines[left_out + 1 :]
        assert list(all_stacks(known, rest)) != []
