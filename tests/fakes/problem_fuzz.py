"""Problem files that say anything, and what `thoth solve` may do with them: answer, or tell the fault."""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from optimize_support.featured import featured_document
from optimize_support.problems import Generator

from advisor_core.cli.solve import run
from advisor_core.errors import InputError

__all__ = ["check", "mutate"]

SECONDS = 4.0
"""For a file of up to 100 kB that is stopped after a tenth of a second; generous."""

STATUSES = {0: {"optimal", "feasible"}, 1: {"unsatisfiable"}, 4: {"unknown"}}
OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("--count", "3"),
    ("--count", "2", "--diverse", "2"),
    ("--predictor", "hill-climbing"),
    ("--predictor", "temporal-difference"),
)
WRONG: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**53, -(2**53), 2**53 + 1, 2**63, 10**400, float("nan"),
    "", "a", "b", "ghost", "a[x]", "a[", "a==", "a>=1,<", "\x00", "\ud800", "1" * 5000, "a" * 5000,
    [], {}, [[]], [{}], {"": {}}, ["a", "a"], [None], [["a"] * 50], {"1": {}},
    {"package": "a"}, {"package": "a", "absent": False}, {"requirement": "a", "unless": []},
    "a; extra == 'x'", "a @ https://example.org/a.whl", "9" * 400, "1!1", "1.0+",
)  # fmt: skip
"""What is put in the place of anything."""


def check(content: bytes, options: tuple[str, ...], path: Path) -> int:
    """Solve; return the exit code; raise for what may not happen."""
    path.write_bytes(content)
    shown = io.StringIO()
    started = time.process_time()
    try:
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(io.StringIO()):
            code = run([str(path), "--json", "--nodes", "30", "--budget", "0.1", *options])
    except InputError as error:
        faults = error.faults
        code = 2
    else:
        faults = None
        answer = json.loads(shown.getvalue())
        assert answer["status"] in STATUSES[code], (code, answer, content)
        assert (answer["stack"] is None) == (code != 0)
    if faults is not None:
        assert faults, content
        assert all(fault.message and len(fault.message) < 1000 for fault in faults), content
    seconds = time.process_time() - started
    allowed = SECONDS * (1 + len(content) / 100_000)
    assert seconds < allowed, f"{seconds:.1f} s for {len(content)} bytes"
    return code


def mutate(count: int, seed: int = 0) -> dict[int, int]:
    """Solve that many changed problems; return how many ended in each exit code."""
    chance = random.Random(seed)
    codes: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            content = _draw(chance)
            code = check(content, chance.choice(OPTIONS), Path(folder) / "p.json")
            codes[code] = codes.get(code, 0) + 1
    return codes


def _draw(chance: random.Random) -> bytes:
    levels = chance.choice((0, 0, 2))
    document = Generator(chance).document(levels=levels)
    if chance.random() < 0.2:
        document = featured_document(chance, packages=8, versions=3, levels=bool(levels))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 5))):
        document = _spoil(chance, document)
    content = bytearray(
        json.dumps(document, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    )
    if chance.random() < 0.2:
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(content) + 1)
            piece = chance.choice(
                (b"", b'"', b"{", b"[", b"\x00", b"\xff", b"," * 9, b"[" * 3000, b"1e999")
            )
            content[at : at + chance.randrange(20)] = piece
    if chance.random() < 0.1:
        content = bytearray(gzip.compress(bytes(content), mtime=0))
        if chance.random() < 0.5:
            content[chance.randrange(2, len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def _spoil(chance: random.Random, document: Any) -> Any:
    """Return the document with one value replaced, repeated, removed, renamed or put elsewhere."""
    places: list[tuple[Any, Any]] = []
    queue = [document]
    for value in queue:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            places.append((value, key))
            if isinstance(inner, dict | list):
                queue.append(inner)
    if not places:
        return document
    container, key = chance.choice(places)
    action = chance.randrange(6)
    if action == 0:
        del container[key]
    elif action == 1:
        other, at = chance.choice(places)
        if at in other if isinstance(other, dict) else at < len(other):
            container[key] = copy.deepcopy(other[at])
    elif action == 2 and isinstance(container, dict):
        container[chance.choice(("", "absent", "requires", "terms", "levels", "a", "é" * 300))] = (
            container.pop(key)
        )
    elif action == 3 and isinstance(container, list):
        container += copy.deepcopy(container) * chance.choice((1, 2, 30))
    else:
        container[key] = copy.deepcopy(chance.choice(WRONG))
    return document
