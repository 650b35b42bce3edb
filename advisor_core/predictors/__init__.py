"""Anytime searches that propose stacks: each one a file with its parameters, run by the engine in C.

A predictor proves nothing; `resolver.optimize` does. The names and parameters are those of Thoth's
adviser. `docs/predictors.md` says which one to take when.
"""

from __future__ import annotations

from advisor_core.predictors.interface import Predictor
from advisor_core.predictors.predict import DEFAULT_STACKS, Improvement, Prediction, predict
from advisor_core.predictors.registry import PREDICTORS, make_predictor

__all__ = [
    "DEFAULT_STACKS",
    "PREDICTORS",
    "Improvement",
    "Prediction",
    "Predictor",
    "make_predictor",
    "predict",
]
