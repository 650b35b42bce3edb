"""Errors keep what they say through a database."""

from __future__ import annotations

import pickle

from advisor_core.errors import Fault, IndexFailure, InputError


def test_input_error_survives_pickling():
    error = InputError(
        (Fault("Pipfile:7", "no version: 'x'", "write one"), Fault("Pipfile", "bad"))
    )
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults
    assert str(again) == str(error)


def test_hint_survives_pickling():
    again = pickle.loads(pickle.dumps(IndexFailure("down", hint="try later")))
    assert (str(again), again.hint) == ("down", "try later")
