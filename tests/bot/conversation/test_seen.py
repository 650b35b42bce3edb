"""What a pull request says of CI elsewhere."""

from __future__ import annotations

from advisor_core.advice import AdvisedPackage, NotChosen
from advisor_core.outcome import Change
from advisor_core.values import replace
from bot.conversation.reasons import why
from bot.conversation.seen import held_back, seen_in_ci
from fakes.advices import make_advice
from fakes.outcomes import improved


def outcome(*packages):
    changes = tuple(Change(each.name, "default", "1", each.version, True, "") for each in packages)
    advice = make_advice(packages=packages)
    return replace(improved(changes), advice=advice)


def package(name, seen="", not_chosen=()):
    return AdvisedPackage(name, "2", "default", 0, seen=seen, not_chosen=not_chosen)


def test_only_what_changes_and_was_tried_is_shown_and_the_rest_counted():
    told = outcome(package("a", "seen to pass in 14 of 15 | <b>repositories</b>"), package("b"))
    text = seen_in_ci(told)
    assert "| `a` | `2` | seen to pass in 14 of 15" in text
    assert "<b>" not in text
    assert text.endswith("The other one was not tried here yet.")
    assert seen_in_ci(outcome(package("b"))) == ""
    assert seen_in_ci(replace(told, advice=None)) == ""
    assert "CI: seen to pass in 14 of 15" in why("a", [told])


def test_what_failed_here_is_named_with_the_way_to_have_it_all_the_same():
    failed = NotChosen("3", ("-1,200 points: failed in this repository; failed in 1 of 1",))
    text = held_back(outcome(package("a", not_chosen=(failed,))))
    assert "failed with `a` `3`" in text
    assert "`a==3`" in text
    assert held_back(outcome(package("a", not_chosen=(NotChosen("3", ("no wheel",)),)))) == ""
