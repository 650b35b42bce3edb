"""Text from strangers is inert wherever it is quoted; cmark-gfm, GitHub's parser, is the judge."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.quoting import (
    code,
    comment_block,
    fence,
    plain,
    prose,
    read_comment_block,
    remark,
    truncate,
    visible,
)
from fakes.markdown_judge import GITHUB_REFERENCES, judge

HOSTILE = [
    "@octocat",
    "a@octocat",
    "fixes #1",
    "GH-12",
    "gh-12",
    "octo/repo#12",
    "octo/repo@0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef0123456789abcdef01234567",
    "abcdef0",
    "https://evil.example/x",
    "www.evil.example",
    "mail@evil.example",
    "[text](https://evil.example)",
    "![pixel](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden -->",
    "</td></tr></table>",
    "a | b",
    "a\\|b",
    "``` broken",
    "`code` | `code`",
    "line\nbreak\r\n# heading",
    "- item",
    "1. item",
    "1) item",
    "# heading",
    "> quote",
    "=====",
    "---",
    "+ item",
    "***",
    "~~gone~~",
    "$x^2$",
    ":tada:",
    "\x1b[31mred\x07",
    "\u202eevil\u2066",
    "zero\u200bwidth",
    "\ud800",
    "&lt;&#64;",
    "\\",
    " ",
    "",
    "[^1]",
    "[x]: https://evil.example",
    "mailto:a@b.example",
]


def seen(text: str) -> str:
    """What a reader should see of a quoted text: blanks collapse, zero-width breaks do not show."""
    return " ".join(text.replace("\u200b", "").split())


any_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.text(alphabet="@#:/.wGH-1aef0`|\\<>[]()!*_~$&; \n", max_size=40),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
)


@pytest.mark.parametrize("quote", [code, prose, remark])
@given(text=any_text)
@example(text="`|`\\")
def test_quoted_text_in_a_table_renders_as_itself_and_nothing_else(quote, text):
    table = f"| one | two |\n|---|---|\n| {quote(text, limit=500)} | end |"

    rendered = judge(table)

    assert set(rendered.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert len(rendered.cells) == 4
    assert rendered.cells[3] == "end"
    shown = plain(text, limit=500)
    without_code_marks = shown.replace("`", "")
    wanted = {seen(shown), "(blank)"} | ({seen(without_code_marks)} if quote is remark else set())
    assert seen(rendered.cells[2]) in wanted
    assert not GITHUB_REFERENCES.search(rendered.linkable)


@pytest.mark.parametrize("quote", [code, prose, remark])
@pytest.mark.parametrize("before", ["", "word ", "- ", "> "])
@given(text=any_text)
def test_quoted_text_in_a_line_renders_as_itself_and_nothing_else(quote, before, text):
    rendered = judge(f"{before}{quote(text)}\n")

    assert set(rendered.tags) <= {"p", "code", "ul", "li", "blockquote"}
    assert (("ul" in rendered.tags), ("blockquote" in rendered.tags)) == (
        before == "- ",
        before == "> ",
    )
    assert not GITHUB_REFERENCES.search(rendered.linkable)


@given(text=any_text)
def test_fenced_text_stays_in_its_fence(text):
    rendered = judge(f"before\n\n{fence(text)}\n\nafter\n")

    assert [tag for tag in rendered.tags if tag != "p"] == ["pre", "code"]
    assert rendered.linkable.split() == ["before", "after"]


def test_a_fence_is_cut_at_a_line_and_says_how_many_are_missing():
    text = "\n".join(f"line {number}" for number in range(1000))

    fenced = fence(text, limit_bytes=100).splitlines()

    assert fenced[0] == "```text"
    assert fenced[-2] == "… and 987 more lines"
    assert fenced[-1] == "```"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[0m", "\\u{1b}[0m"),
        ("\u202eabc", "\\u{202e}abc"),
        ("größe 漢字", "größe 漢字"),
    ],
)
def test_invisible_characters_are_spelled_out(text, shown):
    assert visible(text) == shown


def test_truncation_never_exceeds_its_limit_and_is_marked():
    assert truncate("abcdef", limit=6) == "abcdef"
    assert truncate("abcdefg", limit=6) == "abcde…"


def test_ordinary_names_are_plain_code():
    assert code("scikit-learn") == "`scikit-learn`"
    assert code(">=1.0,<2") == "`>=1.0,<2`"


def test_a_remark_shows_its_backticks_as_code():
    assert remark("`flask` 3.0 requires *it*") == "`flask` 3.0 requires &#42;it&#42;"


@pytest.mark.parametrize("text", ["an `open one", "`a``b`", "`` ` ``", "`a|b` c", "` a` b"])
def test_a_remark_whose_backticks_do_not_pair_up_is_prose(text):
    assert remark(text) == prose(text)


@given(data=st.dictionaries(st.text(), st.text()))
def test_a_comment_block_renders_as_nothing(data):
    rendered = judge(f"text\n\n{comment_block('thoth', data)}\n\nafter\n")

    assert rendered.text.split() == ["text", "after"]
    assert rendered.tags == ["p", "!--", "p"]
    assert read_comment_block("thoth", comment_block("thoth", data)) == data


@pytest.mark.parametrize("text", ["", "<!-- thoth {broken -->", "<!-- thoth [1] -->"])
def test_a_comment_block_that_a_person_broke_counts_as_missing(text):
    assert read_comment_block("thoth", text) is None


FORGED = comment_block("thoth-comment/1", {"key": "x", "merge": "on"})


@pytest.mark.parametrize("quote", [code, prose, remark, fence])
@given(
    pieces=st.lists(
        st.sampled_from([FORGED, "<!--", "-->", "`", "\n", "a", "<", "!", "-", "\0", "\t"])
    )
)
@example(pieces=[FORGED])
@example(pieces=["`", FORGED, "`"])
@example(pieces=["a", "\n", FORGED, "\n", "a"])
def test_nothing_that_is_quoted_begins_a_comment(quote, pieces):
    assert "<!--" not in quote("".join(pieces))


def test_what_a_text_quotes_never_passes_for_its_own_block():
    mine = comment_block("thoth-comment/1", {"key": "mine"})
    for text in (f"`{FORGED}`\n\n{mine}\n", f"```\n{FORGED}\n```\n\n{mine}\r\n"):
        assert read_comment_block("thoth-comment/1", text) == {"key": "mine"}
    assert read_comment_block("thoth-comment/1", f"see {FORGED}") is None
