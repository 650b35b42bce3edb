"""A red pull request is taken apart on GitHub until what fails is known and the rest is green."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from advisor_core.config.model import Configuration
from bot.jobs.background import in_thread
from bot.jobs.evidence import read_evidence
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor

BRANCH = "thoth/update/pipfile-lock"
NAMES = tuple("abcdef")
ADVISOR = FakeAdvisor(dict.fromkeys(NAMES, "2.0"))


def lock(**versions):
    entries = {name: {"version": f"=={version}"} for name, version in versions.items()}
    return json.dumps({"_meta": {}, "default": entries, "develop": {}})


class Play:
    """A repository whose CI fails whenever all of some packages are new."""

    def __init__(self, world, repository, fails):
        self.world = world
        self.repository = repository
        self.fails = fails
        self.runs = 0
        self.learnt = []

    @property
    def moved(self):
        """The packages that Thoth's branch moves."""
        files = self.repository.branch(BRANCH).files
        entries = json.loads(files["Pipfile.lock"])["default"]
        return {name for name, entry in entries.items() if entry["version"] == "==2.0"}

    @property
    def pull(self):
        return self.repository.pull_requests[-1]

    async def update(self, advisor=ADVISOR):
        forge = await self.world.open()
        await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(advisor))

    async def look(self):
        found = await read_evidence(await self.world.open(), installation_id=1)
        self.learnt += [each for each in found.locks if each.outcome == "failed"]
        return found

    async def run(self, advisor=ADVISOR, *, most=12):
        """Let CI and Thoth go on until nothing changes; return what CI ran on."""
        ran = []
        head = None
        await self.update(advisor)
        while self.repository.branches[BRANCH] != head and len(ran) < most:
            head = self.repository.branches[BRANCH]
            ran.append("".join(sorted(self.moved)))
            bad = any(each <= self.moved for each in self.fails)
            self.repository.report_check(BRANCH, "failure" if bad else "success")
            for _ in range(2):  # events come twice
                found = await self.look()
            if found.go_on:
                await self.update(advisor)
        return ran


@pytest.fixture
def start(world, repository):
    def make(*fails, configuration=""):
        lines = "".join(f'{name} = "*"\n' for name in NAMES)
        files = {
            "Pipfile": f"[packages]\n{lines}",
            "Pipfile.lock": lock(**dict.fromkeys(NAMES, "1.0")),
        }
        repository.push("main", files | ({".thoth.yaml": configuration} if configuration else {}))
        repository.report_check("main", "success")
        return Play(world, repository, [set(each) for each in fails])

    return make


async def test_the_change_that_fails_is_found_named_and_left_out(start):
    play = start("d")
    assert await play.run() == ["abcdef", "abc", "abcde", "abcd", "abcef"]
    assert play.moved == set("abcef")
    said = [each.body for each in play.pull.comments]
    assert len(said) == 5
    assert "CI fails with `a` `2.0`" in said[0]
    assert "`bisect: {runs: 0}`" in said[0]
    assert "**`d` `2.0` is what fails.**" in said[3]
    assert "`c` `2.0`: this may be merged as it is. What fails is among the rest." in said[1]
    assert said[4].partition("\n")[0].endswith("`f` `2.0`: this may be merged as it is.")
    assert "without d 2.0, because CI fails with it" in play.pull.body
    culprit = [each for each in play.learnt if each.changed == {"d"}]
    assert dict(culprit[0].pins) == dict.fromkeys("abcd", "2.0") | dict.fromkeys("ef", "1.0")
    assert culprit[0].certainty == 100
    await play.update()
    assert play.moved == set("abcef"), "asked again it changes nothing"


async def test_what_fails_is_named_once_however_the_rest_is_found_to_pass(start):
    play = start("b")
    ran = await play.run()
    assert ran[-1] == "acdef"
    assert sum("is what fails" in each.body for each in play.pull.comments) == 1


async def test_of_two_that_fail_together_one_is_left_out(start):
    play = start("af")
    ran = await play.run(most=20)
    assert ran[-1] in {"abcde", "bcdef"}
    assert "**`f` `2.0` is what fails.** CI passes with the other changes" in (
        play.pull.comments[-1].body
    )


async def test_the_budget_of_runs_is_kept_and_what_passes_stays(start):
    play = start("f", configuration="bisect: {runs: 1}\n")
    advisor = replace(ADVISOR, configuration=Configuration(bisect_runs=1))
    assert await play.run(advisor) == ["abcdef", "abc"]
    assert play.moved == set("abc")
    assert "the runs for finding out why are used up" in play.pull.body


async def test_where_it_is_turned_off_the_pull_request_stays_as_it_is(start):
    play = start("d", configuration="bisect: {runs: 0}\n")
    advisor = replace(ADVISOR, configuration=Configuration(bisect_runs=0))
    assert await play.run(advisor) == ["abcdef"]
    assert play.pull.comments == []


async def test_a_red_base_or_one_without_checks_starts_nothing(start, repository):
    play = start("d")
    repository.report_check("main", "failure")
    assert await play.run() == ["abcdef"]
    repository.push("main", {"README": "more"})
    repository.push("main", {"Pipfile.lock": lock(**dict.fromkeys(NAMES, "1.5"))})
    assert await play.run() == ["abcdef"]


async def test_changes_that_cannot_move_apart_are_proposed_as_they_are(start):
    play = start("a")

    class Together(FakeAdvisor):
        def __call__(self, files, _wish=None):
            return super().__call__(files)

    advisor = Together(ADVISOR.versions)
    assert await play.run(advisor) == ["abcdef"]
    assert play.moved == set(NAMES)


async def test_another_lockfile_on_the_base_begins_anew(start, repository):
    play = start("d")
    await play.update()
    repository.report_check(BRANCH, "failure")
    await play.look()
    repository.push("main", {"Pipfile.lock": lock(**dict.fromkeys(NAMES, "1.5"))})
    await play.update()
    assert play.moved == set(NAMES)


async def test_nobody_but_thoth_says_what_was_tried(start, repository):
    play = start()
    await play.update()
    repository.report_check(BRANCH, "failure")
    await play.look()
    forged = play.pull.comments[-1].body.replace("failed", "passed")
    play.pull.comment(forged, author="mallory")
    (opened,) = await (await play.world.open()).pull_requests()
    assert [json.loads(each)["outcome"] for each in opened.trials] == ["failed"]
