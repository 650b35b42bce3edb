"""A line is loosened, and nothing else of the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.loosen import loosen_line, loosen_specifier
from advisor_core.standards import specifier_contains

PIPFILE = """\
# ours
[packages]
flask = "~=2.1, <3"   # keep
click = {version = "<8", extras = ["x"], markers = "python_version < '3.13'"}
django = "==4.2.*"
free = "*"
"""

REQUIREMENTS = """\
urllib3==1.26.4 ; python_version < "3.13"  # old
click[x]<8
free
lower>=1
"""

PYPROJECT = """\
[project]
name = "p"
version = "1"
dependencies = [
  "flask ~=2.1,<3",
  "click (<8)",
]
"""


def loosened(path, text, package):
    manifest = read_manifest(MappingFiles({path: text.encode()}), path)
    (declared,) = (
        each
        for category in manifest.categories
        for each in category.requirements
        if each.requirement.name == package
    )
    found = loosen_line(text.encode(), declared, kind=manifest.kind)
    return found.decode() if found is not None else None


@pytest.mark.parametrize(
    ("path", "text", "package", "before", "after"),
    [
        ("Pipfile", PIPFILE, "flask", '"~=2.1, <3"', '">=2.1"'),
        ("Pipfile", PIPFILE, "click", 'version = "<8"', 'version = "*"'),
        ("Pipfile", PIPFILE, "django", '"==4.2.*"', '">=4.2"'),
        ("requirements.in", REQUIREMENTS, "urllib3", "urllib3==1.26.4", "urllib3>=1.26.4"),
        ("requirements.in", REQUIREMENTS, "click", "click[x]<8", "click[x]"),
        ("pyproject.toml", PYPROJECT, "flask", "flask ~=2.1,<3", "flask >=2.1"),
    ],
)
def test_only_the_specifier_of_the_line_changes(path, text, package, before, after):
    assert loosened(path, text, package) == text.replace(before, after)


@pytest.mark.parametrize(
    ("path", "text", "package"),
    [
        ("Pipfile", PIPFILE, "free"),
        ("requirements.in", REQUIREMENTS, "free"),
        ("requirements.in", REQUIREMENTS, "lower"),
    ],
)
def test_what_holds_nothing_back_is_left(path, text, package):
    assert loosened(path, text, package) is None


VERSIONS = ["0.9", "1.0", "1.5", "2.0", "2.1", "3.0"]
CLAUSES = st.builds(
    str.__add__,
    st.sampled_from(["==", "~=", "!=", "<", "<=", ">", ">="]),
    st.sampled_from(VERSIONS),
)


@given(st.lists(CLAUSES, min_size=1, max_size=3), st.sampled_from(VERSIONS))
def test_a_loosened_specifier_holds_all_that_it_held_and_nothing_below(clauses, version):
    specifier = ",".join(clauses)
    if specifier_contains(specifier, version):
        assert specifier_contains(loosen_specifier(specifier), version)
    assert not set("<~") & set(loosen_specifier(specifier))
