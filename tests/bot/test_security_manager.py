"""What the security manager decides, and what it says."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation import security as texts
from bot.conversation.actions import Close, Comment, Nothing, OpenPullRequest, UpdateBranch
from bot.forge import Base, BranchState, CommitSha, PullRequest
from bot.managers.dashboard import DashboardFacts, render_dashboard
from bot.managers.security import SECURITY_CHECK, decide_security, security_branch
from bot.managers.update import BranchFacts, Facts, UpdateEvent, branch_name, decide
from bot.perform import perform
from fakes.fixes import CLEAN, EVIL_FIX, FIX, STUCK
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import NO_STACK, ORDINARY, improved

REVIEWED = Path(__file__).parents[1] / "data" / "pull_requests"
PUSH, MANUAL = UpdateEvent("push"), UpdateEvent("manual")
BASE = Base("main", CommitSha("b" * 40))
OURS = CommitSha("c" * 40)
BRANCH = security_branch("Pipfile.lock")
TITLE = texts.security_title(FIX)
BODY = texts.security_body(FIX, branch=BRANCH)
OPEN = PullRequest(7, BRANCH, "main", TITLE, BODY)
STATE = BranchState(BRANCH, OURS, parent=BASE.head, fork=BASE.head)
CURRENT = BranchFacts(STATE, at_head=b"new", at_parent=b"old")
OTHER = improved(ORDINARY.changes)
OTHER = replace(OTHER, new_text=b"newest")


def facts(fix=FIX, *, outcome=OTHER, branch=None, **others):
    branches = {} if branch is None else {BRANCH: branch}
    fixes = () if fix is None else (fix,)
    labels = ("security",)
    return Facts(BASE, (outcome,), branches=branches, fixes=fixes, security_labels=labels, **others)


def actions(known, event=PUSH):
    return decide_security(event, known).actions


def test_a_vulnerable_lockfile_gets_a_pull_request_of_its_own():
    (action,) = actions(facts())

    assert isinstance(action, OpenPullRequest)
    assert (action.branch, action.title, action.body) == (BRANCH, TITLE, BODY)
    assert action.labels == ("security",)
    assert action.commit.files == {"Pipfile.lock": b"new"}
    assert BRANCH == "thoth/security/pipfile-lock"


def test_the_ordinary_update_stays_open_beside_it():
    ordinary = PullRequest(3, branch_name("Pipfile.lock"), "main", "t", "b")

    done = decide(PUSH, facts(pull_requests=(ordinary, OPEN)))

    assert [type(each) for each in done] == [UpdateBranch]
    assert done[0].number == 3


def test_an_ordinary_update_that_says_the_same_gives_way():
    ordinary = PullRequest(3, branch_name("Pipfile.lock"), "main", "t", "b")
    same = replace(OTHER, new_text=FIX.outcome.new_text)

    (action,) = decide(PUSH, facts(outcome=same, pull_requests=(ordinary,)))

    assert action == Close(
        3,
        ordinary.branch,
        "The security update on `thoth/security/pipfile-lock` makes the very same change.",
        instead=BRANCH,
    )
    (linked,) = decide(PUSH, facts(outcome=same, pull_requests=(ordinary, OPEN)))
    assert linked.reason.endswith("makes the very same change. It is #7.")


def test_everything_as_it_should_be_is_left_alone():
    (action,) = actions(facts(branch=CURRENT, pull_requests=(OPEN,)))

    assert action == Nothing("the security update is up to date", BRANCH)


def test_it_is_made_anew_once_the_base_has_another_lockfile():
    moved = replace(CURRENT, at_parent=b"another")

    (action,) = actions(facts(branch=moved, pull_requests=(OPEN,)))

    assert isinstance(action, UpdateBranch)
    assert action.commit.expected_head == OURS


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (facts(CLEAN), "no known advisory concerns `Pipfile.lock` on `main` any more."),
        (facts(STUCK), "No change of `Pipfile.lock` on `main` takes a known vulnerability out"),
        (facts(mode="advise"), "`mode: advise`"),
        (facts(outcome=NO_STACK), "No stack satisfies `Pipfile`"),
        (replace(facts(), outcomes=(), fixes=()), "No manifest asks for this lockfile"),
    ],
    ids=["fixed", "no fix", "advise", "conflict", "gone"],
)
def test_what_is_left_of_it_is_closed_with_a_reason(known, reason):
    (action,) = actions(replace(known, pull_requests=(OPEN,)))

    assert isinstance(action, Close)
    assert reason in action.reason


def test_the_update_that_fixed_it_too_is_named():
    merged = PullRequest(5, branch_name("Pipfile.lock"), "main", "t", "b", state="merged")

    (action,) = actions(facts(CLEAN, pull_requests=(merged, OPEN)))

    assert action.reason.endswith("any more. #5 was merged meanwhile.")


def test_where_nothing_is_known_what_was_proposed_stays():
    assert actions(facts(None, pull_requests=(OPEN,))) == ()


def test_a_persons_commit_stops_us_and_a_person_may_ask_to_go_on():
    edited = BranchFacts(replace(STATE, foreign="Ada"), at_head=None, at_parent=None)
    known = facts(branch=edited, pull_requests=(OPEN,))

    assert [type(each) for each in actions(known)] == [Nothing, Comment]
    (action,) = actions(known, UpdateEvent("recreate"))
    assert isinstance(action, UpdateBranch)


def test_one_that_a_person_closed_comes_again_only_when_asked_for():
    known = facts(branch=CURRENT, pull_requests=(replace(OPEN, state="closed"),))

    assert [type(each) for each in actions(known)] == [Nothing]
    assert [type(each) for each in actions(known, MANUAL)] == [OpenPullRequest]


def test_security_alone_withdraws_ordinary_updates():
    ordinary = PullRequest(3, branch_name("Pipfile.lock"), "main", "t", "b")
    known = facts(CLEAN, security_alone=True, pull_requests=(ordinary,))

    (action,) = decide(PUSH, known)

    assert "security updates alone" in action.reason


@pytest.mark.parametrize("known", [facts(mode="silent"), facts(STUCK, mode="silent")])
def test_silence_is_kept(known):
    decision = decide_security(PUSH, known)

    assert (decision.actions, decision.checks) == ((), ())


def test_what_cannot_be_fixed_is_a_check_run_that_is_cleared_again():
    decision = decide_security(PUSH, facts(STUCK))

    (check,) = decision.checks
    assert (check.name, check.conclusion) == (SECURITY_CHECK, "action_required")
    (later,) = decide(
        PUSH, facts(CLEAN, outcome=improved([], status="unchanged"), check_runs=(check,))
    )[-1:]
    assert (later.check_run.name, later.check_run.conclusion) == (SECURITY_CHECK, "success")
    no_release = replace(STUCK, unfixed=STUCK.unfixed[1:])
    assert decide_security(PUSH, facts(no_release)).checks[0].conclusion == "neutral"


def check_text():
    (check,) = decide_security(PUSH, facts(STUCK)).checks
    lines = "".join(
        f"{each.path}:{each.start_line}: {each.message}\n" for each in check.annotations
    )
    return f"{check.title}\n\n{check.summary}\n{lines}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("security.md", f"{TITLE}\n\n{BODY}"),
        ("security-no-fix.md", check_text()),
        ("security-dashboard.md", texts.vulnerable_packages([FIX, STUCK]) + "\n"),
    ],
)
def test_text_is_the_reviewed_one(name, text):
    assert text == (REVIEWED / name).read_text(encoding="utf-8"), (
        f"tests/data/pull_requests/{name} no longer matches; review the new text and store it"
    )


@pytest.mark.parametrize(
    "text",
    [
        texts.security_body(EVIL_FIX, branch=BRANCH),
        texts.still_there([EVIL_FIX], with_fixed=True),
        render_dashboard(DashboardFacts("x", outcomes=(OTHER,), fixes=(EVIL_FIX,))),
    ],
)
def test_hostile_text_makes_no_link_no_mention_and_no_html(text):
    rendered = judge(text)

    assert not {"a", "img", "h1", "script"} & set(rendered.tags)
    assert not GITHUB_REFERENCES.search(rendered.linkable)
    assert "\u202e" not in text


def test_hostile_titles_and_messages_refer_to_nothing():
    title = texts.security_title(EVIL_FIX)
    message = texts.security_message(EVIL_FIX, branch=BRANCH).replace("Thoth-Branch: ", "")

    assert "\n" not in title
    assert len(title) <= 256
    assert not GITHUB_REFERENCES.search(title)
    assert not GITHUB_REFERENCES.search(message)


def test_texts_keep_within_what_github_takes():
    many = replace(
        EVIL_FIX,
        fixed=EVIL_FIX.fixed * 200,
        unfixed=EVIL_FIX.unfixed * 200,
        outcome=replace(EVIL_FIX.outcome, changes=EVIL_FIX.outcome.changes * 200),
    )
    for text in (
        texts.security_body(many, branch=BRANCH),
        texts.still_there([many] * 2, with_fixed=True),
    ):
        assert 10_000 < len(text.encode()) <= 65_000
    assert len(texts.vulnerable_packages([many] * 2).encode()) <= 12_000
    assert len(texts.loosen_annotations([many] * 2)) <= 50


class Recorder:
    """Remembers what is asked of a forge."""

    def __init__(self):
        self.done = []
        self.urgent = []

    @contextmanager
    def urgently(self):
        before = len(self.done)
        yield
        self.urgent += self.done[before:]

    async def write_commit(self, _commit):
        self.done.append("commit")

    async def open_pull_request(self, _branch, **_text):
        self.done.append("open")
        return replace(OPEN, number=12)

    async def finish_pull_request(self, number, *, body, labels):
        assert "unfinished" not in body
        self.done.append((number, labels))


async def test_a_pull_request_is_labelled_once_it_is_open():
    forge = Recorder()

    await perform(actions(facts()), forge=forge)

    assert forge.done == ["commit", "open", (12, ("security",))]


async def test_it_alone_may_use_what_is_kept_for_security():
    forge = Recorder()
    (mine,) = actions(facts())

    await perform([mine, replace(mine, branch="thoth/update/pipfile-lock")], forge=forge)

    assert forge.urgent == forge.done[:3]
    assert len(forge.done) == 6


WAITS = "Tue 2026-12-01 08:00 UTC"


def test_it_does_not_wait_for_the_schedule():
    (action,) = actions(facts(waits=WAITS))

    assert isinstance(action, OpenPullRequest)


def test_it_waits_for_the_schedule_where_that_is_configured():
    waiting = facts(waits=WAITS, security_waits=True)
    (action,) = actions(waiting)
    (asked,) = actions(waiting, MANUAL)
    conflicting = replace(CURRENT, at_parent=b"other")
    (kept,) = actions(replace(waiting, branches={BRANCH: conflicting}, pull_requests=(OPEN,)))

    assert action == Nothing(f"the schedule is closed until {WAITS}", BRANCH, held=True)
    assert isinstance(asked, OpenPullRequest)
    assert isinstance(kept, UpdateBranch)
