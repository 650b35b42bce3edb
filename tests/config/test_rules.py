"""Rules of `packages`: how they are read, and what they make of a manifest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config import read_configuration
from advisor_core.config.rules import apply_rules
from advisor_core.configured import configure_manifest
from advisor_core.errors import InputError
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.standards import compare_versions, specifier_contains

TODAY = "2026-11-30"


def rules_of(text):
    return read_configuration(text.encode()).packages


def limits(text, *, locked="1.4.2", today=TODAY):
    """Return the specifiers that rules of one package become."""
    files = MappingFiles({"requirements.in": b"demo\n"})
    manifest = apply_rules(
        read_manifest(files, "requirements.in"),
        rules_of(f"packages:\n- {text}\n"),
        locked={"default": {"demo": locked}} if locked else {},
        today=today,
    )
    return [declared.requirement.specifier for declared in manifest.categories[0].constraints]


@pytest.mark.parametrize(
    ("rule", "specifiers"),
    [
        ("{name: demo, allow: '>=1,<2'}", [">=1,<2"]),
        ("{name: Demo, pin: 1.0}", ["==1.0"]),
        ("{name: demo, pin: '==1.0'}", ["==1.0"]),
        ("{name: demo, ignore: all}", ["==1.4.2"]),
        ("{name: demo, ignore: major}", ["<2"]),
        ("{name: demo, ignore: minor}", ["<1.5"]),
        ("{name: demo, ignore: patch}", ["<1.4.3"]),
        ("{name: demo, ignore: '==2.1'}", ["!=2.1"]),
        ("{name: demo, ignore: ['==2.*', '>=3']}", ["!=2.*", "<3"]),
        ("{name: demo, ignore: {update: '>1.4', until: 2026-11-30}}", ["<=1.4"]),
        ("{name: demo, ignore: {update: major, until: 2026-11-29}}", []),
        ("{name: demo, prereleases: true}", [""]),
        ("{name: demo, prereleases: false}", []),
        ("{name: [other, demo], pin: 3}", ["==3", "==3"]),
    ],
)
def test_a_rule_becomes_a_constraint(rule, specifiers):
    assert limits(rule) == specifiers


def test_a_relative_rule_means_nothing_without_a_lock():
    assert limits("{name: demo, ignore: major}", locked=None) == []


def test_a_short_version_is_padded_and_an_epoch_kept():
    assert limits("{name: demo, ignore: patch}", locked="2") == ["<2.0.1"]
    assert limits("{name: demo, ignore: major}", locked="1!2.3") == ["<1!3"]


VERSIONS = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)


@given(locked=VERSIONS, other=VERSIONS, kind=st.sampled_from(["major", "minor", "patch"]))
def test_an_ignored_kind_of_update_is_exactly_what_is_left_out(locked, other, kind):
    (specifier,) = limits(f"{{name: demo, ignore: {kind}}}", locked=locked)
    size = {"major": 1, "minor": 2, "patch": 3}[kind]

    def head(version):
        parts = [int(part) for part in version.split(".")]
        return [*parts, 0, 0, 0][:size]

    is_update = compare_versions(other, locked) > 0 and head(other) != head(locked)
    assert specifier_contains(specifier, other) is not is_update


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{name: a b, pin: 1}", "not a package name: 'a b'"),
        ("{pin: 1}", "a rule of `packages` without `name`"),
        ("{name: a}", "a rule of `packages` that says nothing"),
        ("{name: a, allow: '>>1'}", "`allow` is not a PEP 440 specifier: '>>1'"),
        ("{name: a, allow: '<1,>2'}", "`allow` holds no version at all: '<1,>2'"),
        ("{name: a, pin: one}", "`pin` is not a PEP 440 version: 'one'"),
        ("{name: a, ignore: huge}", "`ignore` is neither a kind of update nor one PEP 440 clause"),
        ("{name: a, ignore: '>=1,<2'}", "`ignore` is neither a kind of update nor one PEP 440"),
        ("{name: a, ignore: {update: all, until: tomorrow}}", "`until` is not a date: 'tomorrow'"),
        ("{name: a, ignore: {until: 2027-01-01}}", "`ignore` without `update`"),
        ("{name: a, pin: 1, why: x}", "unknown key in a rule of `packages`: 'why'"),
        ("5", "`packages[]` must be a mapping"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(rule, message):
    with pytest.raises(InputError) as caught:
        rules_of(f"mode: advise\npackages:\n- {rule}\n")
    assert any(str(fault).startswith(f".thoth.yaml:3: {message}") for fault in caught.value.faults)


def test_all_faults_of_all_rules_are_reported_together():
    with pytest.raises(InputError) as caught:
        rules_of("packages:\n- {name: a, pin: one}\n- {name: b, allow: '>>1'}\nmode: loud\n")
    assert [fault.place for fault in caught.value.faults] == [
        ".thoth.yaml:2",
        ".thoth.yaml:3",
        ".thoth.yaml:4",
    ]


PIPFILE = (
    b'[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\nverify_ssl = true\n'
    b'[[source]]\nname = "other"\nurl = "https://other.example/simple"\nverify_ssl = true\n'
    b'[packages]\ndemo = "*"\n[dev-packages]\ntool = "*"\n'
)


def configured(files, rules=""):
    given = MappingFiles(files)
    return configure_manifest(
        given,
        read_manifest(given, "Pipfile"),
        read_configuration(rules.encode()),
        lockfile="Pipfile.lock",
        today=TODAY,
    )


def test_a_rule_pins_the_index_of_direct_and_transitive_packages():
    manifest = configured({"Pipfile": PIPFILE}, "packages:\n- {name: [demo, deep], index: other}\n")
    assert manifest.categories[0].requirements[0].index == "other"
    assert ("deep", "other") in [
        (declared.requirement.name, declared.index)
        for declared in manifest.categories[0].constraints
    ]


def test_an_index_that_the_manifest_lacks_is_a_fault_with_the_known_ones():
    with pytest.raises(InputError) as caught:
        configured({"Pipfile": PIPFILE}, "packages:\n- {name: demo, index: missing}\n")
    (fault,) = caught.value.faults
    assert str(fault) == (
        ".thoth.yaml:2: `index` names no index of Pipfile: 'missing'\n  hint: known: pypi, other"
    )


def test_constraints_txt_beside_a_pipfile_limits_every_category():
    manifest = configured({"Pipfile": PIPFILE, "constraints.txt": b"demo<2\ntool<3\n"})
    for category in manifest.categories:
        assert [(each.text, str(each.origin)) for each in category.constraints] == [
            ("demo<2", "constraints.txt:1"),
            ("tool<3", "constraints.txt:2"),
        ]
