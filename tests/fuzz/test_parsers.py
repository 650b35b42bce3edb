"""A short run of the fuzzing that `parsers.py` does at length."""

from __future__ import annotations

import pytest

from fakes.parser_fuzz import mutate, readers, seeds


@pytest.mark.parametrize("name", sorted(readers()))
def test_reader_of_any_bytes_answers_or_tells_a_fault(name):
    assert len(seeds(name)) >= 3
    mutate(name, readers()[name], 60)
