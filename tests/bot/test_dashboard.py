"""What the dashboard says, and what its boxes ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor_core.abandonment import Abandoned
from advisor_core.config import read_configuration
from advisor_core.errors import Fault
from bot.forge import PullRequest
from bot.managers.dashboard import (
    DashboardFacts,
    checked_boxes,
    is_dashboard,
    render_dashboard,
    with_error,
    worth_an_edit,
)
from bot.managers.update import branch_name
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import NO_STACK, ORDINARY, improved

BRANCH = branch_name("Pipfile.lock")
OPEN = PullRequest(7, BRANCH, "main", "t", "b")
EMPTY = DashboardFacts("pull-request")


def row(*, outcome=ORDINARY, **facts):
    text = render_dashboard(replace(EMPTY, outcomes=(outcome,), **facts))
    (line,) = [line for line in text.splitlines() if line.startswith("| `Pipfile.lock`")]
    return line.split("|")[3].strip()


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"pull_requests": (OPEN,)}, "#7 is open"),
        ({}, "can be better"),
        ({"outcome": improved([], status="unchanged")}, "up to date"),
        ({"outcome": NO_STACK}, "no stack exists: see the failed check run"),
        (
            {"pull_requests": (replace(OPEN, state="closed"),)},
            "can be better; #7 was declined",
        ),
        (
            {"pull_requests": (replace(OPEN, state="closed", closed_by_thoth=True),)},
            "can be better",
        ),
        (
            {"held": {BRANCH: "the schedule is closed until Tue 2026-12-01 08:00 UTC"}},
            "can be better; the schedule is closed until Tue 2026-12-01 08:00 UTC",
        ),
        (
            {"held": {BRANCH: "no room"}, "pull_requests": (OPEN,)},
            "#7 is open, and a better one waits; no room",
        ),
        (
            {"pull_requests": (OPEN,), "edited": {BRANCH: "Ada"}},
            "#7 is left to Ada, who committed to it",
        ),
    ],
)
def test_each_lockfile_has_its_state(facts, state):
    assert row(**facts) == state


def test_faults_and_rules_are_shown():
    rules = read_configuration(b"packages:\n- {name: a, pin: 1.0}\n").packages
    faults = (Fault("Pipfile:3", "not TOML"),)
    text = render_dashboard(replace(EMPTY, faults=faults, rules=rules, notes=("a note",)))
    assert "Pipfile:3: not TOML" in judge(text).text.replace("\u200b", "")
    assert "| `a` | stays at `1.0` |" in text
    assert "- a note" in text


@pytest.mark.parametrize(
    ("checked", "boxes"),
    [((), ()), (("update",), ("update",)), (("recreate", "update"), ("update", "recreate"))],
)
def test_checked_boxes_are_read_back(checked, boxes):
    text = render_dashboard(EMPTY)
    for box in checked:
        lines = text.splitlines()
        text = "\n".join(
            line.replace("[ ]", "[x]") if f"thoth:{box} " in line else line for line in lines
        )
    assert checked_boxes(text) == boxes


def test_boxes_in_any_other_text_are_none():
    assert checked_boxes("- [x] now <!-- thoth:update -->") == ()
    assert not is_dashboard("Thoth dashboard")


def test_what_strangers_wrote_is_inert():
    hostile = "@octocat fixes #1 <img src=x> - [x] z <!-- thoth:update -->"
    text = render_dashboard(
        replace(
            EMPTY, notes=(hostile,), faults=(Fault(hostile, hostile),), edited={BRANCH: hostile}
        )
    )
    shown = judge(text)
    assert not GITHUB_REFERENCES.search(shown.linkable)
    assert "img" not in shown.tags
    assert checked_boxes(text) == ()


def offered(**facts):
    text = render_dashboard(replace(EMPTY, **facts))
    return [line.split("thoth:")[1].split()[0] for line in text.splitlines() if "- [ ]" in line]


def test_only_boxes_that_can_come_to_something_are_offered():
    assert offered() == ["update", "recreate"]
    assert offered(held={BRANCH: "Monday"}) == ["create", "update", "recreate"]
    assert offered(pull_requests=(OPEN,)) == ["update", "rebase", "recreate"]
    assert offered(has_configuration=False) == ["update", "recreate", "config"]


def test_abandoned_packages_are_named_with_the_month_of_their_last_release():
    text = render_dashboard(replace(EMPTY, abandoned=(Abandoned("left|pad", 1_500_000_000),)))
    assert "| left&#124;pad | 2017-07 |" in text
    assert "Abandoned" not in render_dashboard(EMPTY)


def test_the_day_of_the_advisories_alone_is_not_worth_an_edit():
    text = render_dashboard(EMPTY) + "Advisories as of 2026-11-05."
    assert not worth_an_edit(text, text.replace("-05.", "-06."))
    assert not worth_an_edit(text.replace("\n", "\r\n").rstrip(), text)
    assert worth_an_edit(text, text + "more")


def test_what_failed_is_told_once_with_a_box_and_dropped_by_the_next_run():
    text = render_dashboard(EMPTY)
    told = with_error(text, "index down @octocat", "wait")
    assert with_error(told, "index down @octocat", "wait") == told
    assert with_error(told, "other").count("### What failed") == 1
    assert "thoth:retry" in told
    assert not GITHUB_REFERENCES.search(judge(told).linkable)
    assert "What failed" not in render_dashboard(EMPTY)
