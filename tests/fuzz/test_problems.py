"""A short run of the fuzzing of problem files that `problems.py` does at length."""

from __future__ import annotations

from fakes.problem_fuzz import mutate


def test_any_problem_file_ends_in_an_answer_or_a_fault():
    codes = mutate(120)
    assert codes[0] > 10
    assert codes[1] > 4
    assert codes[2] > 30
