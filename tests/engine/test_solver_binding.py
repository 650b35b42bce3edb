"""What a solver refuses, and how it behaves between threads, signals and limits of memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest
from engine.problems import Problem, add_problem, check_proof, load, pigeonhole, solve

from advisor_core import _engine

if TYPE_CHECKING:
    from advisor_core.resolver.interface import Solver

HARD = pigeonhole(13, 12)
"""Keeps every solver busy for much longer than a test."""


def make_busy(solver_class: type[Solver]) -> Solver:
    """Return a solver that knows all of HARD."""
    solver = solver_class()
    add_problem(solver, HARD)
    for candidate in HARD.candidates():
        load(solver, HARD, candidate)
    return solver


@pytest.mark.parametrize("size", [-1, (1 << 20) + 1, 1 << 80, -(1 << 80)])
def test_size_out_of_range_is_named(solver_class: type[Solver], size: int) -> None:
    with pytest.raises(ValueError, match=r"^size out of range: "):
        solver_class().add_node(size)


def test_node_out_of_range_is_named(solver_class: type[Solver]) -> None:
    solver = solver_class()
    assert solver.add_node(2) == 0
    message = "^node out of range: "
    with pytest.raises(ValueError, match=message + "1$"):
        solver.add_root(1, b"\x03", 0)
    with pytest.raises(ValueError, match=message + "-1$"):
        solver.exclude(-1, b"\x03", 0)
    with pytest.raises(ValueError, match=message + "9$"):
        solver.add_requirements(9, 0, [])
    with pytest.raises(ValueError, match=message):
        solver.add_root(1 << 70, b"\x03", 0)
    assert solver.run() == "solved"
    assert solver.solution() == []


@pytest.mark.parametrize("versions", [b"", b"\x03\x00", b"\x04", b"\xff"])
def test_bitset_of_wrong_length_or_with_excess_bits_is_refused(
    solver_class: type[Solver], versions: bytes
) -> None:
    solver = solver_class()
    solver.add_node(2)
    message = f"^not a bitset over the 2 candidates of node 0: {len(versions)} bytes$"
    with pytest.raises(ValueError, match=message):
        solver.add_root(0, versions, 0)
    with pytest.raises(ValueError, match=message):
        solver.exclude(0, versions, 0)
    with pytest.raises(ValueError, match=r"^requirements\[0\]: " + message[1:]):
        solver.add_requirements(0, 0, [(0, versions, 0)])


def test_one_wrong_requirement_adds_none(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(1)
    solver.add_node(2)
    solver.add_root(0, b"\x01", 0)
    with pytest.raises(ValueError, match=r"^requirements\[1\]: node out of range: 2$"):
        solver.add_requirements(0, 0, [(1, b"\x02", 0), (2, b"\x01", 0)])
    assert solver.run() == "need"
    solver.add_requirements(0, 0, [(1, b"\x01", 0)])
    solver.add_requirements(1, 0, [])
    assert solver.run() == "solved"
    assert solver.solution() == [(0, 0), (1, 0)]


def test_version_out_of_range_is_named(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(2)
    with pytest.raises(ValueError, match=r"^version of node 0 out of range: 2$"):
        solver.add_requirements(0, 2, [])
    with pytest.raises(ValueError, match=r"^version of node 0 out of range: -1$"):
        solver.add_requirements(0, -1, [])


def test_requirements_of_a_candidate_are_told_once(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(1)
    solver.add_requirements(0, 0, [])
    with pytest.raises(ValueError, match=r"^requirements of node 0 version 0 were added before$"):
        solver.add_requirements(0, 0, [])


def test_deadline_that_is_not_a_number_is_refused(solver_class: type[Solver]) -> None:
    with pytest.raises(ValueError, match="not a number"):
        solver_class().run(deadline_seconds=float("nan"))


def test_answers_are_refused_before_there_is_one(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(1)
    for read in (solver.solution, solver.proof):
        with pytest.raises(RuntimeError, match="run"):
            read()
    assert solver.needed() == []


def test_a_solution_is_no_longer_valid_once_something_is_added(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(1)
    assert solver.run() == "solved"
    solver.add_root(0, b"\x01", 0)
    with pytest.raises(RuntimeError, match="no solution"):
        solver.solution()


def test_tags_come_back_in_the_proof(solver_class: type[Solver]) -> None:
    tag = 2**63 - 1
    solver = solver_class()
    solver.add_node(1)
    solver.add_root(0, b"\x01", tag)
    solver.exclude(0, b"\x01", -tag)
    assert solver.run() == "unsatisfiable"
    causes = [cause for _, cause in solver.proof()]
    assert ("root", 0, tag) in causes
    assert ("excluded", 0, b"\x01", -tag) in causes
    assert causes[-1][0] == "derived"


def test_a_root_without_candidates_is_its_own_proof(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.add_node(3)
    solver.add_root(0, b"\x00", 5)
    assert solver.run() == "unsatisfiable"
    assert solver.proof() == [((), ("root", 0, 5))]


def test_conflict_budget_ends_a_run(solver_class: type[Solver]) -> None:
    solver = make_busy(solver_class)
    assert solver.run(conflict_budget=3) == "budget"
    assert solver.conflicts == 3
    assert solver.run(conflict_budget=0) == "budget"
    assert solver.conflicts == 3
    with pytest.raises(RuntimeError, match="no solution"):
        solver.solution()


def test_deadline_ends_a_run(solver_class: type[Solver]) -> None:
    """Without it the run goes on for longer than a test may take."""
    solver = make_busy(solver_class)
    assert solver.run(deadline_seconds=0.2) == "budget"
    spent = solver.conflicts
    assert solver.run(deadline_seconds=-1.0) == "budget"
    assert solver.conflicts <= spent + 1


def test_cancel_from_another_thread_ends_the_run(solver_class: type[Solver]) -> None:
    solver = make_busy(solver_class)
    outcomes: list[str] = []
    running = threading.Thread(target=lambda: outcomes.append(solver.run()))
    running.start()
    solver.cancel()
    running.join(timeout=20)
    assert outcomes == ["cancelled"]


def test_cancel_before_a_run_ends_only_the_next(solver_class: type[Solver]) -> None:
    solver = solver_class()
    solver.cancel()
    assert solver.run() == "cancelled"
    assert solver.run() == "solved"


def test_use_from_a_second_thread_is_refused(solver_class: type[Solver]) -> None:
    solver = make_busy(solver_class)
    running = threading.Thread(target=solver.run)
    running.start()
    message = "^solver is already running$"
    refused = False
    for _ in range(100_000):  # until the other thread has begun
        try:
            solver.needed()
        except RuntimeError:
            refused = True
            break
    assert refused
    for use in (
        solver.run,
        solver.needed,
        solver.solution,
        solver.proof,
        lambda: solver.add_node(1),
        lambda: solver.add_root(0, b"", 1),
        lambda: solver.exclude(0, b"", 1),
        lambda: solver.add_requirements(0, 0, []),
    ):
        with pytest.raises(RuntimeError, match=message):
            use()
    solver.cancel()
    running.join(timeout=20)
    assert not running.is_alive()


def test_solvers_in_several_threads_do_not_disturb_each_other(solver_class: type[Solver]) -> None:
    problem = pigeonhole(6, 6)
    expected = solve(solver_class(), problem)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(solve(solver_class(), problem)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == [expected] * 4


@pytest.mark.parametrize(
    "arguments", [("0", b"\x01", 0), (0, "\x01", 0), (0, b"\x01", 0.5), (0, b"\x01"), (0,)]
)
def test_wrong_types_are_type_errors(arguments: tuple[object, ...]) -> None:
    solver = _engine.Solver()
    solver.add_node(1)
    with pytest.raises(TypeError):
        solver.add_root(*arguments)
    with pytest.raises(TypeError):
        solver.exclude(*arguments)
    with pytest.raises(TypeError):
        solver.add_requirements(0, 0, [arguments])


def test_requirements_that_are_not_a_sequence_of_triples_are_type_errors() -> None:
    solver = _engine.Solver()
    solver.add_node(1)
    for wrong in (None, 5, [None], [[0, b"\x01", 0]]):
        with pytest.raises(TypeError):
            solver.add_requirements(0, 0, wrong)
    with pytest.raises(ValueError, match=r"^tag does not fit in 64 bits: "):
        solver.add_root(0, b"\x01", 1 << 63)


def test_limits_of_memory_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        _engine.Solver(learnt_bytes=-1)


def test_a_proof_that_was_not_kept_is_refused() -> None:
    solver = _engine.Solver(derivation_bytes=100)
    problem = pigeonhole(5, 4)
    add_problem(solver, problem)
    for candidate in problem.candidates():
        load(solver, problem, candidate)
    assert solver.run() == "unsatisfiable"
    with pytest.raises(OverflowError, match="too long"):
        solver.proof()


def run_child(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PIGEONS = """
    from advisor_core._engine import Solver

    def pigeons(count, holes, **limits):
        solver = Solver(**limits)
        for _ in range(count):
            solver.add_node(holes)
        for _ in range(holes):
            solver.add_node(count)
        size = (holes + 7) // 8
        for pigeon in range(count):
            solver.add_root(pigeon, ((1 << holes) - 1).to_bytes(size, "little"), pigeon)
            for hole in range(holes):
                one = (1 << pigeon).to_bytes((count + 7) // 8, "little")
                solver.add_requirements(pigeon, hole, [(count + hole, one, 7)])
                solver.add_requirements(count + hole, pigeon, [])
        return solver
"""


def test_nothing_leaks() -> None:
    output = run_child(
        PIGEONS
        + """
    import gc, sys, tracemalloc
    from pathlib import Path

    def use():
        solver = pigeons(6, 5, learnt_bytes=2000)
        assert solver.run() == "unsatisfiable"
        solver.proof()
        solver = pigeons(5, 5)
        assert solver.run() == "solved"
        solver.solution()
        solver.needed()
        for wrong in (lambda: solver.add_node(-1), lambda: solver.add_requirements(0, 0, [5])):
            try:
                wrong()
            except (ValueError, TypeError):
                pass

    def resident():
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1])

    for _ in range(50):
        use()
    types = sys.getrefcount(Solver)
    before = resident()
    for _ in range(400):
        use()
    print(sys.getrefcount(Solver) - types, (resident() - before) * 4096)
    """
    )
    references, grown = map(int, output.split())
    assert references == 0
    assert grown < 1_000_000


def test_running_out_of_memory_is_a_memory_error_and_not_the_end() -> None:
    output = run_child(
        PIGEONS
        + """
    import resource
    from pathlib import Path

    solver = pigeons(13, 12, learnt_bytes=1 << 40)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 20), hard))
    try:
        solver.run(deadline_seconds=60)
    except MemoryError:
        print("MemoryError")
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    before = solver.conflicts
    print(solver.run(conflict_budget=100), solver.conflicts - before)
    """
    )
    assert output.split() == ["MemoryError", "budget", "100"]


def test_memory_stays_within_the_limit_of_what_is_learnt() -> None:
    output = run_child(
        PIGEONS
        + """
    import resource

    solver = pigeons(14, 13, learnt_bytes=1 << 20, derivation_bytes=1 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = solver.run(conflict_budget=20_000)
    print(outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    )
    outcome, kibibytes = output.split()
    assert outcome == "budget"
    assert int(kibibytes) < 16 * 1024


def test_ctrl_c_interrupts_a_run() -> None:
    output = run_child(
        PIGEONS
        + """
    import signal

    solver = pigeons(14, 13)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        solver.run(deadline_seconds=60)
    except KeyboardInterrupt:
        print("interrupted", solver.run(conflict_budget=0))
    """
    )
    assert output.split() == ["interrupted", "budget"]


def test_each_subinterpreter_has_its_own_type() -> None:
    # An interpreter that shares the GIL: those with their own GIL came with Python 3.12.
    output = run_child(
        """
    import _xxsubinterpreters as interpreters
    from advisor_core._engine import Solver

    for _ in range(3):
        interpreter = interpreters.create()
        interpreters.run_string(interpreter, '''
    from advisor_core._engine import Solver
    assert Solver().run() == "solved"
    ''')
        interpreters.destroy(interpreter)
    print(Solver().run())
    """
    )
    assert output.split() == ["solved"]


def test_a_proof_of_many_steps_holds(solver_class: type[Solver]) -> None:
    problem = Problem(
        sizes=(40, 40, 1),
        roots=((0, (1 << 40) - 1, 1), (2, 1, 2)),
        requirements={
            **{(0, v): ((1, 1 << v, 10 + v),) for v in range(40)},
            **{(1, v): ((2, 0, 100 + v),) for v in range(40)},
        },
    )
    solver = solver_class()
    add_problem(solver, problem)
    for candidate in problem.candidates():
        load(solver, problem, candidate)
    assert solver.run() == "unsatisfiable"
    check_proof(problem, solver.proof())
