"""The pure twin, where it adds something to `packaging`."""

from __future__ import annotations

import pytest

from advisor_core.standards import pure


def test_equal_versions_count_once_and_the_first_spelling_stays():
    versions = pure.VersionList(["1.0", "2.0", "1.0.0", "x", "2.0rc1"])
    assert versions.versions == ("2.0", "2.0rc1", "1.0")
    assert versions.invalid == ("x",)
    assert versions.prereleases == b"\x02"
    assert versions.match(">=2.0rc1") == b"\x03"


def test_active_requirements_of_an_extra_are_those_it_adds():
    values = dict.fromkeys(pure.MARKER_VARIABLES, "") | {"python_version": "3.11"}
    environment = pure.MarkerEnvironment(values)
    lines = ["a", "b>=1; extra == 'X_y'", "c; python_version < '3'", "d; extra != 'z'"]
    assert [row[0] for row in pure.active_requirements(lines, environment, "")] == ["a", "d"]
    assert pure.active_requirements(lines, environment, "x.y") == [("b", (), ">=1", None, 1)]


def test_a_line_that_does_not_parse_is_named():
    with pytest.raises(ValueError, match=r"at position 4: 'foo bar'"):
        pure.parse_requirement_parts("foo bar")
