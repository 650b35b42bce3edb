"""Which vulnerabilities of a lockfile count, and when nothing can be said of them."""

from __future__ import annotations

import pytest

from advisor_core.advising.securing import secure_target
from advisor_core.advising.settings import AdviceInputs
from advisor_core.advisories.interface import Advisory
from advisor_core.advisories.selection import SelectedAdvisories
from advisor_core.config import read_configuration
from advisor_core.errors import BudgetExceededError, OfflineError
from fakes.advising import NOW, FakePipeline, MemoryAccess, make_target
from fakes.releases import Release

INDEX = {"lib": {"1": Release(), "2": Release()}}


class Source:
    """Knows one advisory, on `lib` below 2."""

    as_of = NOW

    def __init__(self, severity="high"):
        self.advisory = Advisory("PYSEC-1", "lib", ("CVE-1",), severity=severity)

    def affecting(self, package, versions):
        return [[self.advisory] if (package, each) == ("lib", "1") else [] for each in versions]

    def describe(self, _advisory):
        return "<2"

    def fixed_in(self, _advisory, versions):
        return [each for each in versions if each != "1"]


def secure(text="", *, source=None, access=None, **settings):
    target = make_target(["lib"])
    return secure_target(
        target,
        manager=read_configuration(text.encode()).security,
        access=access or MemoryAccess(INDEX),
        inputs=AdviceInputs(
            prepare=lambda _context: FakePipeline(),
            now=NOW,
            advisories=source or Source(),
            **settings,
        ),
        previous=b"lib==1\n",
    )


def test_what_counts_is_fixed_and_proved():
    found = secure()
    (fixed,) = found.fixed
    assert (fixed.old, fixed.new, fixed.affected, fixed.advisory.id) == ("1", "2", "<2", "PYSEC-1")
    assert (found.as_of, found.least_severity) == (NOW, "low")
    (change,) = found.outcome.changes
    assert change.why == "the nearest release without PYSEC-1"


@pytest.mark.parametrize(
    ("least", "severity", "counts"),
    [("high", "high", True), ("critical", "high", False), ("critical", "unknown", True)],
)
def test_the_manager_says_how_severe_it_must_be(least, severity, counts):
    text = f"managers: [{{name: security, configuration: {{severity: {least}}}}}]"
    found = secure(text, source=Source(severity))
    assert bool(found.fixed) == counts
    assert found.outcome.status == ("improved" if counts else "unchanged")
    assert found.least_severity == least


def test_an_accepted_advisory_does_not_count_by_any_of_its_names():
    for name in ("PYSEC-1", "CVE-1"):
        chosen = SelectedAdvisories(Source(), least_severity="low", accepted=[name])
        assert chosen.affecting("lib", ["1", "2"]) == [[], []]


def test_where_no_advisories_were_imported_nothing_is_said():
    source = Source()
    source.as_of = None
    assert secure(source=source) is None


def test_an_environment_that_the_manager_does_not_run_for_is_left_alone():
    text = "runtime_environments: [{name: other}]\n"
    text += "managers: [{name: security, env_allow_list: [other]}]"
    assert secure(text) is None


class LateAccess(MemoryAccess):
    """Has the fixed release only once it is asked anew."""

    def __init__(self):
        super().__init__({"lib": {"1": Release()}})

    def refresh(self):
        self.projects = MemoryAccess(INDEX).projects
        return True


def test_that_there_is_no_fix_is_only_said_of_what_the_index_has_now():
    found = secure(access=LateAccess())
    assert [each.new for each in found.fixed] == ["2"]


def test_without_a_network_it_is_said_of_what_is_known():
    class Offline(MemoryAccess):
        def refresh(self):
            raise OfflineError("not in the cache")

    found = secure(access=Offline({"lib": {"1": Release()}}))
    (unfixed,) = found.unfixed
    assert unfixed.reason == "no release of lib without PYSEC-1 is known"


def test_without_the_time_for_it_nothing_is_said(monkeypatch):
    def late(*_arguments, **_settings):
        raise BudgetExceededError("too late")

    monkeypatch.setattr("advisor_core.advising.securing.fix_vulnerabilities", late)
    assert secure() is None
