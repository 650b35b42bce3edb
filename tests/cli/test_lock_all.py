"""`thoth lock --all`: every project of a repository at once."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.main import main
from fakes.package_index import PackageIndex


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    with PackageIndex() as index:
        index.add("shared", "2.0")
        source = f'[[source]]\nname = "pypi"\nurl = "{index.url}"\nverify_ssl = true\n'
        text = f'{source}[packages]\nshared = "*"\n'
        files = {
            "api/requirements.in": f"-i {index.url}\nshared\n",
            "api/requirements.txt": f"--index-url {index.url}\n\nshared==1.0  # why\n",
            "web/Pipfile": text,
            "web/Pipfile.lock": "{}",
            "old/requirements.in": f"-i {index.url}\nshared==2.0\n",
            "old/requirements.txt": f"--index-url {index.url}\n\nshared==2.0\n",
        }
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(content)
        (tmp_path / "web/Pipfile.lock").unlink()
        assert main(["lock", "web/Pipfile", "-o", "web/Pipfile.lock"]) == 0
        index.add("shared", "3.0")
        monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "later"))
        index.requests.clear()
        yield tmp_path, index


def test_each_project_is_written_and_the_index_asked_once(repository, capsys):
    folder, index = repository
    assert main(["lock", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "status": "ok",
        "files": {
            "api/requirements.txt": "written",
            "old/requirements.txt": "unchanged",
            "web/Pipfile.lock": "written",
        },
    }
    assert (folder / "api/requirements.txt").read_text().endswith("shared==3.0  # why\n")
    assert '"==3.0"' in (folder / "web/Pipfile.lock").read_text()
    assert index.count("/simple/shared/") == 1
    assert main(["lock", "--all"]) == 0
    assert capsys.readouterr().out.count("unchanged") == 3


def test_a_project_without_a_stack_keeps_no_other_from_its_lockfile(repository, capsys):
    folder, index = repository
    (folder / "old/requirements.in").write_text(f"-i {index.url}\nshared>9\n")
    assert main(["lock", "--all", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == "unsatisfiable"
    assert "old/requirements.in" in said["message"]
    assert "shared==3.0" in (folder / "api/requirements.txt").read_text()


@pytest.mark.parametrize("words", [["-o", "x"], ["--format", "pylock"], ["--python", "3.12"]])
def test_what_only_one_lockfile_can_have_is_refused(repository, words):
    assert main(["lock", "--all", *words]) == 2
