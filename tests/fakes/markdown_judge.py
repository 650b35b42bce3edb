"""Renders Markdown with GitHub's parser; tells what a reader sees and what would be linked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

GITHUB_REFERENCES = re.compile(
    r"@[A-Za-z0-9]|#\d|(?i:\bGH-\d)|://|(?i:www\.)|\b[0-9a-fA-F]{7,40}\b|:[\w+-]+:"
)


class Judge(HTMLParser):
    """Collects what a reader sees, what would be linked, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.linkable = ""
        self.text = ""
        self.stack: list[str] = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the parser's interface
        self.tags.append(tag)
        self.stack.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_comment(self, data):  # noqa: ARG002 - the parser's interface
        self.tags.append("!--")

    def handle_data(self, data):
        self.text += data
        if "code" not in self.stack and "pre" not in self.stack:
            self.linkable += data + " "
        if "td" in self.stack or "th" in self.stack:
            self.cells[-1] += data


def judge(markdown: str) -> Judge:
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    parser = Judge()
    parser.feed(html)
    parser.close()
    return parser
