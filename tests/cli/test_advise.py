"""`thoth advise` as a person runs it, against the fake index: first of all the design's example."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.package_index import PackageIndex

PLATFORM = ["--python", "3.11", "--platform", "manylinux_2_28_x86_64"]

ERRORS = "anotherlib 2 with dependency2 2 causes errors"
FASTER = "simplelib 1 performs better with dependency1 1"

PRESCRIPTIONS = """
units:
  steps:
  - name: AnotherlibWithDependency2
    type: step.Group
    should_include: {{adviser_pipeline: true}}
    match:
      group:
      - package_version: {{name: {another}, version: "==2"}}
      - package_version: {{name: {second}, version: "==2"}}
    run:
      score: -{score}
      justification:
      - {{type: ERROR, message: {errors}, link: "https://example.org/1"}}
  - name: SimplelibWithDependency1
    type: step.Group
    should_include: {{adviser_pipeline: true}}
    match:
      group:
      - package_version: {{name: {simple}, version: "==1"}}
      - package_version: {{name: {first}, version: "==1"}}
    run:
      score: {score}
      justification:
      - {{type: INFO, message: {faster}, link: "https://example.org/2"}}
"""

NAMES = ("simplelib", "anotherlib", "dependency1", "dependency2")


def write_example(index, folder, *, names=NAMES, score=1.0, order=("1", "2")):
    """Publish the four packages and write manifest and prescriptions; returns the best stack."""
    simple, another, first, second = names
    for version in order:
        index.add(first, version)
        index.add(second, version)
        index.add(simple, version, requires=[first, second])
        index.add(another, version, requires=[first, second])
    (folder / "requirements.in").write_text(f"{simple}\n{another}\n")
    (folder / "rules").mkdir()
    (folder / "rules" / "example.yaml").write_text(
        PRESCRIPTIONS.format(
            simple=simple,
            another=another,
            first=first,
            second=second,
            score=score,
            errors=ERRORS,
            faster=FASTER,
        )
    )
    return {simple: "1", another: "2", first: "1", second: "1"}


@pytest.fixture
def index():
    with PackageIndex() as index:
        yield index


@pytest.fixture
def thoth(tmp_path, index):
    """Run `thoth` in a child process, in `tmp_path`, with a cache and a knowledge base of its own."""

    def run(*arguments, network=True):
        environment = {
            **os.environ,
            "THOTH_CACHE_DIR": str(tmp_path / "cache"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
        }
        words = [*PLATFORM, "--index-url", index.url] if network else []
        return subprocess.run(
            [sys.executable, "-m", "advisor_core.cli", arguments[0], *words, *arguments[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("names", "score", "order"),
    [
        (NAMES, 1.0, ("1", "2")),
        (NAMES, 0.5, ("2", "1")),
        (("zlib", "alib", "mid", "base"), 0.5, ("1", "2")),
    ],
)
def test_best_stack_is_not_the_latest(thoth, index, tmp_path, names, score, order):
    best = write_example(index, tmp_path, names=names, score=score, order=order)
    locked = json.loads(thoth("lock", "--json").stdout)
    assert locked["packages"] == dict.fromkeys(names, "2")
    done = thoth("advise", "--prescription", "rules", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    product = answer["products"][0]
    assert product["stack"] == best
    assert product["status"] == "optimal"
    assert product["upper_bound"] == product["score"]
    said = {each["message"]: each for each in product["justification"]}
    assert said[ERRORS]["effect"] == "avoided"
    assert said[ERRORS]["link"] == "https://example.org/1"
    assert said[FASTER]["effect"] == "holds"
    assert answer["engine"] == "c"
    assert answer["search"]["combinations"] == 16


def test_text_says_score_proof_and_both_facts(thoth, index, tmp_path):
    write_example(index, tmp_path)
    done = thoth("advise", "--prescription", "rules", "--explain-score")
    text = " ".join(done.stdout.split())
    assert "(proved: no valid stack scores more than" in text
    assert ERRORS in text
    assert FASTER in text
    assert "16 combinations of 8 releases of 4 packages" in text
    assert "vulnerabilities is unknown" in text
    assert "freshness (weight 12): -2 for each newer release" in text


def test_lockfile_is_written_and_then_kept(thoth, index, tmp_path):
    best = write_example(index, tmp_path)
    done = thoth("advise", "--prescription", "rules", "--write", "--json")
    assert json.loads(done.stdout)["keeps_lock"] is False
    lock = (tmp_path / "requirements.txt").read_text()
    assert all(f"{name}=={version}" in lock for name, version in best.items())
    again = json.loads(thoth("advise", "--prescription", "rules", "--write", "--json").stdout)
    assert again["keeps_lock"] is True
    assert again["products"][0]["stack"] == best
    assert again["changes"] == []
    assert (tmp_path / "requirements.txt").read_text() == lock


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--prescription", "missing"], "no such file or folder"),
        (["-t", "fastest"], "invalid choice"),
        (["-r", "gpu"], "no such runtime environment"),
        (["--predictor", "luck"], "not one of adaptive-simulated-annealing"),
        (["--count", "0"], "not between 1 and 100"),
    ],
)
def test_wrong_input_is_exit_2(thoth, tmp_path, words, said):
    (tmp_path / "requirements.in").write_text("simplelib\n")
    done = thoth("advise", *words, "--json")
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert said in answer["message"]
    assert answer["hint"]
    assert "Traceback" not in done.stderr


def test_an_overlay_without_a_manifest_is_named(thoth, tmp_path):
    (tmp_path / ".thoth.yaml").write_text(
        "overlays_dir: overlays\nruntime_environments: [{name: slim, python_version: '3.11'}]\n"
    )
    assert f"{Path('overlays', 'slim')}: no manifest found" in thoth("advise").stderr


def test_configured_units_and_labels_choose(thoth, index, tmp_path):
    write_example(index, tmp_path)
    (tmp_path / "rules" / "team.yaml").write_text(
        """
units:
  sieves:
  - name: TeamKeepsAnotherlib1
    type: sieve
    should_include: {adviser_pipeline: true, labels: {team: a}}
    match: {package_version: {name: anotherlib, version: ">1"}}
"""
    )
    (tmp_path / ".thoth.yaml").write_text(
        """
runtime_environments:
- {name: here, python_version: "3.11", labels: {team: a}}
advice:
  units:
    VersionConstraintSieve: {package_name: dependency1, version_specifier: ">1"}
"""
    )
    done = thoth("advise", "--prescription", "rules", "--json")
    assert done.returncode == 0, done.stderr
    stack = json.loads(done.stdout)["products"][0]["stack"]
    assert (stack["anotherlib"], stack["dependency1"]) == ("1", "2")
    assert "without effect" not in done.stderr
    assert "`labels` (line 3), `advice` (line 4)" in thoth("lock").stderr


def test_an_unknown_unit_is_an_input_error(thoth, index, tmp_path):
    write_example(index, tmp_path)
    (tmp_path / ".thoth.yaml").write_text("advice: {units: {CveSieves: true}}\n")
    done = thoth("advise")
    assert done.returncode == 2
    assert ".thoth.yaml:1: `advice.units.CveSieves`: no such unit" in done.stderr
    assert "did you mean CveSieve?" in done.stderr


def test_a_wrong_option_of_a_unit_is_told_with_its_line(thoth, index, tmp_path):
    write_example(index, tmp_path)
    (tmp_path / ".thoth.yaml").write_text(
        """
advice:
  units:
    VersionConstraintSieve:
    - {package_name: dependency1, version_specifier: ">1"}
    - package_name: dependency2
      version_specifier: newest
    SetScoreStep: {package_name: dependency1, points: 5, colour: red}
"""
    )
    done = thoth("advise")
    assert done.returncode == 2
    assert (
        ".thoth.yaml:7: `advice.units.VersionConstraintSieve[1].version_specifier`: " in done.stderr
    )
    assert ".thoth.yaml:8: `advice.units.SetScoreStep.colour`: no such option" in done.stderr


def test_prescriptions_that_remove_everything_are_named(thoth, index, tmp_path):
    write_example(index, tmp_path)
    (tmp_path / "rules" / "never.yaml").write_text(
        """
units:
  steps:
  - name: NeverDependency1
    type: step
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: dependency1}}
    run: {not_acceptable: it loses data}
"""
    )
    done = thoth("advise", "--prescription", "rules", "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)["message"]
    assert "dependency1 was removed by prescription NeverDependency1 because it loses data" in said


def test_a_faulty_prescription_is_named_and_the_advice_given(thoth, index, tmp_path):
    best = write_example(index, tmp_path)
    (tmp_path / "rules" / "faulty.yaml").write_text("units: {steps: [{name: Faulty}]}")
    answer = json.loads(thoth("advise", "--prescription", "rules", "--json").stdout)
    assert answer["products"][0]["stack"] == best
    assert any("faulty.yaml:1" in each["message"] for each in answer["stack_info"])


def test_what_is_said_of_a_stack_may_depend_on_the_index(thoth, index, tmp_path):
    write_example(index, tmp_path)
    (tmp_path / "rules" / "wraps.yaml").write_text(
        f"""
units:
  wraps:
  - name: FromHere
    type: wrap
    should_include: {{adviser_pipeline: true}}
    match: {{state: {{resolved_dependencies: [{{name: simplelib, index_url: "{index.url}"}}]}}}}
    run: {{justification: [{{type: INFO, message: it is from here, link: "https://example.org/"}}]}}
  - name: FromElsewhere
    type: wrap
    should_include: {{adviser_pipeline: true}}
    match: {{state: {{resolved_dependencies: [{{name: simplelib, index_url: {{not: "{index.url}"}}}}]}}}}
    run: {{justification: [{{type: INFO, message: it is from elsewhere, link: "https://example.org/"}}]}}
"""
    )
    answer = json.loads(thoth("advise", "--prescription", "rules", "--json").stdout)
    said = [each["message"] for each in answer["products"][0]["justification"]]
    assert "it is from here" in said
    assert "it is from elsewhere" not in said


def test_an_answer_is_given_again_offline(thoth, index, tmp_path):
    best = write_example(index, tmp_path)
    words = ["advise", "--prescription", "rules", "--json"]
    first = json.loads(thoth(*words).stdout)
    for _ in range(2):
        again = thoth(*words, "--offline")
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["products"][0]["stack"] == best
    assert first["products"][0]["stack"] == best


def test_what_the_cache_holds_changes_nothing_of_the_advice(thoth, index, tmp_path):
    write_example(index, tmp_path)
    for number in range(3, 12):
        for name in NAMES:
            index.add(name, str(number), requires=NAMES[2:] if name in NAMES[:2] else [])
    words = ["advise", "--prescription", "rules", "--json"]
    cold = json.loads(thoth(*words).stdout)
    # Every release is read, also those that the advice had no use for.
    for number in range(1, 12, 3):
        (tmp_path / "old.in").write_text("".join(f"{name}=={number}\n" for name in NAMES))
        thoth("lock", "--requirements", "old.in", "--json")
    assert json.loads(thoth(*words).stdout) == cold
    assert json.loads(thoth(*words, "--offline").stdout) == cold


def test_offline_never_says_that_no_stack_exists_of_what_was_never_asked(thoth, index, tmp_path):
    index.add("a", "1", requires=["b"])
    index.add("b", "1")
    (tmp_path / "requirements.in").write_text("a\n")
    found = thoth("advise", "--offline", "--json")
    assert found.returncode == 3
    assert "is not in the cache" in json.loads(found.stdout)["message"]


def test_units_that_change_what_is_required_are_named(thoth, index, tmp_path):
    index.add("app", "1", requires=["heavy"])
    for name in ("heavy", "light", "extra"):
        index.add(name, "1")
    (tmp_path / "requirements.in").write_text("app\n")
    (tmp_path / "rules.yaml").write_text(
        """
units:
  steps:
  - name: NeedsExtra
    type: step.AddPackage
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: app}}
    run: {package_version: {name: extra, locked_version: "==1"}}
  - name: NoHeavy
    type: step.SkipPackage
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: heavy}, state: {resolved_dependencies: [{name: app}]}}
    run: {}
"""
    )
    answer = json.loads(thoth("advise", "--prescription", "rules.yaml", "--json").stdout)
    (product,) = answer["products"]
    assert product["stack"] == {"app": "1", "extra": "1"}
    said = {each["message"]: each["source"] for each in product["justification"]}
    assert said["extra==1 is added to what app requires"] == "prescription NeedsExtra"
    assert said["heavy is left out of what app requires"] == "prescription NoHeavy"
    told = thoth("why", "extra", "--prescription", "rules.yaml").stdout
    assert "app requires extra==1 (prescription NeedsExtra)" in told


def test_a_stack_that_prescriptions_rule_out_names_the_lines_of_the_manifest(
    thoth, index, tmp_path
):
    index.add("app", "1")
    (tmp_path / "requirements.in").write_text("# what we run\napp>=1\n")
    (tmp_path / "rules.yaml").write_text(
        """
units:
  sieves:
  - name: NoApp
    type: sieve
    should_include: {adviser_pipeline: true}
    match: {package_version: {name: app}}
    run: {not_acceptable: it loses data}
"""
    )
    done = thoth("advise", "--prescription", "rules.yaml")
    assert done.returncode == 1
    assert "requirements.in:2: app>=1" in done.stderr
    assert "app was removed by prescription NoApp because it loses data" in done.stderr


@pytest.mark.parametrize(
    ("kind", "match"),
    [("boot", "{package_name: app}"), ("sieve", "{package_version: {name: lib}}")],
)
def test_a_prescription_that_wants_no_advice_is_named_with_what_to_do(
    thoth, index, tmp_path, kind, match
):
    index.add("app", "1", requires=["lib"])
    index.add("lib", "1")
    (tmp_path / "requirements.in").write_text("app\n")
    (tmp_path / "rules.yaml").write_text(
        f"""
units:
  {kind}s:
  - name: NotToday
    type: {kind}
    should_include: {{adviser_pipeline: true}}
    match: {match}
    run: {{eager_stop_pipeline: it is Monday}}
"""
    )
    done = thoth("advise", "--prescription", "rules.yaml", "--json")
    assert done.returncode == 2
    said = json.loads(done.stdout)
    assert said["message"].startswith("requirements.in: no advice: prescription NotToday: it is ")
    assert "thoth prescriptions explain NotToday" in said["hint"]
