"""`thoth config` as a person runs it: faults with lines, what holds and why, and a first file."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.main import main
from advisor_core.config.effective import read_lines
from advisor_core.config.reader import parse_configuration

CONFIGURATION = """\
runtime_environments:
- name: ubi8
  operating_system: {name: ubi, version: '8'}
  python_version: '3.11'
  recommendation_type: security
  cuda_version: '11.8'
  labels: {team.a: "1"}
- name: slim
  base_image: python:3.12-slim-bookworm
mode: automerge
packages:
- name: [django, celery]
  ignore: {update: major, until: 2027-01-31}
advice:
  margin: 25
  units: {CveSieve: false}
managers:
- name: thoth-advise
  env_allow_list: [ubi8]
"""


@pytest.fixture
def thoth(tmp_path, monkeypatch, capsys):
    """Run `thoth config` in a project; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THOTH_INDEX_URL", raising=False)
    (tmp_path / "requirements.in").write_text("a\n")

    def run(*words):
        code = main(["config", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def told(thoth, *words):
    code, out, _err = thoth(*words, "--json")
    assert code == 0
    return json.loads(out)


def test_each_value_says_where_it_comes_from(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text(CONFIGURATION)
    answer = told(thoth)
    first, second = (each["settings"] for each in answer["environments"])
    assert first["python_version"] == {"value": "3.11", "source": ".thoth.yaml:2"}
    assert first["recommendation_type"] == {"value": "security", "source": ".thoth.yaml:5"}
    assert first["margin"] == {"value": "25", "source": ".thoth.yaml:15"}
    assert first["cooldown_days"]["source"] == "the recommendation type `security`"
    assert first["cuda_version"] == {"value": "11.8", "source": ".thoth.yaml:6"}
    assert first["labels.team.a"] == {"value": "1", "source": ".thoth.yaml:7"}
    assert first["manifest"]["value"] == "requirements.in"
    assert first["lockfile"]["value"] == "requirements.txt"
    assert second["python_version"]["source"] == ".thoth.yaml:8 base_image"
    assert second["recommendation_type"] == {"value": "stable", "source": "the default"}
    assert second["managers.thoth-advise"]["value"] == "does not run for slim"
    assert answer["project"]["mode"] == {"value": "automerge", "source": ".thoth.yaml:10"}
    assert answer["project"]["automerge.updates"] == {"value": "patch", "source": "the default"}
    assert answer["project"]["advice.units.CveSieve"] == {
        "value": "left out",
        "source": ".thoth.yaml:16",
    }
    assert answer["packages"] == [
        {"rule": "django, celery: ignore major until 2027-01-31", "source": ".thoth.yaml:12"}
    ]


def test_one_environment_may_be_asked_about(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text(CONFIGURATION)
    assert [each["name"] for each in told(thoth, "-r", "slim")["environments"]] == ["slim"]
    code, _out, err = thoth("-r", "slum")
    assert code == 2
    assert "declared: ubi8, slim" in err


def test_every_fault_is_told_with_its_line(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text("mode: loud\npackages:\n- {name: a, allow: nothing}\n")
    code, out, err = thoth()
    assert (code, out) == (2, "")
    assert ".thoth.yaml:1: " in err
    assert ".thoth.yaml:3: " in err


def test_faults_of_units_are_told_too(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text("advice:\n  units:\n    SetScoreStep: {points: many}\n")
    code, _out, err = thoth()
    assert code == 2
    assert ".thoth.yaml:3: `advice.units.SetScoreStep.points`: must be an integer: 'many'" in err
    assert ".thoth.yaml:3: `advice.units.SetScoreStep.package_name`: must be given" in err


def test_without_a_file_what_is_detected_is_shown(thoth):
    code, out, _err = thoth()
    assert code == 0
    assert "there is no .thoth.yaml" in out
    assert told(thoth)["file"] is None


def test_a_folder_without_a_manifest_can_be_checked(thoth, tmp_path):
    (tmp_path / "requirements.in").unlink()
    (tmp_path / ".thoth.yaml").write_text(CONFIGURATION)
    assert told(thoth, ".thoth.yaml")["environments"][0]["settings"]["manifest"]["value"] == "none"


def test_overlays_have_a_manifest_each(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text("overlays_dir: overlays\n" + CONFIGURATION)
    for name in ("ubi8", "slim"):
        folder = tmp_path / "overlays" / name
        folder.mkdir(parents=True)
        (folder / "Pipfile").write_text('[packages]\na = "*"\n')
    manifests = [each["settings"]["manifest"]["value"] for each in told(thoth)["environments"]]
    assert manifests == ["overlays/ubi8/Pipfile", "overlays/slim/Pipfile"]


def test_a_first_file_is_printed_and_written_only_when_asked(thoth, tmp_path):
    (tmp_path / ".python-version").write_text("3.12\n")
    code, out, _err = thoth("init")
    assert code == 0
    assert not (tmp_path / ".thoth.yaml").exists()
    assert 'python_version: "3.12"  # .python-version:1' in out
    assert thoth("init", "--write")[0] == 0
    assert (tmp_path / ".thoth.yaml").read_text() == out
    (environment,) = parse_configuration(out.encode(), "p").environments
    assert (environment.name, environment.python_version) == ("default", "3.12")
    code, _out, err = thoth("init", "--write")
    assert code == 2
    assert "is there already" in err


def test_what_the_first_file_has_in_comments_is_valid_too(thoth):
    _code, out, _err = thoth("init")
    keys = ("# packages:", "#   -", "#     ", "# advice:", "#   margin", "#   cooldown_days")
    text = "".join(
        line.removeprefix("# ") + "\n" if line.startswith(keys) else line + "\n"
        for line in out.splitlines()
    )
    read = parse_configuration(text.encode(), "p")
    assert len(read.packages) == 2
    assert (read.advice.margin, read.advice.cooldown_days) == (10, 14)


def test_keys_that_are_not_written_are_the_default():
    lines = read_lines(b"mode: advise\n", "f")
    assert (lines.of("mode"), lines.of("extends")) == ("f:1", "the default")
