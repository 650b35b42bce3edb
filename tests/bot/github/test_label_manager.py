"""New issues are labelled by words that the repository names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.reader import parse_configuration
from bot.jobs.label import label_issue
from bot.managers.labels import choose_labels

ON = (
    "managers:\n- name: label-bot\n  configuration:\n"
    "    labels: {bug: [Traceback, crash], question: ['how do  I'], empty: [], odd: word}\n"
)


def choose(title, body="", text=ON):
    manager = parse_configuration(text.encode(), ".thoth.yaml").manager("label-bot")
    return choose_labels(manager, title=title, body=body)


@pytest.mark.parametrize(
    ("title", "body", "labels"),
    [
        ("It CRASHes", "", ()),
        ("A Crash!", "", ("bug",)),
        ("x", "Traceback (most recent call last):", ("bug",)),
        ("How do\nI", "crash", ("bug", "question")),
        ("mycrash crash_", "", ()),
        ("", "", ()),
    ],
)
def test_whole_words_count_in_any_case(title, body, labels):
    assert choose(title, body) == labels


def test_without_the_manager_nothing_is_chosen():
    assert choose("crash", text="") == ()
    assert choose("crash", text=ON + "    enabled: false\n") == ()
    assert (
        choose("crash", text="managers: [{name: label-bot, configuration: {labels: [bug]}}]\n")
        == ()
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_issue_is_looked_at(title, body):
    assert set(choose(title, body)) <= {"bug", "question"}


async def test_a_new_issue_is_labelled_by_the_default_branch_s_words(world, repository):
    issue = repository.open_issue("Crash", author="eve")
    assert await label_issue(await world.open(), issue.number) == ()
    repository.push("main", {".thoth.yaml": ON})
    assert await label_issue(await world.open(), issue.number) == ("bug",)
    assert issue.labels == ["bug"]
    repository.push("main", {".thoth.yaml": "mode: loud\n"})
    assert await label_issue(await world.open(), issue.number) == ()


async def test_closed_issues_and_pull_requests_are_left(world, repository, pull):
    repository.push("main", {".thoth.yaml": ON})
    issue = repository.open_issue("Crash", author="eve")
    issue.close(author="eve")
    pull.edit(title="Crash")
    for each in (issue, pull):
        assert await label_issue(await world.open(), each.number) == ()
        assert each.labels == []
