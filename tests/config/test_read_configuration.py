from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config import Configuration, Hardware, read_configuration
from advisor_core.environment import OperatingSystem
from advisor_core.errors import InputError

THOTH = b"""\
host: khemenu.thoth-station.ninja
tls_verify: true
requirements_format: pipenv
overlays_dir: null
virtualenv: false
runtime_environments:
  - name: 'ubi8-py38'
    operating_system: {name: ubi, version: '8'}
    hardware: {cpu_family: 6, cpu_model: 94, gpu_model: null}
    python_version: '3.8'
    cuda_version: null
    cudnn_version: null
    openblas_version: null
    openmpi_version: null
    mkl_version: null
    platform: linux-x86_64
    recommendation_type: latest
    base_image: quay.io/thoth-station/s2i-thoth-ubi8-py38:v1.0.0
    labels: {allow-cve: "CVE-1,CVE-2", opf-pulp-indexes: solely, anything: value}
  - name: gpu
    python_version: 3.10
    cuda_version: 11.2
managers:
  - name: update
    env_allow_list: [gpu]
    env_disallow_list: [ubi8-py38]
    configuration: {enabled: true, labels: [bot]}
  - name: info
    configuration: {enabled: no}
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_configuration(text.encode())
    return [str(fault) for fault in caught.value.faults]


def environment_fault(line: str) -> str:
    (fault,) = faults_of(f"runtime_environments:\n- name: a\n  {line}\n")
    return fault


def test_thoths_schema_is_read_unchanged():
    configuration = read_configuration(THOTH)
    first, second = configuration.environments
    assert first.name == "ubi8-py38"
    assert str(first.origin) == ".thoth.yaml:7"
    assert first.operating_system == OperatingSystem("ubi", "8")
    assert first.hardware == Hardware(6, 94, None)
    assert first.python_version == "3.8"
    assert first.platform == "linux-x86_64"
    assert first.recommendation_type == "latest"
    assert first.base_image == "quay.io/thoth-station/s2i-thoth-ubi8-py38:v1.0.0"
    assert first.labels["allow-cve"] == "CVE-1,CVE-2"
    assert (second.name, second.cuda_version) == ("gpu", "11.2")
    assert (configuration.host, configuration.tls_verify, configuration.virtualenv) == (
        "khemenu.thoth-station.ninja",
        True,
        False,
    )
    assert configuration.overlays_dir is None
    assert configuration.requirements_format == "pipenv"
    update, info = configuration.managers
    assert update.configuration == {"labels": ["bot"]}
    assert not info.enabled
    assert configuration.manager("update") is update
    assert configuration.manager("version") is None


def test_an_unquoted_three_ten_is_not_three_one():
    assert read_configuration(THOTH).environments[1].python_version == "3.10"


def test_keys_that_change_nothing_are_listed_with_line_and_reason():
    text = (
        b"host: x.example\nruntime_environments:\n- name: a\n  cuda_version: 11\n  mkl_version:\n"
    )
    configuration = read_configuration(text)
    assert tuple(str(found) for found in configuration.without_effect) == (
        ".thoth.yaml:1: `host`: there is no such service any more",
        ".thoth.yaml:4: `cuda_version`: recorded, but it does not change which releases are chosen",
    )


def test_the_report_names_keys_without_effect_in_one_line():
    text = (
        b"host: x\nruntime_environments:\n"
        b"- {name: a, cuda_version: 11, mkl_version: 1, recommendation_type: latest}\n"
        b"- {name: b, cuda_version: 12}\n"
    )
    assert read_configuration(text).notes == (
        (
            ".thoth.yaml: accepted, but without effect: `host` (line 1), `cuda_version` (lines 3, 4), "
            "`mkl_version` (line 3)"
        ),
    )
    assert read_configuration(b"runtime_environments: [{name: a}]").notes == ()


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"null\n", b"---\n"])
def test_no_file_and_an_empty_file_configure_nothing(content):
    assert read_configuration(content) == Configuration()


def test_every_fault_is_reported_together_in_the_order_of_lines():
    assert faults_of(
        "hots: x\n"
        "runtime_environments:\n"
        "- name: a\n"
        "  python_version: [3]\n"
        "  platfrom: linux-x86_64\n"
        "- python_version: '2.7'\n"
        "- name: a\n"
        "managers: yes\n"
    ) == [
        ".thoth.yaml:1: unknown key: 'hots'\n  hint: did you mean `host`?",
        ".thoth.yaml:4: `python_version` must be a text, not a list",
        (
            ".thoth.yaml:5: unknown key in a runtime environment: 'platfrom'\n"
            "  hint: did you mean `platform`?"
        ),
        ".thoth.yaml:6: a runtime environment without `name`\n  hint: add `name: ...`",
        (
            ".thoth.yaml:6: `python_version`: only CPython 3 is supported: '2.7'\n"
            "  hint: write it as '3.12'"
        ),
        (
            ".thoth.yaml:7: a runtime environment of this name is already on line 3: 'a'\n"
            "  hint: give every environment a name of its own"
        ),
        ".thoth.yaml:8: `managers` must be a list (`- item`), not true or false",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("python_version: '3'", "not a Python version such as `3.12` or `3.12.4`: '3'"),
        ("python_version: 3.x", "not a Python version"),
        ("python_version: '3.12\u0663'", "not a Python version"),
        ("python_version: true", "`python_version` must be a text, not true or false: true"),
        ("platform: linux-sparc", "not a Linux machine that wheels are made for: 'linux-sparc'"),
        ("platform: manylinux_2_999999999_x86_64", "not a wheel platform tag"),
        ("platform: manylinux_2_9999_x86_64", "there is no such manylinux platform"),
        ("operating_system: {version: '8'}", "an operating system with a version but no `name`"),
        ("operating_system: ubi", "`operating_system` must be a mapping"),
        ("operating_system: {name: ubi, verison: 8}", "did you mean `version`?"),
        ("hardware: {cpu_family: six}", "`cpu_family` must be a whole number, not a text"),
        ("recommendation_type: lastest", "did you mean `latest`?"),
        ("labels: {a: [1]}", "a label must be a text: 'a'"),
        ('base_image: "a\\x07b"', "`base_image` holds control characters"),
    ],
)
def test_a_wrong_value_is_a_fault_at_its_line(line, message):
    fault = environment_fault(line)
    assert fault.startswith(".thoth.yaml:3: ")
    assert message in fault


def test_an_operating_system_that_contradicts_the_platform_is_a_fault():
    fault = environment_fault("operating_system: {name: alpine}\n  platform: manylinux_2_28_x86_64")
    assert "alpine does not run wheels of platform 'manylinux_2_28_x86_64'" in fault


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", "x" * 101, '"a\\tb"'])
def test_a_name_that_cannot_be_a_folder_is_a_fault(name):
    (fault,) = faults_of(f"runtime_environments:\n- name: {name}\n")
    assert fault.startswith(".thoth.yaml:2: ")


@pytest.mark.parametrize("folder", ["/etc", "../up", "a/../../b", ".", "a\\b"])
def test_an_overlays_dir_outside_the_project_is_a_fault(folder):
    (fault,) = faults_of(f"overlays_dir: {folder}\n")
    assert "`overlays_dir` must be a folder inside the project" in fault


def test_a_manager_list_that_names_no_environment_is_a_fault():
    text = (
        "runtime_environments: [{name: base}]\n"
        "managers:\n- {name: update, env_allow_list: [bass]}\n"
    )
    assert faults_of(text) == [
        (
            ".thoth.yaml:3: `env_allow_list` names no runtime environment: 'bass'\n"
            "  hint: did you mean `base`?"
        )
    ]


def test_an_unknown_manager_and_an_unknown_key_of_one_are_faults():
    text = "managers:\n- name: updat\n- name: version\n  configuration: {changelog: true}\n"
    first, second = faults_of(text)
    assert "did you mean `update`?" in first
    assert "unknown key in the configuration of `version`: 'changelog'" in second


def test_environments_of_one_folder_share_a_lockfile():
    text = b"runtime_environments: [{name: a}, {name: b}]\n"
    shared = read_configuration(text)
    assert shared.folders == (".",)
    assert [environment.name for environment in shared.environments_in(".")] == ["a", "b"]
    apart = read_configuration(b"overlays_dir: ./overlays/\n" + text)
    assert apart.folders == ("overlays/a", "overlays/b")
    assert [environment.name for environment in apart.environments_in("overlays/b")] == ["b"]
    assert [environment.name for environment in apart.environments_in(".")] == ["a", "b"]


def test_a_manager_runs_only_for_the_environments_it_allows():
    update = read_configuration(THOTH).manager("update")
    assert update is not None
    assert update.runs_for("gpu")
    assert not update.runs_for("ubi8-py38")
    assert not update.runs_for("other")


@given(st.binary(max_size=300))
def test_any_bytes_give_a_configuration_or_faults_with_lines(content):
    try:
        read_configuration(b"runtime_environments:\n- name: a\n  " + content)
    except InputError as error:
        faults = error.faults
    else:
        faults = ()
    assert all(fault.place.startswith(".thoth.yaml") for fault in faults)


def test_nothing_slow_is_imported_until_there_is_such_a_file():
    code = (
        "import sys, advisor_core.config, advisor_core.environment\n"
        "advisor_core.config.read_configuration(None)\n"
        "slow = {'yaml', 'packaging', 'msgspec', 'asyncio', 'socket', 'difflib', 'platform'}\n"
        "sys.exit(repr(slow & set(sys.modules)) if slow & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_runs_of_ci_and_confidence_are_bounded_numbers():
    found = read_configuration(b"bisect: {runs: 0}\nautomerge: {confidence: 80}\n")
    assert (found.bisect_runs, found.automerge_confidence) == (0, 80)
    assert read_configuration(b"bisect:\nautomerge: {updates: [minor]}\n").bisect_runs is None
    with pytest.raises(InputError) as error:
        read_configuration(b"bisect: {runs: 51, x: 1}\nautomerge: {confidence: 100}\n")
    assert len(error.value.faults) == 3
