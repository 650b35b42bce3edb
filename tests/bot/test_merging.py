"""When a pull request is merged, and how large its update is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.managers.merging import Check, MergeFacts, Verdict, decide_merge, largest_update

GREEN = (Check("tests", "passed"), Check("docs", "passed"))
PENDING = (*GREEN, Check("slow", "pending"))
RED = (*PENDING, Check("lint", "failed"))
PATCH = frozenset({"patch"})


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (MergeFacts(asked=True, checks=GREEN), Verdict("merge")),
        (MergeFacts(asked=True, checks=PENDING), Verdict("wait")),
        (MergeFacts(asked=True, checks=RED), Verdict("stop", ("lint",))),
        (MergeFacts(asked=True, checks=()), Verdict("wait")),
        (MergeFacts(asked=False, checks=GREEN), Verdict("wait")),
        (MergeFacts(asked=False, automatic=PATCH, update="patch", checks=GREEN), Verdict("merge")),
        (MergeFacts(asked=False, automatic=PATCH, update="minor", checks=GREEN), Verdict("wait")),
        (MergeFacts(asked=False, automatic=PATCH, update="minor", checks=RED), Verdict("wait")),
        (
            MergeFacts(asked=False, automatic=PATCH, update="patch", edited_by="ada", checks=GREEN),
            Verdict("wait"),
        ),
        (MergeFacts(asked=True, edited_by="ada", checks=GREEN), Verdict("merge")),
    ],
)
def test_only_green_pull_requests_that_were_asked_for_or_allowed_are_merged(facts, verdict):
    assert decide_merge(facts) == verdict


@pytest.mark.parametrize(
    ("old", "new", "update"),
    [
        ("1.2.3", "1.2.3", "none"),
        ("1.2.3", "1.2.4", "patch"),
        ("1.2", "1.2.1", "patch"),
        ("1.2.3", "1.3", "minor"),
        ("1.2.3", "2.0", "major"),
        ("1.2.3", "1.2.2", "major"),
        ("1.2.3", "1.2.4rc1", "major"),
        ("1.2.3", "1!1.2.3", "major"),
        ("1.2.3", None, "minor"),
        (None, "1.2.3", "minor"),
        ("1.2.3", "what", "major"),
    ],
)
def test_the_size_of_an_update(old, new, update):
    before = {"default": {"a": old}} if old else {}
    after = {"default": {"a": new}} if new else {}
    assert largest_update(before, after) == update


VERSIONS = st.dictionaries(
    st.sampled_from("abc"), st.sampled_from(["1.0", "1.0.1", "1.1", "2.0"]), max_size=3
)


@given(VERSIONS, VERSIONS)
def test_the_largest_update_of_all_packages_counts(before, after):
    order = ["none", "patch", "minor", "major"]
    single = [
        largest_update(
            {"default": {name: before[name]} if name in before else {}},
            {"default": {name: after[name]} if name in after else {}},
        )
        for name in "abc"
    ]
    found = largest_update({"default": before}, {"default": after})
    assert found == max(single, key=order.index)
