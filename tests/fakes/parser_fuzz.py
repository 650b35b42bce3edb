"""Every reader of manifests and lockfiles, to be given any bytes, and what may not happen then."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import entry_reader, lock_reader
from advisor_core.lockfiles.requirements_document import parse_document
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.pins import move_pins
from advisor_core.manifests.pyproject_edit import set_specifier
from fakes.corpus import read_corpus

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check", "mutate", "readers", "seeds"]

SECONDS = 1.0
"""For 100 kB and each 100 kB more; generous, so that only what is not linear exceeds it."""

MANIFESTS = {
    "Pipfile": "Pipfile",
    "pyproject": "pyproject.toml",
    "requirements": "requirements.in",
    "conda": "environment.yml",
    "setup.cfg": "setup.cfg",
    "script": "tool.py",
}
LOCKS = {
    "pipfile-lock": ("pipfile", "Pipfile.lock"),
    "requirements-lock": ("requirements", "requirements.txt"),
    "pylock": ("pylock", "pylock.toml"),
    "uv": ("uv", "uv.lock"),
    "poetry": ("poetry", "poetry.lock"),
    "pdm": ("pdm", "pdm.lock"),
}


def read_as_manifest(path: str, data: bytes) -> None:
    manifest = read_manifest(MappingFiles({path: data}), path, everything=True)
    assert move_pins(manifest, {}) == {}
    if path == "pyproject.toml":
        for category in manifest.categories:
            for declared in category.requirements[:2]:
                set_specifier(data, declared, ">=1")


def read_as_lock(form: str, path: str, data: bytes) -> None:
    if form == "requirements":
        assert parse_document(data).render() == data
    lock_reader(form)(data, path)
    entry_reader(form)(data, path)


def check(read: Callable[[bytes], None], data: bytes) -> None:
    """Read; raise for what may not happen."""
    started = time.process_time()
    try:
        read(data)
    except InputError as error:
        faults = error.faults
    else:
        faults = ()
    assert all(fault.message and len(fault.message) < 1000 for fault in faults), faults
    seconds = time.process_time() - started
    allowed = SECONDS * (1 + len(data) / 100_000)
    assert seconds < allowed, f"{seconds:.1f} s for {len(data)} bytes"


def readers() -> dict[str, Callable[[bytes], None]]:
    found: dict[str, Callable[[bytes], None]] = {}
    for name, path in MANIFESTS.items():
        found[name] = lambda data, path=path: read_as_manifest(path, data)
    for name, (form, path) in LOCKS.items():
        found[name] = lambda data, form=form, path=path: read_as_lock(form, path, data)
    return found


def seeds(name: str) -> list[bytes]:
    path = MANIFESTS.get(name) or LOCKS[name][1]
    entries = [
        each
        for text in ("requirements", "pyproject", "others", "tools", "bad")
        for each in read_corpus(text)
    ]
    return [each.data for each in entries if each.path == path]


def mutate(name: str, read: Callable[[bytes], None], count: int, seed: int = 0) -> None:
    """Read that many changed seeds: bytes replaced, runs repeated, pieces of others put in."""
    chance = random.Random(seed)
    known = seeds(name)
    for _ in range(count):
        data = bytearray(chance.choice(known))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data) + 1)
            action = chance.randrange(5)
            if action == 0 and data:
                data[at - 1] = chance.randrange(256)
            elif action == 1:
                other = chance.choice(known)
                start = chance.randrange(len(other) + 1)
                data[at:at] = other[start : start + chance.randrange(80)]
            elif action == 2:
                end = min(len(data), at + chance.randrange(40))
                data[at:at] = data[at:end] * chance.choice((1, 2, 50, 2000))
            elif action == 3:
                del data[at : at + chance.randrange(40)]
            else:
                data[at:at] = chance.choice(
                    (b"[", b"{", b'"', b"'''", b"\\", b"\n", b"=", b"#", b"\x00", "é".encode())
                )
        check(read, bytes(data[:300_000]))
