"""What `pull_requests` in a `.thoth.yaml` means."""

from __future__ import annotations

import pytest

from advisor_core.config import read_configuration
from advisor_core.config.extend import extend_configuration
from advisor_core.errors import InputError


def read(text):
    return read_configuration(text.encode())


def faults_of(text):
    with pytest.raises(InputError) as caught:
        read(text)
    return [str(fault).partition("\n")[0] for fault in caught.value.faults]


def test_a_text_is_short_for_a_list():
    settings = read("pull_requests: {labels: a b, assignees: '@ada', reviewers: octo/team}\n")
    assert settings.pull_requests.labels == ("a b",)
    assert settings.pull_requests.assignees == ("ada",)
    assert settings.pull_requests.reviewers == ("octo/team",)


def test_labels_of_the_managers_count_too():
    text = (
        "pull_requests: {labels: [a, b]}\nmanagers:\n"
        "- {name: update, configuration: {labels: [b, c, 7]}}\n"
        "- {name: thoth-advise, configuration: {labels: [d], enabled: false}}\n"
        "- {name: info}\n"
    )
    assert read(text).update_labels == ("a", "b", "c")


def test_every_fault_names_its_line():
    faults = faults_of(
        "pull_requests:\n  labels: [ok, " + "x" * 51 + "]\n"
        "  assignees: [octo/team, a b]\n  reviewers: ['-a', 'a/b/c', 3]\n  team: x\n"
    )
    assert faults == [
        f".thoth.yaml:2: a label has at most 50 characters: {'x' * 51!r}",
        ".thoth.yaml:3: `assignees` names nobody on GitHub: 'octo/team'",
        ".thoth.yaml:3: `assignees` names nobody on GitHub: 'a b'",
        ".thoth.yaml:4: `reviewers` must be a text, not a number: 3",
        ".thoth.yaml:4: `reviewers` names nobody on GitHub: '-a'",
        ".thoth.yaml:4: `reviewers` names nobody on GitHub: 'a/b/c'",
        ".thoth.yaml:5: unknown key in `pull_requests`: 'team'",
    ]


def test_too_many_are_refused():
    (fault,) = faults_of(f"pull_requests: {{assignees: [{', '.join('abcdefghijk')}]}}\n")
    assert fault == ".thoth.yaml:1: more than 10 `assignees`"


def test_what_the_repository_says_wins_setting_by_setting():
    base = read("pull_requests: {labels: [a], assignees: [ada]}\nschedule: weekly\n")
    own = read("pull_requests: {labels: [b]}\n")
    both = extend_configuration(base, own)
    assert both.pull_requests.labels == ("b",)
    assert both.pull_requests.assignees == ("ada",)
    assert both.schedule.text == "weekly"
