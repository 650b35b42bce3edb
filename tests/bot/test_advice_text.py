"""What pull requests and check runs say of an advice: inert whatever it quotes, and never too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor_core.values import replace
from bot.conversation import messages
from bot.conversation.proposals import proposal_summary
from bot.forge import BranchName
from fakes.advices import make_advice
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.outcomes import EVIL, HOSTILE, ORDINARY

BRANCH = BranchName("thoth/update/pipfile-lock")


def body(advice, outcome=ORDINARY):
    return messages.pull_request_body(replace(outcome, advice=advice), branch=BRANCH)


def test_score_proof_reasons_and_alternatives_are_said():
    text = body(make_advice(repeat=12))
    assert "**Score -24, feasible: no valid stack scores more than 0, a gap of 24**" in text
    assert "the present lockfile scores -100 and the newest-first stack scores -200" in text
    assert "2.40e11 combinations of 345 releases of 7 packages" in text
    assert "advisories as of 2023-11-14" in text
    assert "**-500** avoided: error: it breaks0" in text
    assert "[evidence](https://example.org/1)" in text
    assert text.count("\n- **") == 24
    assert "<summary>14 more reasons</summary>" in text
    assert "<summary>Next best stacks</summary>" in text
    assert "thoth advise" in text


def test_a_proof_is_called_one():
    advice = make_advice()
    best = replace(advice.products[0], score=0, status="optimal")
    text = body(replace(advice, products=(best,), advisories_as_of=None, present=None))
    assert "**Score 0, proved optimal: no valid stack scores more than 0**" in text
    assert "vulnerabilities are unknown" in text


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/octocat/hello/issues/1",
        "https://www.github.com/octocat/hello/issues/1",
        "https://example.org/a)[b](https://evil.example",
        "https://evil.example/@octocat",
        "javascript:alert(1)",
    ],
)
def test_links_that_could_act_stay_text(link):
    assert f"]({link[:12]}" not in body(make_advice(link=link))
    assert "a" not in judge(body(make_advice(link=link))).tags


@pytest.mark.parametrize(
    "text", [body, lambda advice, of: proposal_summary(replace(of, advice=advice))]
)
def test_hostile_advice_makes_no_link_no_mention_and_no_html_of_its_own(text):
    rendered = judge(text(make_advice(EVIL, link=EVIL, repeat=3), HOSTILE))
    assert not {"a", "img", "h1"} & set(rendered.tags)
    assert not GITHUB_REFERENCES.search(rendered.linkable)
    assert "\u202e" not in text(make_advice(EVIL, repeat=3), HOSTILE)


@settings(max_examples=20, deadline=None)
@given(
    st.one_of(st.text(max_size=400), st.text(alphabet="@#`|\\\u202e😀<", max_size=2000)),
    st.integers(1, 120),
)
def test_no_text_is_longer_than_github_takes(text, repeat):
    advice = make_advice(text, repeat=repeat, link=text)
    assert len(body(advice, HOSTILE).encode()) <= messages.MAX_BODY_BYTES
    outcome = replace(HOSTILE, advice=advice)
    assert len(proposal_summary(outcome).encode()) <= messages.MAX_BODY_BYTES
