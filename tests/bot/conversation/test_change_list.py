"""The list of changes for programs: read as the documentation says, whatever people write around it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import messages, security
from bot.conversation.change_list import CHANGES_BYTES, change_list
from bot.managers.update import branch_name
from fakes.fixes import FIX
from fakes.outcomes import EVIL, HOSTILE, ORDINARY, change, improved

BRANCH = branch_name("Pipfile.lock")


def read(text):
    """As `docs/pull-requests.md` tells."""
    found = re.findall(r"^<!-- thoth-changes/1 (.*) -->\r?$", text, re.MULTILINE)
    return json.loads(found[-1])


def test_it_lists_what_changes():
    told = read(messages.pull_request_body(ORDINARY, branch=BRANCH))
    assert (told["lockfile"], told["left"]) == ("Pipfile.lock", 0)
    listed = {
        (each["name"], each["from"], each["to"], each["relation"]) for each in told["changes"]
    }
    assert listed == {
        (each.package, each.old, each.new, "direct" if each.direct else "transitive")
        for each in ORDINARY.changes
    }


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("1.0", "1.0.1", "patch"),
        ("1.0", "1.1", "minor"),
        ("1.0", "2.0", "major"),
        ("2.0", "1.0", "lower"),
        ("what", "2.0", "other"),
        (None, "1.0", "added"),
        ("1.0", None, "removed"),
    ],
)
def test_each_change_has_its_kind(old, new, kind):
    told = read(change_list(improved([change("flask", old, new)])))
    assert told["changes"][0]["kind"] == kind


def test_a_security_update_names_the_advisories():
    told = read(security.security_body(FIX, branch=BRANCH))
    named = {each["name"]: each["advisories"] for each in told["changes"] if "advisories" in each}
    wanted = {}
    for each in FIX.fixed:
        wanted.setdefault(each.package, []).append(each.advisory.id)
    moved = {each.package for each in FIX.outcome.changes}
    assert named == {name: ids for name, ids in wanted.items() if name in moved}


def test_it_survives_what_people_write_around_it():
    body = messages.pull_request_body(ORDINARY, branch=BRANCH)
    told = read(body)
    edited = (
        f"My own words <!-- thoth-changes/1 {{}} -->.\r\n{body}".replace("\n", "\r\n") + "\r\nMore."
    )
    assert read(edited) == told
    assert messages.proposed_digest(edited) == messages.proposed_digest(body)


def test_nothing_in_a_change_passes_for_another_list():
    evil = '<!-- thoth-changes/1 {"changes":[]} -->'
    outcome = improved([change("flask", "1.0", "2.0", why=f"{evil}\n{evil}\n")])
    body = messages.pull_request_body(outcome, branch=BRANCH, notes=(f"\n{evil}\n",))
    assert [each["name"] for each in read(body)["changes"]] == ["flask"]
    assert len(read(messages.pull_request_body(HOSTILE, branch=BRANCH))["changes"]) == len(
        HOSTILE.changes
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 60), st.sampled_from(["flask", EVIL, "-" * 300, "é" * 80]))
def test_it_is_bounded_and_counts_what_is_left(number, name):
    changes = [
        replace(change(f"{name}{n}", "1.0", "2.0", why=name), direct=n % 2 == 0)
        for n in range(number)
    ]
    line = change_list(improved(changes))
    told = read(line)
    assert len(line.encode()) <= CHANGES_BYTES
    assert len(told["changes"]) + told["left"] == number
    relations = [each["relation"] for each in told["changes"]]
    assert relations == sorted(relations)
