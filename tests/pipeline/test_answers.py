"""What units in Python answer is checked and bounded before a problem is made of it."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.answers import check_packages
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.interface import (
    Justification,
    Match,
    MatchTerm,
    Removal,
    ScorePart,
    StackMessage,
)
from advisor_core.pipeline.units.interface import Boot, Pseudonym, Sieve, Step, Stop, Stride, Wrap
from fakes.pipelines import make_candidates, make_context, make_stack

SCRIPT = "javascript:alert(1)"


def prepare_unit(family, **methods):
    """Return the pipeline of one unit of the family with these methods."""
    unit = type("Given", (family,), methods)
    return prepare(make_context(), known={"Given": unit}, plugins=[])


def terms_of(*terms):
    prepared = prepare_unit(Step, terms=lambda _self: terms)
    return prepared.terms(["app", "lib"]), [failed.reason for failed in prepared.failures]


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ({"score": 1, "forbid": "no"}, "a term has exactly one of"),
        ({}, "a term has exactly one of"),
        ({"score": 1, "when": (Match("app", "newest"),)}, "not a PEP 440 specifier"),
        ({"score": 1, "when": (Match("no / name"),)}, "not the name of a package"),
        ({"requires": ("!!!",)}, "not a usable PEP 508 requirement"),
        ({"requires": ("x @ https://example.org/x.whl",)}, "a term cannot require an address"),
        ({"skips": "../lib"}, "not the name of a package"),
        ({"stands_for": ("lib",)}, "`stands_for` is no package and version"),
        ({"stands_for": ("lib", "new")}, "not a PEP 440 version"),
    ],
)
def test_a_term_without_sense_is_named_and_none_of_the_unit_counts(term, reason):
    good = MatchTerm((Match("app"), Match("lib")), "Given", score=1)
    found, reasons = terms_of(good, MatchTerm(**{"when": (Match("app"),), "unit": "Given", **term}))
    assert found == []
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_names_of_terms_are_normalized():
    (term,), _none = terms_of(MatchTerm((Match("App"), Match("LIB")), "Given", score=1))
    assert [match.name for match in term.when] == ["app", "lib"]


def test_terms_without_end_are_refused():
    term = MatchTerm((Match("app"),), "Given", score=1)
    found, reasons = terms_of(*[term] * 20_001)
    assert found == []
    assert "more than 20,000 terms" in reasons[0]


def test_messages_are_cut_and_counted_and_links_are_web_addresses():
    said = [StackMessage("INFO", "x" * 9_000, SCRIPT), *[StackMessage("INFO", "y")] * 999, Stop("")]
    prepared = prepare_unit(Boot, run=lambda _self: said)
    first, *_same, last = prepared.stack_info
    assert len(first.message) < 2_100
    assert first.link == ""
    assert last.message == "800 more messages"
    assert prepared.stop == "Given: it gives no reason"


def test_a_removal_has_a_reason_and_its_own_unit():
    removal = Removal("1", "", "SomebodyElse", SCRIPT)
    prepared = prepare_unit(Sieve, run=lambda _self, _package: [removal])
    assert prepared.judge_package(make_candidates("app", "1")).removals == (
        Removal("1", "it gives no reason", "Given"),
    )


def test_points_and_notes_keep_no_script():
    part = ScorePart("p", 5, "us", SCRIPT, justifications=(Justification("INFO", "n", SCRIPT),))
    prepared = prepare_unit(Step, run=lambda _self, _package: [("1", part)])
    (kept,) = prepared.judge_package(make_candidates("app", "1")).parts["1"]
    assert (kept.link, kept.justifications[0].link) == ("", "")
    wrap = prepare_unit(Wrap, run=lambda _self, _stack: [Justification("INFO", "n", SCRIPT)])
    assert wrap.annotate(make_stack(app="1"))[0].link == ""


def test_a_pseudonym_that_offers_no_package_is_named():
    prepared = prepare_unit(Pseudonym, run=lambda _self, _package: [("1", "no such / name", "2")])
    prepared.judge_package(make_candidates("app", "1"))
    assert prepared.terms(["app"]) == []
    assert "not the name of a package" in prepared.failures[0].reason


def test_a_stride_without_a_reason_still_refuses():
    prepared = prepare_unit(Stride, run=lambda _self, _stack: "")
    assert prepared.accept(make_stack(app="1")) == "Given: it gives no reason"


@pytest.mark.parametrize("packages", [5, "app", ("a b",), (1,)])
def test_packages_of_a_unit_are_names(packages):
    with pytest.raises(ValueError, match="name"):
        check_packages(packages)
    assert check_packages(["App_x"]) == ("app-x",)
