from __future__ import annotations

from collections.abc import Callable

import pytest

from advisor_core.errors import InputError
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import Manifest

Read = Callable[..., Manifest]
Faults = Callable[..., list[str]]


@pytest.fixture
def read() -> Read:
    """Read the first of the files given, as text or bytes by path."""

    def read_first(files: dict[str, str | bytes], **options: tuple[str, ...]) -> Manifest:
        contents = {
            path: text.encode() if isinstance(text, str) else text for path, text in files.items()
        }
        return read_manifest(MappingFiles(contents), next(iter(files)), **options)

    return read_first


@pytest.fixture
def faults_of(read: Read) -> Faults:
    """Read the first of the files given, which must fail; give `place: message` of every fault."""

    def faults(files: dict[str, str | bytes], **options: tuple[str, ...]) -> list[str]:
        with pytest.raises(InputError) as caught:
            read(files, **options)
        assert all(fault.hint for fault in caught.value.faults)
        return [f"{fault.place}: {fault.message}" for fault in caught.value.faults]

    return faults
