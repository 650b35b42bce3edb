"""Titles and commit messages are written as the repository writes its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config import read_configuration
from advisor_core.config.pull_requests import PullRequestSettings
from bot.conversation import messages
from bot.conversation.subjects import Style, style_of
from bot.managers.update import branch_name
from fakes.markdown_judge import GITHUB_REFERENCES
from fakes.outcomes import EVIL, ORDINARY, change, improved

AUTO = PullRequestSettings()
ALWAYS = PullRequestSettings(conventional="always")
HABIT = ["feat: a", "fix(api)!: b", "docs: c", "test(x): d", "ci: e"]
TITLE = messages.pull_request_title(ORDINARY)


@pytest.mark.parametrize(
    ("settings", "subjects", "prefix"),
    [
        (AUTO, [], ""),
        (AUTO, HABIT, "chore(deps)"),
        (AUTO, HABIT[:4], ""),
        (AUTO, [*HABIT, "a", "b", "c", "d", "e"], "chore(deps)"),
        (AUTO, [*HABIT, "a", "b", "c", "d", "e", "f"], ""),
        (AUTO, [*HABIT, *["Merge pull request #1 from a/b"] * 20], "chore(deps)"),
        (AUTO, [*HABIT, "build(deps): f", "chore(deps): g", "build(deps): h"], "build(deps)"),
        (AUTO, ["Fix: a", "feature: b", "feat:c", "feat : d", "note: e"], ""),
        (ALWAYS, [], "chore(deps)"),
        (ALWAYS, ["build(deps): bump"], "build(deps)"),
        (PullRequestSettings(conventional="never"), HABIT, ""),
    ],
)
def test_the_prefix_is_the_repositorys_own(settings, subjects, prefix):
    assert style_of(settings, subjects).prefix == prefix


def test_without_a_style_nothing_changes():
    message = messages.commit_message(ORDINARY, branch=branch_name("Pipfile.lock"))
    assert Style().as_title(TITLE, ORDINARY) == TITLE
    assert Style().as_message(message, ORDINARY) == message


def test_a_conventional_subject_begins_in_lower_case():
    style = Style("build(deps)")
    written = style.as_title("Update flask to 3.1 in Pipfile.lock", ORDINARY)
    assert written == "build(deps): update flask to 3.1 in Pipfile.lock"
    message = style.as_message("Update flask\n\nBody: as it is.\n\nThoth-Branch: x\n", ORDINARY)
    assert message == "build(deps): update flask\n\nBody: as it is.\n\nThoth-Branch: x\n"


def test_templates_are_filled_in():
    outcome = improved([change(name, "1", "2") for name in ("a", "b", "c", "d")])
    style = Style("", "[{lockfile}] {packages} ({count})", "deps: {title}")
    assert style.as_title("Update a", outcome) == "[Pipfile.lock] a, b, c and 1 more (4)"
    assert style.as_message("Update a\n\nmore\n", outcome) == "deps: Update a\n\nmore\n"
    assert Style("fix(deps)", "{title}!").as_title("Update a", outcome) == "fix(deps): update a!"


def test_what_a_template_puts_in_is_not_looked_at_again():
    outcome = replace(improved([change("{count}", "1", "2")]))
    assert Style("", "{packages}").as_title("t", outcome) == "{count}"


@given(st.text(max_size=300))
def test_nothing_hostile_becomes_a_mention_or_a_long_title(text):
    outcome = improved([change(EVIL, "1", "2")])
    for style in (Style("chore(deps)"), Style("", "{title} {packages}")):
        title = style.as_title(messages.pull_request_title(outcome) + text, outcome)
        assert not GITHUB_REFERENCES.search(title)
        assert len(title) <= 250
        assert title.replace("\u200b", "").isprintable()
        assert "{200b}" not in title


@pytest.mark.parametrize("template", ["{titel}", "no field", "{}", "{title.__class__}", "x" * 300])
def test_a_wrong_template_is_a_fault_with_its_line(template):
    from advisor_core.errors import InputError

    with pytest.raises(InputError) as caught:
        read_configuration(f"pull_requests:\n  title: '{template}'\n".encode())
    assert str(caught.value.faults[0]).startswith(".thoth.yaml:2: `title` is not a template")


@pytest.mark.parametrize(
    ("prefix", "of_dependencies", "text"),
    [
        ("", True, "Sync it\n\nBody"),
        ("build(deps)", True, "build(deps): sync it\n\nBody"),
        ("build(deps)", False, "build: sync it\n\nBody"),
        ("chore", True, "chore: sync it\n\nBody"),
    ],
)
def test_other_pull_requests_have_the_prefix_alone(prefix, of_dependencies, text):
    style = Style(prefix, title="{title}!", message="{title}!")
    assert style.prefixed("Sync it\n\nBody", of_dependencies=of_dependencies) == text
