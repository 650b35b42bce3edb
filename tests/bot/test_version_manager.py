"""Which version follows, where it is written, and what a release says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from bot.managers.version import (
    ReleaseFacts,
    add_to_changelog,
    changelog_section,
    find_identifiers,
    is_candidate,
    next_version,
    release_body,
    release_message,
    set_version,
)
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import EVIL

TODAY = "2027-01-31"


@pytest.mark.parametrize(
    ("present", "kind", "version"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4", "patch", "1.4.1"),
        ("1.4.2", "calendar", "2027.1.31"),
        ("1.4.2", "pre", "1.4.3rc1"),
        ("1.4.3rc1", "pre", "1.4.3rc2"),
        ("2.0.0b4", "pre", "2.0.0rc1"),
        ("1.4.3rc2", "final", "1.4.3"),
        ("1.4.2", "final", None),
        ("1.4.2", "3.0", "3.0"),
        ("1.4.2", "1.4.1", None),
        ("2027.2.1", "calendar", None),
        ("not one", "minor", None),
    ],
)
def test_the_release_of_each_kind_that_follows(present, kind, version):
    assert next_version(present, kind, today=TODAY) == version


RELEASES = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)


@given(RELEASES, st.sampled_from(["major", "minor", "patch", "pre"]))
def test_what_follows_is_newer(present, kind):
    following = next_version(present, kind, today=TODAY)
    assert following is None or Version(following) > Version(present)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            '[build-system]\nversion = "9"\n[project]\nname = "a"\nversion = "1.2"\n',
        ),
        ("pyproject.toml", '[tool.poetry]\nversion = "1.2"\n[tool.x]\nversion = "9"\n'),
        ("setup.cfg", "[metadata]\nname = a\nversion = 1.2\n[options]\nversion = 9\n"),
        ("setup.py", 'from setuptools import setup\nsetup(name="a", version="1.2")\n'),
        ("VERSION", "1.2\n"),
        ("version.txt", "v1.2"),
        ("src/a/__init__.py", '"""A."""\n\n__version__: str = "1.2"\n'),
        ("a/_version.py", "__version__ = '1.2'\n"),
    ],
)
def test_a_version_is_found_and_set_where_projects_write_it(path, text):
    assert is_candidate(path)
    (found,) = find_identifiers({path: text.encode()})
    assert found.version == "1.2"
    changed = set_version(text.encode(), found, "1.3.0").decode()
    assert changed == text[: found.start] + "1.3.0" + text[found.end :]
    assert find_identifiers({path: changed.encode()})[0].version == "1.3.0"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\ndynamic = ["version"]\n'),
        ("setup.cfg", "[metadata]\nversion = attr: a.__version__\n"),
        ("a/__init__.py", "__version__ = importlib.metadata.version('a')\n"),
        ("VERSION", "one\n"),
        ("a/b/c/d/e/__init__.py", '__version__ = "1.2"\n'),
        ("main.py", '__version__ = "1.2"\n'),
    ],
)
def test_what_says_no_version_by_itself_is_passed_over(path, text):
    files = {path: text.encode()} if is_candidate(path) else {}
    assert find_identifiers(files) == ()


@given(st.text(max_size=300))
def test_any_file_is_searched(text):
    find_identifiers(
        dict.fromkeys(["pyproject.toml", "setup.cfg", "setup.py", "a/__init__.py"], text.encode())
    )


FACTS = ReleaseFacts("1.3.0", "1.2.0", (f"{EVIL}/__init__.py",), (EVIL, "Fix a thing"), "v1.2.0", 4)


def test_a_changelog_grows_above_its_newest_section():
    section = changelog_section(FACTS, today=TODAY)
    assert add_to_changelog(None, section) == f"# Changelog\n\n{section}\n".encode()
    old = b"# Changelog\n\nAbout it.\n\n## 1.2.0\n\n- old\n"
    assert add_to_changelog(old, section).decode() == (
        f"# Changelog\n\nAbout it.\n\n{section}\n## 1.2.0\n\n- old\n"
    )


def test_commits_are_quoted_inert_and_what_is_left_out_is_counted():
    body = release_body(FACTS, number=7)
    assert body.endswith("Closes #7\n")
    shown = judge(body.replace("Closes #7", ""))
    assert not GITHUB_REFERENCES.search(shown.linkable)
    assert "… and 4 more commits" in body
    assert not GITHUB_REFERENCES.search(release_message(FACTS))
    many = ReleaseFacts("2", "1", ("VERSION",), ("x" * 200,) * 300, None)
    assert len(release_body(many, number=7).encode()) < 65_000
