"""Small wheels and sdists made in memory: valid, installable, the same bytes for the same input.

The sdists build without a network: they bring their own build backend in `_backend.py`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Distribution", "core_metadata", "make_sdist", "make_wheel", "normalize", "tar_gz"]

_FIXED_TIME = (2024, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Distribution:
    """One artifact as a file, with the metadata that describes it."""

    filename: str
    content: bytes
    metadata: bytes
    """The core metadata document inside it."""

    @property
    def sha256(self) -> str:
        """Hex digest of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def metadata_sha256(self) -> str:
        """Hex digest of the metadata."""
        return hashlib.sha256(self.metadata).hexdigest()


def normalize(name: str) -> str:
    """Return the PEP 503 normalized name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def core_metadata(
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    extras: Iterable[str] | None = None,
    dynamic: Iterable[str] = (),
    metadata_version: str = "2.4",
) -> bytes:
    """Return a core metadata document; `extras` None: those that `requires` names."""
    requires = list(requires)
    if extras is None:
        found = (re.findall(r"extra\s*==\s*['\"]([^'\"]+)['\"]", line) for line in requires)
        extras = dict.fromkeys(extra for names in found for extra in names)
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    lines += [f"Dynamic: {field}" for field in dynamic]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return ("\n".join(lines) + "\n\nA package made for a test.\n").encode()


def make_wheel(
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    extras: Iterable[str] | None = None,
    metadata: bytes | None = None,
    files: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Distribution:
    """Return a wheel; `metadata` replaces the document that would be made."""
    if metadata is None:
        metadata = core_metadata(
            name, version, requires=requires, requires_python=requires_python, extras=extras
        )
    escaped = re.sub(r"[-_.]+", "_", name).lower()
    written_version = version.replace("-", "_")
    info = f"{escaped}-{written_version}.dist-info"
    entries = {f"{escaped}.py": f"__version__ = {version!r}\n".encode(), **(files or {})}
    entries[f"{info}/METADATA"] = metadata
    entries[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: fakes\nRoot-Is-Purelib: true\n"
        + "".join(f"Tag: {expanded}\n" for expanded in _expand_tag(tag))
    ).encode()
    record = "".join(
        f"{path},sha256={_urlsafe_sha256(data)},{len(data)}\n" for path, data in entries.items()
    )
    entries[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return Distribution(
        f"{escaped}-{written_version}-{tag}.whl", _zip(entries, compression), metadata
    )


def make_sdist(
    name: str,
    version: str,
    *,
    kind: Literal["static", "dynamic", "old"] = "static",
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    extras: Iterable[str] | None = None,
    metadata: bytes | None = None,
    suffix: Literal[".tar.gz", ".zip"] = ".tar.gz",
) -> Distribution:
    """Return an sdist whose metadata is static (PEP 643), dynamic, or older than PEP 643."""
    requires = list(requires)
    built = core_metadata(
        name, version, requires=requires, requires_python=requires_python, extras=extras
    )
    if metadata is None:
        metadata = core_metadata(
            name,
            version,
            requires=() if kind == "dynamic" else requires,
            requires_python=requires_python,
            extras=extras,
            dynamic=("Requires-Dist",) if kind == "dynamic" else (),
            metadata_version="2.1" if kind == "old" else "2.2",
        )
    escaped = re.sub(r"[-_.]+", "_", name).lower()
    root = f"{escaped}-{version}"
    wheel = make_wheel(name, version, metadata=built)
    backend = _BACKEND.format(filename=wheel.filename, content=base64.b64encode(wheel.content))
    entries = {
        f"{root}/PKG-INFO": metadata,
        f"{root}/pyproject.toml": (
            b'[build-system]\nrequires = []\nbuild-backend = "_backend"\nbackend-path = ["."]\n'
        ),
        f"{root}/_backend.py": backend.encode(),
    }
    content = tar_gz(entries) if suffix == ".tar.gz" else _zip(entries, zipfile.ZIP_DEFLATED)
    return Distribution(f"{root}{suffix}", content, metadata)


def tar_gz(entries: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar archive of regular files."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path, data in entries.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _zip(entries: Mapping[str, bytes], compression: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for path, data in entries.items():
            archive.writestr(zipfile.ZipInfo(path, _FIXED_TIME), data, compression)
    return packed.getvalue()


def _expand_tag(tag: str) -> list[str]:
    pythons, abis, platforms = tag.split("-")[-3:]
    return [
        f"{python}-{abi}-{platform}"
        for python in pythons.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    ]


def _urlsafe_sha256(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


_BACKEND = """\
import base64, pathlib

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    pathlib.Path(wheel_directory, {filename!r}).write_bytes(base64.b64decode({content!r}))
    return {filename!r}

def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError
"""
