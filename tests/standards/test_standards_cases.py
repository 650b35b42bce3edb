"""Cases by hand, as data: for both implementations, and for `packaging`, which proves the data."""

from __future__ import annotations

import itertools
import json
import pathlib

import packaging.utils
import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from standards.pep_strategies import ENVIRONMENT

from advisor_core.standards.tags import expand_tags

DATA = pathlib.Path(__file__).parent / "data"
VERSIONS, SPECIFIERS, REQUIREMENTS, MARKERS, FILENAMES = (
    json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("versions", "specifiers", "requirements", "markers", "filenames")
)


def refused(function, *arguments):
    with pytest.raises((ValueError, KeyError, AssertionError)):
        function(*arguments)


@pytest.mark.parametrize(("text", "normalized"), VERSIONS["normalized"])
def test_version_is_normalized(standards, text, normalized):
    assert standards.normalize_version(text) == normalized
    assert standards.normalize_version(normalized) == normalized
    assert standards.compare_versions(text, normalized) == 0
    assert str(Version(text)) == normalized


@pytest.mark.parametrize("text", VERSIONS["refused"])
def test_text_that_is_no_version_is_refused(standards, text):
    with pytest.raises(ValueError, match="not a PEP 440 version"):
        standards.normalize_version(text)
    refused(Version, text)
    assert standards.VersionList([text, "1"]).invalid == (text,)


def test_versions_are_ordered(standards):
    groups = VERSIONS["ascending"]
    for index, group in enumerate(groups):
        for other_index, other in enumerate(groups):
            order = (index > other_index) - (index < other_index)
            assert standards.compare_versions(group[-1], other[0]) == order, (group, other)
    everything = [text for group in groups for text in group]
    firsts = tuple(standards.normalize_version(group[0]) for group in reversed(groups))
    assert standards.VersionList(everything).versions == firsts
    for older, newer in itertools.pairwise(groups):
        assert Version(older[-1]) < Version(newer[0])


@pytest.mark.parametrize(("specifier", "held", "not_held"), SPECIFIERS["sets"])
def test_specifier_set_holds(standards, specifier, held, not_held):
    for version in held:
        assert standards.specifier_contains(specifier, version), version
        assert SpecifierSet(specifier).contains(version, prereleases=True), version
    for version in not_held:
        assert not standards.specifier_contains(specifier, version), version
        assert not SpecifierSet(specifier).contains(version, prereleases=True), version


@pytest.mark.parametrize(("specifier", "held", "not_held"), SPECIFIERS["sets"])
def test_specifier_set_matches_a_list(standards, specifier, held, not_held):
    versions = standards.VersionList([*held, *not_held])
    parsed = SpecifierSet(specifier)
    found = versions.match(specifier)
    assert [bool(found[i >> 3] >> (i & 7) & 1) for i in range(len(versions))] == [
        parsed.contains(Version(text), prereleases=True) for text in versions.versions
    ]


@pytest.mark.parametrize("specifier", SPECIFIERS["refused"])
def test_text_that_is_no_specifier_is_refused(standards, specifier):
    for refuse in (
        standards.specifier_names_prerelease,
        standards.VersionList(["1"]).match,
        lambda text: standards.specifier_contains(text, "1"),
    ):
        with pytest.raises(ValueError, match="not a PEP 440 specifier"):
            refuse(specifier)
    refused(lambda: SpecifierSet(specifier).contains("1.0"))


@pytest.mark.parametrize(("specifier", "names"), SPECIFIERS["names_prerelease"])
def test_specifier_names_a_prerelease(standards, specifier, names):
    assert standards.specifier_names_prerelease(specifier) is names
    assert bool(SpecifierSet(specifier).prereleases) is names


@pytest.mark.parametrize(("text", "parts"), REQUIREMENTS["parts"])
def test_requirement_has_these_parts(standards, text, parts):
    name, extras, specifier, marker, url = parts
    assert standards.parse_requirement_parts(text) == (name, tuple(extras), specifier, marker, url)
    parsed = Requirement(text)
    assert packaging.utils.canonicalize_name(parsed.name) == name
    assert parsed.url == url
    assert parsed.specifier == SpecifierSet(specifier)
    assert parsed.marker == (None if marker is None else Marker(marker))


@pytest.mark.parametrize("text", REQUIREMENTS["refused"])
def test_text_that_is_no_requirement_is_refused(standards, environment, text):
    with pytest.raises(ValueError, match="not a usable PEP 508 requirement"):
        standards.parse_requirement_parts(text)
    with pytest.raises(ValueError, match="not a usable PEP 508 requirement"):
        standards.active_requirements(["a", text], environment, "")
    refused(Requirement, text)


@pytest.mark.parametrize(("marker", "extra", "holds"), MARKERS)
def test_marker_holds(standards, environment, marker, extra, holds):
    if holds == "refused":
        with pytest.raises(ValueError, match=r"not a usable|not defined"):
            standards.evaluate_marker(marker, environment, extra)
        refused(lambda: Marker(marker).evaluate({**ENVIRONMENT, "extra": extra}))
    else:
        assert standards.evaluate_marker(marker, environment, extra) is holds
        assert Marker(marker).evaluate({**ENVIRONMENT, "extra": extra}) is holds


@pytest.mark.parametrize(("marker", "extra", "holds"), [m for m in MARKERS if m[2] != "refused"])
def test_requirement_is_active_when_its_marker_holds(standards, environment, marker, extra, holds):
    always = standards.evaluate_marker(marker, environment)
    active = standards.active_requirements([f"a; {marker}"], environment, extra)
    assert bool(active) is (holds and not always if extra else holds)


@pytest.mark.parametrize(("filename", "parts"), FILENAMES["wheels"])
def test_wheel_filename_has_these_parts(standards, filename, parts):
    name, version, build, tags = parts
    found = standards.parse_wheel_filename(filename)
    assert found[:3] == (name, version, tuple(build))
    assert sorted(expand_tags(found[3])) == tags
    parsed = packaging.utils.parse_wheel_filename(filename)
    assert parsed[:3] == (name, Version(version), tuple(build))
    assert sorted(map(str, parsed[3])) == tags


@pytest.mark.parametrize("filename", FILENAMES["refused_wheels"])
def test_text_that_is_no_wheel_filename_is_refused(standards, filename):
    with pytest.raises(ValueError, match="not a wheel filename"):
        standards.parse_wheel_filename(filename)
    refused(packaging.utils.parse_wheel_filename, filename)


@pytest.mark.parametrize(("filename", "project", "version"), FILENAMES["sdists"])
def test_sdist_filename_has_this_version(standards, filename, project, version):
    assert standards.parse_sdist_filename(filename, project) == version


@pytest.mark.parametrize(("name", "normalized"), FILENAMES["names"])
def test_name_is_normalized(standards, name, normalized):
    assert standards.normalize_name(name) == normalized
    assert packaging.utils.canonicalize_name(name) == normalized
