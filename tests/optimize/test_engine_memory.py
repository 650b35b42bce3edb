"""The engine gives memory back, and a failing request for it is a MemoryError, wherever it fails."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import textwrap

import pytest
from optimize_support.featured import featured_document

from advisor_core.resolver.problem_encoding import encode_problem
from advisor_core.resolver.problem_file import read_problem

PROLOGUE = """
    import pickle, sys
    from pathlib import Path
    from advisor_core._engine import Optimizer, Predictor, Problem

    arrays = pickle.loads(sys.stdin.buffer.read())
    problem = Problem(**arrays)
"""


@pytest.fixture(scope="module")
def arrays():
    document = featured_document(random.Random(4), packages=5, versions=2, pairs=3, terms=4)
    problem = read_problem(json.dumps(document).encode(), place="p.json")
    return pickle.dumps(dict(encode_problem(problem, (1,)).arrays))


def run_child(code, arrays):
    """Run code in a fresh interpreter, the arrays on its standard input; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROLOGUE + code)],
        input=arrays,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_nothing_leaks_over_ten_thousand_solves(arrays):
    output = run_child(
        """
    def solve():
        answer = Optimizer(Problem(**arrays)).run(count=2)
        assert answer["status"] == "optimal"
        Predictor(problem).run("random-walk", stack_budget=1, sample=1)

    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    for _ in range(500):
        solve()
    before = resident()
    for _ in range(10_000):
        solve()
    print(resident() - before)
    """,
        arrays,
    )
    # Ten bytes lost by each would be 100,000.
    assert int(output) < 100_000


@pytest.mark.slow
def test_every_request_of_the_binding_may_fail(arrays):
    """Not slow, but not everybody's interpreter has `_testcapi`, CPython's own means for this."""
    output = run_child(
        """
    import _testcapi

    optimizer, predictor = Optimizer(problem), Predictor(problem)
    calls = {
        "problem": lambda: Problem(**arrays),
        "optimizer": lambda: optimizer.run(count=4),
        "predictor": lambda: predictor.run("hill-climbing", stack_budget=20, count=3, sample=2),
    }

    def fails(call, number):
        _testcapi.set_nomemory(number, 0)
        try:
            call()
        except MemoryError:
            return True
        finally:
            _testcapi.remove_mem_hooks()
        return False

    for name, call in calls.items():
        call()
        number = 1
        while fails(call, number):
            number += 1
        print(name, number - 1)
    """,
        arrays,
    )
    failures = dict(line.split() for line in output.splitlines())
    assert failures.keys() == {"problem", "optimizer", "predictor"}
    assert all(int(count) > 5 for count in failures.values())
