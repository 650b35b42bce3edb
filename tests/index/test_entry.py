"""Cache entries: what goes in comes out, and what is not one is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from advisor_core.index.build import build_absence, build_entry, releases_of
from advisor_core.index.entry import EntryError, EntryHead, decode_head, decode_record, sizes
from advisor_core.index.page import Page, PageFile
from advisor_core.index.project import StoredProject, locate_in
from advisor_core.model import Artifact
from advisor_core.releases import FileShape

SHA = "0123456789abcdef" * 4


def page_file(filename: str, **fields: object) -> PageFile:
    values: dict[str, object] = {
        "filename": filename,
        "url": f"https://files.test/packages/{filename}",
        "hashes": f"sha256={SHA}",
        "size": None,
        "requires_python": None,
        "yanked": None,
        "upload_time": None,
        "metadata": None,
    }
    return PageFile(**{**values, **fields})  # type: ignore[arg-type]  # the fields are tested values


def build(*files: PageFile, status: str = "active") -> bytes:
    page = Page(None, list(files), status)
    releases = releases_of(page, name="p-x", page_url="https://index.test/simple/p-x/")
    return build_entry(
        releases, index="https://index.test/simple", name="p-x", status=status, fresh_seconds=600
    )


def opened(entry: bytes) -> StoredProject:
    return StoredProject(decode_head(entry), "index", locate_in(entry))


VERSIONS = st.builds(
    "{}.{}{}{}".format,
    st.integers(0, 20),
    st.integers(0, 20),
    st.sampled_from(["", ".0", "a1", "rc2", ".post1", ".dev3", "+local.1"]),
    st.sampled_from(["", "", "", ".dev1"]),
).filter(lambda text: not text.endswith(".dev3.dev1") and "+local.1.dev1" not in text)


@st.composite
def files(draw: st.DrawFn) -> PageFile:
    version = draw(VERSIONS)
    text = st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "C"]))
    if draw(st.booleans()):
        tags = draw(
            st.sampled_from(["py3-none-any", "cp311-cp311-linux_x86_64", "py2.py3-none-any"])
        )
        filename = f"p_x-{version}-{tags}.whl"
    else:
        filename = f"p-x-{version}.tar.gz"
    return page_file(
        filename,
        url=draw(st.sampled_from(["https://files.test/a/", "https://a.test/", "http://x.test/q?/"]))
        + filename,
        hashes=draw(st.sampled_from(["", f"sha256={SHA}", f"md5=00ff,sha256={SHA}"])),
        size=draw(st.none() | st.integers(0, 1 << 40)),
        requires_python=draw(st.none() | st.sampled_from([">=3.8", "<4,>=3", ""])),
        yanked=draw(text),
        upload_time=draw(st.none() | st.integers(-(1 << 40), 1 << 40)),
        metadata=draw(st.sampled_from([None, True, False, SHA])),
    )


@given(st.lists(files(), max_size=12))
def test_an_entry_holds_what_the_page_said(page: list[PageFile]) -> None:
    project = opened(build(*page))
    found = [project.artifacts(position) for position in range(len(project.versions))]
    parsed = [Version(version) for version in project.versions]
    assert parsed == sorted(set(parsed), reverse=True)
    assert [parsed[i].is_prerelease for i in range(len(parsed))] == [
        bool(project.prereleases[i >> 3] >> (i & 7) & 1) for i in range(len(parsed))
    ]
    expected = [
        Artifact(
            file.filename,
            file.url,
            dict(pair.split("=") for pair in file.hashes.split(",") if pair),
            file.size,
            file.requires_python or None,
            file.yanked,
            file.upload_time,
            file.metadata,
        )
        for file in page
    ]
    key = repr
    assert sorted((a for release in found for a in release), key=key) == sorted(expected, key=key)
    for position, release in enumerate(found):
        shapes = project.shapes[project.shape_of[position]]
        assert {shape.yanked for shape in shapes} == {a.yanked is not None for a in release}
        assert {shape.requires_python for shape in shapes} == {a.requires_python for a in release}
        assert all(
            shape.tags == "" or any(f"-{shape.tags}.whl" in a.filename for a in release)
            for shape in shapes
        )
        times = [a.upload_time for a in release if a.upload_time is not None]
        assert project.upload_times(position) == ((min(times), max(times)) if times else None)


def test_equal_versions_are_one_release_under_the_first_spelling() -> None:
    project = opened(build(page_file("p_x-1.0-py3-none-any.whl"), page_file("p-x-1.0.0.tar.gz")))
    assert project.versions == ("1.0",)
    assert len(project.artifacts(0)) == 2


@pytest.mark.parametrize(
    "filename",
    [
        "other-1.0-py3-none-any.whl",
        "p_x_more-1.0-py3-none-any.whl",
        "p-x-more-1.0.tar.gz",
        "p_x-1.0.tar.gz.asc",
        "p_x-1.0-py2.7.egg",
        "p_x-1.0.win32.exe",
        "p_x-not.a.version-py3-none-any.whl",
        "p_x-1.0-py3-none.whl",
        "../p_x-1.0-py3-none-any.whl",
        "p_x-1.0\n-py3-none-any.whl",
        "p_x-1.0-py3-none-any/../../evil.whl",
        f"p_x-1.0-{'py3.' * 60}py3-none-any.whl",
        "",
    ],
)
def test_a_file_that_is_no_artifact_of_the_project_is_left_out(filename: str) -> None:
    assert opened(build(page_file(filename))).versions == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "file:///etc/passwd"},
        {"url": "javascript:alert(1)"},
        {"url": "ftp://files.test/p_x-1.0.tar.gz"},
        {"url": "https:///p_x-1.0.tar.gz"},
        {"url": "https://files.test/\x1b[31m"},
        {"url": "https://files.test/" + "x" * 3000},
        {"hashes": "sha256=xyz"},
        {"hashes": "sha256="},
        {"hashes": "sha256=00 00"},
        {"hashes": "../../x=00"},
        {"requires_python": ">=3," * 200},
    ],
)
def test_a_file_that_could_mislead_is_left_out(fields: dict[str, object]) -> None:
    good = page_file("p_x-0.9.tar.gz")
    assert opened(build(page_file("p_x-1.0.tar.gz", **fields), good)).versions == ("0.9",)


def test_urls_are_made_absolute_and_lose_their_credentials() -> None:
    project = opened(
        build(
            page_file("p_x-2.0.tar.gz", url="../../files/p_x-2.0.tar.gz"),
            page_file("p_x-1.0.tar.gz", url="https://user:secret@files.test/p_x-1.0.tar.gz"),
        )
    )
    assert project.artifacts(0)[0].url == "https://index.test/files/p_x-2.0.tar.gz"
    assert project.artifacts(1)[0].url == "https://files.test/p_x-1.0.tar.gz"


@pytest.mark.parametrize("specifier", ["nonsense", ">=3.6.*", "3.8"])
def test_a_requires_python_that_is_no_specifier_says_nothing(specifier: str) -> None:
    project = opened(build(page_file("p_x-1.0.tar.gz", requires_python=specifier)))
    assert project.artifacts(0)[0].requires_python is None
    assert project.shapes[0][0].requires_python is None


@pytest.mark.parametrize("digest", ["0", "1", "xyz", "ab" * 31, "AB" * 32 + "\x1f"])
def test_a_metadata_digest_that_is_none_is_not_believed(digest: str) -> None:
    project = opened(build(page_file("p_x-1.0.tar.gz", metadata=digest)))
    assert project.artifacts(0)[0].metadata is True


def test_shapes_are_sequences_with_the_sdist_first() -> None:
    wheel, sdist = page_file("p_x-1.0-py3-none-any.whl"), page_file("p-x-1.0.tar.gz")
    project = opened(build(wheel, sdist, page_file("p_x-2.0-py3-none-any.whl")))
    assert [list(shape) for shape in project.shapes] == [
        [FileShape("py3-none-any", None, yanked=False)],
        [FileShape("", None, yanked=False), FileShape("py3-none-any", None, yanked=False)],
    ]
    assert len(project.shapes) == 2
    assert len(project.shapes[1]) == 2
    assert project.shapes[-1][-1] == project.shapes[0][0]
    assert [list(shape) for shape in project.shapes[1:]] == [list(project.shapes[1])]
    assert project.shapes[1][:1] == [FileShape("", None, yanked=False)]


def test_texts_of_the_index_are_cleaned() -> None:
    file = page_file("p_x-1.0.tar.gz", yanked="see\nthis\x1f\x1e\x1b[31m\ud800")
    assert opened(build(file)).artifacts(0)[0].yanked == "see this   [31m?"


def test_a_quarantined_project_offers_nothing() -> None:
    project = opened(build(page_file("p_x-1.0.tar.gz"), status="quarantined"))
    assert project.versions == ()
    assert project.status == "quarantined"


def test_an_absence_is_an_entry_too() -> None:
    head = decode_head(build_absence(index="i", name="n", fresh_seconds=5))
    assert head == EntryHead("i", "n", present=False, fresh_seconds=5, places=head.places)
    assert len(head.places) == 1


def test_too_many_versions_are_refused() -> None:
    with pytest.raises(EntryError, match="more releases"):
        build(*(page_file(f"p_x-{number}.tar.gz") for number in range(0x10000)))


ENTRY = build(
    page_file("p_x-1.0-py3-none-any.whl", requires_python=">=3.8", yanked="why"),
    page_file("p_x-1.0.tar.gz"),
    page_file("p_x-2.0b1-py3-none-any.whl", upload_time=7),
)


def decode_all(entry: bytes) -> None:
    head = decode_head(entry)
    if sizes(entry)[1] != len(entry):
        raise EntryError("cut off")
    for position in range(len(head.versions)):
        decode_record(*locate_in(entry)(head, position))


@given(st.integers(0, len(ENTRY) - 1), st.integers(1, 255))
def test_an_altered_byte_is_noticed(place: int, change: int) -> None:
    altered = bytearray(ENTRY)
    altered[place] ^= change
    entry = bytes(altered)
    with pytest.raises(EntryError):
        decode_all(entry)


@given(st.integers(0, len(ENTRY) - 1))
def test_a_cut_off_entry_is_noticed(length: int) -> None:
    with pytest.raises(EntryError):
        decode_all(ENTRY[:length])


@given(st.binary())
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EntryError):
        decode_head(data)
    with pytest.raises(EntryError):
        decode_head(ENTRY[:4] + data)
