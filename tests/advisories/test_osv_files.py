from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import zipfile

import pytest

from advisor_core.advisories import files
from advisor_core.advisories.files import read_osv
from advisor_core.errors import InputError


def document(number):
    return {
        "id": f"PYSEC-{number}",
        "modified": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"name": "a", "ecosystem": "PyPI"}, "versions": [f"{number}"]}],
    }


def text(number):
    return json.dumps(document(number)).encode()


LINES = b"\n".join([text(1), text(2), b"", text(3)])


def found(path):
    return [record.advisory.id for record in read_osv(path).records]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\n"])
def test_json_lines_are_read_packed_or_not(tmp_path, pack, end):
    path = tmp_path / "osv.jsonl"
    path.write_bytes(pack(LINES + end))
    assert found(path) == ["PYSEC-1", "PYSEC-2", "PYSEC-3"]


def test_one_document_over_several_lines_is_one(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(document(1), indent=2))
    assert found(path) == ["PYSEC-1"]


def test_a_folder_is_read_in_order_and_links_are_not_followed(tmp_path):
    folder = tmp_path / "vulns"
    (folder / "b").mkdir(parents=True)
    (folder / "a.json").write_bytes(text(1))
    (folder / "b" / "c.yaml").write_text(
        "id: PYSEC-2\naffected:\n- package: {name: a, ecosystem: PyPI}\n  versions: ['1']\n"
    )
    (folder / "README.md").write_text("no advisory")
    (tmp_path / "secret.json").write_bytes(text(9))
    (folder / "z.json").symlink_to(tmp_path / "secret.json")
    (folder / "up").symlink_to(tmp_path)
    assert found(folder) == ["PYSEC-1", "PYSEC-2"]


def test_a_zip_is_read(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PYSEC-1.json", text(1))
        archive.writestr("../PYSEC-2.json", text(2))
        archive.writestr("LICENSE", "text")
    assert found(path) == ["PYSEC-1", "PYSEC-2"]


def test_a_document_that_cannot_be_read_is_named_and_the_others_count(tmp_path):
    path = tmp_path / "osv.jsonl"
    path.write_bytes(b"\n".join([text(1), b'{"id": "../x"}', text(2)]))
    data = read_osv(path)
    assert [record.advisory.id for record in data.records] == ["PYSEC-1", "PYSEC-2"]
    assert data.skipped == [(f"{path}:2", "not an identifier: '../x'")]
    assert data.documents == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.json", b"", "no OSV documents"),
        ("cut.jsonl", LINES[:-20], "cut off"),
        ("other.json", b'{"name": "no advisory"}', "not an OSV document"),
        ("cut.jsonl.gz", gzip.compress(LINES)[:-12], "cannot be read"),
        ("cut.jsonl.xz", lzma.compress(LINES)[:-12], "cannot be read"),
        ("bad.gz", b"\x1f\x8b" + b"\x00" * 50, "cannot be read"),
        ("cut.zip", b"PK\x03\x04" + b"\x00" * 50, "not an OSV document"),
    ],
)
def test_what_is_damaged_or_no_osv_data_is_refused_whole(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_osv(path)
    assert name in str(caught.value)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_osv(tmp_path / "nothing.zip")


@pytest.mark.parametrize("name", ["/dev/zero", "pipe.json"])
def test_a_device_and_a_pipe_are_not_read(tmp_path, name):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(InputError, match="is no file and no folder"):
        read_osv(tmp_path / name)


def test_a_damaged_entry_of_a_zip_refuses_the_whole(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.json", text(1))
    content = bytearray(buffer.getvalue())
    content[40] ^= 0xFF
    path = tmp_path / "all.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        read_osv(path)


def test_an_archive_that_grows_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_BYTES", 1 << 20)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.json", b" " * (900 << 10))
    with pytest.raises(InputError, match="more than"):
        read_osv(path)


def test_one_huge_document_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.json", b'{"id": "' + b"A" * (20 << 20))
    with pytest.raises(InputError, match="more than 8 MiB"):
        read_osv(path)


def test_data_of_which_too_much_cannot_be_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_UNREADABLE", 2)
    path = tmp_path / "osv.jsonl"
    path.write_bytes(b"\n".join([*[text(each) for each in range(20)], *[b'{"id": "?"}'] * 3]))
    with pytest.raises(InputError, match="3 of 23 documents cannot be read"):
        read_osv(path)
