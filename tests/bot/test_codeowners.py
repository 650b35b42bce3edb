"""Who looks after a file, by CODEOWNERS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.codeowners import read_code_owners


def owners(line, path):
    return read_code_owners(f"{line} @ada\n".encode(), path) == ("ada",)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*", "a/b/Pipfile.lock", True),
        ("*.lock", "a/b/Pipfile.lock", True),
        ("*.txt", "a/b/Pipfile.lock", False),
        ("Pipfile.lock", "a/Pipfile.lock", True),
        ("/Pipfile.lock", "a/Pipfile.lock", False),
        ("/Pipfile.lock", "Pipfile.lock", True),
        ("/backend/", "backend/a/Pipfile.lock", True),
        ("/backend/", "other/backend/Pipfile.lock", False),
        ("backend/", "other/backend/Pipfile.lock", True),
        ("backend", "other/backend/Pipfile.lock", True),
        ("Pipfile.lock/", "Pipfile.lock", False),
        ("docs/*", "docs/a.txt", True),
        ("docs/*", "docs/a/b.txt", False),
        ("docs/**", "docs/a/b.txt", True),
        ("**/logs", "a/b/logs/x", True),
        ("/a/**/c", "a/c", True),
        ("/a/**/c", "a/b/b/c", True),
        ("/a/*/c", "a/b/b/c", False),
        ("a/b", "x/a/b", False),
        ("P?pfile*", "Pipfile.lock", True),
        ("pipfile.lock", "Pipfile.lock", False),
        ("!Pipfile.lock", "Pipfile.lock", False),
        ("[P]ipfile.lock", "Pipfile.lock", False),
    ],
)
def test_patterns_are_those_of_github(pattern, path, fits):
    assert owners(pattern, path) == fits


def test_the_last_line_that_fits_decides():
    content = b"# who\n* @ada\n*.lock @grace @octo/team a@b.example # both\n/docs/ @bob\n"
    assert read_code_owners(content, "Pipfile.lock") == ("grace", "octo/team")
    assert read_code_owners(content, "docs/Pipfile.lock") == ("bob",)
    assert read_code_owners(content, "README") == ("ada",)
    assert read_code_owners(content + b"*.lock\n", "Pipfile.lock") == ()
    assert read_code_owners(None, "Pipfile.lock") == ()


@given(st.binary(max_size=200), st.text("ab/*?. ", max_size=30))
def test_any_file_is_read(content, pattern):
    read_code_owners(content, "a/b/Pipfile.lock")
    read_code_owners(f"{pattern} @ada".encode(), "a/b/Pipfile.lock")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 5_000 + "b", "a" * 5_000),
        ("**/" * 100_000 + "b", "a/" * 90 + "a"),
        ("*/**/" * 100_000 + "b", "a/" * 4_000 + "a"),
    ],
)
def test_a_pattern_made_to_be_slow_is_not(pattern, path):
    """Without what bounds them each of these takes minutes."""
    assert not owners(pattern, path)
