"""What pull requests say of releases, whatever their authors wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.release_facts import ChangeFacts
from bot.conversation import messages
from bot.conversation.releases import release_links, supply_chain
from bot.managers.update import branch_name
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import EVIL, ORDINARY

FLASK = ChangeFacts(
    "flask",
    "3.0",
    "3.1",
    links=(
        ("Donate", "https://palletsprojects.com/donate"),
        ("Changes", "https://flask.palletsprojects.com/page/changes/"),
        ("Source", "https://github.com/pallets/flask/"),
        ("Changelog", "https://other.example/"),
        ("Documentation", "https://flask.palletsprojects.com/"),
        ("Homepage", "https://flask.example"),
    ),
    remarks=("no wheel, so installing it runs its code", "licence MIT, before BSD"),
)


def told(*facts):
    return replace(ORDINARY, facts=facts)


def test_links_are_named_by_us_and_few():
    assert release_links(told(FLASK)) == (
        "<details><summary>Read about the releases</summary>\n\n"
        "- `flask` `3.1`: [Release notes](https://flask.palletsprojects.com/page/changes/), "
        "[Source](https://github.com/pallets/flask/), "
        "[Documentation](https://flask.palletsprojects.com/)\n\n</details>"
    )


def test_what_is_worth_a_look_is_shown():
    assert supply_chain(told(FLASK)) == (
        "### Worth a look\n\nThe index tells this of the releases; nobody at Thoth has judged it.\n\n"
        "- `flask` `3.1`: no wheel, so installing it runs its code\n"
        "- `flask` `3.1`: licence MIT, before BSD"
    )


def test_nothing_known_says_nothing():
    assert release_links(ORDINARY) == ""
    assert supply_chain(told(replace(FLASK, remarks=()))) == ""


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://a.example/b", True),
        ("https://github.com/o/r/releases", True),
        ("https://github.com/o/r/blob/main/CHANGES.rst", True),
        ("http://a.example", False),
        ("javascript:alert(1)", False),
        ("https://a.example/b)[x](https://evil.example", False),
        ("https://user@a.example/", False),
        ("https://a.example/?q=1", False),
        ("https://a.example/#1", False),
        ("https://a.example/ x", False),
        ("https://github.com/o/r/issues/1", False),
        ("https://github.com/o/r/pull/1", False),
        ("https://www.github.com/o/r/pull/1", False),
        ("https://github.com/o/r/blob/../issues/1", False),
        ("https://github.com/o", False),
        ("https://gitlab.com/o/r/-/issues/1", False),
        ("https://a.example/" + "x" * 200, False),
    ],
)
def test_only_plain_addresses_become_links(url, links):
    found = release_links(told(replace(FLASK, links=(("Source", url),))))
    assert (f"]({url})" in found) == links
    assert links or found == ""


@given(
    st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=5),
    st.text(max_size=400),
)
def test_nothing_that_authors_write_gets_out(links, text):
    facts = ChangeFacts(EVIL, "1", EVIL, tuple(links), (text, EVIL))
    outcome = told(facts, *[replace(FLASK, package=f"p{number}") for number in range(40)])
    body = messages.pull_request_body(outcome, branch=branch_name("Pipfile.lock"))
    assert not GITHUB_REFERENCES.search(judge(supply_chain(outcome)).linkable)
    assert len(release_links(outcome).encode()) < 4_000
    assert len(supply_chain(outcome).encode()) < 4_000
    assert len(body.encode()) <= messages.MAX_BODY_BYTES
    allowed = {"h3", "p", "ul", "li", "code", "details", "summary", "a", "strong"}
    assert set(judge(supply_chain(outcome) + "\n\n" + release_links(outcome)).tags) <= allowed
