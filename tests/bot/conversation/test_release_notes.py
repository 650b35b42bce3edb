"""Which releases a change goes over, and that what projects say of them is shown and does nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.release_facts import ChangeFacts
from bot.conversation import messages
from bot.conversation.foreign import show_foreign
from bot.conversation.release_notes import (
    Notes,
    Said,
    change_key,
    from_changelog,
    from_releases,
    release_notes,
)
from bot.forge import Changelog, Project, PublishedRelease
from bot.managers.update import branch_name
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import ORDINARY

FLASK = Project("pallets/flask", "https://github.com/pallets/flask")
FACTS = ChangeFacts("flask", "2.0", "3.0")
INERT = {"p", "strong", "code", "pre", "ul", "ol", "li", "br"}


def published(*tags):
    return [PublishedRelease(tag, f"About {tag}.") for tag in tags]


@pytest.mark.parametrize(
    ("old", "new", "tags", "shown"),
    [
        ("2.0", "3.0", ["3.1", "3.0", "v2.5", "2.0"], ["3.0", "2.5"]),
        ("2.0", "3.0.0", ["v3.0", "2.9rc1", "2.8"], ["3.0", "2.8"]),
        ("2.0", "3.0rc2", ["3.0rc2", "3.0rc1", "2.8"], ["3.0rc2", "2.8"]),
        (None, "3.0", ["3.0", "2.5"], ["3.0"]),
        ("3.1", "3.0", ["3.1", "3.0", "2.5"], ["3.0"]),
        ("2.0", "3.0+cpu", ["release-3.0"], ["3.0"]),
        ("2.0", "3.0", ["flask-3.0", "other-2.5", "flask@2.2", "2.1"], ["3.0", "2.2"]),
        ("2.0", "3.0", ["2.5", "nightly"], []),
        ("2.0", "3.0", ["flask/../../issues/1", "flask/3.0"], ["3.0"]),
    ],
)
def test_the_releases_after_the_old_one_up_to_the_new_one_are_told_of(old, new, tags, shown):
    said = from_releases("flask", old, new, published(*tags), FLASK)
    assert [each.version for each in said] == shown
    assert all(each.url.startswith(f"{FLASK.page}/releases/tag/") for each in said)


def test_a_release_without_a_text_is_left_out():
    assert from_releases("flask", "2.0", "3.0", [PublishedRelease("3.0", " \n")], FLASK) == ()


MARKDOWN = "# Changes\n## [3.0] - 2026-01-02\nNew.\n### Fixed\n- it\n## 2.5\nOlder.\n## 2.0\nOld.\n"
RST = "Changes\n=======\n\n3.0 (2026-01-02)\n-----------------\nNew.\n\n2.0\n---\nOld.\n"


@pytest.mark.parametrize(("text", "shown"), [(MARKDOWN, ["3.0", "2.5"]), (RST, ["3.0"])])
def test_the_sections_of_a_changelog_are_told_of(text, shown):
    said = from_changelog("2.0", "3.0", Changelog("CHANGES.md", text), FLASK)
    assert [each.version for each in said] == shown
    assert said[0].text.startswith("New.")
    assert "Old." not in "".join(each.text for each in said)
    assert said[0].url == "https://github.com/pallets/flask/blob/HEAD/CHANGES.md"


def test_a_changelog_that_does_not_know_the_release_says_nothing():
    assert from_changelog("2.0", "3.1", Changelog("CHANGES.md", MARKDOWN), FLASK) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Title\n-----\n\ntext\nmore", "**Title**\n\ntext more"),
        ("* one\n* two\n   * three", "- one\n- two\n  - three"),
        ("~~~\ncode\n", "```text\ncode\n```"),
        ("*Fast* and __safe__ ``now``", "Fast and safe `now`"),
        ("a <!-- b -->c<img src=x>", "a c"),
    ],
)
def test_the_form_of_a_text_is_kept(text, shown):
    assert show_foreign(text, limit_bytes=1_000) == (shown, False)


PIECES = st.sampled_from(
    [
        *[
            "@eve ",
            "fixes #1 ",
            "GH-1 ",
            "<b>",
            "</details>",
            "<!--",
            "-->",
            "![i](x)",
            "\n",
            "\n\n",
        ],
        *[
            "[x](https://e.example)",
            "- ",
            "1. ",
            "# ",
            "> ",
            "| a | b |\n|---|---|\n",
            "```",
            "`",
            "~~~\n",
        ],
        *[
            "https://github.com/o/r/pull/7 ",
            "deadbeef1 ",
            ":tada: ",
            "<a href='x'>",
            "&#64;eve ",
            "\\",
        ],
        *["***", "---\n", "    ", "www.x.example "],
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join)


@settings(max_examples=30, deadline=None)
@given(HOSTILE, st.integers(0, 400))
def test_no_text_of_a_project_does_anything(text, limit):
    shown, _ = show_foreign(text, limit_bytes=limit)
    judged = judge(shown)
    assert len(shown.encode()) <= limit
    assert set(judged.tags) <= INERT
    assert not GITHUB_REFERENCES.search(judged.linkable)


@settings(max_examples=8, deadline=None)
@given(HOSTILE)
def test_a_pull_request_keeps_its_form_and_size_whatever_projects_say(text):
    said = tuple(Said(f"3.{n}", f"{FLASK.page}/releases/tag/3.{n}", text * 40) for n in range(9))
    outcome = replace(ORDINARY, facts=(FACTS,))
    branch = branch_name("Pipfile.lock")
    body = messages.pull_request_body(
        outcome, branch=branch, releases=Notes({change_key(FACTS): said})
    )
    assert len(body.encode()) <= messages.MAX_BODY_BYTES
    judged, alone = judge(body), judge(messages.pull_request_body(outcome, branch=branch))
    for tag, more in {
        "table": {0},
        "h3": {0},
        "!--": {0},
        "details": {0, 1},
        "h4": {0, 1, 2, 3},
    }.items():
        assert judged.tags.count(tag) - alone.tags.count(tag) in more
    assert not GITHUB_REFERENCES.search(judged.linkable)
    assert messages.proposed_digest(body) == messages.files_digest(outcome.files)


def test_long_notes_are_cut_with_a_link_to_the_whole_and_the_others_are_counted():
    text = "\n".join(f"- change number {n}" for n in range(400))
    said = tuple(Said(f"3.{n}", f"https://github.com/x/releases/tag/3.{n}", text) for n in range(5))
    shown = release_notes(replace(ORDINARY, facts=(FACTS,)), Notes({change_key(FACTS): said}))
    assert "… [all of it](https://github.com/x/releases/tag/3.0)" in shown
    assert "… and 2 more of `flask` before." in shown
    assert len(shown.encode()) <= 12_000


def test_without_room_nothing_is_shown():
    notes = Notes({change_key(FACTS): (Said("3.0", FLASK.page, "New."),)})
    assert release_notes(replace(ORDINARY, facts=(FACTS,)), notes, room_bytes=500) == ""
