"""What is asked for ahead of the search: the releases of a descent, never what the answer rests on."""

from __future__ import annotations

from advisor_core.releases import CoreMetadata
from advisor_core.resolver.needs import MetadataNeed, Needs
from fakes.releases import Release, make_session, pins, resolve, run_session

VERSIONS = [f"{number}.0" for number in range(1, 31)]

DESCENT = {
    "a": {version: Release(requires=(f"b=={version}",)) for version in VERSIONS},
    "b": {"1.0": Release()},
}
"""Only the oldest `a` goes with the only `b`."""


def steps(requirements) -> list[tuple[set[str], set[str]]]:
    """Return for each step of a resolution the releases it needs, and those it says are likely."""
    world = make_session(DESCENT, requirements)
    found = []
    while isinstance(step := world.session.run(look_ahead=True), Needs):
        for name in (*step.projects, *step.likely_projects):
            world.session.supply_project(name, world.projects[name])
        found.append(
            ({label(each) for each in step.metadata}, set(map(label, step.likely_metadata)))
        )
        for need in step.metadata:
            name, version = need.releases.name, need.releases.versions[need.position]
            requires = DESCENT[name][version].requires
            metadata = CoreMetadata(name, version, requires)
            world.session.supply_metadata(name, need.position, metadata)
    return found


def label(need: MetadataNeed) -> str:
    return f"{need.releases.name}=={need.releases.versions[need.position]}"


def asked(requirements) -> set[str]:
    return set().union(*(needed | likely for needed, likely in steps(requirements)))


def test_a_descent_through_releases_is_asked_for_in_groups():
    known: set[str] = set()
    waits = 0
    for needed, likely in steps(["a"]):
        waits += not needed <= known
        known |= needed | likely
    assert known == {f"a=={version}" for version in VERSIONS} | {"b==1.0"}
    assert waits == 7  # five releases of a, the first of a group, and b


def test_nothing_is_asked_ahead_of_what_the_manifest_rules_out():
    assert {name for name in asked(["a>=11,<21"]) if name.startswith("a==")} == {
        f"a=={number}.0" for number in range(11, 21)
    }


def test_a_short_search_asks_for_nothing_more():
    assert asked(["a==1.0"]) == {"a==1.0", "b==1.0"}


def test_looking_ahead_changes_no_answer():
    assert pins(resolve(DESCENT, ["a"])) == {"a": "1.0", "b": "1.0"}
    world = make_session(DESCENT, ["a"])
    assert pins(run_session(world)) == {"a": "1.0", "b": "1.0"}
