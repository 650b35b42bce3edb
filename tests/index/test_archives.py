"""Metadata out of wheels and sdists: from any parts of them, and from hostile ones no harm."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.index import sdist_file, wheel_file
from advisor_core.index.sdist_file import read_sdist_metadata
from advisor_core.index.wheel_file import (
    ArchiveError,
    MissingPart,
    WheelParts,
    read_wheel_metadata,
)
from fakes.distributions import core_metadata, make_sdist, make_wheel, tar_gz

METADATA = core_metadata("package", "1.0", requires=["other"])
PATH = "package-1.0.dist-info/METADATA"


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as written:
        for path, data in entries.items():
            written.writestr(path, data)
    return packed.getvalue()


def read_by_parts(content: bytes, tail: int) -> tuple[bytes, int]:
    """Return the metadata and how many parts were asked for."""
    parts = WheelParts(len(content))
    parts.add(max(len(content) - tail, 0), content[max(len(content) - tail, 0) :])
    for asked in range(10):
        try:
            return read_wheel_metadata(parts), asked
        except MissingPart as missing:
            start, end = missing.start, missing.end
        assert 0 <= start < end <= len(content)
        parts.add(start, content[start:end])
    raise AssertionError("more than ten parts")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("tail", [1, 22, 100, 1000, 1 << 20])
def test_metadata_is_read_from_parts(tail: int, compression: int) -> None:
    files = {f"package/data{number}.bin": bytes(3000) for number in range(300)}
    wheel = make_wheel("package", "1.0", files=files, compression=compression)
    document, asked = read_by_parts(wheel.content, tail)
    assert document == wheel.metadata
    assert asked <= 5


@pytest.mark.parametrize("prefix", [b"", b"#!launcher"])
@pytest.mark.parametrize("comment", [b"", b"remark"])
def test_an_unusual_table_of_contents_is_read_all_the_same(comment: bytes, prefix: bytes) -> None:
    packed = io.BytesIO()
    packed.write(prefix)
    with zipfile.ZipFile(packed, "w") as written:
        written.comment = comment
        written.writestr("package/data.bin", bytes(1000))
        written.writestr(PATH, METADATA)
    assert read_by_parts(packed.getvalue(), 100)[0] == METADATA


def test_entries_that_are_no_metadata_are_never_made_objects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {f"package/data{number}.bin": b"" for number in range(300)}
    wheel = make_wheel("package", "1.0", files=files)
    made = []

    class Counted(zipfile.ZipInfo):
        def __init__(self, filename: str, *arguments: Any) -> None:
            made.append(filename)
            super().__init__(filename, *arguments)

    monkeypatch.setattr(zipfile, "ZipInfo", Counted)
    read_by_parts(wheel.content, 100)
    assert set(made) == {PATH}


def test_a_usual_wheel_needs_two_parts_at_most() -> None:
    files = {f"package/module{number}.py": bytes(range(256)) * 40 for number in range(100)}
    wheel = make_wheel("package", "1.0", files=files, compression=zipfile.ZIP_STORED)
    assert read_by_parts(wheel.content, 24 * 1024)[1] <= 1


def test_a_whole_wheel_is_read_as_a_file() -> None:
    wheel = make_wheel("package", "1.0")
    assert read_wheel_metadata(io.BytesIO(wheel.content)) == wheel.metadata


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no sound zip"),
        (b"PK\x05\x06" + bytes(18), "0 metadata files|no sound zip"),
        (b"x" * 1000, "no sound zip"),
        (archive({"package/METADATA": METADATA}), "0 metadata files"),
        (archive({PATH: METADATA, "other-1.dist-info/METADATA": b""}), "2 metadata files"),
        (archive({f"deep/{PATH}": METADATA}), "0 metadata files"),
        (archive({PATH: METADATA}, zipfile.ZIP_LZMA), "unusual way"),
        (archive({PATH: METADATA}, zipfile.ZIP_BZIP2), "unusual way"),
        (archive({PATH: bytes(9 << 20)}), "too long"),
        (archive({PATH: METADATA})[:-30], "no sound zip"),
    ],
)
def test_a_wheel_without_sound_metadata_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read_by_parts(content, 50)
    with pytest.raises(ArchiveError, match=reason):
        read_wheel_metadata(io.BytesIO(content))


def test_metadata_longer_than_it_says_is_refused() -> None:
    content = bytearray(archive({PATH: bytes(100_000)}))
    central = content.rindex(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", 10)
    with pytest.raises(ArchiveError):
        read_wheel_metadata(io.BytesIO(bytes(content)))


def test_an_encrypted_wheel_is_refused() -> None:
    content = bytearray(archive({PATH: METADATA}))
    central = content.rindex(b"PK\x01\x02")
    content[central + 8] |= 1
    with pytest.raises(ArchiveError):
        read_wheel_metadata(io.BytesIO(bytes(content)))


def test_a_table_of_contents_without_end_is_refused() -> None:
    size = 1 << 40
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 0x7FFFFFFF, 0, 0)
    parts = WheelParts(size)
    parts.add(size - 2000, bytes(2000 - 22) + end)
    with pytest.raises(ArchiveError, match="too long"):
        read_wheel_metadata(parts)


WHEEL = make_wheel("package", "1.0", requires=["other"]).content


@given(st.lists(st.tuples(st.integers(0, len(WHEEL) - 1), st.integers(0, 255)), min_size=1))
def test_any_damage_is_an_archive_error_or_harmless(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(WHEEL)
    for place, value in changes:
        damaged[place] = value
    try:
        by_parts = read_by_parts(bytes(damaged), 64)[0]
    except ArchiveError:
        by_parts = None
    try:
        whole = read_wheel_metadata(io.BytesIO(bytes(damaged)))
    except ArchiveError:
        return
    assert by_parts == whole


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
@pytest.mark.parametrize("kind", ["static", "dynamic", "old"])
def test_pkg_info_is_read_from_an_sdist(kind, suffix) -> None:  # type: ignore[no-untyped-def]
    sdist = make_sdist("package", "1.0", kind=kind, requires=["other"], suffix=suffix)
    assert read_sdist_metadata(io.BytesIO(sdist.content), sdist.filename) == sdist.metadata


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_tar_is_read(format_: int) -> None:
    packed = io.BytesIO()
    root = "package-1.0" if format_ == tarfile.USTAR_FORMAT else "package-" + "1" * 120
    with tarfile.open(fileobj=packed, mode="w:gz", format=format_) as written:
        for path, data in (
            (f"{root}/package.egg-info/PKG-INFO", b"wrong"),
            (f"{root}/data.bin", bytes(100_000)),
            (f"{root}/PKG-INFO", METADATA),
        ):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            written.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo(f"{root}/PKG-INFO")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        written.addfile(link)
    assert read_sdist_metadata(io.BytesIO(packed.getvalue()), "p.tar.gz") == METADATA


def link_to_passwd() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as written:
        link = tarfile.TarInfo("package-1.0/PKG-INFO")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        written.addfile(link)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"", "p.tar.gz"),
        (b"x" * 100, "p.tar.gz"),
        (tar_gz({"package-1.0/setup.py": b""}), "p.tar.gz"),
        (tar_gz({"PKG-INFO": METADATA}), "p.tar.gz"),
        (tar_gz({"package-1.0/PKG-INFO": METADATA})[:60], "p.tar.gz"),
        (gzip.compress(b"\xff" * 1024), "p.tar.gz"),
        (gzip.compress(b"x" * 124 + b"not octal!!!" + b"x" * 900), "p.tar.gz"),
        (link_to_passwd(), "p.tar.gz"),
        (archive({"package-1.0/setup.py": b""}), "p.zip"),
        (archive({"package-1.0/PKG-INFO": METADATA}, zipfile.ZIP_LZMA), "p.zip"),
        (b"x" * 100, "p.zip"),
    ],
)
def test_an_sdist_without_sound_metadata_is_refused(content: bytes, filename: str) -> None:
    with pytest.raises(ArchiveError):
        read_sdist_metadata(io.BytesIO(content), filename)


def test_a_tar_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_file, "_FREE_OF_RATIO", 1 << 20)
    bomb = tar_gz({"package-1.0/zeros": bytes(64 << 20), "package-1.0/PKG-INFO": METADATA})
    assert len(bomb) < 100_000
    with pytest.raises(ArchiveError, match="unpacks to too much"):
        read_sdist_metadata(io.BytesIO(bomb), "p.tar.gz")


def test_a_tar_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_file, "_MAXIMUM_MEMBERS", 50)
    entries = {f"package-1.0/{number}": b"" for number in range(60)}
    with pytest.raises(ArchiveError, match="no PKG-INFO"):
        read_sdist_metadata(
            io.BytesIO(tar_gz({**entries, "package-1.0/PKG-INFO": METADATA})), "p.tar.gz"
        )


@given(st.binary(max_size=3000))
def test_any_tar_is_an_archive_error_or_harmless(data: bytes) -> None:
    for content in (gzip.compress(data), data):
        try:
            assert isinstance(read_sdist_metadata(io.BytesIO(content), "p.tar.gz"), bytes)
        except ArchiveError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


SDIST = gzip.decompress(make_sdist("package", "1.0").content)


@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 255)), min_size=1))
def test_a_damaged_tar_is_an_archive_error_or_harmless(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(SDIST)
    for place, value in changes:
        damaged[place] = value
    try:
        read_sdist_metadata(io.BytesIO(gzip.compress(bytes(damaged))), "p.tar.gz")
    except ArchiveError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def test_limits_are_those_the_texts_name() -> None:
    assert wheel_file._MAXIMUM_METADATA == sdist_file._MAXIMUM_METADATA == 8 << 20
