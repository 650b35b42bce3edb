"""What importing the package costs and which implementation it takes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import advisor_core.standards


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


needs_extension = pytest.mark.skipif(
    os.environ.get("THOTH_PURE") == "1", reason="the twin was asked for"
)


@needs_extension
def test_the_extension_is_there_and_taken():
    assert advisor_core.standards.IMPLEMENTATION == "c"


@needs_extension
def test_the_fast_path_imports_neither_packaging_nor_re():
    code = """if True:
        import sys
        before = set(sys.modules)
        from advisor_core import standards
        standards.VersionList(["1.0"]).match(">=1")
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(standards.IMPLEMENTATION, sorted(new & {"packaging", "re", "dataclasses", "enum"}))
    """
    # typing, which everything imports, brings re in some Pythons.
    assert run("import typing\n" + code, THOTH_PURE="") == "c []"


def test_the_twin_is_taken_when_asked_for():
    code = "from advisor_core import standards; print(standards.IMPLEMENTATION)"
    assert run(code, THOTH_PURE="1") == "python"


def test_public_names_are_these():
    assert sorted(advisor_core.standards.__all__) == [
        "IMPLEMENTATION",
        "MarkerEnvironment",
        "VersionList",
        "active_requirements",
        "compare_versions",
        "evaluate_marker",
        "expand_tags",
        "normalize_name",
        "normalize_version",
        "parse_requirement",
        "parse_sdist_filename",
        "parse_wheel_filename",
        "requirement_to_string",
        "specifier_contains",
        "specifier_names_prerelease",
    ]


@needs_extension
def test_both_implementations_have_every_name():
    from advisor_core import _engine
    from advisor_core.standards import pure

    for name in pure.__all__:
        if name != "MARKER_VARIABLES":
            assert hasattr(_engine, name), name
