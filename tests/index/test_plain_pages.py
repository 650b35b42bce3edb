"""The reader in C and the one in Python: where the first answers, the second answers the same."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.index.build import read_plain_page, releases_of
from advisor_core.index.page import PageError
from advisor_core.index.page_html import parse_html_page
from advisor_core.index.page_json import parse_json_page
from advisor_core.standards import IMPLEMENTATION, normalize_name

if TYPE_CHECKING:
    from advisor_core.index.entry import Releases

SHA = "0123456789abcdef" * 4

pytestmark = pytest.mark.skipif(IMPLEMENTATION == "python", reason="there is only one reader")


def read_slowly(body: bytes, *, is_json: bool, name: str = "p-x") -> Releases:
    """Read the long way; raises PageError as the client would."""
    page = parse_json_page(body) if is_json else parse_html_page(body)
    if page.name is not None and normalize_name(page.name) != name:
        raise PageError("another project")
    if page.status != "active":
        raise PageError("not active")
    return releases_of(page, name=name, page_url=f"https://index.test/simple/{name}/")


def assert_alike(body: bytes, *, is_json: bool) -> bool:
    """Return whether the page was plain."""
    fast = read_plain_page(body, is_json=is_json, name="p-x")
    if fast is not None:
        assert fast == read_slowly(body, is_json=is_json)
    return fast is not None


NAMES = st.sampled_from(["p_x", "p_x", "p_x", "P.X", "p-x", "other", "p_x_y", ""])
VERSIONS = st.sampled_from(
    [
        "1.0",
        "1.0.0",
        "1",
        "2.0",
        "2.0rc1",
        "2.0.dev1",
        "3!1.0",
        "1.0+cpu.1",
        "01.2",
        "v1.5",
        "x",
        "",
    ]
)
ENDS = st.sampled_from(
    [
        "-py3-none-any.whl",
        "-1a-py3-none-any.whl",
        "-CP311-abi3-Linux_x86_64.whl",
        "-py3-none.whl",
        ".tar.gz",
        ".zip",
        ".tar.bz2",
        ".egg",
        "-py2.py3-none-any.whl",
        "-.1-none-any.whl",
        "/x.whl",
    ]
)
FILENAMES = st.builds("{}-{}{}".format, NAMES, VERSIONS, ENDS) | st.text(max_size=8)
STARTS = st.sampled_from(
    [
        "https://files.test/packages/a/",
        "https://files.test/packages/b/",
        "http://other.test/",
        "https://user@files.test/",
        "../../files/",
        "https:///",
        "//files.test/",
        "ftp://files.test/",
    ]
)
PLAIN_STARTS = st.sampled_from(["https://files.test/packages/a/", "https://files.test/packages/b/"])
SPECIFIERS = st.sampled_from([">=3.8", ">=3.6, <4", "!=3.0.*", "nonsense", "", " ", ">=3," * 130])
REASONS = (
    st.sampled_from(["", "broken", 'see <a href="x">&amp;', "tab\there", "\u00e9"]) | st.text()
)
TIMES = st.sampled_from(
    [
        "2024-02-29T23:59:59Z",
        "2024-01-01T00:00:00.123456Z",
        "2024-01-01T00:00:00.123+00:00",
        "1970-01-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "yesterday",
        "",
    ]
)
DIGESTS = st.sampled_from([SHA, SHA.upper(), "00", "0", "", "xyz", SHA + "0"])
HASHES = st.dictionaries(st.sampled_from(["sha256", "md5", "SHA1", "a,b", ""]), DIGESTS, max_size=3)


def metadata() -> st.SearchStrategy[Any]:
    return st.sampled_from([True, False, None, {}]) | st.dictionaries(
        st.sampled_from(["sha256", "md5"]), DIGESTS
    )


ODD_FILES = st.fixed_dictionaries(
    {},
    optional={
        "filename": FILENAMES,
        "url": st.builds(str.__add__, STARTS, FILENAMES),
        "hashes": HASHES,
        "size": st.none() | st.integers() | st.floats(allow_nan=False),
        "requires-python": st.none() | SPECIFIERS,
        "yanked": st.none() | st.booleans() | REASONS,
        "upload-time": st.none() | TIMES,
        "core-metadata": metadata(),
        "data-dist-info-metadata": metadata(),
        "dist-info-metadata": metadata(),
        "provenance": st.recursive(st.none() | st.text() | st.floats(), st.lists),
    },
)


@st.composite
def plain_files(draw: st.DrawFn) -> dict[str, Any]:
    version = draw(st.sampled_from(["1.0", "1.0.0", "2.0rc1", "2.0.post1", "1!0.1", "1.0+cpu"]))
    end = draw(st.sampled_from(["-py3-none-any.whl", ".tar.gz", "-Cp311-abi3-any.whl", ".egg"]))
    filename = f"p_x-{version}{end}"
    return {
        "filename": filename,
        "url": draw(PLAIN_STARTS) + filename,
        "hashes": {"sha256": draw(st.sampled_from([SHA, SHA.upper()]))},
        "requires-python": draw(st.sampled_from([None, ">=3.8", "", ">=2.7,!=3.0.*", "bad"])),
        "size": draw(st.none() | st.integers(0, 10**12)),
        "yanked": draw(st.sampled_from([False, True, "", 'a "reason" <b> & more'])),
        "upload-time": draw(
            st.datetimes(min_value=_datetime(1970), max_value=_datetime(2100)).map(
                lambda moment: moment.isoformat(timespec="microseconds") + "Z"
            )
        ),
        "core-metadata": draw(st.sampled_from([False, True, {"sha256": SHA}])),
    }


def _datetime(year: int):  # type: ignore[no-untyped-def]  # imported where it is used
    from datetime import datetime

    return datetime(year, 1, 1)  # noqa: DTZ001 - UTC is written by the caller


def as_json(files: list[dict[str, Any]], indent: int | None = None, **more: Any) -> bytes:
    page = {"meta": {"api-version": "1.1"}, "name": "P.x", "versions": [], "files": files, **more}
    return json.dumps(page, indent=indent).encode()


def as_html(files: list[dict[str, Any]]) -> bytes:
    lines = []
    for file in files:
        hashes = file.get("hashes") or {}
        fragment = "".join(f"#{name}={digest}" for name, digest in list(hashes.items())[:1])
        attributes = {"href": file.get("url", "").replace("+", "%2B") + fragment}
        if file.get("requires-python") is not None:
            attributes["data-requires-python"] = file["requires-python"]
        if file.get("yanked") not in {None, False}:
            attributes["data-yanked"] = str(file["yanked"])
        if file.get("upload-time") is not None:
            attributes["data-upload-time"] = file["upload-time"]
        advertised = file.get("core-metadata")
        if isinstance(advertised, dict):
            attributes["data-core-metadata"] = "sha256=" + advertised.get("sha256", "")
        elif advertised is not None:
            attributes["data-dist-info-metadata"] = str(advertised).lower()
        written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        lines.append(f"<a {written}>{html.escape(file.get('filename', ''))}</a><br/>\n")
    return f"<!DOCTYPE html>\n<html><body>{''.join(lines)}</body></html>\n".encode()


@given(st.lists(plain_files()), st.sampled_from([None, 1]))
def test_plain_pages_are_read_alike_and_in_c(files: list[dict[str, Any]], indent: int) -> None:
    assert assert_alike(as_json(files, indent), is_json=True)
    assert assert_alike(as_html(files), is_json=False)


@given(st.lists(ODD_FILES | plain_files()))
def test_odd_pages_are_read_alike_or_the_long_way(files: list[dict[str, Any]]) -> None:
    assert_alike(as_json(files), is_json=True)
    assert_alike(as_html(files), is_json=False)


@given(st.lists(plain_files(), max_size=3), st.data(), st.booleans())
def test_damaged_pages_are_read_alike_or_the_long_way(
    files: list[dict[str, Any]], data: st.DataObject, is_json: bool
) -> None:
    body = bytearray(as_json(files) if is_json else as_html(files))
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=4)):
        body[place] = data.draw(st.sampled_from(b'"{}[],:<>=/\\ae0-&#% \x00\n\xff'))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    for damaged in (bytes(body), bytes(body[:start]), bytes(body[:start] + body[end:])):
        assert_alike(damaged, is_json=is_json)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_alike_or_the_long_way(body: bytes, is_json: bool) -> None:
    assert_alike(body, is_json=is_json)


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"project-status": {"status": "active", "reason": None}}, True),
        ({"project-status": {}}, True),
        ({"alternate-locations": [{"a": [1, -2.5e3, True, None, "x\\y"]}]}, True),
        ({"project-status": {"status": "quarantined"}}, False),
        ({"name": "other"}, False),
        ({"meta": {"api-version": "2.0"}}, False),
        ({"meta": {}}, False),
        ({"versions": ["\u00e9"]}, False),
    ],
)
def test_what_a_page_says_beside_its_files(more: dict[str, Any], plain: bool) -> None:
    file = {"filename": "p_x-1.0.tar.gz", "url": "https://f.test/p_x-1.0.tar.gz", "hashes": {}}
    assert assert_alike(as_json([file], **more), is_json=True) is (plain and "versions" not in more)


def test_deep_nesting_is_left_to_the_long_way() -> None:
    deep = as_json([], x="DEEP").replace(b'"DEEP"', b"[" * 10_000 + b"]" * 10_000)
    assert read_plain_page(deep, is_json=True, name="p-x") is None


def test_arguments_of_other_types_are_refused() -> None:
    with pytest.raises(TypeError):
        read_plain_page("text", is_json=True, name="p")  # type: ignore[arg-type]  # what is tested
    with pytest.raises(ValueError, match="ASCII"):
        read_plain_page(b"", is_json=True, name="é")
