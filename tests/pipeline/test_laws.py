"""Laws of prescriptions: what matches nothing changes nothing, order plays no part, points add up."""

from __future__ import annotations

import json
import random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.interface import FinalStack
from advisor_core.pipeline.prescriptions.library import MemoryLibrary
from advisor_core.pipeline.prescriptions.reader import read_prescriptions
from advisor_core.standards import specifier_contains
from fakes.pipelines import PYPI, make_candidates, make_context

NAMES = ("a", "b", "c")
VERSIONS = ("3", "2", "1")
SPECIFIERS = ("", "==1", "<3", ">=2", "!=2", ">3")

releases = st.fixed_dictionaries(
    {"name": st.sampled_from(NAMES), "version": st.sampled_from(SPECIFIERS)}
)
scores = st.sampled_from([-1.0, -0.5, 0.001, 0.25, 1.0])
says = {"justification": [{"type": "INFO", "message": "so", "link": "https://example.org/"}]}


def clean(release):
    return {key: value for key, value in release.items() if value}


@st.composite
def units(draw):
    """One unit, without its name."""
    kind = draw(st.sampled_from(["group", "step", "refuse", "sieve", "wrap"]))
    group = [clean(release) for release in draw(st.lists(releases, min_size=2, max_size=3))]
    if kind == "group":
        run = {"score": draw(scores), **says}
        return "steps", {"type": "step.Group", "match": {"group": group}, "run": run}
    if kind == "step":
        return "steps", {
            "type": "step",
            "match": {"package_version": group[0]},
            "run": {"score": draw(scores)},
        }
    if kind == "refuse":
        return "steps", {
            "type": "step.Group",
            "match": {"group": group},
            "run": {"not_acceptable": "never"},
        }
    if kind == "sieve":
        return "sieves", {"type": "sieve", "match": {"package_version": group[0]}}
    return "wraps", {
        "type": "wrap",
        "match": {"state": {"resolved_dependencies": group}},
        "run": says,
    }


worlds = st.lists(units(), max_size=6)
stacks = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), min_size=1)


def make_pipeline(world, extra=()):
    """Return a pipeline that has seen every package."""
    listed: dict[str, list[object]] = {}
    for number, (kind, body) in enumerate([*world, *extra]):
        include = {"adviser_pipeline": True}
        listed.setdefault(kind, []).append(
            {"name": f"U{number}", "should_include": include, **body}
        )
    file = read_prescriptions(json.dumps({"units": listed}).encode(), "law.yaml")
    assert file.faults == ()
    prepared = prepare(make_context(), prescriptions=MemoryLibrary([file]), known={})
    return prepared, {
        name: prepared.judge_package(make_candidates(name, *VERSIONS)) for name in NAMES
    }


def evaluate(prepared, judged, stack):
    """Return points, refusals and number of annotations of a stack, from masks, parts and terms."""
    points = 0
    refused = False
    for name, version in stack.items():
        points += sum(part.points for part in judged[name].parts.get(version, ()))
        refused |= version in {removal.version for removal in judged[name].removals}
    for term in prepared.terms(stack):
        holds = all(
            match.name in stack and specifier_contains(match.specifier, stack[match.name])
            for match in term.when
        )
        if holds:
            points += term.score or 0
            refused |= term.forbid is not None
    final = FinalStack(dict(sorted(stack.items())), dict.fromkeys(stack, PYPI), 0)
    return points, refused, len(prepared.annotate(final))


def expect(world, stack):
    """Return the same from the words of the prescriptions, one after the other."""
    points, refused, annotations = 0, False, 0
    for kind, body in world:
        match = body["match"]
        wanted = match.get("group") or match.get("state", {}).get("resolved_dependencies")
        wanted = wanted or [match["package_version"]]
        if all(
            each["name"] in stack
            and specifier_contains(each.get("version", ""), stack[each["name"]])
            for each in wanted
        ):
            run = body.get("run", {})
            points += round(1000 * run.get("score", 0))
            refused |= "not_acceptable" in run or kind == "sieves"
            annotations |= kind == "wraps"
    return points, refused, int(annotations)


@settings(max_examples=120, deadline=None)
@given(worlds, stacks)
def test_masks_points_and_terms_say_what_the_prescriptions_say(world, stack):
    prepared, judged = make_pipeline(world)
    points, refused, annotations = evaluate(prepared, judged, stack)
    assert (points, refused, min(annotations, 1)) == expect(world, stack)


OTHER = {"state": {"resolved_dependencies": [{"name": "zzz"}]}}
UNRELATED = (
    ("steps", {"type": "step", "match": {"package_version": {"name": "zzz"}}, "run": {"score": 1.0}}),
    ("steps", {"type": "step.Group", "match": {"group": [{"name": "a", "version": ">9"}, {"name": "zzz"}]},
               "run": {"not_acceptable": "never"}}),
    ("sieves", {"type": "sieve", "match": {"package_version": {"name": "a", "version": ">9"}}}),
    ("sieves", {"type": "sieve", "match": {"package_version": {"index_url": "https://other.example"}}}),
    ("sieves", {"type": "sieve.SkipPackage", "match": {"package_name": "zzz"}}),
    ("wraps", {"type": "wrap", "match": OTHER, "run": says}),
    ("strides", {"type": "stride", "match": OTHER, "run": {"not_acceptable": "never"}}),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(worlds, st.sampled_from(UNRELATED), stacks)
def test_a_prescription_that_matches_nothing_changes_nothing(world, unrelated, stack):
    prepared, judged = make_pipeline(world)
    more, judged_more = make_pipeline(world, [unrelated])
    assert judged_more == judged
    assert more.terms(NAMES) == prepared.terms(NAMES)
    assert (more.has_strides, more.stop, more.failures) == (prepared.has_strides, None, ())
    final = FinalStack(dict(sorted(stack.items())), dict.fromkeys(stack, PYPI), 0)
    assert more.annotate(final) == prepared.annotate(final)
    assert more.stack_info == prepared.stack_info


@settings(max_examples=40, deadline=None)
@given(worlds, stacks, st.integers(0, 100))
def test_the_order_of_prescriptions_plays_no_part(world, stack, seed):
    shuffled = list(world)
    random.Random(seed).shuffle(shuffled)
    assert evaluate(*make_pipeline(world), stack) == evaluate(*make_pipeline(shuffled), stack)


@settings(max_examples=60, deadline=None)
@given(worlds, st.lists(st.sampled_from(NAMES)))
def test_what_is_known_of_more_packages_only_adds_terms(world, known):
    prepared, _judged = make_pipeline(world)
    some, every = prepared.terms(known), prepared.terms(NAMES)
    assert set(some) <= set(every)
    assert all({match.name for match in term.when} <= set(known) for term in some)


texts = st.sampled_from(
    ["units", "steps", "boots", "name", "type", "step", "match", "run", "score", "package_version", "state",
     "should_include", "not", "hardware", "stack_info", "link", "group", "<<", "x" * 50, "1.0", ""]
)  # fmt: skip
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_any_yaml_is_read_or_faulted(tree):
    text = yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")
    file = read_prescriptions(text, "any.yaml", strict=True)
    assert file.units or file.faults or tree is None or "units" in tree or "prescription" in tree


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_faulted(content):
    read_prescriptions(content, "any.yaml")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_broken_unit_never_raises(data):
    """One node of a valid unit, anywhere, is replaced by something else."""
    unit = {
        "name": "U",
        "type": data.draw(
            st.sampled_from(["step", "step.Group", "step.AddPackage", "step.SkipPackage"])
        ),
        "should_include": {
            "adviser_pipeline": True,
            "labels": {"a": "b"},
            "library_usage": {"a": ["a.b"]},
            "runtime_environments": {
                "hardware": [{"cpu_flags": ["avx2"], "gpu_models": {"not": [None]}}],
                "operating_systems": [{"name": "rhel", "version": "8"}],
                "python_packages": {"not": [{"name": "pip", "location": "/usr.*"}]},
                "python_version": ">3",
            },
        },
        "match": {
            "package_version": {"name": "a"},
            "state": {"package_version_from": [{"name": "b"}]},
        },
        "run": {
            "score": 0.5,
            "stack_info": [{"type": "INFO", "message": "m", "link": "https://a.b/"}],
        },
    }
    at: object = unit
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
            at = at[key]
            continue
        at[key] = data.draw(trees)
        break
    text = yaml.safe_dump({"units": {"steps": [unit]}}, allow_unicode=True).encode()
    read_prescriptions(text, "broken.yaml", strict=True)


def test_contradictory_prescriptions_are_both_named():
    refuse = "units:\n  steps:\n" + "".join(
        f"""
  - name: No{version}
    type: step
    should_include: {{adviser_pipeline: true}}
    match: {{package_version: {{name: a, version: "=={version}"}}}}
    run: {{not_acceptable: {version} is bad}}
"""
        for version in (1, 2)
    )
    file = read_prescriptions(refuse.encode(), "law.yaml")
    prepared = prepare(make_context(), prescriptions=MemoryLibrary([file]), known={})
    removals = prepared.judge_package(make_candidates("a", "2", "1")).removals
    assert {(removal.version, removal.unit, removal.reason) for removal in removals} == {
        ("1", "prescription No1", "1 is bad"),
        ("2", "prescription No2", "2 is bad"),
    }


@pytest.mark.parametrize("word", ["true", "1", "1.5", "null", "2020-01-01"])
def test_a_name_that_yaml_takes_for_something_else_is_told(word):
    text = f"units: {{boots: [{{name: {word}, type: boot, should_include: {{}}, run: {{}}}}]}}"
    faults = read_prescriptions(text.encode(), "law.yaml").faults
    assert bool(faults) is (word in {"true", "null"})
