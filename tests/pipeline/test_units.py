"""What each unit in Python does: where it acts, and where it does not."""

from __future__ import annotations

import pytest

from advisor_core.advisories.interface import Advisory
from advisor_core.config.model import Hardware
from advisor_core.errors import InputError
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.interface import FinalStack, ImageFacts, ReleaseFacts
from advisor_core.pipeline.registry import BUILT_IN
from advisor_core.values import replace
from fakes.pipelines import PYPI, make_candidates, make_context, make_manifest, make_stack

DAY = 86_400


class FakeAdvisories:
    """Advisories that were imported some days ago."""

    def __init__(self, as_of: int | None) -> None:
        self.as_of = as_of


def say(name: str, configuration: object = True, **facts: object) -> list[str]:
    """Return what one boot says."""
    prepared = prepare(
        make_context(**facts), units={name: configuration}, known={name: BUILT_IN[name]}
    )
    assert not prepared.failures
    return [said.message for said in prepared.stack_info]


def sieve(name: str, configuration: object, package: object, **facts: object) -> dict[str, str]:
    """Return version to reason of what one sieve removes."""
    context = make_context(**facts)
    prepared = prepare(context, units={name: configuration}, known={name: BUILT_IN[name]})
    removals = prepared.judge_package(package).removals
    assert not prepared.failures
    assert all(removal.unit == name for removal in removals)
    return {removal.version: removal.reason for removal in removals}


def included(name: str, **facts: object) -> bool:
    """Return whether a unit is used when nobody configures it."""
    return bool(list(BUILT_IN[name].should_include(make_context(**facts))))


def test_the_default_units_are_those_that_are_not_manual():
    manual = {name for name, unit in BUILT_IN.items() if unit.manual}
    assert manual == {name for name in BUILT_IN if not included(
        name, labels={"a": "b"}, lock_is_stale=True, images={"i": ImageFacts()},
        manifest=replace(make_manifest("a", constraints=["a<2"]), python_version="3.12"),
    )}  # fmt: skip


def test_old_advisories_are_warned_of():
    now = 100 * DAY
    assert say("CveTimestampBoot", advisories=FakeAdvisories(now - 30 * DAY), now=now) == [
        "the advisories are 30 days old: newer vulnerabilities are not known"
    ]
    assert say("CveTimestampBoot", advisories=FakeAdvisories(now - 7 * DAY), now=now) == []
    recent = FakeAdvisories(now - 2 * DAY)
    assert len(say("CveTimestampBoot", {"days": 1}, advisories=recent, now=now)) == 1
    assert say("CveTimestampBoot") == say("CveTimestampBoot", advisories=FakeAdvisories(None)) == []


def test_the_environment_is_described():
    assert say("EnvironmentInfoBoot") == [
        "advice for default: Python 3.12 on manylinux_2_28_x86_64"
    ]
    facts = {"base_image": "q/x:v1", "cuda_version": "11.2", "hardware": Hardware(6, 94, "Tesla")}
    assert say("EnvironmentInfoBoot", **facts) == [
        (
            "advice for default: Python 3.12 on manylinux_2_28_x86_64 "
            "(image q/x:v1, cuda 11.2, GPU Tesla, CPU family 6 model 94)"
        )
    ]


def test_a_declared_environment_without_its_system_is_noted():
    assert (
        len(say("FullySpecifiedEnvironment"))
        == len(say("FullySpecifiedEnvironment", system="ubi"))
        == 1
    )
    assert say("FullySpecifiedEnvironment", system="ubi 8") == []
    assert say("FullySpecifiedEnvironment", platform="win_amd64") == []


def test_labels_are_said():
    assert say("LabelsBoot", labels={"team": "a", "area": "b"}) == [
        "the request has the labels area=b, team=a"
    ]
    assert not included("LabelsBoot")


def test_a_stale_lock_is_warned_of():
    assert say("PipfileHashBoot") == [
        "the present lockfile was made from another version of the manifest"
    ]
    assert included("PipfileHashBoot", lock_is_stale=True)
    assert not included("PipfileHashBoot", lock_is_stale=False)
    assert not included("PipfileHashBoot", lock_is_stale=None)


def test_one_lock_for_several_platforms_is_said_and_one_without_wheels_stops():
    one, other = make_context(), make_context(platform="win_amd64")
    both = replace(one, environments=(*one.environments, *other.environments))
    known = {"PlatformBoot": BUILT_IN["PlatformBoot"]}
    assert [said.message for said in prepare(both, known=known).stack_info] == [
        "one lockfile serves 2 platforms: manylinux_2_28_x86_64, win_amd64"
    ]
    assert prepare(one, known=known).stop is None
    without = replace(one, environments=(replace(one.environments[0], tags={}),))
    assert prepare(without, known=known).stop == (
        "PlatformBoot: no wheel can be installed on 'manylinux_2_28_x86_64'"
    )


def test_another_python_than_the_manifest_asks_for_is_warned_of():
    manifest = replace(make_manifest(), python_version="3.11", requires_python=">=3.13")
    assert say("PythonVersionBoot", manifest=manifest) == [
        "default has Python 3.12, requirements.in asks for 3.11",
        "default has Python 3.12, requirements.in requires >=3.13",
    ]
    manifest = replace(make_manifest(), python_version="3.12.4", requires_python=">=3.8")
    assert say("PythonVersionBoot", manifest=manifest) == []
    assert not included("PythonVersionBoot", manifest=make_manifest())


def test_requirements_without_bounds_are_named():
    manifest = make_manifest("flask", "numpy>=1", "attrs", "zope", "six")
    assert say("VersionCheckBoot", {"shown": 2}, manifest=manifest) == [
        "any version is allowed of attrs, flask and 2 more: give them a range"
    ]
    assert say("VersionCheckBoot", manifest=make_manifest("numpy>=1")) == []
    assert say("VersionCheckBoot") == []


def test_an_image_with_an_older_c_library_is_an_error():
    old = {
        "i": ImageFacts(symbols=frozenset({"GLIBC_2.4", "GLIBC_2.17", "GLIBC_PRIVATE", "X_3.0"}))
    }
    facts = {"base_image": "i", "platform": "manylinux_2_28_x86_64"}
    assert say("AbiCompatibilityBoot", images=old, **facts) == [
        "i has glibc 2.17, manylinux_2_28_x86_64 means 2.28: wheels may not load in it"
    ]
    new = {"i": ImageFacts(symbols=frozenset({"GLIBC_2.4", "GLIBC_2.28"}))}
    assert say("AbiCompatibilityBoot", images=new, **facts) == []
    assert say("AbiCompatibilityBoot", images={"i": ImageFacts()}, **facts) == []
    assert not included("AbiCompatibilityBoot")


def test_a_constraint_removes_what_is_outside():
    manifest = make_manifest("a", constraints=["a<2", "a!=1.0", "b<1; python_version < '3'"])
    package = make_candidates("a", "3.0", "1.1", "1.0")
    assert sieve("ConstraintsSieve", True, package, manifest=manifest) == {
        "3.0": "constraints.txt:1 constrains it to `<2`",
        "1.0": "constraints.txt:2 constrains it to `!=1.0`",
    }
    assert sieve("ConstraintsSieve", True, make_candidates("b", "2"), manifest=manifest) == {}
    assert not included("ConstraintsSieve", manifest=make_manifest("a"))


def make_vulnerable(severity: str) -> object:
    advisory = Advisory("PYSEC-1", "a", ("CVE-1",), "bad", severity, "https://osv.dev/PYSEC-1")
    return make_candidates("a", "2.0", ReleaseFacts("1.0", 1, advisories=(advisory,)))


def test_vulnerable_releases_are_removed_where_that_is_asked_for():
    assert sieve("CveSieve", {}, make_vulnerable("high")) == {
        "1.0": "it has the known vulnerability PYSEC-1 of severity high"
    }
    assert sieve("CveSieve", {"severity": "critical"}, make_vulnerable("high")) == {}
    assert sieve("CveSieve", {"severity": "critical"}, make_vulnerable("unknown")) == {
        "1.0": "it has the known vulnerability PYSEC-1"
    }
    assert sieve("CveSieve", {"allow": ["PYSEC-1"]}, make_vulnerable("high")) == {}
    labels = {"allow-cve": "CVE-9, CVE-1"}
    assert sieve("CveSieve", {}, make_vulnerable("high"), labels=labels) == {}


def test_pre_releases_are_cut_but_of_named_packages():
    package = make_candidates("a-b", ReleaseFacts("2.0rc1", 0, prerelease=True), "1.0")
    assert list(sieve("CutPreReleasesSieve", {}, package)) == ["2.0rc1"]
    assert sieve("CutPreReleasesSieve", {"allow": ["A_b"]}, package) == {}


def test_other_indexes_are_refused():
    package = make_candidates("a", "1", index_url="https://other.example/simple/")
    allowed = {"index_url": [PYPI]}
    assert sieve("FilterIndexSieve", allowed, package) == {
        "1": "it comes from https://other.example/simple/, which is not allowed"
    }
    assert sieve("FilterIndexSieve", allowed, make_candidates("a", "1", index_url=PYPI + "/")) == {}
    for_b = {"package_name": "b", "index_url": [PYPI]}
    assert sieve("FilterIndexSieve", for_b, package) == {}


def test_versions_that_are_none_are_removed():
    assert list(sieve("LegacyVersionSieve", True, make_candidates("a", "1.0", "2004d-final"))) == [
        "2004d-final"
    ]


def test_locked_packages_are_kept():
    package = make_candidates("a", "2.0", "1.0", locked="1.0")
    assert list(sieve("CutLockedSieve", {}, package)) == ["2.0"]
    assert list(sieve("CutLockedSieve", {"keep": ["A"]}, package)) == ["2.0"]
    assert sieve("CutLockedSieve", {"keep": ["b"]}, package) == {}
    assert sieve("CutLockedSieve", {"free": ["a"]}, package) == {}
    assert sieve("CutLockedSieve", {}, make_candidates("a", "2.0", locked="1.0")) == {}
    assert sieve("CutLockedSieve", {}, make_candidates("a", "2.0")) == {}


def test_only_the_new_release_is_asked_about():
    configuration = {"package_name": "a", "package_version": "2.0"}
    assert list(sieve("PackageUpdateSieve", configuration, make_candidates("a", "2.0", "1.0"))) == [
        "1.0"
    ]
    assert sieve("PackageUpdateSieve", configuration, make_candidates("b", "1.0")) == {}
    elsewhere = {**configuration, "index_url": "https://other.example/simple"}
    assert list(sieve("PackageUpdateSieve", elsewhere, make_candidates("a", "2.0"))) == ["2.0"]


def test_releases_without_a_wheel_are_removed_and_unknown_ones_kept():
    releases = [
        ReleaseFacts("3", 0, wheel=True),
        ReleaseFacts("2", 1, wheel=False),
        ReleaseFacts("1", 2),
    ]
    assert list(sieve("AbiCompatibilitySieve", {}, make_candidates("a", *releases))) == ["2"]


def test_a_package_is_kept_within_a_range():
    configuration = {"package_name": "A", "version_specifier": "<2"}
    package = make_candidates("a", "2.0", "1.0")
    assert sieve("VersionConstraintSieve", configuration, package) == {
        "2.0": "it is configured to be `<2`"
    }
    because = {**configuration, "reason": "it breaks us"}
    assert sieve("VersionConstraintSieve", because, package) == {"2.0": "it breaks us"}


def test_a_unit_can_be_used_several_times():
    configurations = [
        {"package_name": "a", "version_specifier": "<2"},
        {"package_name": "b", "version_specifier": ">1"},
    ]
    prepared = prepare(make_context(), units={"VersionConstraintSieve": configurations})
    assert [
        each.version for each in prepared.judge_package(make_candidates("a", "2", "1")).removals
    ] == ["2"]
    assert [
        each.version for each in prepared.judge_package(make_candidates("b", "2", "1")).removals
    ] == ["1"]


def test_configured_points_are_given():
    configuration = {"package_name": "a", "version_specifier": "<2", "points": -7}
    prepared = prepare(make_context(), units={"SetScoreStep": configuration})
    judged = prepared.judge_package(make_candidates("a", "2", "1"))
    assert {version: part.points for version, (part,) in judged.parts.items()} == {"1": -7}


def test_an_alias_is_offered_in_the_same_version():
    configuration = {"package_name": "a", "alias_name": "b"}
    prepared = prepare(make_context(), units={"AliasPseudonym": configuration})
    prepared.judge_package(make_candidates("a", "2", "1"))
    assert [term.stands_for for term in prepared.terms(["a"])] == [("b", "2"), ("b", "1")]


@pytest.mark.parametrize(
    ("only_once", "answers"), [(True, [True, False, False]), (False, [True, True, False])]
)
def test_one_version_is_let_through(only_once, answers):
    configuration = {"package_name": "a", "only_once": only_once}
    prepared = prepare(make_context(), units={"OneVersionStride": configuration})
    assert prepared.has_strides
    stacks = [make_stack(a="1", b="1"), make_stack(a="1", b="2"), make_stack(a="2", b="1")]
    assert [prepared.accept(stack) is None for stack in stacks] == answers
    assert prepared.accept(make_stack(b="9")) is None


def test_a_share_of_stacks_is_drawn_the_same_each_time():
    def draw(percent: int, seed: int) -> list[bool]:
        units = {"RandomDecisionStride": {"percent": percent, "seed": seed}}
        prepared = prepare(make_context(), units=units)
        return [prepared.accept(make_stack(a=str(number))) is None for number in range(200)]

    assert draw(30, 1) == draw(30, 1) != draw(30, 2)
    assert 30 < sum(draw(30, 1)) < 90
    assert sum(draw(0, 1)) == 0
    assert sum(draw(100, 1)) == 200


def test_classifiers_that_do_not_fit_are_said():
    classifiers = (
        "Development Status :: 7 - Inactive",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Environment :: GPU :: NVIDIA CUDA :: 11.2",
    )
    facts = {"a": ReleaseFacts("1", 0, classifiers=classifiers), "b": ReleaseFacts("1", 0)}
    stack = FinalStack({"a": "1", "b": "1"}, {}, 0, facts)
    prepared = prepare(make_context(cuda_version="12.0"))
    assert [said.message for said in prepared.annotate(stack)] == [
        "a 1 calls itself inactive",
        "a 1 does not list Python 3.12 among those it was made for",
        "a 1 does not list CUDA 12.0 among those it was made for",
    ]
    fitting = prepare(make_context(python="3.10", cuda_version="11.2.1"))
    assert [said.message for said in fitting.annotate(stack)] == ["a 1 calls itself inactive"]


def test_links_are_said_only_when_asked_for():
    stack = make_stack(flask="2.0")
    assert prepare(make_context()).annotate(stack) == ()
    units = {"PyPIReleaseWrap": True, "LibrariesIOWrap": True}
    assert [said.link for said in prepare(make_context(), units=units).annotate(stack)] == [
        "https://pypi.org/project/flask/2.0/",
        "https://libraries.io/pypi/flask/",
    ]
    elsewhere = replace(stack, indexes={"flask": "https://other.example/simple"})
    assert prepare(make_context(), units={"PyPIReleaseWrap": True}).annotate(elsewhere) == ()


def test_every_fault_of_a_configuration_is_reported_at_once():
    units = {
        "CveSieves": True,
        "VersionConstraintSieve": [{"version_specifier": "<<2", "color": 1}],
        "CveSieve": {"severity": "awful", "allow": 5},
        "CveTimestampBoot": {"days": "many"},
        "OneVersionStride": {"package_name": "a", "only_once": "yes"},
        "SetScoreStep": 5,
        "LabelsBoot": False,
    }
    with pytest.raises(InputError) as caught:
        prepare(make_context(), units=units)
    assert [f"{fault.place}: {fault.message}" for fault in caught.value.faults] == [
        "advice.units.CveSieves: no such unit",
        "advice.units.SetScoreStep: cannot configure a unit: 5",
        "advice.units.CveTimestampBoot.days: must be an integer: 'many'",
        "advice.units.VersionConstraintSieve.color: no such option",
        "advice.units.VersionConstraintSieve.package_name: must be given",
        (
            "advice.units.VersionConstraintSieve.version_specifier: must be a version specifier, such as "
            "'>=1.0,<2': '<<2'"
        ),
        "advice.units.CveSieve.severity: must be one of low, medium, high, critical: 'awful'",
        "advice.units.CveSieve.allow: must be a list of texts: 5",
        "advice.units.OneVersionStride.only_once: must be true or false: 'yes'",
    ]
    assert caught.value.faults[0].hint == "did you mean CveSieve?"


def test_a_unit_that_is_switched_off_is_not_used():
    assert prepare(make_context(), units=dict.fromkeys(BUILT_IN, False)).stack_info == ()
