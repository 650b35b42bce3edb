"""Both implementations say what `packaging` says, on texts that hypothesis makes up.

Where `packaging` refuses with any exception, both refuse with ValueError.
"""

from __future__ import annotations

import importlib

import packaging.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from standards.conftest import IMPLEMENTATIONS
from standards.pep_strategies import (
    ENVIRONMENT,
    close_versions,
    markers,
    requirements,
    specifiers,
    valid_markers,
    versions,
    wheel_filenames,
)

REFUSED = "refused"
pytestmark = pytest.mark.parametrize("module", IMPLEMENTATIONS)


def standards_of(module):
    return importlib.import_module(module)


def answer(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except ValueError:
        return REFUSED


def expected(function, *arguments):
    try:
        return function(*arguments)
    except (ValueError, KeyError, AssertionError):
        return REFUSED


@given(text=versions)
def test_normalized_version(module, text):
    assert answer(standards_of(module).normalize_version, text) == expected(
        lambda: str(Version(text))
    )


@given(a=versions, b=versions)
def test_order_of_versions(module, a, b):
    def compare():
        left, right = Version(a), Version(b)
        return (left > right) - (left < right)

    assert answer(standards_of(module).compare_versions, a, b) == expected(compare)


@given(specifier=specifiers, version=versions, prereleases=st.booleans())
def test_specifier_contains(module, specifier, version, prereleases):
    found = answer(
        standards_of(module).specifier_contains, specifier, version, prereleases=prereleases
    )
    if found == REFUSED and not version.isascii() and "===" in specifier:
        return  # narrower than packaging, as advisor_core.standards says
    assert found == expected(
        lambda: SpecifierSet(specifier).contains(version, prereleases=prereleases)
    )


@given(specifier=specifiers)
def test_specifier_names_prerelease(module, specifier):
    assert answer(standards_of(module).specifier_names_prerelease, specifier) == expected(
        lambda: bool(SpecifierSet(specifier).prereleases)
    )


@given(texts=st.lists(versions, max_size=12))
def test_version_list_is_what_sorting_gives(module, texts):
    built = standards_of(module).VersionList(texts)
    parsed = {}
    invalid = []
    for text in texts:
        try:
            parsed.setdefault(Version(text), None)
        except ValueError:
            invalid.append(text)
    ordered = sorted(parsed, reverse=True)
    assert built.versions == tuple(map(str, ordered))
    assert built.invalid == tuple(invalid)
    assert bits(built.prereleases, len(ordered)) == [v.is_prerelease for v in ordered]
    assert standards_of(module).VersionList.from_sorted(built.versions).versions == built.versions


@given(texts=st.lists(close_versions(), max_size=20), specifier=specifiers)
def test_match_is_contains_for_each_version(module, texts, specifier):
    def held():
        parsed = SpecifierSet(specifier)
        return [parsed.contains(Version(text), prereleases=True) for text in built.versions]

    built = standards_of(module).VersionList(texts)
    found = answer(built.match, specifier)
    if found != REFUSED:
        found = bits(found, len(built))
    assert found == expected(held)


@given(text=requirements)
def test_requirement(module, text):
    def parts():
        requirement = Requirement(text)
        for clause in requirement.specifier:
            if clause.operator != "===":
                Version(clause.version.removesuffix(".*"))
        return (
            packaging.utils.canonicalize_name(requirement.name),
            tuple(sorted({packaging.utils.canonicalize_name(e) for e in requirement.extras})),
            ",".join(f"{c.operator}{c.version}" for c in requirement.specifier),
            None if requirement.marker is None else str(requirement.marker),
            requirement.url,
        )

    found = answer(standards_of(module).parse_requirement_parts, text)
    if found != REFUSED and found[3] is not None:
        found = (*found[:3], str(Marker(found[3])), found[4])
    if found == REFUSED and ("\\" in text or "===" in text):
        return  # narrower than packaging, as advisor_core.standards says
    assert found == expected(parts)


@given(text=markers, extra=st.sampled_from(["", "some-name", "Some.Name", "test"]))
def test_marker(module, text, extra):
    environment = standards_of(module).MarkerEnvironment(ENVIRONMENT)
    found = answer(standards_of(module).evaluate_marker, text, environment, extra)
    if found == REFUSED and "\\" in text:
        return  # narrower than packaging, as advisor_core.standards says
    assert found == expected(lambda: Marker(text).evaluate({**ENVIRONMENT, "extra": extra}))


@given(text=valid_markers)
def test_marker_with_the_sets_of_a_lockfile(module, text):
    sets = {"extras": {"Some.Name", "test"}, "dependency_groups": set()}
    environment = standards_of(module).MarkerEnvironment(ENVIRONMENT, **sets)
    assert answer(standards_of(module).evaluate_marker, text, environment) == expected(
        lambda: Marker(text).evaluate({**ENVIRONMENT, **sets})
    )


@given(lines=st.lists(requirements, max_size=3), extra=st.sampled_from(["", "some-name", "test"]))
def test_active_requirements(module, lines, extra):
    def active():
        rows = []
        for index, line in enumerate(lines):
            requirement = Requirement(line)
            marker = requirement.marker
            without = marker is None or marker.evaluate(ENVIRONMENT)
            if extra and marker is not None:
                counts = marker.evaluate({**ENVIRONMENT, "extra": extra}) and not without
            else:
                counts = without and not extra
            if counts:
                rows.append((packaging.utils.canonicalize_name(requirement.name), index))
        return rows

    environment = standards_of(module).MarkerEnvironment(ENVIRONMENT)
    found = answer(standards_of(module).active_requirements, lines, environment, extra)
    if found == REFUSED and any("\\" in line or "===" in line for line in lines):
        return  # narrower than packaging, as advisor_core.standards says
    if found != REFUSED:
        found = [(row[0], row[4]) for row in found]
    assert found == expected(active)


@given(filename=wheel_filenames())
def test_wheel_filename(module, filename):
    def parse():
        name, version, build, tags = packaging.utils.parse_wheel_filename(filename)
        return name, str(version), build, {str(tag) for tag in tags}

    from advisor_core.standards.tags import expand_tags

    found = answer(standards_of(module).parse_wheel_filename, filename)
    if found == REFUSED and not filename.isascii():
        return  # narrower than packaging, as advisor_core.standards says
    if found != REFUSED:
        assert len(expand_tags(found[3])) == len(set(expand_tags(found[3])))
        found = (*found[:3], set(expand_tags(found[3])))
    assert found == expected(parse)


@given(name=st.sampled_from(["foo", "Foo_b", "a.b"]), version=versions)
def test_sdist_filename(module, name, version):
    filename = f"{name}-{version}.tar.gz"
    found = standards_of(module).parse_sdist_filename(filename, name)
    if filename.isascii():
        assert (found or REFUSED) == expected(lambda: str(Version(version)))
    else:
        assert found is None


@given(name=st.text(alphabet="aBzZ09_-.\xe9\xc9\u0130\u212a\u03a3 ", max_size=12))
def test_normalized_name(module, name):
    assert standards_of(module).normalize_name(name) == packaging.utils.canonicalize_name(name)


def bits(data, count):
    assert len(data) == (count + 7) // 8
    assert all(not data[i >> 3] >> (i & 7) & 1 for i in range(count, 8 * len(data)))
    return [bool(data[i >> 3] >> (i & 7) & 1) for i in range(count)]
