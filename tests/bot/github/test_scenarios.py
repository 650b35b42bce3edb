"""What people and Thoth say to each other, word for word: each scenario is reviewed as a file.

One per command and per row of what Thoth does in a case, against the strict fake of GitHub. A file that no
longer matches is stored anew with `pytest tests/bot/github/test_scenarios.py --review`, and read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from advisor_core.config import read_configuration
from advisor_core.errors import IndexFailure
from advisor_core.manifests.files import list_paths
from advisor_core.model import Origin
from advisor_core.release_facts import ChangeFacts
from advisor_core.scoring.interface import Observed
from advisor_core.verification.findings import PROVENANCE_CODES, Finding
from bot.conversation.commands import COMMANDS
from bot.jobs.answer import answer_thread
from bot.jobs.apply import apply_advice
from bot.jobs.background import in_thread
from bot.jobs.check import check_pull_request
from bot.jobs.dashboard import update_and_tell
from bot.jobs.evidence import read_evidence
from bot.jobs.failure import tell_failure, tell_in_dashboard
from bot.jobs.loosen import loosen_manifests
from bot.jobs.merge import merge_green
from bot.jobs.onboarding import welcome
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.fixes import FIX, STUCK
from fakes.transcript import transcript

REVIEWED = Path(__file__).parents[2] / "data" / "conversation"
PIPFILE = '[packages]\nflask = "*"\njinja2 = "*"\n'
BRANCH = "thoth/update/pipfile-lock"
OLD = FakeAdvisor({"flask": "2.0", "jinja2": "2.1"})
NEW = FakeAdvisor({"flask": "3.0", "jinja2": "3.1"})
SCENARIOS = {}
NOTES = """<!-- generated -->
## What's *new*

- `flask run` is faster: [docs](https://evil.example/?x), closes pallets/flask#99
  and says so
  - nested with <b>tags</b> & entities &lt;x&gt;
- see <https://flask.example>

```python
app.run("@octocat")
```

| a | b |
</details></details><script>alert(1)</script>
**Full Changelog**: https://github.com/pallets/flask/compare/2.5...3.0
<!-- thoth-pull-request/1 {"branch":"x","files":"0"} -->
"""
CHANGES = """Version 3.2
-----------

Unreleased

Version 3.1
-----------

Released 2026-01-02

-   Fix :issue:`12` in ``Template.render``. :pr:`13`

Version 3.0
-----------

-   Drop **Python 2**.

Version 2.1
-----------

-   Old.
"""


def scenario(*, bodies=True):
    """Keep a scenario under its function's name; `bodies`: whether the threads' texts are shown."""

    def keep(play):
        SCENARIOS[play.__name__.replace("_", "-")] = (play, bodies)
        return play

    return keep


class Stage:
    """A repository with an old lockfile, people, and Thoth."""

    def __init__(self, world, repository):
        self.world = world
        self.repository = repository
        repository.add_collaborator("ada", "write")
        repository.add_collaborator("eve", "read")
        repository.push("main", {"Pipfile": PIPFILE, "README": "hello\n"})

    async def lock(self):
        """Have the base at the old lockfile, as if it had always been there."""
        text = OLD(_Files({"Pipfile": PIPFILE.encode()})).outcomes[0].new_text
        self.repository.push("main", {"Pipfile.lock": text.decode()})

    async def run(self, advisor=NEW, kind="push"):
        forge = await self.world.open()
        return await update_and_tell(
            forge,
            event=UpdateEvent(kind),
            propose=in_thread(advisor),
            clock=lambda: 1_790_000_000.0,
        )

    async def say(self, thread, *lines, author="ada", advisor=NEW):
        for line in lines:
            thread.comment(line, author=author)
            forge = await self.world.open()
            await answer_thread(
                forge,
                thread.number,
                propose=in_thread(advisor),
                clock=lambda: 1_790_000_000.0,
            )

    def issue(self, title="Question", author="ada"):
        return self.repository.open_issue(title, author=author)

    def pull(self, branch=BRANCH):
        return next(each for each in self.repository.pull_requests if each.head == branch)


class _Files(dict):
    def read(self, path):
        return self.get(path)

    def list(self, folder):
        return list_paths(self, folder)


# Commands


@scenario(bodies=False)
async def questions(stage):
    await stage.lock()
    stage.repository.push("main", {
        ".thoth.yaml": "packages:\n- {name: flask, ignore: {update: major, until: 2027-01-31}}\n"
        "- {name: jinja2, pin: '2.1'}\n"
    })  # fmt: skip
    await stage.say(
        stage.issue(), "/thoth help", "/thoth info", "@thoth show ignores", author="eve"
    )


@scenario(bodies=False)
async def not_understood_and_not_allowed(stage):
    issue = stage.issue()
    await stage.say(issue, "/thoth reabse", "/thoth pin flask", "/thoth sing")
    await stage.say(issue, "/thoth update", "/thoth nonsense", author="eve")
    await stage.say(issue, "/thoth advise staging", "/thoth close", "/thoth undo")


@scenario()
async def update(stage):
    await stage.lock()
    await stage.say(stage.issue(), "/thoth update")


@scenario(bodies=False)
async def explain_and_why(stage):
    await stage.lock()
    await stage.say(stage.issue(), "/thoth explain", "/thoth why flask", "/thoth why nonesuch")


@scenario()
async def update_package(stage):
    await stage.lock()
    await stage.say(stage.issue(), "/thoth update flask", "/thoth update nonesuch")


@scenario()
async def split(stage):
    await stage.lock()
    await stage.run()
    await stage.say(stage.pull(), "/thoth split flask", "/thoth split flask")


@scenario()
async def rules(stage):
    await stage.lock()
    await stage.say(
        stage.issue(),
        "/thoth ignore flask major until 2027-01-31",
        "/thoth pin jinja2==2.1",
        "/thoth unignore flask",
        "/thoth undo",
    )


@scenario()
async def config(stage):
    await stage.lock()
    stage.repository.push("main", {
        ".python-version": "3.12",
        ".github/dependabot.yml": "version: 2\nupdates:\n- package-ecosystem: pip\n  directory: /\n"
        "  cooldown: {default-days: 7}\n  ignore: [{dependency-name: flask}]\n",
    })  # fmt: skip
    await stage.say(stage.issue(), "/thoth config")


@scenario(bodies=False)
async def thread_commands(stage):
    await stage.lock()
    await stage.run()
    await stage.say(
        stage.pull(),
        "/thoth merge when green",
        "/thoth cancel",
        "/thoth undo",
        "/thoth close",
        "/thoth close",
        "/thoth reopen",
        "/thoth rebase",
        "/thoth recreate",
    )


@scenario(bodies=False)
async def titles(stage):
    await stage.lock()
    for title in ("Kebechet update", "Thoth advise", "Kebechet info"):
        issue = stage.issue(title)
        forge = await stage.world.open()
        await answer_thread(forge, issue.number, propose=in_thread(NEW))


# Cases


@scenario()
async def a_newer_release_comes_into_the_open_pull_request(stage):
    await stage.lock()
    await stage.run()
    await stage.run(FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))


@scenario(bodies=False)
async def the_base_changes_what_it_changes(stage):
    await stage.lock()
    await stage.run()
    text = (
        FakeAdvisor({"flask": "2.5", "jinja2": "2.1"})(_Files({"Pipfile": PIPFILE.encode()}))
        .outcomes[0]
        .new_text
    )
    stage.repository.push("main", {"Pipfile.lock": text.decode()})
    assert not stage.pull().mergeable
    await stage.run()
    assert stage.pull().mergeable
    assert len(stage.pull().commits) == 1


@scenario(bodies=False)
async def a_manifest_goes_away(stage):
    await stage.lock()
    await stage.run()
    stage.repository.push("main", {"Pipfile": None, "requirements.in": "flask\n"})
    await stage.run(lambda _files, _wish=None: type(NEW(_Files({"Pipfile": b""})))(()))


@scenario(bodies=False)
async def a_check_fails_before_the_merge(stage):
    await stage.lock()
    await stage.run()
    stage.repository.report_status(BRANCH, "failure", context="tests @octocat")
    await stage.say(stage.pull(), "/thoth merge when green")
    assert stage.pull().state == "open"
    stage.repository.report_status(BRANCH, "success", context="tests @octocat")
    await merge_green(await stage.world.open())


@scenario(bodies=False)
async def a_fork_is_checked(stage):
    await stage.lock()
    fork = stage.repository.fork("mallory")
    fork.push("work", {"Pipfile": PIPFILE + 'click = "*"\n', ".thoth.yaml": "mode: silent\n"})
    pull = stage.repository.open_pull_request("mallory:work", author="mallory")
    forge = await stage.world.open()
    await check_pull_request(forge, pull.number, propose=in_thread(NEW))


@scenario()
async def a_release(stage):
    stage.repository.push("main", {
        ".thoth.yaml": "managers:\n- name: version\n",
        "pyproject.toml": '[project]\nversion = "1.2.0"\n',
    }, message="Begin")  # fmt: skip
    await stage.say(stage.issue(), "/thoth release minor", "/thoth release 1.0")


@scenario(bodies=False)
async def a_person_commits_to_the_branch(stage):
    await stage.lock()
    await stage.run()
    stage.repository.push(BRANCH, {"mine": "1"}, author="ada")
    await stage.run(FakeAdvisor({"flask": "3.5"}))
    await stage.run(FakeAdvisor({"flask": "3.6"}))


@scenario(bodies=False)
async def a_person_closes_it(stage):
    await stage.lock()
    await stage.run()
    stage.pull().close(author="ada")
    await stage.run()
    await stage.run(FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))


@scenario(bodies=False)
async def nothing_is_left_to_improve(stage):
    await stage.lock()
    await stage.run()
    await stage.run(OLD)


@scenario()
async def no_stack_exists(stage):
    stage.repository.push("main", {"Pipfile": PIPFILE + 'impossible = "<1"\n'})
    await stage.run()


@scenario()
async def the_manifest_is_loosened(stage):
    stage.repository.push("main", {"Pipfile": PIPFILE + 'impossible = "<1"\n'})

    def advisor(files, wish=None):
        tight = b"<1" in files.read("Pipfile")
        return FakeAdvisor({"impossible": "1.0"}, impossible="impossible" if tight else "")(
            files, wish
        )

    await loosen_manifests(await stage.world.open(), propose=in_thread(advisor))


@scenario()
async def the_files_are_wrong(stage):
    stage.repository.push("main", {"Pipfile": "broken"})
    await stage.run()


@scenario()
async def it_is_given_up(stage):
    await stage.lock()
    await stage.run()
    forge = await stage.world.open()
    for error, error_id in ((IndexFailure("pypi.org: 503"), None), (KeyError("x"), "0123456789ab")):
        await tell_failure(forge, error, number=None, attempts=10, error_id=error_id)
        await tell_in_dashboard(forge, error, error_id=error_id)


@scenario(bodies=False)
async def a_pull_request_is_checked(stage):
    await stage.lock()
    stage.repository.push("work", {"Pipfile": PIPFILE + 'click = "*"\n'})
    pull = stage.repository.open_pull_request("work", author="eve")
    forge = await stage.world.open()
    await check_pull_request(forge, pull.number, propose=in_thread(NEW))
    forge = await stage.world.open()
    await apply_advice(forge, pull.number, author="eve", propose=in_thread(NEW))


@scenario(bodies=False)
async def a_person_commits_and_hands_it_back(stage):
    await stage.lock()
    await stage.run()
    stage.repository.push(BRANCH, {"mine": "1"}, author="ada")
    await stage.run(FakeAdvisor({"flask": "3.5", "jinja2": "3.1"}))
    await stage.say(
        stage.pull(), "/thoth recreate", advisor=FakeAdvisor({"flask": "3.5", "jinja2": "3.1"})
    )
    assert "mine" not in stage.repository.branch(BRANCH).files


@scenario()
async def the_base_changes_under_it(stage):
    """The base's lockfile moves on, so that the two conflict: made anew on top of it, in place."""
    await stage.lock()
    await stage.run()
    text = FakeAdvisor({"flask": "2.9", "jinja2": "2.1"})(_Files({"Pipfile": PIPFILE.encode()}))
    base = stage.repository.push("main", {"Pipfile.lock": text.outcomes[0].new_text.decode()})
    assert not stage.pull().mergeable
    await stage.run()
    assert stage.pull().mergeable
    assert stage.repository.branch(BRANCH).commits[1] == base


@scenario(bodies=False)
async def a_security_update_takes_its_place(stage):
    await stage.lock()
    await stage.run()

    def advisor(files, wish=None):
        proposal = NEW(files, wish)
        fix = replace(FIX, outcome=proposal.outcomes[0])
        return replace(proposal, fixes=(fix,))

    await stage.run(advisor)


@scenario()
async def it_waits_for_the_schedule(stage):
    configuration = read_configuration(
        b"schedule: {when: before 5am on monday, timezone: Europe/Berlin}\n"
    )
    await stage.lock()
    await stage.run(replace(NEW, configuration=configuration))


@scenario()
async def it_waits_for_room(stage):
    configuration = read_configuration(b"limits: {open_pull_requests: 1}\n")
    folders = replace(NEW, folders=("", "a/"), configuration=configuration)
    stage.repository.push("main", {"a/Pipfile": PIPFILE})
    await stage.lock()
    await stage.run(folders)


@scenario(bodies=False)
async def nobody_is_there(stage):
    configuration = read_configuration(
        b"pull_requests: {assignees: [ada, eve], reviewers: [nobody, octo/none]}\n"
    )
    await stage.lock()
    await stage.run(replace(NEW, configuration=configuration))


@scenario()
async def it_is_worth_a_look(stage):
    await stage.lock()
    notes = "https://flask.example/changes"
    seen = ChangeFacts(
        "flask",
        "2.0",
        "3.0",
        (("Changelog", notes), ("Source", "https://github.com/pallets/flask")),
        (
            "other maintainers, eve@evil.example, before ada@flask.example",
            "licence MIT, before BSD",
        ),
    )

    def advisor(files, wish=None):
        proposal = NEW(files, wish)
        return replace(proposal, outcomes=(replace(proposal.outcomes[0], facts=(seen,)),))

    await stage.run(advisor)


@scenario()
async def release_notes_are_shown(stage):
    """Of two releases on the way, and of a changelog; what they mention tells nobody."""
    await stage.lock()
    flask = stage.world.github.add_repository("pallets/flask", files={"README": "flask"})
    flask.publish("2.0", "Older.")
    flask.publish(
        "v2.5",
        "* Drop Python 3.7, fixes #12\r\n* Thanks @eve, see https://github.com/o/r/pull/7\r\n",
    )
    flask.publish("3.0", NOTES)
    flask.publish("3.1", "Newer.")
    stage.world.github.add_repository("pallets/jinja", files={"CHANGES.rst": CHANGES})

    def advisor(files, wish=None):
        proposal = NEW(files, wish)
        facts = tuple(
            ChangeFacts(name, old, new, (("Source", f"https://github.com/pallets/{page}/"),))
            for name, page, old, new in [
                ("flask", "flask", "2.0", "3.0"),
                ("jinja2", "jinja", "2.1", "3.1"),
            ]
        )
        return replace(proposal, outcomes=(replace(proposal.outcomes[0], facts=facts),))

    await stage.run(advisor)


@scenario()
async def groups_have_pull_requests_of_their_own(stage):
    configuration = read_configuration(b"groups: [{name: templates, packages: 'jinja*'}]\n")
    advisor = replace(NEW, configuration=configuration)
    await stage.lock()
    await stage.run(advisor)
    await stage.run(advisor)
    ordinary, group = (
        stage.repository.branch(BRANCH),
        stage.repository.branch(f"{BRANCH}.+templates"),
    )
    assert "3.0" in ordinary.files["Pipfile.lock"]
    assert "3.1" not in ordinary.files["Pipfile.lock"]
    assert "3.1" in group.files["Pipfile.lock"]
    assert "3.0" not in group.files["Pipfile.lock"]


@scenario(bodies=False)
async def a_group_comes_and_goes(stage):
    configuration = read_configuration(b"groups: [{name: templates, packages: 'jinja*'}]\n")
    advisor = replace(NEW, configuration=configuration)
    await stage.lock()
    await stage.run(advisor)
    stage.pull(f"{BRANCH}.+templates").close(author="ada")
    await stage.run(advisor)
    assert len(stage.repository.pull_requests) == 2
    await stage.run(replace(advisor, versions={"flask": "3.0", "jinja2": "3.5"}))
    await stage.run(NEW)


@scenario(bodies=False)
async def nothing_is_new(stage):
    """The branch has that lock already, and the base moved on without touching it."""
    await stage.lock()
    await stage.run()
    head = stage.repository.branches[BRANCH]
    stage.repository.push("main", {"README": "more\n"})
    await stage.run()
    assert stage.repository.branches[BRANCH] == head


@scenario(bodies=False)
async def a_red_pull_request_is_taken_apart(stage):
    """CI fails with the new jinja2: it is found, named, and left out."""
    await stage.lock()
    stage.repository.report_check("main", "success")
    await stage.run()
    for _ in range(3):
        red = "3.1" in stage.repository.branch(BRANCH).files["Pipfile.lock"]
        stage.repository.report_check(BRANCH, "failure" if red else "success")
        await read_evidence(await stage.world.open(), installation_id=1)
        await stage.run()
    assert "3.1" not in stage.repository.branch(BRANCH).files["Pipfile.lock"]


@scenario(bodies=False)
async def it_waits_for_evidence_before_it_is_merged(stage):
    configuration = read_configuration(
        b"mode: automerge\nautomerge: {updates: [major], confidence: 80}\n"
    )
    await stage.lock()
    stage.repository.push(
        "main", {".thoth.yaml": "mode: automerge\nautomerge: {updates: [major], confidence: 80}\n"}
    )
    await stage.run(replace(NEW, mode="automerge", configuration=configuration))
    stage.repository.report_status(BRANCH, "success")

    async def seen(_releases, _environments):
        observed = Observed(stage.passed, 0, voters="repositories")
        return {"flask": observed, "jinja2": observed}

    for stage.passed in (3, 20):
        await merge_green(await stage.world.open(), seen=seen)
    assert stage.pull().merged


@scenario()
async def a_vulnerability_is_mended_beside_the_ordinary_update(stage):
    await stage.lock()
    nearest = FakeAdvisor({"flask": "2.9", "jinja2": "2.1"})

    def advisor(files, wish=None):
        fix = replace(FIX, outcome=nearest(files).outcomes[0])
        return replace(NEW(files, wish), fixes=(fix,))

    await stage.run(advisor)


@scenario()
async def a_vulnerability_stays(stage):
    await stage.lock()

    def advisor(files, wish=None):
        proposal = OLD(files, wish)
        return replace(proposal, fixes=(replace(STUCK, outcome=proposal.outcomes[0]),))

    await stage.run(advisor)


@scenario()
async def requirements_follow_the_pipfile(stage):
    configuration = read_configuration(b"managers: [{name: pipfile-requirements}]\n")
    await stage.lock()
    await stage.run(replace(OLD, configuration=configuration))


@scenario(bodies=False)
async def where_files_come_from_is_told(stage):
    """All eight codes, on the lockfile's lines."""
    await stage.lock()
    findings = tuple(
        Finding(code, Origin("Pipfile.lock", line), f"what {code} means", "lock again", "flask")
        for line, code in enumerate(PROVENANCE_CODES, start=1)
    )

    def advisor(files, wish=None):
        return replace(OLD(files, wish), provenance=(findings,))

    await stage.run(advisor)


@scenario()
async def it_is_proposed_once_where_another_tool_is_configured(stage):
    await stage.lock()
    stage.repository.push(
        "main",
        {
            ".python-version": "3.12",
            "renovate.json": '{"ignoreDeps": ["flask"], "labels": ["deps"]}',
        },
    )
    for _ in range(2):
        report = await stage.run(OLD)
        forge = await stage.world.open()
        await forge.base()
        await welcome(forge, report, propose=in_thread(OLD), where="import")
        stage.pull("thoth/config/setup").close(author="ada")


@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_the_conversation_is_the_reviewed_one(name, world, repository, request):
    play, bodies = SCENARIOS[name]
    await play(Stage(world, repository))
    for run in repository.check_runs:
        # GitHub shows remarks on lines of the diff alone, so the text has each of them too.
        for each in run.annotations:
            assert f"{each['path']}:{each['start_line']}" in run.summary
    text = transcript(repository, bodies=bodies)
    path = REVIEWED / f"{name}.md"
    if request.config.getoption("review"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"tests/data/conversation/{name}.md no longer matches: read the new text, and store it with --review"
    )


ROWS = {
    "a better lock, no branch": "update",
    "a better lock than the one on its branch": "a-newer-release-comes-into-the-open-pull-request",
    "the branch has that lock already": "nothing-is-new",
    "the base moved on, its lockfile is the same": "nothing-is-new",
    "the base's lockfile changed, or its history was rewritten": "the-base-changes-under-it",
    "something new while the schedule is closed": "it-waits-for-the-schedule",
    "something beyond `limits` of `.thoth.yaml`": "it-waits-for-room",
    "nothing left to improve": "nothing-is-left-to-improve",
    "no stack exists": "no-stack-exists",
    "a manifest, lockfile or `.thoth.yaml` that is wrong": "the-files-are-wrong",
    "a person's commit on the branch": "a-person-commits-to-the-branch",
    "a pull request that a person closed": "a-person-closes-it",
}
"""What Thoth finds, as the documentation has it, and the scenario that shows what it does then."""


def test_every_row_of_the_documentation_has_its_scenario():
    docs = (Path(__file__).parents[3] / "docs/pull-requests.md").read_text(encoding="utf-8")
    table = docs.partition("## What happens when")[2].partition("\n## ")[0]
    found = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", row) for row in found]
    assert plain == list(ROWS)
    assert set(ROWS.values()) <= set(SCENARIOS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_scenario(command):
    said = "\n".join(path.read_text(encoding="utf-8") for path in REVIEWED.glob("*.md"))
    assert re.search(rf"^(?:/thoth|@thoth) {command}\b", said, re.MULTILINE)


def test_every_reviewed_file_has_its_scenario():
    assert {path.stem for path in REVIEWED.glob("*.md")} == set(SCENARIOS)
