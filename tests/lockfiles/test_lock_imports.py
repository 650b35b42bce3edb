from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp",
    "asyncio",
    "msgspec",
    "packaging",
    "pipenv",
    "plette",
    "sqlmodel",
    "tomlkit",
    "yaml",
}

LOCK = """
import sys
from advisor_core.lockfiles.formats import default_format, lock_reader, lock_writer
from advisor_core.manifests import MappingFiles, find_manifest, read_manifest

files = MappingFiles({{{name!r}: b""}})
manifest = read_manifest(files, find_manifest(files))
form = default_format(manifest.kind)
lock_reader(form)(lock_writer(form)(manifest, {{}}, None), "lock")
print(*{{name.split(".")[0] for name in sys.modules}})
"""


@pytest.mark.parametrize("name", ["Pipfile", "requirements.in"])
def test_reading_and_writing_imports_nothing_heavy(name: str) -> None:
    from advisor_core.standards import IMPLEMENTATION

    code = LOCK.format(name=name)
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    # Without the extension `packaging` is what reads versions.
    allowed = {"packaging"} if IMPLEMENTATION == "python" else set()
    assert set(done.stdout.split()) & (HEAVY - allowed) == set()
