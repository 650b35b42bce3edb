"""People command, Thoth does and answers: against the strict fake of GitHub."""

from __future__ import annotations

import json
from functools import partial

import pytest

from bot.conversation.commands import COMMANDS as GRAMMAR
from bot.errors import BrokenError
from bot.forge import BranchName
from bot.jobs.answer import acknowledge_thread, answer_thread
from bot.jobs.background import in_thread
from bot.jobs.routing import route
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.markdown_judge import GITHUB_REFERENCES, judge

ADVISOR = FakeAdvisor({"flask": "3.0"})
BRANCH = "thoth/update/pipfile-lock"
RULES = "thoth/config/rules"


@pytest.fixture
def issue(repository):
    repository.add_collaborator("ada", "write")
    repository.add_collaborator("eve", "read")
    return repository.open_issue("Question", author="eve")


async def answer(world, number, advisor=ADVISOR, **more):
    forge = await world.open(**more)
    return await answer_thread(forge, number, propose=in_thread(advisor))


async def proposed(world, repository, advisor=ADVISOR):
    """Return Thoth's own pull request, made."""
    repository.add_collaborator("ada", "write")
    forge = await world.open()
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(advisor))
    return repository.pull_requests[-1]


def said(thread):
    return [comment.body.split("\n\n<!--")[0] for comment in thread.comments if comment.via_app]


def reactions(comment):
    return [reaction.content for reaction in comment.reactions]


async def test_help_lists_every_command_and_is_given_once(world, issue):
    comment = issue.comment("/thoth help", author="eve")
    assert await answer(world, issue.number) == 1
    assert await answer(world, issue.number) == 0
    (text,) = said(issue)
    assert "`/thoth pin PACKAGE==VERSION`" in text
    assert reactions(comment) == ["eyes", "+1"]


async def test_a_command_is_acknowledged_before_it_is_answered_and_once(world, github, issue):
    comment = issue.comment("/thoth help", author="eve")
    issue.comment("I read /thoth somewhere", author="eve")
    forge = await world.open()
    assert await acknowledge_thread(forge, issue.number) == 1
    assert reactions(comment) == ["eyes"]
    assert said(issue) == []
    asked = len(github.calls)
    await answer(world, issue.number)
    assert reactions(comment) == ["eyes", "+1"]
    assert sum(call.path.endswith("/reactions") for call in github.calls[asked:]) == 1
    assert await acknowledge_thread(forge, issue.number) == 0


async def test_update_opens_the_pull_request_and_says_so(world, repository, issue):
    issue.comment("/thoth update", author="ada")
    await answer(world, issue.number)
    (pull,) = repository.pull_requests
    assert pull.head == BRANCH
    assert said(issue) == [f"- Opened a pull request from `{BRANCH}`."]


async def test_the_title_of_an_issue_commands(world, repository):
    repository.add_collaborator("ada", "write")
    issue = repository.open_issue("Kebechet update", author="ada")
    await answer(world, issue.number)
    assert len(repository.pull_requests) == 1


async def test_who_may_only_read_is_told_and_nothing_is_done(world, repository, issue):
    comment = issue.comment("/thoth update", author="eve")
    await answer(world, issue.number)
    assert repository.pull_requests == []
    assert "`/thoth update` needs write access" in said(issue)[0]
    assert reactions(comment) == ["eyes", "-1"]


async def test_an_approver_of_owners_may_command(world, repository, issue):
    repository.push("main", {"OWNERS": "approvers:\n- Eve\n"})
    issue.comment("/thoth update", author="eve")
    await answer(world, issue.number)
    assert len(repository.pull_requests) == 1


async def test_owners_of_another_branch_gives_no_right(world, repository, issue):
    repository.push("work", {"OWNERS": "approvers:\n- eve\n"})
    pull = repository.open_pull_request("work", author="eve")
    pull.comment("/thoth update", author="eve")
    await answer(world, pull.number)
    assert len(repository.pull_requests) == 1


async def test_what_is_no_command_is_answered_with_the_nearest(world, issue):
    comment = issue.comment("/thoth reabse", author="ada")
    await answer(world, issue.number)
    assert "`/thoth rebase`" in said(issue)[0]
    assert reactions(comment) == ["eyes", "confused"]


async def test_a_command_of_thoth_itself_is_none(world, issue, forge):
    await forge.comment(issue.number, key="k", text="/thoth update")
    assert await answer(world, issue.number) == 0


async def test_close_closes_and_the_same_is_not_proposed_again(world, repository):
    pull = await proposed(world, repository)
    pull.comment("/thoth close", author="ada")
    await answer(world, pull.number)
    assert pull.state == "closed"
    await proposed(world, repository)
    assert len(repository.pull_requests) == 1
    await proposed(world, repository, FakeAdvisor({"flask": "3.1"}))
    assert len(repository.pull_requests) == 2


async def test_a_command_sees_what_the_one_before_it_did(world, repository):
    pull = await proposed(world, repository)
    pull.comment("/thoth close\n/thoth reopen\n/thoth reopen", author="ada")
    await answer(world, pull.number)
    assert pull.state == "open"
    assert said(pull)[-1].endswith("It is open already.")


async def test_reopen_opens_it_again_and_brings_it_up_to_date(world, repository):
    pull = await proposed(world, repository)
    pull.close(author="ada")
    pull.comment("/thoth reopen", author="ada")
    await answer(world, pull.number, FakeAdvisor({"flask": "3.1"}))
    assert pull.state == "open"
    assert "3.1" in pull.body


async def test_close_works_only_on_what_thoth_opened(world, repository, issue):
    issue.comment("/thoth close", author="ada")
    await answer(world, issue.number)
    assert issue.state == "open"
    assert "this is none" in said(issue)[0]


async def test_recreate_takes_over_from_a_person(world, repository):
    pull = await proposed(world, repository)
    repository.push(BRANCH, {"mine": "1"}, author="ada")
    pull.comment("/thoth rebase", author="ada")
    await answer(world, pull.number)
    assert "mine" in repository.branch(BRANCH).files
    pull.comment("/thoth recreate", author="ada")
    await answer(world, pull.number)
    assert "mine" not in repository.branch(BRANCH).files
    assert len(pull.commits) == 1


async def test_ignore_is_proposed_as_a_change_of_the_configuration(world, repository, issue):
    issue.comment("/thoth ignore Flask major until 2027-01-31", author="ada")
    await answer(world, issue.number)
    (pull,) = repository.pull_requests
    assert repository.branch(RULES).files[".thoth.yaml"] == (
        "packages:\n- name: flask\n  ignore:\n    update: major\n    until: '2027-01-31'\n"
    )
    assert (pull.head, pull.changed_files) == (RULES, [".thoth.yaml"])
    assert "+- name: flask" in pull.body


async def test_rules_gather_in_one_pull_request(world, repository, issue):
    for line in ("/thoth ignore a", "/thoth pin b==1.0", "/thoth unignore a"):
        issue.comment(line, author="ada")
        await answer(world, issue.number)
    (pull,) = repository.pull_requests
    assert len(pull.commits) == 1
    assert repository.branch(RULES).files[".thoth.yaml"] == ("packages:\n- name: b\n  pin: '1.0'\n")


async def test_a_rule_that_counts_already_is_not_proposed(world, repository, issue):
    repository.push("main", {".thoth.yaml": "packages:\n- name: a\n  ignore: all\n"})
    issue.comment("/thoth ignore a", author="ada")
    await answer(world, issue.number)
    assert repository.pull_requests == []
    assert "says so already" in said(issue)[0]


async def test_show_ignores_lists_the_rules_of_the_base_branch(world, repository, issue):
    rules = "packages:\n- {name: a, pin: 1.0}\n- {name: b, ignore: {update: major, until: 2020-01-01}}\n"
    repository.push("main", {".thoth.yaml": rules})
    issue.comment("/thoth show ignores", author="eve")
    await answer(world, issue.number)
    assert "| `a` | stays at `1.0` | `.thoth.yaml:2` |" in said(issue)[0]
    assert "| `b` | ignores `major` until 2020-01-01 (over) | `.thoth.yaml:3` |" in said(issue)[0]


async def test_info_names_manifests_lockfiles_and_environments(world, repository, issue):
    repository.push(
        "main", {".thoth.yaml": "mode: advise\nruntime_environments:\n- {name: prod}\n"}
    )
    issue.comment("@thoth info", author="eve")
    await answer(world, issue.number)
    assert "Mode: `advise`." in said(issue)[0]
    assert "| `Pipfile` | `Pipfile.lock` | `prod` |" in said(issue)[0]


async def test_another_name_is_answered_to_when_it_is_told(world, repository, issue):
    issue.comment("@keeper info", author="ada")
    assert await answer(world, issue.number) == 0
    forge = await world.open()
    for act in (acknowledge_thread, partial(answer_thread, propose=in_thread(ADVISOR))):
        assert await act(forge, issue.number, names=("keeper",)) == 1


async def test_files_that_cannot_be_read_are_told_in_the_answer(world, repository, issue):
    repository.push("main", {".thoth.yaml": "mode: loud\n"})
    issue.comment("/thoth update\n/thoth ignore a", author="ada")
    await answer(world, issue.number)
    assert said(issue)[0].count("`mode` must be one of") == 2
    assert repository.pull_requests == []


async def test_an_unknown_environment_is_answered_with_the_known_ones(world, repository, issue):
    repository.push("main", {".thoth.yaml": "runtime_environments:\n- {name: prod}\n"})
    issue.comment("/thoth advise staging", author="ada")
    await answer(world, issue.number)
    assert said(issue) == ["There is no runtime environment `staging`. Known: `prod`."]


async def test_several_commands_are_answered_together_in_order(world, repository, issue):
    issue.comment("/thoth update\n/thoth nonsense\n/thoth show ignores", author="ada")
    await answer(world, issue.number)
    (text,) = said(issue)
    assert text.index("Opened") < text.index("Not understood") < text.index("No package is ignored")


async def test_an_answer_cut_off_after_its_effect_is_completed_once(
    world, github, repository, issue
):
    issue.comment("/thoth update", author="ada")
    github.fail("cut", operation="issues/create-comment", after_effect=True)
    await answer(world, issue.number)
    assert len(said(issue)) == 1
    assert len(repository.pull_requests) == 1


async def test_a_job_killed_before_its_answer_does_the_rest_later(world, github, repository, issue):
    issue.comment("/thoth update", author="ada")
    fault = github.fail(500, operation="issues/create-comment", times=None)
    with pytest.raises(BrokenError):
        await answer(world, issue.number)
    assert said(issue) == []
    fault.times = fault.hits
    await answer(world, issue.number)
    assert len(said(issue)) == 1
    assert len(repository.pull_requests) == 1


HOSTILE = "/thoth pin a==1`| @octocat fixes #1 <img src=x>"


async def test_what_a_stranger_writes_is_quoted_inert(world, repository, issue):
    issue.comment(HOSTILE, author="ada")
    await answer(world, issue.number)
    (text,) = said(issue)
    shown = judge(text)
    assert not GITHUB_REFERENCES.search(shown.linkable)
    assert "img" not in shown.tags


ROLES = ["admin", "maintain", "write", "triage", "read", None]
COMMANDS = {
    "help": {"admin", "maintain", "write", "triage", "read"},
    "info": {"admin", "maintain", "write", "triage", "read"},
    "show ignores": {"admin", "maintain", "write", "triage", "read"},
    "why a": {"admin", "maintain", "write"},
    "merge when green": {"admin", "maintain", "write"},
    "cancel": {"admin", "maintain", "write"},
    "explain": {"admin", "maintain", "write"},
    "advise": {"admin", "maintain", "write"},
    "update": {"admin", "maintain", "write"},
    "update a b": {"admin", "maintain", "write"},
    "split a": {"admin", "maintain", "write"},
    "undo": {"admin", "maintain", "write"},
    "rebase": {"admin", "maintain", "write"},
    "recreate": {"admin", "maintain", "write"},
    "release minor": {"admin", "maintain", "write"},
    "close": {"admin", "maintain", "write"},
    "config": {"admin", "maintain", "write"},
    "reopen": {"admin", "maintain", "write"},
    "pin a==1": {"admin", "maintain", "write"},
    "ignore a": {"admin", "maintain", "write"},
    "unignore a": {"admin", "maintain", "write"},
}


@pytest.mark.parametrize("roles", [ROLES, ["owner"]], ids=["collaborators", "owner"])
async def test_every_command_obeys_githubs_own_word_on_permissions(
    world, github, repository, roles
):
    """The payload's `author_association` is never looked at: GitHub is asked."""
    repository.make_private()
    issue = repository.open_issue("All", author="octo")
    expected = {}
    for role in roles:
        login = "octo" if role == "owner" else f"user-{role}".lower()
        github.add_account(login)
        if role and role != "owner":
            repository.add_collaborator(login, role)
        for command, allowed in COMMANDS.items():
            comment = issue.comment(f"/thoth {command}", author=login)
            expected[comment.id] = "+1" if role in {"owner", *allowed} else "-1"
    await answer(world, issue.number)
    found = {
        comment.id: reactions(comment)[-1] for comment in issue.comments if comment.id in expected
    }
    assert found == expected


def test_the_matrix_has_every_command():
    assert {next(name for name in GRAMMAR if each.startswith(name)) for each in COMMANDS} == set(
        GRAMMAR
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_payload_claims_of_its_author_gives_no_right(command):
    """Whatever it says, the work is the same: to look at the thread, and to ask GitHub who wrote it."""
    person = {"login": "eve", "type": "User"}
    found = set()
    for association in ("OWNER", "MEMBER", "COLLABORATOR", "NONE", "FORGED"):
        comment = {"body": f"/thoth {command}", "user": person, "author_association": association}
        payload = {
            "action": "created",
            "installation": {"id": 7},
            "repository": {"id": 42, "full_name": "octo/hello", "default_branch": "main"},
            "issue": {"number": 5, "title": "x", "user": person, "author_association": association},
            "comment": comment,
            "sender": person,
        }
        found.add(route("issue_comment", json.dumps(payload).encode()))
    assert [[work.kind for work in each.work] for each in found] == [["acknowledge", "answer"]]


async def test_no_command_of_thoth_itself_or_of_another_program_counts(world, issue, forge):
    for number, command in enumerate(COMMANDS):
        await forge.comment(issue.number, key=f"k{number}", text=f"/thoth {command}")
    assert await answer(world, issue.number) == 0
    program = {"login": "robot[bot]", "type": "Bot"}
    payload = {
        "action": "created",
        "installation": {"id": 7},
        "repository": {"id": 42, "full_name": "octo/hello", "default_branch": "main"},
        "issue": {"number": 5, "title": "x", "user": program},
        "comment": {"body": "/thoth update", "user": program},
        "sender": program,
    }
    assert route("issue_comment", json.dumps(payload).encode()).work == ()


def test_the_branch_for_rules_is_not_taken_for_one_of_updates():
    from bot.forge import BRANCH_PREFIX

    assert not BranchName(RULES).startswith(BRANCH_PREFIX)
