"""Units of other packages: found by entry point, run in a process of their own, stopped when they hang."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from advisor_core.errors import InputError
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.plugins.discovery import Plugin, find_plugins
from advisor_core.pipeline.plugins.wire import WireError, from_plain, to_plain
from fakes.pipelines import make_candidates, make_context, make_stack

SOURCE = '''
import os, re, sys, time
from advisor_core.pipeline.interface import Justification, Match, MatchTerm, Removal, ScorePart, StackMessage
from advisor_core.pipeline.units.interface import Boot, Option, Pseudonym, Sieve, Step, Stop, Stride, Wrap


class OddSieve(Sieve):
    """Removes odd versions."""

    options = {"reason": Option("text", "it is odd"), "package_name": Option("package")}

    def run(self, package):
        print("this goes nowhere")
        for release in package.releases:
            if int(release.version) % 2:
                yield Removal(release.version, self.text("reason"), self.name)


class OurBoot(Boot):
    def run(self):
        yield StackMessage("INFO", f"token: {os.environ.get('SECRET_TOKEN')}")
        yield StackMessage("INFO", f"{self.context.recommendation_type}")


class StopBoot(Boot):
    def run(self):
        return [Stop("not on Sundays")]


class OurStep(Step):
    def run(self, package):
        yield package.releases[0].version, ScorePart("ours", 5, "us")

    def terms(self):
        yield MatchTerm(when=(Match("a", ">1"), Match("b")), unit=self.name, score=3,
                        justifications=(Justification("INFO", "together"),))


class OurPseudonym(Pseudonym):
    def run(self, package):
        yield "1", "other", "2"


class OurStride(Stride):
    count = 0

    def run(self, stack):
        self.count += 1
        return "not the first" if self.count == 1 else None


class OurWrap(Wrap):
    def run(self, stack):
        yield Justification("INFO", f"{len(stack.versions)} packages")


class Looping(Sieve):
    def run(self, package):
        while True:
            pass


class Blocked(Sieve):
    def run(self, package):
        re.match("(a+)+$", "a" * 60 + "b")


class Sleeping(Sieve):
    def run(self, package):
        time.sleep(600)


class Crashing(Sieve):
    def run(self, package):
        os._exit(7)


class Raising(Sieve):
    def run(self, package):
        raise ValueError("no idea")


class Leaving(Sieve):
    def run(self, package):
        sys.exit("enough")


class Lying(Sieve):
    def run(self, package):
        return [Removal(5, "a number", self.name)]


class Foreign(Sieve):
    def run(self, package):
        return [object()]


class WrongKind(Sieve):
    def run(self, package):
        return [StackMessage("INFO", "hello")]


class Parent(Sieve):
    def run(self, package):
        if os.fork() == 0:
            time.sleep(600)
        return []


class Garbling(Sieve):
    def run(self, package):
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, b"!" * 100)
            except OSError:
                pass
        return []


class OfNoFamily(Sieve):
    kind = "sieve"


class AboutANumber(Sieve):
    packages = 5


class NotAUnit:
    pass
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of this process and of its children, with a package that offers units."""
    (tmp_path / "their_units.py").write_text(SOURCE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def offer(package: Path, *names: str) -> None:
    """Install the package with entry points for the named classes."""
    info = package / "their_units-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-units\nVersion: 1.0\n")
    points = "".join(f"{name} = their_units:{name}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[thoth.units]\n{points}")


def plug(*names: str) -> list[Plugin]:
    return [Plugin(name, f"their_units:{name}") for name in names]


def prepare_plugins(*names: str, **options: object):
    return prepare(make_context(), known={}, plugins=plug(*names), **options)


def test_units_of_installed_packages_are_found_without_importing_them(package):
    assert find_plugins() == ()
    offer(package, "OddSieve", "OurBoot")
    assert find_plugins() == (
        Plugin("OddSieve", "their_units:OddSieve", "their-units"),
        Plugin("OurBoot", "their_units:OurBoot", "their-units"),
    )
    assert "their_units" not in sys.modules


def test_every_family_works_from_another_process(package, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "very secret")
    offer(package, "OddSieve", "OurBoot", "OurStep", "OurPseudonym", "OurStride", "OurWrap")
    prepared = prepare(make_context(), known={})
    assert prepared.failures == ()
    assert [said.message for said in prepared.stack_info] == ["token: None", "stable"]
    judged = prepared.judge_package(make_candidates("a", "3", "2", "1"))
    assert [removal.version for removal in judged.removals] == ["3", "1"]
    assert {version: part.points for version, (part,) in judged.parts.items()} == {"3": 5}
    terms = prepared.terms(["a", "b"])
    assert [(term.score, term.stands_for) for term in terms] == [(3, None), (None, ("other", "2"))]
    assert terms[0].justifications[0].message == "together"
    assert prepared.has_strides
    assert prepared.accept(make_stack(a="1")) == "OurStride: not the first"
    assert prepared.accept(make_stack(a="1")) is None
    assert [said.message for said in prepared.annotate(make_stack(a="1", b="1"))] == ["2 packages"]


def test_a_plugin_can_stop_the_run_and_be_configured(package):
    assert prepare_plugins("StopBoot").stop == "StopBoot: not on Sundays"
    assert prepare_plugins("StopBoot", units={"StopBoot": False}).stop is None
    configured = {"OddSieve": {"package_name": "a", "reason": "we say so"}}
    prepared = prepare_plugins("OddSieve", units=configured)
    (removal,) = prepared.judge_package(make_candidates("a", "1")).removals
    assert removal.reason == "we say so"
    assert prepared.judge_package(make_candidates("b", "1")).removals == ()
    with pytest.raises(InputError, match=r"advice\.units\.OddSieve\.color: no such option"):
        prepare_plugins("OddSieve", units={"OddSieve": {"color": "red"}})


@pytest.mark.parametrize("name", ["Looping", "Blocked", "Sleeping"])
def test_a_unit_that_hangs_is_stopped_and_the_others_go_on(package, name):
    prepared = prepare_plugins(name, "OddSieve", unit_budget_seconds=2)
    judged = prepared.judge_package(make_candidates("a", "1"))
    assert [removal.unit for removal in judged.removals] == ["OddSieve"]
    (failure,) = prepared.failures
    assert (failure.unit, Path(failure.file).name) == (name, "their_units.py")
    assert failure.reason == "was stopped: its budget is 2 s"
    prepared.judge_package(make_candidates("b", "1"))
    assert len(prepared.failures) == 1


def test_an_import_without_end_costs_the_budget_and_only_once(package):
    (package / "their_units.py").write_text("while True:\n    pass\n")
    not_started: dict[str, str] = {}
    reasons = []
    for _ in range(2):
        prepared = prepare_plugins("OddSieve", unit_budget_seconds=0.2, not_started=not_started)
        reasons += [failure.reason for failure in prepared.failures]
        (package / "their_units.py").write_text(SOURCE)
    assert reasons == ["was stopped: its budget is 0.2 s"] * 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Garbling", "was stopped: what it sent is no answer"),
        ("Crashing", "its process ended by itself (exit code 7)"),
        ("Raising", "ValueError: no idea"),
        ("Leaving", "SystemExit: enough"),
        ("Lying", "its answer cannot be used: Removal.version may not be 5"),
        ("Foreign", "WireError: a unit may not answer with object"),
    ],
)
def test_a_unit_that_fails_is_named_with_its_file(package, name, reason):
    prepared = prepare_plugins(name)
    assert prepared.judge_package(make_candidates("a", "1")).removals == ()
    (failure,) = prepared.failures
    assert (failure.unit, Path(failure.file).name, failure.reason) == (
        name,
        "their_units.py",
        reason,
    )


def test_what_a_unit_started_ends_with_it(package):
    prepared = prepare_plugins("Parent")
    assert prepared.judge_package(make_candidates("a", "1")).removals == ()
    (unit,) = prepared._by_package.units_for("a")
    unit.child.stop()  # would wait for ten minutes, for the pipe that the other process has too
    assert unit.child._process.returncode == -9


@pytest.mark.parametrize(
    ("name", "reason"),
    [("OfNoFamily", "it is of no family: 'sieve'"), ("AboutANumber", "no tuple of names: 5")],
)
def test_a_unit_that_describes_itself_wrongly_is_named(package, name, reason):
    (failed,) = prepare_plugins(name).failures
    assert reason in failed.reason


def test_a_unit_that_answers_with_the_wrong_values_is_named(package):
    prepared = prepare_plugins("WrongKind")
    assert prepared.judge_package(make_candidates("a", "1")).removals == ()
    assert prepared.failures[0].reason.startswith("its answer cannot be used")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("their_units:NotAUnit", "TypeError: their_units:NotAUnit is not a unit"),
        ("their_units:Absent", "AttributeError: module 'their_units' has no attribute 'Absent'"),
        ("absent_package:Unit", "ModuleNotFoundError: No module named 'absent_package'"),
    ],
)
def test_an_entry_point_that_is_no_unit_is_named(package, target, reason):
    prepared = prepare(make_context(), known={}, plugins=[Plugin("Ours", target)])
    assert [(failure.unit, failure.reason) for failure in prepared.failures] == [("Ours", reason)]


def test_a_plugin_cannot_take_the_name_of_a_built_in_unit():
    prepared = prepare(make_context(), plugins=[Plugin("CveSieve", "their_units:OddSieve")])
    assert [failure.unit for failure in prepared.failures] == ["CveSieve"]


@pytest.mark.parametrize(
    "plain",
    [
        {"#": "os.system"},
        {"#": ["Removal"]},
        {},
        {"#": "Removal", "version": "1", "reason": None, "unit": "u", "link": ""},
        {"#": "StackMessage", "type": "SHOUT", "message": "m", "link": "", "source": ""},
        {"#": "ScorePart", "name": "n", "points": True, "source": "s", "link": "", "level": "main",
         "justifications": []},
        {"#": "ScorePart", "name": "n", "points": 10**18, "source": "s", "link": "", "level": "main",
         "justifications": []},
        {"#": "ScorePart", "name": "n", "points": 1, "source": "s", "link": "", "level": "main",
         "justifications": ["text"]},
    ],
)  # fmt: skip
def test_only_known_values_of_the_right_types_come_back(plain):
    with pytest.raises(WireError):
        from_plain(plain)
    with pytest.raises(WireError):
        to_plain(object())
