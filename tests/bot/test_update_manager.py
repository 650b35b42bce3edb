"""What the update manager decides, as a pure function of facts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.pull_requests import Limits
from advisor_core.errors import Fault
from advisor_core.outcome import FurtherLock
from bot.conversation import messages
from bot.conversation.actions import (
    Close,
    Comment,
    Nothing,
    OpenPullRequest,
    SetCheck,
    UpdateBranch,
)
from bot.forge import Base, BranchName, BranchState, CommitSha, PullRequest
from bot.ledger import Deeds
from bot.managers.update import BranchFacts, Facts, UpdateEvent, branch_name, decide
from fakes.outcomes import NO_STACK, ORDINARY, environment, improved, target

PUSH = UpdateEvent("push")
MANUAL = UpdateEvent("manual")
BASE = Base("main", CommitSha("b" * 40))
ANCESTOR = CommitSha("a" * 40)
OURS = CommitSha("c" * 40)
BRANCH = branch_name("Pipfile.lock")
BODY = messages.pull_request_body(ORDINARY, branch=BRANCH)
TITLE = messages.pull_request_title(ORDINARY)
OPEN = PullRequest(7, BRANCH, "main", TITLE, BODY)
STATE = BranchState(BRANCH, OURS, parent=ANCESTOR, fork=ANCESTOR)
CURRENT = BranchFacts(STATE, at_head=b"new", at_parent=b"old")


def facts(*outcomes, branch=None, pull_requests=(), **others):
    branches = {} if branch is None else {BRANCH: branch}
    return Facts(BASE, outcomes, branches=branches, pull_requests=pull_requests, **others)


def test_an_improvement_without_a_branch_opens_a_pull_request():
    (action,) = decide(PUSH, facts(ORDINARY))

    assert isinstance(action, OpenPullRequest)
    assert (action.branch, action.base, action.title, action.body) == (BRANCH, "main", TITLE, BODY)
    assert (action.commit.parent, action.commit.expected_head) == (BASE.head, None)
    assert action.commit.files == {"Pipfile.lock": b"new"}


def test_everything_as_it_should_be_is_left_alone():
    (action,) = decide(PUSH, facts(ORDINARY, branch=CURRENT, pull_requests=(OPEN,)))

    assert action == Nothing("the pull request is up to date", BRANCH)


def test_a_branch_without_its_pull_request_gets_only_that():
    (action,) = decide(PUSH, facts(ORDINARY, branch=CURRENT))

    assert isinstance(action, OpenPullRequest)
    assert action.commit is None


def test_an_old_text_is_edited_without_a_commit():
    old = replace(OPEN, body="old words")

    (action,) = decide(PUSH, facts(ORDINARY, branch=CURRENT, pull_requests=(old,)))

    assert action == UpdateBranch(7, BRANCH, TITLE, BODY, None)


@pytest.mark.parametrize(
    "branch",
    [
        replace(CURRENT, at_head=b"older"),
        replace(CURRENT, at_head=None),
        replace(CURRENT, at_parent=b"other"),
        replace(CURRENT, state=replace(STATE, fork=CommitSha("d" * 40))),
        replace(CURRENT, state=replace(STATE, fork=None)),
        replace(CURRENT, state=replace(STATE, fork=OURS)),
    ],
    ids=["old lock", "no lock", "base lock changed", "more commits", "unrelated", "merged"],
)
def test_a_branch_that_is_not_right_is_made_anew_on_the_base(branch):
    (action,) = decide(PUSH, facts(ORDINARY, branch=branch, pull_requests=(OPEN,)))

    assert isinstance(action, UpdateBranch)
    assert (action.commit.parent, action.commit.expected_head) == (BASE.head, OURS)


EDITED = replace(CURRENT, state=replace(STATE, foreign="Ada"))


def test_a_persons_commit_stops_us_and_is_remarked_once():
    said, comment = decide(PUSH, facts(ORDINARY, branch=EDITED, pull_requests=(OPEN,)))

    assert isinstance(said, Nothing)
    assert isinstance(comment, Comment)
    known = replace(OPEN, comments=frozenset({comment.key}))
    again = decide(PUSH, facts(ORDINARY, branch=EDITED, pull_requests=(known,)))
    assert again == (said,)


def test_a_persons_commit_that_was_merged_does_not_stop_us():
    merged = replace(EDITED, state=replace(EDITED.state, fork=OURS))

    (action,) = decide(PUSH, facts(ORDINARY, branch=merged))

    assert isinstance(action, OpenPullRequest)


def test_a_proposal_that_a_person_closed_is_not_made_again():
    closed = replace(OPEN, state="closed")

    (action,) = decide(PUSH, facts(ORDINARY, branch=CURRENT, pull_requests=(closed,)))

    assert isinstance(action, Nothing)


@pytest.mark.parametrize(
    ("event", "last"),
    [
        (MANUAL, replace(OPEN, state="closed")),
        (PUSH, replace(OPEN, state="closed", closed_by_thoth=True)),
        (PUSH, replace(OPEN, state="merged")),
        (PUSH, replace(OPEN, state="closed", body="for other files")),
    ],
    ids=["asked for", "closed by us", "merged", "other files"],
)
def test_a_new_proposal_is_made_after(event, last):
    (action,) = decide(event, facts(ORDINARY, branch=CURRENT, pull_requests=(last,)))

    assert isinstance(action, OpenPullRequest)


def test_nothing_left_to_improve_closes_with_a_reason():
    unchanged = improved([], status="unchanged")

    (action,) = decide(PUSH, facts(unchanged, branch=CURRENT, pull_requests=(OPEN,)))

    assert isinstance(action, Close)
    assert "`Pipfile.lock` on `main` is up to date" in action.reason


@pytest.mark.parametrize(
    "outcomes",
    [(improved([], status="unchanged"),), (NO_STACK,), ()],
    ids=["right", "none", "gone"],
)
def test_a_pull_request_with_a_persons_work_is_never_closed(outcomes):
    actions = decide(PUSH, facts(*outcomes, branch=EDITED, pull_requests=(OPEN,)))

    assert not [action for action in actions if isinstance(action, Close)]
    assert [action.number for action in actions if isinstance(action, Comment)] == [7]


def test_a_conflict_is_a_check_run_for_each_environment():
    both = replace(NO_STACK, target=target(environment("web"), environment("gpu")))

    actions = decide(PUSH, facts(both))

    assert [action.check_run.name for action in actions] == ["Thoth: web", "Thoth: gpu"]
    assert {action.check_run.conclusion for action in actions} == {"failure"}
    assert {action.check_run.head_sha for action in actions} == {BASE.head}


def test_check_runs_of_two_lockfiles_in_one_environment_keep_apart():
    other = replace(NO_STACK, target=target(path="app/Pipfile", lockfile="app/Pipfile.lock"))

    actions = decide(PUSH, facts(NO_STACK, other))

    assert [action.check_run.name for action in actions] == [
        "Thoth: default (Pipfile.lock)",
        "Thoth: default (app/Pipfile.lock)",
    ]


def test_a_check_run_that_is_there_is_not_put_again():
    (action,) = decide(PUSH, facts(NO_STACK))

    assert decide(PUSH, facts(NO_STACK, check_runs=(action.check_run,))) == ()


def test_wrong_input_touches_no_pull_request():
    faults = (Fault("Pipfile:1", "wrong"),)

    (action,) = decide(PUSH, facts(faults=faults, pull_requests=(OPEN,)))

    assert isinstance(action, SetCheck)
    assert action.check_run.conclusion == "action_required"


def test_corrected_input_clears_the_check_run():
    (wrong,) = decide(PUSH, facts(faults=(Fault("Pipfile:1", "wrong"),)))

    _, cleared = decide(PUSH, facts(ORDINARY, check_runs=(wrong.check_run,)))

    assert (cleared.check_run.name, cleared.check_run.conclusion) == ("Thoth", "success")


@given(first=st.text(max_size=80), second=st.text(max_size=80))
def test_two_lockfiles_never_share_a_branch(first, second):
    assert (branch_name(first) == branch_name(second)) == (first == second)


@given(path=st.text(max_size=200))
def test_a_branch_name_is_one_that_git_takes(path):
    name = branch_name(path).removeprefix("thoth/update/")

    assert name
    assert len(name) <= 100
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_well_known_lockfiles_have_the_plain_names():
    assert branch_name("Pipfile.lock") == "thoth/update/pipfile-lock"
    assert branch_name("requirements.txt") == "thoth/update/requirements-txt"


def test_silence_leaves_everything_as_it_is():
    (action,) = decide(PUSH, facts(ORDINARY, NO_STACK, pull_requests=(OPEN,), mode="silent"))

    assert isinstance(action, Nothing)


def test_advice_alone_is_a_check_run_and_no_pull_request():
    actions = decide(PUSH, facts(ORDINARY, mode="advise"))

    assert len(actions) == len(ORDINARY.target.environments)
    for action in actions:
        assert isinstance(action, SetCheck)
        assert action.check_run.conclusion == "neutral"
        assert "can be better" in action.check_run.title


def test_advice_alone_withdraws_what_was_proposed_before():
    close, *checks = decide(
        PUSH, facts(ORDINARY, branch=CURRENT, pull_requests=(OPEN,), mode="advise")
    )

    assert (close.number, "`mode: advise`" in close.reason) == (7, True)
    assert {type(check) for check in checks} == {SetCheck}


def test_advice_alone_leaves_a_persons_work():
    actions = decide(PUSH, facts(ORDINARY, branch=EDITED, pull_requests=(OPEN,), mode="advise"))

    assert not [action for action in actions if isinstance(action, Close)]


WAITS = "Tue 2026-12-01 08:00 Europe/Berlin"


def test_something_new_waits_for_the_schedule():
    (action,) = decide(PUSH, facts(ORDINARY, waits=WAITS))

    assert action == Nothing(f"the schedule is closed until {WAITS}", BRANCH, held=True)


def test_another_lock_for_an_open_pull_request_waits_for_the_schedule():
    older = replace(CURRENT, at_head=b"older")

    (action,) = decide(PUSH, facts(ORDINARY, branch=older, pull_requests=(OPEN,), waits=WAITS))

    assert action == Nothing(f"the schedule is closed until {WAITS}", BRANCH, held=True)


@pytest.mark.parametrize(
    "branch",
    [
        replace(CURRENT, at_parent=b"other"),
        replace(CURRENT, at_head=b"older", at_parent=b"other"),
        replace(CURRENT, state=replace(STATE, fork=CommitSha("d" * 40))),
    ],
    ids=["base lock changed", "and the lock", "more commits"],
)
def test_an_open_pull_request_is_kept_mergeable_whatever_the_schedule_says(branch):
    (action,) = decide(PUSH, facts(ORDINARY, branch=branch, pull_requests=(OPEN,), waits=WAITS))

    assert isinstance(action, UpdateBranch)
    assert action.commit is not None


def test_what_needs_no_checks_does_not_wait_for_the_schedule():
    old = replace(OPEN, body="old words")

    (words,) = decide(PUSH, facts(ORDINARY, branch=CURRENT, pull_requests=(old,), waits=WAITS))
    (half_done,) = decide(PUSH, facts(ORDINARY, branch=CURRENT, waits=WAITS))
    (settled,) = decide(
        PUSH, facts(improved([], status="unchanged"), pull_requests=(OPEN,), waits=WAITS)
    )

    assert words == UpdateBranch(7, BRANCH, TITLE, BODY, None)
    assert isinstance(half_done, OpenPullRequest)
    assert isinstance(settled, Close)


def test_a_person_who_asks_does_not_wait_for_the_schedule():
    (action,) = decide(MANUAL, facts(ORDINARY, waits=WAITS))

    assert isinstance(action, OpenPullRequest)


LIMITS = Limits(open_pull_requests=2, pull_requests_per_day=3, ci_runs_per_day=4)
STALE = replace(CURRENT, at_parent=b"other")
OTHER = PullRequest(3, BranchName("thoth/update/other-12345678"), "main", "t", "b")


def held(reason, until=None):
    return Nothing(f"as many {reason}", BRANCH, held=True, until=until)


@pytest.mark.parametrize(
    ("known", "reason", "until"),
    [
        (
            {"pull_requests": (OTHER, replace(OTHER, number=4))},
            "pull requests are open as `limits` allows: 2",
            None,
        ),
        (
            {"deeds": Deeds(opened=3, first_opened_at=1000.0)},
            "pull requests were opened in 24 hours as `limits` allows: 3",
            87_400.0,
        ),
        (
            {"deeds": Deeds(written=4, first_written_at=2000.0)},
            "branches were written in 24 hours as `limits` allows: 4",
            88_400.0,
        ),
        (
            {
                "branch": STALE,
                "pull_requests": (OPEN,),
                "deeds": Deeds(written=4, first_written_at=2000.0),
            },
            "branches were written in 24 hours as `limits` allows: 4",
            88_400.0,
        ),
    ],
    ids=["open", "opened today", "written today", "even when the base conflicts"],
)
def test_what_goes_beyond_a_limit_waits_for_room(known, reason, until):
    found = facts(ORDINARY, limits=LIMITS, **known)

    assert [each for each in decide(PUSH, found) if each.branch == BRANCH] == [held(reason, until)]
    assert not [each for each in decide(MANUAL, found) if isinstance(each, Nothing)]


@pytest.mark.parametrize(
    "known",
    [
        {"pull_requests": (OTHER,), "deeds": Deeds(opened=2, written=3)},
        {
            "branch": STALE,
            "pull_requests": (OPEN, OTHER),
            "deeds": Deeds(opened=9, written=3),
        },
        {"branch": CURRENT, "deeds": Deeds(opened=9, written=9)},
        {"pull_requests": (OTHER, replace(OTHER, number=4, state="closed"))},
        {"pull_requests": (OTHER, replace(OTHER, branch=BranchName("thoth/security/other")))},
    ],
    ids=["room", "open already", "half done", "closed ones", "security updates"],
)
def test_what_is_within_the_limits_is_done(known):
    found = facts(ORDINARY, limits=LIMITS, **known)

    assert any(isinstance(each, OpenPullRequest | UpdateBranch) for each in decide(PUSH, found))


def test_targets_of_one_run_share_the_limits():
    lockfiles = [f"{name}/Pipfile.lock" for name in "abcd"]
    outcomes = [replace(ORDINARY, target=target(lockfile=lockfile)) for lockfile in lockfiles]

    actions = decide(PUSH, facts(*outcomes, limits=Limits(pull_requests_per_day=3)))

    assert [type(each) for each in actions] == [OpenPullRequest] * 3 + [Nothing]


FURTHER = replace(ORDINARY, further=(FurtherLock("requirements.txt", b"was", b"is"),))


def test_files_that_repeat_the_lock_are_in_the_same_commit_and_named():
    (action,) = decide(PUSH, facts(FURTHER))

    assert action.commit.files == {"Pipfile.lock": b"new", "requirements.txt": b"is"}
    assert "`requirements.txt` changes with it." in action.body


@pytest.mark.parametrize(
    ("there", "is_current"),
    [
        ({"requirements.txt": (b"is", b"was")}, True),
        ({"requirements.txt": (b"is", b"other")}, False),
        ({"requirements.txt": (b"was", b"was")}, False),
        ({}, False),
    ],
)
def test_branch_is_right_only_with_all_files(there, is_current):
    branch = replace(CURRENT, further=there)

    (action,) = decide(PUSH, facts(FURTHER, branch=branch))

    assert (action.commit is None) == is_current
