"""Whatever packages, files, branches, people and other tools' files are called: no ping, no link, no HTML.

`EVIL` names people, closes issues, breaks out of tables and code, and hides characters.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor_core.abandonment import Abandoned
from advisor_core.config.edit import RuleEdit
from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced
from advisor_core.errors import Fault
from advisor_core.wish import Wish
from bot.conversation import package_texts, proposals, replies
from bot.conversation.decisions import steps_of_edits
from bot.conversation.proposed_rules import rules_body, rules_message, rules_title
from bot.forge import BranchName, CommitSha, PullRequest
from bot.importing.interface import Imported
from bot.managers.apply import apply_commit, apply_refused
from bot.managers.dashboard import DashboardFacts, checked_boxes, render_dashboard, with_error
from bot.managers.failure import FailureFacts, decide_failure
from bot.managers.loosen import loosen_body, loosen_message, loosen_title, loosened_meanwhile
from bot.managers.onboarding import Preview, draft_configuration, onboarding_body
from bot.managers.update import branch_name
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import EVIL, HOSTILE, HOSTILE_CONFLICT

BRANCH = BranchName("thoth/update/pipfile-lock")
EVIL_BRANCH = BranchName(f"thoth/update/{EVIL}")
HEAD = CommitSha("a" * 40)
WISH = Wish(only=("a",), pins={"a": "2"})
IMPORTED = Imported()
IMPORTED.carry(EVIL, "packages", value=[{"name": "a", "ignore": "all"}])
IMPORTED.leave(EVIL, "there is nothing like it")
DRAFT = draft_configuration(
    [EnvironmentDeclaration(EVIL, Sourced("3.11", EVIL), Sourced("linux-x86_64", EVIL))],
    [(EVIL, IMPORTED)],
)
PREVIEW = Preview((HOSTILE, HOSTILE_CONFLICT), environments=(EVIL,), notes=(EVIL,))
DASHBOARD = render_dashboard(
    DashboardFacts(
        "pull-request",
        outcomes=(HOSTILE, HOSTILE_CONFLICT),
        pull_requests=(PullRequest(1, branch_name(HOSTILE.target.lockfile), "main", EVIL, EVIL),),
        edited={branch_name(HOSTILE.target.lockfile): EVIL},
        faults=(Fault(EVIL, EVIL, EVIL),),
        notes=(EVIL,),
        abandoned=(Abandoned(EVIL, 1_500_000_000),),
    )
)
(FAILURE,) = decide_failure(FailureFacts(HEAD, EVIL, EVIL))
STEPS = (steps_of_edits([RuleEdit("a", ignore=EVIL)]),)

MARKDOWN = {
    "packages": package_texts.packages_body(HOSTILE, WISH, branch=EVIL_BRANCH),
    "no stack": package_texts.no_stack(HOSTILE_CONFLICT),
    "unmoved": package_texts.unmoved([EVIL], at_newest=True),
    "split": package_texts.nothing_to_split(EVIL),
    "check": proposals.proposal_summary(HOSTILE, may_apply=True),
    "rules": rules_body(EVIL.encode(), EVIL.encode() * 2, path=EVIL, steps=STEPS),
    "loosened": loosen_body(HOSTILE_CONFLICT, HOSTILE, [(EVIL, EVIL, EVIL)]),
    "loosened meanwhile": loosened_meanwhile(EVIL, EVIL),
    "onboarding": onboarding_body(DRAFT, PREVIEW),
    "onboarding faults": onboarding_body(DRAFT, replace(PREVIEW, faults=(Fault(EVIL, EVIL),))),
    "dashboard": DASHBOARD,
    "failed": with_error(DASHBOARD, EVIL, EVIL),
    "failure": FAILURE.check_run.summary,
    "refused button": apply_refused(EVIL),
    "closed": replies.closed(EVIL),
    "left to a person": replies.left_to_person(EVIL_BRANCH, EVIL),
    "not green": replies.not_green([EVIL]),
    "wrong files": replies.wrong_files((Fault(EVIL, EVIL, EVIL),)),
    "configured": replies.configured(EVIL, path=EVIL),
}
TAGS = {
    "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "h3", "hr", "ul", "li",
    "!--", "input",
}  # fmt: skip


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_stays_inert(name):
    text = MARKDOWN[name]
    shown = judge(text)
    assert set(shown.tags) <= TAGS
    # Our own numbers of pull requests are meant as links.
    assert not GITHUB_REFERENCES.search(shown.linkable.replace("#1 is", ""))
    assert "\u202e" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_no_text_can_check_a_box():
    assert checked_boxes(MARKDOWN["failed"]) == ()


COMMIT = apply_commit([HOSTILE], branch=BRANCH, head=HEAD)
PLAIN = {
    "packages": package_texts.packages_message(HOSTILE, WISH, branch=BRANCH),
    "rules title": rules_title(EVIL),
    "rules": rules_message(EVIL),
    "loosen title": loosen_title(HOSTILE),
    "loosen": loosen_message(HOSTILE),
    "apply": COMMIT.message if COMMIT else "",
}


@pytest.mark.parametrize("name", PLAIN)
def test_titles_and_commit_messages_refer_to_nothing(name):
    text = PLAIN[name].replace("Thoth-Branch: ", "")
    assert text
    assert not GITHUB_REFERENCES.search(text)
    assert "\u202e" not in text
