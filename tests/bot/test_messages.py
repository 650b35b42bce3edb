"""Pull request and check run texts: reviewed as files, inert whatever is quoted, never too long."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.errors import Fault
from bot.conversation import messages, verdicts
from bot.forge import BranchName
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import (
    EVIL,
    FIRST_LOCK,
    HOSTILE,
    HOSTILE_CONFLICT,
    NO_STACK,
    ORDINARY,
    STALE,
    change,
    conflict,
    declared,
    environment,
    improved,
    target,
)

BRANCH = BranchName("thoth/update/pipfile-lock")
REVIEWED = Path(__file__).parents[1] / "data" / "pull_requests"
NOTES = ("`.thoth.yaml` is missing, so Python 3.11 was taken from `Pipfile`",)


def body_text(outcome, *, notes=()):
    title = messages.pull_request_title(outcome)
    return f"{title}\n\n{messages.pull_request_body(outcome, branch=BRANCH, notes=notes)}"


def check_text(outcome):
    lines = "".join(
        f"{each.path}:{each.start_line}: {each.title}: {each.message}\n"
        for each in verdicts.conflict_annotations(outcome)
    )
    title = verdicts.conflict_title(outcome.target)
    return f"{title}\n\n{verdicts.conflict_summary(outcome)}\n{lines}"


FAULTS = (
    Fault("Pipfile:7", "not a PEP 440 specifier: '>>1'", "write `>1`"),
    Fault(".thoth.yaml: runtime_environments[0].name", "missing"),
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ordinary.md", body_text(ORDINARY, notes=NOTES)),
        ("first-lock.md", body_text(FIRST_LOCK)),
        ("stale.md", body_text(STALE)),
        ("hostile.md", body_text(HOSTILE, notes=(EVIL,))),
        ("no-stack.md", check_text(NO_STACK)),
        ("hostile-conflict.md", check_text(HOSTILE_CONFLICT)),
        ("edited.md", messages.edited_comment(BRANCH, "Ada Lovelace")),
        ("faults.md", verdicts.fault_summary(FAULTS)),
    ],
)
def test_text_is_the_reviewed_one(name, text):
    assert text == (REVIEWED / name).read_text(encoding="utf-8"), (
        f"tests/data/pull_requests/{name} no longer matches; review the new text and store it"
    )


BODY_TAGS = {
    "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "h3", "hr", "ul",
    "li", "!--",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        messages.pull_request_body(HOSTILE, branch=BRANCH, notes=(EVIL, EVIL)),
        verdicts.conflict_summary(HOSTILE_CONFLICT),
        messages.edited_comment(BRANCH, EVIL),
        verdicts.fault_summary((Fault(EVIL, EVIL, EVIL),)),
    ],
)
def test_hostile_text_makes_no_link_no_mention_and_no_html(text):
    rendered = judge(text)

    assert set(rendered.tags) <= BODY_TAGS
    blocks = text.count("<!-- thoth-pull-request/1") + text.count("<!-- thoth-changes/1")
    assert rendered.tags.count("!--") == blocks
    assert not GITHUB_REFERENCES.search(rendered.linkable)
    assert "\u202e" not in text


def test_hostile_titles_are_one_line_without_references():
    for title in (messages.pull_request_title(HOSTILE), verdicts.conflict_title(HOSTILE.target)):
        assert title.isprintable() or "\u200b" in title
        assert "\n" not in title
        assert "\u202e" not in title
        assert len(title) <= 256
    assert not GITHUB_REFERENCES.search(messages.pull_request_title(HOSTILE))


def test_a_hostile_commit_message_refers_to_nothing():
    message = messages.commit_message(HOSTILE, branch=BRANCH)

    assert not GITHUB_REFERENCES.search(message.replace("Thoth-Branch: ", ""))


long_text = st.one_of(st.text(max_size=400), st.text(alphabet="@#`|\\\u202e😀<", max_size=3000))


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(long_text, max_size=10),
    repeat=st.integers(1, 400),
    categories=st.lists(long_text, min_size=1, max_size=30),
)
def test_no_text_is_ever_longer_than_github_takes(names, repeat, categories):
    changes = [
        change(f"{name}{number}", name, name, category=category, why=name)
        for number, category in zip(range(repeat), itertools.cycle(categories), strict=False)
        for name in names
    ]
    path = names[0] if names else "Pipfile"
    many = target(
        *(environment(name, name, name) for name in names * 30 or ["x"]), path=path, lockfile=path
    )
    skipped = {name: {f"{name}{n}": name for n in range(repeat)} for name in names}
    outcome = improved(changes, of=many, skipped=skipped)
    impossible = conflict("\n".join(names * repeat), [declared(n) for n in names * repeat], of=many)

    body = messages.pull_request_body(outcome, branch=BRANCH, notes=names * repeat)

    assert len(body.encode()) <= messages.MAX_BODY_BYTES
    assert len(messages.pull_request_title(outcome)) <= 256
    summary = verdicts.conflict_summary(impossible)
    assert len(summary.encode()) <= messages.MAX_BODY_BYTES
    faults = tuple(Fault(name, name, name) for name in names * repeat)
    assert len(verdicts.fault_summary(faults).encode()) <= messages.MAX_BODY_BYTES
    assert len(verdicts.conflict_annotations(impossible)) <= verdicts.MAX_ANNOTATIONS


def test_rows_that_do_not_fit_are_counted_and_the_table_stays_whole():
    outcome = improved([change(f"package-{n:04}", "1.0", "2.0") for n in range(2000)])

    body = messages.pull_request_body(outcome, branch=BRANCH)
    rendered = judge(body)

    left = int(re.search(r"… and (\d+) more changes; the commit has them all\.", body)[1])
    assert left > 0
    rows = [cell for cell in rendered.cells if cell.startswith("package-")]
    assert len(rows) + left == 2000
    assert rendered.tags.count("table") == 2


def test_direct_packages_of_the_default_category_come_first():
    body = messages.pull_request_body(ORDINARY, branch=BRANCH)

    names = [cell for cell in judge(body).cells if cell in {c.package for c in ORDINARY.changes}]
    assert names == ["flask", "tensorflow", "blinker", "numpy", "six", "pytest"]


def test_a_lower_version_is_marked():
    body = messages.pull_request_body(ORDINARY, branch=BRANCH)

    assert "| `numpy` | `2.4.0` | `2.3.5` (lower) |" in body
    assert body.count("(lower)") == 1


def test_the_marker_tells_what_was_proposed():
    body = messages.pull_request_body(ORDINARY, branch=BRANCH)

    assert messages.proposed_digest(body) == messages.files_digest({"Pipfile.lock": b"new"})
    assert messages.proposed_digest("a person's own words") is None


def test_the_digest_tells_paths_and_contents_apart():
    assert messages.files_digest({"a": b"bc"}) != messages.files_digest({"ab": b"c"})


@pytest.mark.parametrize(
    ("changes", "old", "title"),
    [
        ([], b"", "Refresh Pipfile.lock"),
        ([change("flask", "1", "2")], b"", "Update flask to 2 in Pipfile.lock"),
        ([change("flask", "1", None)], b"", "Update flask in Pipfile.lock"),
        ([change("a", "1", "2"), change("b", "1", "2")], b"", "Update a, b in Pipfile.lock"),
        ([change(n, "1", "2") for n in "abcd"], b"", "Update a, b and 2 more in Pipfile.lock"),
        ([change(n, None, "2") for n in "abcd"], None, "Lock 4 packages in Pipfile.lock"),
    ],
)
def test_titles_say_what_changes(changes, old, title):
    assert messages.pull_request_title(improved(changes, old=old)) == title


@pytest.mark.parametrize(
    ("of", "command"),
    [
        (target(), "thoth lock . --python 3.11 --platform manylinux_2_28_x86_64 -o Pipfile.lock"),
        (target(environment("a"), environment("b")), "thoth lock . -o Pipfile.lock"),
        (
            target(environment(platform=""), path="a b/Pipfile", lockfile="a b/Pipfile.lock"),
            "thoth lock 'a b/Pipfile' --python 3.11 -o 'a b/Pipfile.lock'",
        ),
        (
            target(
                environment(platform=""),
                path="requirements.in",
                kind="requirements",
                lockfile="requirements.txt",
            ),
            "thoth lock -r requirements.in --python 3.11 -o requirements.txt",
        ),
    ],
)
def test_the_command_to_do_it_by_hand_is_quoted_for_a_shell(of, command):
    assert f"\n{command}\n" in messages.pull_request_body(improved([], of=of), branch=BRANCH)


def test_faults_without_a_line_are_no_annotation():
    assert [(each.path, each.start_line) for each in verdicts.fault_annotations(FAULTS)] == [
        ("Pipfile", 7)
    ]
