"""Poetry's constraints, after https://python-poetry.org/docs/dependency-specification/."""

from __future__ import annotations

import pytest

from advisor_core.manifests.poetry_constraints import pep_440_of, python_marker_of


@pytest.mark.parametrize(
    ("written", "specifier"),
    [
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2.0"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1.0"),
        ("~1.2.3", ">=1.2.3,<1.3.0"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2.0"),
        ("~=1.4", "~=1.4"),
        ("*", ""),
        ("1.*", "==1.*"),
        ("1.2.3", "==1.2.3"),
        ("==1.2.3", "==1.2.3"),
        (">=1.2, !=1.5 <2", ">=1.2,!=1.5,<2"),
        ("^1.0 || ^2", ">=1.0,<3.0"),
        ("^2 | ^1.0 || <1.5", "<3.0"),
        ("* || ^1", ""),
    ],
)
def test_constraint_is_the_specifier_that_means_the_same(written, specifier):
    assert pep_440_of(written) == specifier


@pytest.mark.parametrize("written", ["^x", "nonsense", "^1 || ^3", "!=1 || ^2", "^1." * 400])
def test_what_has_no_specifier_is_refused(written):
    with pytest.raises(ValueError):
        pep_440_of(written)


def test_python_of_a_dependency_is_a_marker():
    assert python_marker_of("^3.8") == "python_version >= '3.8' and python_version < '4.0'"
    assert python_marker_of("<3.8 || >=3.11.2") == (
        "(python_version < '3.8') or (python_full_version >= '3.11.2')"
    )
    assert python_marker_of("*") is None
