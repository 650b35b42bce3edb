"""A unit that fails costs its own answer, never the advice, and is named with its file."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.guard import Guard
from advisor_core.pipeline.interface import Removal
from advisor_core.pipeline.prescriptions import compile as compiling
from advisor_core.pipeline.prescriptions.library import MemoryLibrary
from advisor_core.pipeline.prescriptions.reader import read_prescriptions
from advisor_core.pipeline.units.interface import Boot, Sieve, Stride, Wrap
from advisor_core.pipeline.units.version_constraint import VersionConstraintSieve
from fakes.pipelines import make_candidates, make_context, make_stack, read_library


class RaisingSieve(Sieve):
    """Removes one release, then raises."""

    def run(self, _package):
        yield Removal("1", "it was first", self.name)
        raise ValueError("no\nidea")


class RaisingBoot(Boot):
    """Cannot even be made."""

    def __init__(self, _context, _configuration):
        raise KeyError("nothing")


class RaisingStride(Stride):
    """Accepts nothing, by accident."""

    def run(self, _stack):
        return 1 / 0


class RaisingWrap(Wrap):
    """Cannot decide whether it is wanted."""

    @classmethod
    def should_include(cls, _context):
        raise RuntimeError("not today")


class SlowSieve(Sieve):
    """Takes a second of the test's clock for each package."""

    def run(self, _package):
        self.configuration["clock"].now += 1.0
        return []


class Clock:
    now = 0.0


def prepare_units(*units, **options):
    return prepare(make_context(), known={unit.__name__: unit for unit in units}, **options)


def test_a_unit_that_raises_is_named_and_skipped():
    prepared = prepare_units(RaisingSieve, VersionConstraintSieve, units={
        "VersionConstraintSieve": {"package_name": "a", "version_specifier": ">1"}
    })  # fmt: skip
    removals = prepared.judge_package(make_candidates("a", "2", "1")).removals
    assert [removal.unit for removal in removals] == ["VersionConstraintSieve"]
    (failure,) = prepared.failures
    assert (failure.unit, failure.file, failure.reason) == (
        "RaisingSieve",
        __file__,
        "ValueError: no idea",
    )
    prepared.judge_package(make_candidates("b", "1"))
    assert len(prepared.failures) == 1


@pytest.mark.parametrize("unit", [RaisingBoot, RaisingWrap])
def test_a_unit_that_cannot_start_is_named(unit):
    prepared = prepare_units(unit)
    assert [failure.unit for failure in prepared.failures] == [unit.__name__]
    assert prepared.stop is None


def test_a_stride_that_raises_refuses_nothing():
    prepared = prepare_units(RaisingStride)
    assert prepared.accept(make_stack(a="1")) is None
    assert [failure.reason for failure in prepared.failures] == [
        "ZeroDivisionError: division by zero"
    ]


def test_a_unit_that_takes_longer_than_its_budget_is_not_asked_again():
    clock = Clock()
    guard = Guard(budget_seconds=2.5, clock=lambda: clock.now)
    unit = SlowSieve(make_context(), {"clock": clock})
    answers = [guard.call(unit, unit.run, make_candidates("a", "1")) for _ in range(5)]
    assert answers == [[], [], None, None, None]
    assert clock.now == 3.0
    assert [failure.reason for failure in guard.failures] == ["took 3.0 s, its budget is 2.5 s"]


def test_a_prescription_that_raises_is_named_with_file_and_line(monkeypatch):
    text = """
units:
  sieves:
  - name: Good
    type: sieve
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: a, version: "<1"}}
  - name: Bad
    type: sieve
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: a, version: "<2"}}
"""
    real = compiling.explain_removal

    def explain(unit, match):
        if unit.name == "Bad":
            raise LookupError("lost")
        return real(unit, match)

    monkeypatch.setattr(compiling, "explain_removal", explain)
    prepared = prepare(make_context(), prescriptions=read_library(text), known={})
    removals = prepared.judge_package(make_candidates("a", "1.5", "0.5")).removals
    assert [removal.version for removal in removals] == ["0.5"]
    (failure,) = prepared.failures
    assert (failure.unit, failure.file) == ("prescription Bad", "test.yaml:8")
    assert failure.reason == "LookupError: lost"


def test_stopping_the_program_is_not_swallowed():
    class Interrupted(Sieve):
        """Is interrupted."""

        def run(self, _package):
            raise KeyboardInterrupt

    prepared = prepare_units(Interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepared.judge_package(make_candidates("a", "1"))


def test_a_prescription_counts_once_whatever_it_is_read_from():
    text = """\
units:
  steps:
  - name: Slow
    type: step
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: a}}
    run: {score: -0.5}
"""
    read = read_prescriptions(text.encode(), "a.yaml")
    again = read_prescriptions(text.encode(), "copy.yaml")
    other = read_prescriptions(text.replace("-0.5", "-0.7").encode(), "other.yaml")
    library = MemoryLibrary([read, read, again, other])
    assert [unit.file for unit in library.units("a")] == ["a.yaml"]
    assert [(failed.file, failed.reason) for failed in library.failures] == [
        ("other.yaml:3", "'Slow' is already in a.yaml:3")
    ]
