"""What CI said decides: single releases, two together, and what is told of it."""

from __future__ import annotations

from advisor_core.advising.advise import advise_in_detail
from advisor_core.advising.asking import ask_why
from advisor_core.advising.settings import AdviceInputs
from advisor_core.report.advice_json import outcome_as_json
from advisor_core.scoring.interface import Observed, ObservedPair
from fakes.advising import NOW, FakePipeline, MemoryAccess, advise, make_target
from fakes.releases import Release

INDEX = {
    "app": {"1": Release(), "2": Release()},
    "lib": {"1": Release(), "2": Release()},
}


class Table:
    """Evidence that was given."""

    def __init__(self, releases=None, pairs=()):
        self.releases = releases or {}
        self.pairs = pairs

    def observed(self, package, versions, environments):
        assert [each.python for each in environments] == ["3.11.7"]
        found = self.releases.get(package, {})
        return {version: found[version] for version in versions if version in found}

    def failed_pairs(self, packages, _environments):
        return [each for each in self.pairs if {each.package, each.other_package} <= set(packages)]


def stack(outcome):
    return dict(outcome.advice.products[0].stack)


def test_a_release_that_failed_is_avoided_and_one_failure_among_many_passes_is_nothing():
    def seen(**counts):
        return Table({"app": {"2": Observed(voters="repositories", **counts)}})

    assert stack(advise(INDEX, ["app"], evidence=seen(failed=1))) == {"app": "1"}
    assert stack(advise(INDEX, ["app"], evidence=seen(passed=14, failed=1))) == {"app": "2"}
    assert stack(advise(INDEX, ["app"])) == {"app": "2"}


def test_two_releases_that_failed_together_are_not_taken_together_and_that_is_told():
    pair = ObservedPair("app", "2", "lib", "2", Observed(failed=2, voters="repositories"))
    outcome = advise(INDEX, ["app", "lib"], evidence=Table(pairs=[pair]))
    found = stack(outcome)
    assert sorted(found.values()) == ["1", "2"], "one of them stays new"
    (held,) = [each for each in outcome.advice.packages if each.version == "1"]
    assert "app 2 with lib 2: failed in 2 of 2 repositories" in held.not_chosen[0].reasons[0]
    said = [
        each.justification.message
        for each in outcome.advice.products[0].justifications
        if each.effect == "avoided"
    ]
    assert any("app 2 with lib 2" in each for each in said)


def test_what_was_seen_is_told_of_what_is_chosen():
    evidence = Table({"app": {"2": Observed(passed=14, failed=1, voters="repositories")}})
    access = MemoryAccess(INDEX)
    target = make_target(["app"])
    detail = advise_in_detail(
        target,
        access=access,
        settings=AdviceInputs(prepare=lambda _context: FakePipeline(), now=NOW, evidence=evidence),
    )
    told = "seen to pass in 14 of 15 repositories here (2 to 24 % fail, with 90 % credibility)"
    (package,) = outcome_as_json(detail.outcome)["package_reasons"]
    assert package["seen"] == told
    answer = ask_why(
        detail.categories,
        detail.outcome.advice.packages,
        "app",
        access=access,
        environments=target.environments,
    )
    assert f"app 2: {told}" in answer.explanation
