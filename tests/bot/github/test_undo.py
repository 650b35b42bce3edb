"""What a command decided is taken back by another: against the strict fake of GitHub."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.edit import RuleEdit, edit_rules
from advisor_core.config.reader import parse_configuration
from bot.conversation.decisions import (
    Step,
    decode_steps,
    encode_steps,
    inverse_edits,
    step_edits,
    steps_of_edits,
)
from bot.errors import BrokenError
from bot.github.client import MOST_ATTEMPTS
from bot.jobs.answer import answer_thread
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

ADVISOR = FakeAdvisor({"flask": "3.0"})
RULES = "thoth/config/rules"


@pytest.fixture
def issue(repository):
    repository.add_collaborator("ada", "write")
    return repository.open_issue("Question", author="ada")


async def say(world, thread, text):
    thread.comment(text, author="ada")
    forge = await world.open()
    await answer_thread(forge, thread.number, propose=in_thread(ADVISOR))
    return thread.comments[-1].body.split("\n\n<!--")[0]


def rules(repository):
    return repository.branch(RULES).files[".thoth.yaml"]


async def test_the_last_rule_of_a_thread_is_taken_back_and_the_others_stay(
    world, repository, issue
):
    await say(world, issue, "/thoth ignore a major until 2027-01-31")
    with_a = rules(repository)
    await say(world, issue, "/thoth pin b==1")
    text = await say(world, issue, "/thoth undo")
    assert "The last change of rules is taken back" in text
    assert rules(repository) == with_a
    assert await say(world, issue, "/thoth undo") == "Closed #2: nothing is left of it."
    (pull,) = repository.pull_requests
    assert pull.state == "closed"
    assert "nothing to take back" in await say(world, issue, "/thoth undo")


async def test_what_unignore_dropped_comes_back(world, repository, issue):
    text = "packages:\n- name: a\n  ignore: major\n  pin: '1.0'\n"
    repository.push("main", {".thoth.yaml": text})
    await say(world, issue, "/thoth unignore a")
    await say(world, issue, "/thoth undo")
    assert repository.pull_requests[-1].state == "closed"


async def test_a_merged_rule_is_taken_back_by_a_pull_request_from_any_thread(
    world, repository, issue
):
    await say(world, issue, "/thoth pin b==1")
    repository.pull_requests[-1].merge()
    other = repository.open_issue("Other", author="ada")
    await say(world, other, "/thoth undo")
    pull = repository.pull_requests[-1]
    assert (pull.state, pull.head) == ("open", RULES)
    assert "-- name: b" in pull.body


async def test_merge_when_green_close_and_reopen_are_taken_back(world, repository, issue):
    forge = await world.open()
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(ADVISOR))
    pull = repository.pull_requests[-1]
    await say(world, pull, "/thoth merge when green")
    assert await say(world, pull, "/thoth undo") == "It is not merged by Thoth any more."
    assert not (await forge.threads.view(pull.number)).merge_asked
    await say(world, pull, "/thoth close")
    assert pull.state == "closed"
    assert await say(world, pull, "/thoth undo") == "Opened again."
    assert pull.state == "open"


async def test_undo_in_the_same_comment_takes_back_what_stands_before_it(world, repository, issue):
    await say(world, issue, "/thoth pin b==1\n/thoth undo")
    assert [pull.state for pull in repository.pull_requests] == ["closed"]


async def test_nothing_decided_is_told(world, issue):
    assert "There is nothing to take back" in await say(world, issue, "/thoth undo")


STEPS = st.builds(
    Step,
    merge=st.sampled_from(["", "on", "off"]),
    state=st.sampled_from(["", "open", "closed"]),
)


@given(st.lists(STEPS), st.text())
def test_steps_are_read_back_as_written_and_nothing_else_is(steps, text):
    assert decode_steps(encode_steps(steps)) == tuple(steps)
    decode_steps(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[{}",
        '[{"edits":[{"package":"../x"}]}]',
        '[{"edits":[{"package":"a","remove":["name"]}]}]',
        '[{"state":"merged"}]',
        '[{"sudo":"yes"}]',
    ],
)
def test_a_block_that_was_tampered_with_says_nothing(text):
    assert decode_steps(text) == ()


EDITS = st.one_of(
    st.builds(RuleEdit, st.sampled_from("ab"), pin=st.sampled_from(["1", "2.0"])),
    st.builds(
        RuleEdit,
        st.sampled_from("ab"),
        ignore=st.sampled_from(["all", "major", "==2.1"]),
        until=st.sampled_from([None, "2027-01-31"]),
    ),
    st.builds(RuleEdit, st.sampled_from("ab"), remove=st.just(("ignore", "pin"))),
)
BEFORE = [
    b"",
    b"packages:\n- name: [a, b]\n  ignore: major\n- name: a\n  pin: '3'\n  allow: '<9'\n",
    b"packages:\n- name: b\n  ignore: [minor, {update: major, until: 2030-01-01}]\n",
]


@given(st.sampled_from(BEFORE), EDITS)
def test_the_inverse_of_an_edit_brings_the_same_rules_back(before, edit):
    step = steps_of_edits(inverse_edits(meant(before)[1], edit.package))
    text = edit_rules(before, edit) or before
    for each in step_edits(step):
        text = edit_rules(text, each) or text
    assert meant(text)[0] == meant(before)[0]


def meant(text):
    """Return what rules say of each package, whatever entries they are written in."""
    found = parse_configuration(text, ".thoth.yaml").packages
    said = {}
    for rule in found:
        for name in rule.names:
            said.setdefault(name, set()).update(
                {("pin", rule.pin), ("allow", rule.allow)}
                | {("ignore", each.text, each.until) for each in rule.ignore}
            )
    clean = {name: {fact for fact in facts if fact[1]} for name, facts in said.items()}
    return {name: facts for name, facts in clean.items() if facts}, found


async def test_what_was_taken_back_before_the_answer_was_lost_is_taken_back_once(
    github, world, repository, issue
):
    for text in ("/thoth pin a==1", "/thoth pin b==1", "/thoth pin c==1"):
        await say(world, issue, text)
    with_b = rules(repository).partition("- name: c")[0]
    other = repository.open_issue("Another", author="ada")
    github.fail(500, operation="issues/create-comment", times=MOST_ATTEMPTS)
    with pytest.raises(BrokenError):
        await say(world, other, "/thoth undo")
    forge = await world.open()
    await answer_thread(forge, other.number, propose=in_thread(ADVISOR))
    assert rules(repository) == with_b
    assert "is taken back" in other.comments[-1].body
