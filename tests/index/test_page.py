"""Project pages: PEP 691 and PEP 503 say the same; what is no page is a clear error."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.index.page import Page, PageError, PageFile, clean_text, epoch_seconds
from advisor_core.index.page_html import _read_any, _read_plain, parse_html_page
from advisor_core.index.page_json import parse_json_page

SHA = "ab" * 32


def json_page(*files: dict[str, Any], version: str = "1.1", **more: Any) -> bytes:
    return json.dumps(
        {"meta": {"api-version": version}, "name": "p", "files": list(files), **more}
    ).encode()


def html_page(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def one(page: Page) -> PageFile:
    (file,) = page.files
    return file


def test_json_and_html_say_the_same() -> None:
    from_json = parse_json_page(
        json_page(
            {
                "filename": "p-1.0-py3-none-any.whl",
                "url": "../../f/p-1.0-py3-none-any.whl",
                "hashes": {"sha256": SHA.upper()},
                "requires-python": ">=3.8,<4",
                "yanked": "bad & ugly",
                "upload-time": "2024-01-02T03:04:05.678901Z",
                "core-metadata": {"sha256": SHA},
            }
        )
    )
    from_html = parse_html_page(
        html_page(
            f'<a href="../../f/p-1.0-py3-none-any.whl#sha256={SHA}" data-yanked="bad &amp; ugly"'
            f' data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256={SHA}"'
            ' data-upload-time="2024-01-02T03:04:05Z">p-1.0-py3-none-any.whl</a>'
        )
    )
    assert one(from_json) == one(from_html)
    assert one(from_json).upload_time == 1704164645


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, None),
        ({"core-metadata": False}, False),
        ({"core-metadata": True}, True),
        ({"core-metadata": {"sha256": SHA}}, SHA),
        ({"core-metadata": {"blake2": "x"}}, True),
        ({"data-dist-info-metadata": {"sha256": SHA}}, SHA),
        ({"dist-info-metadata": True}, True),
        ({"core-metadata": False, "data-dist-info-metadata": True}, False),
    ],
)
def test_the_newer_metadata_key_wins(keys: dict[str, Any], expected: str | bool | None) -> None:
    page = parse_json_page(json_page({"filename": "f", "url": "u", "hashes": {}, **keys}))
    assert one(page).metadata == expected


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("", None),
        ('data-core-metadata="true"', True),
        ('data-core-metadata="false"', False),
        (f'data-core-metadata="sha256={SHA.upper()}"', SHA),
        ('data-core-metadata="md5=00"', True),
        (f'data-dist-info-metadata="sha256={SHA}"', SHA),
        (f'data-core-metadata="true" data-dist-info-metadata="sha256={SHA}"', True),
    ],
)
def test_html_metadata_attributes(attribute: str, expected: str | bool | None) -> None:
    page = parse_html_page(html_page(f'<a href="f" {attribute}>f</a>'))
    assert one(page).metadata == expected


@pytest.mark.parametrize(
    ("yanked", "expected"), [(False, None), (None, None), (True, ""), ("", ""), ("why", "why")]
)
def test_a_yanked_file_keeps_its_reason(yanked: object, expected: str | None) -> None:
    file = {"filename": "f", "url": "u", "hashes": {}, "yanked": yanked}
    assert one(parse_json_page(json_page(file))).yanked == expected


def test_html_that_is_not_plain_is_read_too() -> None:
    page = parse_html_page(
        b"<!-- <a href='x-1.0.zip'>x</a> --><base href='https://files.test/p/'>"
        b"<A HREF=p-1.0.tar.gz#sha256=" + SHA.encode() + b" data-yanked>p-1.0.tar.gz</A>"
        b'<a name="no link">n</a><script>"<a href=y-1.0.zip>"</script>'
    )
    assert one(page) == PageFile(
        "p-1.0.tar.gz",
        "https://files.test/p/p-1.0.tar.gz",
        f"sha256={SHA}",
        None,
        None,
        "",
        None,
        None,
    )


def test_a_filename_in_html_is_that_of_the_url() -> None:
    page = parse_html_page(html_page('<a href="/f/p-1.0%2Bcpu.zip?token=1#md5=00">other</a>'))
    assert one(page).filename == "p-1.0+cpu.zip"
    assert one(page).hashes == "md5=00"


@pytest.mark.parametrize("version", ["2.0", "0.9", "", "x", "10.0", "\x1b[31m"])
def test_another_major_version_of_the_api_is_refused(version: str) -> None:
    with pytest.raises(PageError, match=r"is not 1\.x"):
        parse_json_page(json_page(version=version))
    if version:
        meta = f'<meta name="pypi:repository-version" content="{version}">'
        with pytest.raises(PageError, match=r"is not 1\.x"):
            parse_html_page(html_page("", meta))


def test_a_newer_minor_version_is_accepted() -> None:
    assert parse_json_page(json_page(version="1.99", surprise=[1])).files == []
    meta = '<meta name="pypi:repository-version" content="1.99">'
    assert parse_html_page(html_page("", meta)).files == []


def test_project_status_is_read() -> None:
    page = parse_json_page(
        json_page(version="1.4", **{"project-status": {"status": "quarantined"}})
    )
    assert page.status == "quarantined"
    meta = '<meta name="pypi:project-status" content="archived">'
    assert parse_html_page(html_page("", meta)).status == "archived"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"<html>", "invalid character"),
        (b"[]", "object"),
        (b'{"meta": {}}', "api-version"),
        (json_page({"filename": 1, "url": "", "hashes": {}}), r"files\[0\].filename"),
        (json_page({"filename": "f", "url": "", "hashes": {"sha256": 1}}), r"hashes\[...\]"),
        (json_page({"url": "", "hashes": {}}), "filename"),
        (json_page(name=None), "name"),
        (b"[" * 100_000, "recursion|object|array"),
        (json_page()[:-2], "truncated"),
        (b'{"meta": {"api-version": "1.0"}, "name": "\xff", "files": []}', "utf-8|invalid"),
    ],
)
def test_what_is_no_json_page_is_refused_with_the_place(body: bytes, place: str) -> None:
    with pytest.raises(PageError, match=f"(?i){place}"):
        parse_json_page(body)


@pytest.mark.parametrize("body", [b"not found", b'{"files": []}', b"\x00\x01"])
def test_what_is_no_html_is_refused(body: bytes) -> None:
    with pytest.raises(PageError, match="not an HTML page"):
        parse_html_page(body)


@pytest.mark.parametrize("cut", [20, 60, 110])
def test_cut_off_html_is_refused(cut: int) -> None:
    page = html_page(f'<a href="p-1.0.zip#sha256={SHA}">p-1.0.zip</a>')
    with pytest.raises(PageError, match="cut off"):
        parse_html_page(page[:cut])


def test_an_empty_html_page_has_no_files() -> None:
    assert parse_html_page(html_page("")).files == []


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(
        st.sampled_from(["meta", "api-version", "name", "files", "filename", "url", "hashes"])
        | st.text(), inner)
)))  # fmt: skip
def test_any_json_is_a_page_or_a_clear_error(value: object) -> None:
    try:
        page = parse_json_page(json.dumps(value).encode())
    except PageError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(page, Page)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_page_or_a_clear_error(body: bytes) -> None:
    for parse in (parse_json_page, parse_html_page):
        try:
            assert isinstance(parse(body), Page)
        except PageError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["href", "data-yanked", "data-requires-python", "data-core-metadata", "class"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
)


@given(st.lists(ATTRIBUTES), st.booleans(), st.text())
def test_both_readers_of_html_agree(
    anchors: list[dict[str, str]], escaped: bool, between: str
) -> None:
    lines = []
    for attributes in anchors:
        written = "".join(
            f' {name}="{html.escape(value) if escaped else value}"'
            for name, value in attributes.items()
        )
        lines.append(f"<a{written}>{html.escape(between)}</a><br/>")
    text = html_page("\n".join(lines)).decode()
    plain = _read_plain(text)
    if plain is not None:
        assert plain == _read_any(text)


@given(st.text(st.sampled_from("<a hrefmt=\"&;!-/>' =x")))
def test_both_readers_of_html_agree_on_noise(text: str) -> None:
    plain = _read_plain(text)
    if plain is not None:
        assert plain == _read_any(text)


def test_usual_html_is_read_the_fast_way() -> None:
    anchor = f'<a href="https://f.test/p-1.0.zip#sha256={SHA}" data-requires-python="&gt;=3">p</a>'
    assert _read_plain(html_page(f"<h1>Links for p</h1>{anchor}<br/>\n").decode()) is not None


@given(st.text())
def test_clean_text_has_no_controls_and_is_utf8(text: str) -> None:
    cleaned = clean_text(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in cleaned)
    cleaned.encode()


@pytest.mark.parametrize("text", ["", "yesterday", "2024-01-01", "2024-01-01T00:00:00", "9" * 99])
def test_a_time_of_unknown_form_is_unknown(text: str) -> None:
    assert epoch_seconds(text) is None
