"""What a person sees of a local run on a terminal, and on a stream that lacks letters."""

from __future__ import annotations

import io

from bot.conversation.actions import Nothing
from bot.conversation.messages import pull_request_body
from bot.forge import BranchName, CheckRun, CommitSha, PullRequest
from bot.local.output import LocalResult, Shown, write_text
from fakes.outcomes import EVIL, HOSTILE, ORDINARY

BRANCH = BranchName("thoth/update/pipfile-lock")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def result(outcome=ORDINARY, *, title="Update flask", checks=(), actions=()):
    body = pull_request_body(outcome, branch=BRANCH)
    request = PullRequest(1, BRANCH, "main", title, body)
    return LocalResult("/repository", (Shown(request, {}),), checks, actions, ())


def test_on_a_terminal_the_text_is_rendered(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()

    write_text(result(), stream=terminal)

    shown = terminal.getvalue()
    assert "tensorflow" in shown
    assert "|---|" not in shown
    assert "<!--" not in shown
    assert "Newest-first, not scored." in shown


def test_hostile_text_brings_no_control_character_to_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()

    actions = (Nothing(f"\x1b[31m{EVIL}", BRANCH),)
    write_text(result(HOSTILE, title=f"\x1b]0;{EVIL}\x07", actions=actions), stream=terminal)

    assert not {c for c in terminal.getvalue() if not c.isprintable()} - {"\n", "\u200b"}


def test_letters_that_the_stream_lacks_are_spelled_out():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    write_text(result(title="Größe"), stream=stream)
    stream.flush()

    assert b"Gr\\xf6\\xdfe" in raw.getvalue()


def test_check_runs_that_say_the_same_are_shown_once():
    checks = tuple(
        CheckRun(name, CommitSha("a" * 40), "failure", "No stack", "because\n")
        for name in ("Thoth: gpu", "Thoth: web")
    )
    stream = io.StringIO()

    write_text(LocalResult("/repository", (), checks, (), ()), stream=stream)

    assert stream.getvalue().splitlines()[0] == (
        "Check run Thoth: gpu, Thoth: web: failure: No stack"
    )
    assert stream.getvalue().count("because") == 1
