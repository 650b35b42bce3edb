"""Keeps advice with the problems that give it again: a folder for each, of the user's own.

    ADVICE_FOLDER/ID/advice.json, ADVICE_FOLDER/ID/default.problem.json.gz

`thoth solve ADVICE_FOLDER/ID/default.problem.json.gz` comes to the same stack, score and bound. The id is
a digest of what is kept, so that the same advice is kept once and the same input gives the same output.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from advisor_core.advice import StoredAdvice
from advisor_core.errors import StoreError
from advisor_core.report.advice_json import advice_as_json
from advisor_core.resolver.problem_writing import write_problem
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.advice import Advice
    from advisor_core.outcome import LockOutcome

__all__ = ["AdviceFolder", "AdviceStore", "StoredAdvice", "pack_advice", "pack_outcome"]

MAXIMUM_KEPT = 200
"""Advice in one folder; the oldest go. With its problem an advice of 50 packages takes some 20 kB."""


class AdviceStore(Protocol):
    """Whoever keeps advice."""

    def keep(self, stored: StoredAdvice) -> None:
        """Keep an advice; one with the same id is the same. Raises StoreError."""


def pack_advice(advice: Advice) -> tuple[Advice, StoredAdvice]:
    """Return the advice with its id, and what is to be kept of it."""
    problems = {each.category: write_problem(each.problem) for each in advice.problems}
    answer = _encode(replace(advice, id=""))
    digest = hashlib.sha256(answer)
    for category, problem in sorted(problems.items()):
        digest.update(category.encode() + b"\0" + problem)
    advice = replace(advice, id=digest.hexdigest()[:32])
    results = {
        each.category: (each.status, each.score, each.upper_bound) for each in advice.problems
    }
    stored = StoredAdvice(advice.id, _encode(advice), problems, advice.recommendation_type, results)
    return advice, stored


def pack_outcome(outcome: LockOutcome) -> LockOutcome:
    """Return the outcome with its advice packed, and without the problems, which are in the pack."""
    if outcome.advice is None:
        return outcome
    advice, stored = pack_advice(outcome.advice)
    return replace(outcome, advice=replace(advice, problems=()), stored=stored)


def _encode(advice: Advice) -> bytes:
    return json.dumps(advice_as_json(advice), ensure_ascii=False, indent=1).encode(
        "utf-8", "backslashreplace"
    )


class AdviceFolder:
    """Keeps advice in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, stored: StoredAdvice) -> None:
        """Keep an advice; one with the same id is the same. Raises StoreError."""
        target = self.folder / stored.id
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                target.touch()
                return
            made = Path(tempfile.mkdtemp(prefix=".", dir=self.folder))
            (made / "advice.json").write_bytes(stored.answer)
            for category, problem in stored.problems.items():
                (made / f"{_file_name(category)}.problem.json.gz").write_bytes(problem)
            try:
                made.rename(target)
            except OSError:
                # Somebody else kept it first.
                shutil.rmtree(made, ignore_errors=True)
            self._forget_oldest()
        except OSError as exc:
            raise StoreError(
                f"the advice cannot be kept in {self.folder}: {exc.strerror or exc}",
                hint="make room, or set XDG_DATA_HOME to a folder that can be written to",
            ) from exc

    def _forget_oldest(self) -> None:
        with os.scandir(self.folder) as entries:
            kept = sorted(
                (entry.stat().st_mtime, entry.path) for entry in entries if entry.is_dir()
            )
        for _time, path in kept[:-MAXIMUM_KEPT]:
            shutil.rmtree(path, ignore_errors=True)


def _file_name(category: str) -> str:
    """Return a name for a category that a person invented."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in category)
    if plain == category and category:
        return category
    return f"{plain[:40]}-{hashlib.sha256(category.encode()).hexdigest()[:8]}"
