"""The grammar of commands: what is one, what it means, and what is only talk about one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.commands import (
    COMMANDS,
    MOST_COMMANDS,
    USAGE,
    Command,
    Misunderstood,
    parse_comment,
)
from bot.conversation.titles import parse_title

NAMES = ("thoth-app",)


def parse(text):
    return parse_comment(text, names=NAMES)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/thoth advise", Command("advise")),
        ("/thoth advise prod gpu", Command("advise", environment="prod gpu")),
        ("/thoth update", Command("update")),
        ("/thoth update Flask, urllib3", Command("update", packages=("flask", "urllib3"))),
        ("/thoth split Flask", Command("split", packages=("flask",))),
        ("/thoth undo", Command("undo")),
        ("/thoth config", Command("config")),
        ("/thoth release Minor", Command("release", release="minor")),
        ("/thoth release v1.2.0", Command("release", version="1.2.0")),
        ("/thoth why Urllib3", Command("why", packages=("urllib3",))),
        ("/thoth explain", Command("explain")),
        ("/thoth Merge when green", Command("merge when green")),
        ("/thoth pin Django==4.2.0", Command("pin", packages=("django",), version="4.2.0")),
        ("/thoth pin django == 4.2", Command("pin", packages=("django",), version="4.2")),
        ("/thoth ignore a", Command("ignore", packages=("a",))),
        ("/thoth ignore a MAJOR", Command("ignore", packages=("a",), update="major")),
        ("/thoth ignore a==1.0", Command("ignore", packages=("a",), version="1.0")),
        (
            "/thoth ignore a ==1 until 2027-01-31",
            Command("ignore", packages=("a",), version="1", until="2027-01-31"),
        ),
        (
            "/thoth ignore a patch until 2027-01-31",
            Command("ignore", packages=("a",), update="patch", until="2027-01-31"),
        ),
        ("/thoth unignore a", Command("unignore", packages=("a",))),
        ("/thoth Show Ignores", Command("show ignores")),
        ("/THOTH: help", Command("help")),
        ("/thoth", Command("help")),
        ("@thoth-app rebase", Command("rebase")),
        ("  @Thoth-App, close", Command("close")),
    ],
)
def test_a_command_is_understood(line, command):
    assert parse(line) == (command,)


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("/thoth reabse", "rebase"),
        ("/thoth show ignore", "show ignores"),
        ("/thoth merge when gren", "merge when green"),
        ("/thoth sing a song", "help"),
        ("/thoth unignore", "unignore PACKAGE"),
        ("/thoth unignore a b", "unignore PACKAGE"),
        ("/thoth unignore @everyone", "unignore PACKAGE"),
        ("/thoth pin a", "pin PACKAGE==VERSION"),
        ("/thoth pin a==one", "pin PACKAGE==VERSION"),
        ("/thoth rebase now", "rebase"),
        ("/thoth update a==1", "update [PACKAGE ...]"),
        ("/thoth split a b", "split PACKAGE"),
        ("/thoth undo all", "undo"),
        ("/thoth release", "release KIND"),
        ("/thoth release soon", "release KIND"),
        ("/thoth ignore a until tomorrow", USAGE["ignore"]),
        ("/thoth ignore a hugely", USAGE["ignore"]),
        ("/thoth " + "x" * 600, "help"),
    ],
)
def test_what_is_no_command_is_answered_with_the_nearest(line, usage):
    (answer,) = parse(line)
    assert isinstance(answer, Misunderstood)
    assert answer.usage == usage


@pytest.mark.parametrize(
    "body",
    [
        "please /thoth rebase",
        "/thothrebase",
        "> /thoth rebase",
        "    /thoth rebase",
        "\t/thoth rebase",
        "```\n/thoth rebase\n```",
        "~~~~ sh\n/thoth rebase\n~~~\n/thoth close\n",
        "<!-- /thoth rebase -->",
        "<!--\n/thoth rebase\n-->",
        "`/thoth rebase`",
        "@someone rebase",
        "@thoth-app-2 rebase",
        "",
    ],
)
def test_talk_about_commands_is_no_command(body):
    assert parse(body) == ()


def test_a_fence_ends_and_commands_count_again():
    assert parse("```\n/thoth close\n```\n/thoth rebase") == (Command("rebase"),)
    assert parse("a <!-- x --> b\n<!-- y\n--> \n/thoth info") == (Command("info"),)


def test_commands_of_one_comment_are_taken_in_order_up_to_a_limit():
    body = "/thoth rebase\ntext\n/thoth pin a==1\n" + "/thoth info\n" * 50
    found = parse(body)
    assert found[:2] == (Command("rebase"), Command("pin", packages=("a",), version="1"))
    assert len(found) == MOST_COMMANDS


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Kebechet update", "update"),
        ("kebechet ADVISE", "advise"),
        ("Kebechet info", "info"),
        ("Thoth update", "update"),
        ("/thoth advise", "advise"),
        (" Thoth  info ", "info"),
    ],
)
def test_the_title_of_an_issue_is_a_command(title, name):
    assert parse_title(title) == Command(name)


@pytest.mark.parametrize(
    ("title", "command"),
    [
        ("New minor release", Command("release", release="minor")),
        ("new calendar release ", Command("release", release="calendar")),
        ("New pre-release", Command("release", release="pre")),
        ("Finalize version", Command("release", release="final")),
        ("v1.2.3 release", Command("release", version="1.2.3")),
    ],
)
def test_a_release_is_asked_for_by_the_title_of_an_issue(title, command):
    assert parse_title(title) == command


@pytest.mark.parametrize(
    "title",
    ["New release", "1..2 release", "update", "Kebechet update please", "Thoth merge", "", "info"],
)
def test_other_titles_are_not(title):
    assert parse_title(title) is None


COMMAND_LINES = st.one_of(
    st.sampled_from(
        ["rebase", "recreate", "close", "reopen", "update", "update a b", "undo", "info"]
    ),
    st.from_regex(r"unignore [a-z][a-z0-9]{0,8}", fullmatch=True),
    st.from_regex(r"pin [a-z][a-z0-9]{0,8}==[1-9][0-9]{0,3}(\.[1-9])?", fullmatch=True),
    st.from_regex(r"ignore [a-z]{1,8}( major| ==[1-9])?( until 2027-01-31)?", fullmatch=True),
)


@given(COMMAND_LINES)
def test_the_text_of_a_command_is_read_back_as_the_same(line):
    (command,) = parse(f"/thoth {line}")
    assert isinstance(command, Command)
    assert parse(f"/thoth {command.text}") == (command,)


@given(st.text(max_size=300).map(lambda text: f"/thoth {text}") | st.text(max_size=300))
def test_any_text_is_answered(body):
    for found in parse(body):
        assert isinstance(found, Command | Misunderstood)


@given(st.lists(st.sampled_from(["```", "~~~", "<!--", "-->", ">", "/thoth info", "x", "\n"])))
def test_any_nesting_is_answered(parts):
    assert all(
        found == Command("info") or isinstance(found, Misunderstood)
        for found in parse("\n".join(parts))
    )


def test_every_command_has_a_usage_that_begins_with_it():
    assert set(USAGE) == set(COMMANDS)
    assert all(usage.startswith(name) for name, usage in USAGE.items())


@pytest.mark.parametrize(
    "body",
    [
        "- ```\n  /thoth close\n  ```",
        "1.  ~~~\n    /thoth close\n    ~~~",
        "```\n    ```\n/thoth close\n```",
        "<pre>\n/thoth close\n</pre>",
        "`\n/thoth close\n`",
        "so: ``a ` b\n/thoth close\nc`` d",
        "`one` and `two\n/thoth close\nthree`",
        "it says <CODE>\n/thoth close\n</code>",
        "<blockquote>\n<pre>a</pre>\n/thoth close\n</blockquote>",
    ],
)
def test_what_is_shown_as_code_or_quoted_is_no_command_and_what_follows_is(body):
    assert parse_comment(f"{body}\n\n/thoth help") == (Command("help"),)


def test_the_name_of_a_tag_hides_no_command():
    assert parse_comment("`<pre>` is broken\n/thoth help\n</pre>") == (Command("help"),)


@pytest.mark.parametrize(
    "before", ["a ` alone", "a `` b ` c", "a `\n\nb ` c\n", "- a `\n- b", "\\` and `c`", "`a` `b`"]
)
def test_backticks_that_hold_no_line_hide_no_command(before):
    assert parse_comment(f"{before}\n/thoth help\n- x") == (Command("help"),)
