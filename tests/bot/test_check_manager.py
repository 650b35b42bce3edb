"""What a person's pull request is told."""

from __future__ import annotations

import pytest

from advisor_core.errors import Fault
from advisor_core.manifests.files import list_paths
from bot.conversation.actions import SetCheck
from bot.managers.check import CheckFacts, decide_checks
from fakes.advisor import FakeAdvisor

HEAD = "a" * 40


class Files(dict):
    def read(self, path):
        return self.get(path)

    def list(self, folder):
        return list_paths(self, folder)


def outcomes(text, **options):
    return FakeAdvisor(**options)(Files(Pipfile=text.encode())).outcomes


def checks(**facts):
    actions = decide_checks(CheckFacts(HEAD, **facts))
    assert all(isinstance(action, SetCheck) for action in actions)
    return [action.check_run for action in actions]


def test_lockfile_that_could_be_better_is_neutral_and_shows_the_changes():
    (check,) = checks(outcomes=outcomes('alpha = "*"'))
    assert (check.name, check.conclusion, check.head_sha) == ("Thoth: default", "neutral", HEAD)
    assert check.title == "Pipfile.lock can be better: 1 change"
    assert "`alpha`" in check.summary


def test_conflict_fails_with_remarks_on_the_lines_at_fault():
    (check,) = checks(outcomes=outcomes('alpha = "*"\nimpossible = "<0"'))
    assert check.conclusion == "failure"
    assert "no release is below 0" in check.summary
    assert [(each.path, each.start_line) for each in check.annotations] == [("Pipfile", 2)]


def test_lockfile_that_is_right_is_a_success():
    (improved,) = outcomes('alpha = "*"')
    files = Files({"Pipfile": b'alpha = "*"', "Pipfile.lock": improved.new_text})
    (check,) = checks(outcomes=FakeAdvisor()(files).outcomes)
    assert (check.conclusion, check.title) == ("success", "Pipfile.lock is up to date")


def test_wrong_input_is_told_with_its_line():
    (check,) = checks(faults=(Fault("Pipfile:2", "not a version: 'x'", "write one"),))
    assert (check.name, check.conclusion) == ("Thoth", "action_required")
    assert check.annotations[0].start_line == 2


@pytest.mark.parametrize("text", ['alpha = "*"', 'impossible = "<0"'])
def test_asked_again_nothing_is_to_be_done(text):
    found = outcomes(text)
    present = checks(outcomes=found)
    assert checks(outcomes=found, check_runs=tuple(present)) == []


def test_what_was_wrong_before_is_cleared():
    faulty = checks(faults=(Fault("Pipfile:2", "wrong"),))
    found = checks(outcomes=outcomes('alpha = "*"'), check_runs=tuple(faulty))
    assert {(each.name, each.conclusion) for each in found} == {
        ("Thoth: default", "neutral"),
        ("Thoth", "success"),
    }


def test_silence_puts_no_check_run():
    assert checks(outcomes=outcomes('alpha = "*"'), mode="silent") == []
