from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from bot.jobs.executor import Executor


def test_name_can_be_read_back():
    executor = Executor.current()
    assert Executor.parse(str(executor)) == executor


@pytest.mark.parametrize("text", ["", "local", "host/x/y", "host/12", "host/12/"])
def test_other_names_are_none(text):
    assert Executor.parse(text) is None


def test_process_that_ended_here_is_gone_and_one_elsewhere_may_live():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    current = Executor.current()
    other = replace(current, process_id=ended.pid, token="x")
    assert current.sees_gone(other)
    assert not current.sees_gone(replace(other, place="elsewhere"))


def test_earlier_start_with_the_same_number_is_gone_and_oneself_is_not():
    current = Executor.current()
    assert current.sees_gone(replace(current, token="earlier"))
    assert not current.sees_gone(current)


def test_process_that_lives_is_not_gone():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        current = Executor.current()
        assert not current.sees_gone(replace(current, process_id=living.pid, token="x"))
