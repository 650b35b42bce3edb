"""Where a lockfile's files come from, as check runs with remarks on its lines."""

from __future__ import annotations

import pytest

from advisor_core.manifests.files import list_paths
from advisor_core.model import Origin
from advisor_core.verification.findings import PROVENANCE_CODES, Finding
from bot.conversation.actions import SetCheck
from bot.forge import CommitSha
from bot.jobs.advising import AdvisorProcesses
from bot.jobs.check import check_pull_request
from bot.jobs.update import update_repository
from bot.managers.provenance import provenance_checks
from bot.managers.update import UpdateEvent
from bot.settings import Settings
from fakes.advisor import FakeAdvisor
from fakes.markdown_judge import GITHUB_REFERENCES, judge
from fakes.package_index import PackageIndex

HEAD = CommitSha("1" * 40)
MANAGER = b"managers:\n- name: thoth-provenance\n"


class Project:
    def __init__(self, files):
        self.files = files

    async def fetch(self, path):
        return self.files.get(path)

    async def fetch_names(self, folder):
        return list_paths(self.files, folder)


@pytest.fixture
def found():
    """What the advisor proposes, with findings as they are given."""

    def make(*findings):
        proposal = FakeAdvisor({"flask": "3.0"})(Files({"Pipfile": b'[packages]\nflask = "*"\n'}))
        return type(proposal)(proposal.outcomes, provenance=(tuple(findings),))

    return make


def check_all(proposal):
    return provenance_checks(proposal.outcomes, proposal.provenance, HEAD)


class Files(dict):
    def read(self, path):
        return self.get(path)

    def list(self, folder):
        return list_paths(self, folder)


def finding(code, line=3, **more):
    return Finding(
        code, Origin("Pipfile.lock", line), f"{code.lower()} of `flask`", "lock again", **more
    )


async def test_a_wrong_hash_is_found_on_its_line_when_the_manager_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    lock = (
        b'{"_meta": {"hash": {"sha256": "0"}},\n "default": {\n  "alpha": {\n'
        b'   "version": "==1.0",\n   "hashes": ["sha256:%b"]}}}'
    )
    with PackageIndex() as index:
        index.add("alpha", "1.0")
        advisor = AdvisorProcesses(Settings(app=None, index_url=index.url))
        files = {"Pipfile": b'[packages]\nalpha = "*"\n', "Pipfile.lock": lock % (b"0" * 64)}
        quiet = await advisor(Project(files))
        proposal = await advisor(Project({**files, ".thoth.yaml": MANAGER}))
        await advisor.close()
    assert quiet.provenance == ()
    (findings,) = proposal.provenance
    codes = {(str(each.code), each.package) for each in findings}
    assert ("INVALID-ARTIFACT-HASH", "alpha") in codes
    assert ("INVALID-LOCK-HASH", None) in codes
    (check,) = check_all(proposal)
    assert check.conclusion == "failure"
    assert any(each.path == "Pipfile.lock" and each.start_line > 1 for each in check.annotations)


def test_every_code_is_told_in_the_text_and_on_the_line(found):
    findings = [finding(code, line=number) for number, code in enumerate(PROVENANCE_CODES, start=1)]
    (check,) = check_all(found(*findings))
    assert check.title == "6 errors, 2 warnings"
    assert [each.title for each in check.annotations] == [str(code) for code in PROVENANCE_CODES]
    assert all(f"`{code}`" in check.summary for code in PROVENANCE_CODES)
    assert {each.level for each in check.annotations} == {"failure", "warning"}


@pytest.mark.parametrize(
    ("findings", "conclusion"),
    [
        ((), "success"),
        ((finding(PROVENANCE_CODES[2]),), "neutral"),
        ((finding(PROVENANCE_CODES[4]),), "failure"),
    ],
)
def test_only_errors_fail(found, findings, conclusion):
    (check,) = check_all(found(*findings))
    assert check.conclusion == conclusion


def test_without_findings_asked_for_there_is_no_check(found):
    proposal = found()
    assert check_all(type(proposal)(proposal.outcomes)) == ()
    assert check_all(type(proposal)(proposal.outcomes, provenance=(None,))) == ()


def test_what_an_index_says_is_quoted_inert(found):
    hostile = Finding(
        PROVENANCE_CODES[3],
        Origin("Pipfile.lock", 1),
        "no index has x | @octocat fixes #1 <img src=x>",
        "ask @octocat",
        "x|@octocat",
    )
    (check,) = check_all(found(hostile))
    shown = judge(check.summary)
    assert not GITHUB_REFERENCES.search(shown.linkable)
    assert "img" not in shown.tags


async def test_many_findings_come_in_batches_and_all_again_in_the_text(world, github, repository):
    findings = tuple(finding(PROVENANCE_CODES[4], line=line) for line in range(1, 121))

    async def propose(files, _wish=None):
        proposal = FakeAdvisor({"flask": "3.0"})(Files({"Pipfile": await files.fetch("Pipfile")}))
        return type(proposal)(proposal.outcomes, provenance=(findings,))

    forge = await world.open()
    report = await update_repository(forge, event=UpdateEvent("push"), propose=propose)
    puts = [each for each in report.actions if isinstance(each, SetCheck)]
    assert [each.check_run.name for each in puts] == ["Thoth: provenance of Pipfile.lock"]
    (check,) = await forge.check_runs(report.base.head)
    assert len(check.annotations) == 120
    sent = [
        len(call.body["output"].get("annotations", ()))
        for call in github.calls
        if call.operation in {"checks/create", "checks/update"}
    ]
    assert sent == [50, 50, 20]
    assert check.summary.count("`Pipfile.lock:") == 120

    repository.push("work", {"Pipfile": '[packages]\nflask = "3"\n'})
    pull = repository.open_pull_request("work")
    head = await check_pull_request(await world.open(), pull.number, propose=propose)
    names = {each.name for each in await forge.check_runs(head)}
    assert "Thoth: provenance of Pipfile.lock" in names
