"""PEP 503 project pages. Performs no I/O.

Pages that installers see are plain lists of anchors, and large: two expressions read them many
times faster than `html.parser` does. What is not plain (comments, scripts, unquoted attributes)
goes to `html.parser`; a test holds the two against each other.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin

from advisor_core.index.page import (
    MAXIMUM_FILES,
    Page,
    PageError,
    PageFile,
    check_api_version,
    clean_text,
    epoch_seconds,
)

__all__ = ["parse_html_page"]

Attributes = dict[str, str]

_NOT_PLAIN = re.compile(
    r"<(?!a |/a>|br ?/?>|/?(?:html|head|body|title|h1)>|!doctype html>|meta )", re.IGNORECASE
)
_ANCHOR = re.compile(r'<a((?:\s+[a-z-]+="[^"]*")*)\s*>')
_META = re.compile(r'<meta((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_HASH = re.compile(r"(?:md5|sha1|sha224|sha256|sha384|sha512)=[0-9a-fA-F]+")


def parse_html_page(body: bytes) -> Page:
    """Return the page. Raises PageError when the body is no HTML, cut off, or lists too much."""
    text = body.decode("utf-8", errors="replace")
    lower_end = text[-200:].lower()
    lower_start = text[:2000].lower()
    if "<" not in lower_start and text.strip():
        raise PageError("not an HTML page")
    if text.rfind("<") > text.rfind(">") or ("<html" in lower_start and "</" not in lower_end):
        raise PageError("the HTML page is cut off")
    metas, anchors = _read_plain(text) or _read_any(text)
    if len(anchors) > MAXIMUM_FILES:
        raise PageError(f"the page lists {len(anchors)} files, more than {MAXIMUM_FILES}")
    status = "active"
    for meta in metas:
        match meta.get("name", ""):
            case "pypi:repository-version":
                check_api_version(meta.get("content", ""))
            case "pypi:project-status":  # PEP 792
                status = clean_text(meta.get("content", ""))
    return Page(None, [_page_file(anchor) for anchor in anchors if "href" in anchor], status)


def _read_plain(text: str) -> tuple[list[Attributes], list[Attributes]] | None:
    """Return the attributes of each meta and anchor element, or None if the page is not plain."""
    if _NOT_PLAIN.search(text):
        return None
    anchors = _ANCHOR.findall(text)
    metas = _META.findall(text)
    if len(anchors) + len(metas) != len(re.findall("<(?:a|meta) ", text, re.IGNORECASE)):
        return None
    if "&" in text:
        return [_unescaped(meta) for meta in metas], [_unescaped(anchor) for anchor in anchors]
    return (
        [dict(_ATTRIBUTE.findall(meta)) for meta in metas],
        [dict(_ATTRIBUTE.findall(anchor)) for anchor in anchors],
    )


def _unescaped(attributes: str) -> Attributes:
    found = dict(_ATTRIBUTE.findall(attributes))
    if "&" in attributes:
        return {name: html.unescape(value) for name, value in found.items()}
    return found


def _read_any(text: str) -> tuple[list[Attributes], list[Attributes]]:
    """Return the attributes of each meta and anchor element of any HTML."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.metas, reader.anchors


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.metas: list[Attributes] = []
        self.anchors: list[Attributes] = []
        self._base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "base" and not self._base:
            self._base = attributes.get("href", "")
        elif tag == "meta":
            self.metas.append(attributes)
        elif tag == "a":
            if self._base and "href" in attributes:
                attributes["href"] = urljoin(self._base, attributes["href"])
            self.anchors.append(attributes)


def _page_file(attributes: Attributes) -> PageFile:
    url, _, fragment = attributes["href"].partition("#")
    filename = url.partition("?")[0].rpartition("/")[2]
    if fragment.startswith("sha256=") and len(fragment) == 71:
        hashed = fragment.lower()
    else:
        hashed = ",".join(_HASH.findall(fragment)).lower()
    core_metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    metadata: str | bool | None = None
    if core_metadata is not None:
        metadata = core_metadata.lower().removeprefix("sha256=")
        metadata = False if metadata == "false" else True if "=" in metadata else metadata
        metadata = True if metadata in {"true", ""} else metadata
    uploaded = attributes.get("data-upload-time")
    return PageFile(
        unquote(filename) if "%" in filename else filename,
        url,
        hashed,
        None,
        attributes.get("data-requires-python"),
        attributes.get("data-yanked"),
        None if uploaded is None else epoch_seconds(uploaded),
        metadata,
    )
