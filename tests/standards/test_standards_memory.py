"""The C functions in a process of their own: nothing leaks, and no memory is an exception."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    os.environ.get("THOTH_PURE") == "1", reason="the twin was asked for"
)

CALLS = """if True:
    import gc, sys
    from advisor_core import _engine as c
    from standards.pep_strategies import ENVIRONMENT

    environment = c.MarkerEnvironment(ENVIRONMENT)
    versions = c.VersionList(["1.0", "v2"])
    long = "1." * 60 + "1"
    calls = [
        lambda: c.VersionList(["v1.0", "2.0", "x", "1", long]),
        lambda: c.VersionList.from_sorted(("2.0", "1.0")),
        lambda: c.VersionList.from_sorted(("1.0", "2.0")),
        lambda: versions.match(">=1,<" + long),
        lambda: versions.match("bad"),
        lambda: c.MarkerEnvironment(ENVIRONMENT, extras=["A", "b"], dependency_groups=("x",)),
        lambda: c.MarkerEnvironment({**ENVIRONMENT, "python_full_version": "3.13.0+"}),
        lambda: c.MarkerEnvironment({"a": "b"}),
        lambda: c.MarkerEnvironment(ENVIRONMENT, extras=["\\xe9"]),
        lambda: c.active_requirements(["F_B[b,a,A]>= 1,<2; extra=='x' or 'x' in os_name",
                                       "b @ http://x"], environment, ""),
        lambda: c.active_requirements(["a; extra=='X'"], environment, "X"),
        lambda: c.active_requirements(["a", "bad bad"], environment, ""),
        lambda: c.parse_requirement_parts("Foo[b,a,A] (>= 1 ,< 2) ; extra=='x'"),
        lambda: c.parse_requirement_parts("Foo["),
        lambda: c.evaluate_marker(f"extra=='x' and python_version<'{long}'", environment, "x"),
        lambda: c.parse_wheel_filename("Foo_b-1.0rc-1b-py2.PY3-none-any.whl"),
        lambda: c.parse_wheel_filename("x"),
        lambda: c.parse_sdist_filename("Foo_b-1.0rc.zip", "foo-b"),
        lambda: c.parse_sdist_filename("x", "foo-b"),
        lambda: c.normalize_name("F\\xe9_O"),
        lambda: c.normalize_version("v" + long),
        lambda: c.normalize_version("x"),
        lambda: c.compare_versions(long, "2"),
        lambda: c.specifier_contains(">=" + long, long),
        lambda: c.specifier_names_prerelease("==1a1"),
    ]

    def call_all():
        for call in calls:
            try:
                call()
            except ValueError:
                pass
"""


def run(code):
    # For `standards.pep_strategies`, which lies beside this file.
    paths = [str(Path(__file__).parents[1]), *(path for path in sys.path if path)]
    done = subprocess.run(
        [sys.executable, "-c", CALLS + code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_nothing_leaks():
    code = """
    def blocks(times):
        for _ in range(times):
            call_all()
        gc.collect()
        return sys.getallocatedblocks(), sys.getrefcount(c.VersionList)

    blocks(20)
    before = blocks(20)
    after = blocks(200)
    print(after[0] - before[0], after[1] - before[1])
    """
    growth, references = map(int, run(code))
    assert growth < 200  # one leaked object a round would be 200
    assert references == 0


def test_no_memory_is_an_exception_wherever_it_ends():
    pytest.importorskip("_testcapi", reason="this Python cannot be told to refuse memory")
    code = """
    import _testcapi

    call_all()
    refused = 0
    for call in calls:
        for request in range(60):
            try:
                _testcapi.set_nomemory(request, request + 1)
                try:
                    call()
                finally:
                    _testcapi.remove_mem_hooks()
            except MemoryError:
                refused += 1
            except ValueError:
                pass
    print(refused)
    """
    assert int(run(code)[0]) > 100
