from __future__ import annotations

import time
from dataclasses import replace

import pytest
from packaging.markers import Marker, default_environment

from advisor_core.environment import (
    EnvironmentDeclaration,
    OperatingSystem,
    Sourced,
    describe_running,
    make_environment,
)
from advisor_core.errors import InputError

ALPINE = EnvironmentDeclaration(
    name="small",
    python=Sourced("3.12", "test"),
    platform=Sourced("musllinux_1_2_x86_64", "test"),
    operating_system=OperatingSystem("alpine", "3.20"),
)


def test_the_eleven_marker_variables_are_all_set():
    environment = make_environment(python="3.11", platform="linux_x86_64")
    variables = set(default_environment())
    assert set(environment.markers) == variables
    assert len(variables) == 11


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux_aarch64", ("posix", "linux", "Linux", "aarch64")),
        ("musllinux_1_2_x86_64", ("posix", "linux", "Linux", "x86_64")),
        ("macosx_14_0_arm64", ("posix", "darwin", "Darwin", "arm64")),
        ("win_amd64", ("nt", "win32", "Windows", "AMD64")),
        ("win32", ("nt", "win32", "Windows", "x86")),
    ],
)
def test_markers_are_those_of_the_platform(platform, expected):
    markers = make_environment(python="3.11", platform=platform).markers
    names = ("os_name", "sys_platform", "platform_system", "platform_machine")
    assert tuple(markers[name] for name in names) == expected


@pytest.mark.parametrize(
    ("python", "full", "short"),
    [("3.12", "3.12.0", "3.12"), ("3.12.4", "3.12.4", "3.12"), ("3.14.0rc1", "3.14.0rc1", "3.14")],
)
def test_a_version_without_a_patch_is_its_lowest_patch(python, full, short):
    environment = make_environment(python=python, platform="linux_x86_64")
    assert environment.python == python
    assert environment.markers["python_full_version"] == full
    assert environment.markers["implementation_version"] == full
    assert environment.markers["python_version"] == short


def test_the_running_interpreter_is_described_as_packaging_does():
    running = describe_running()
    markers = make_environment(python=running.python, platform=running.platform).markers
    kernel = {"platform_release", "platform_version"}
    theirs = {key: value for key, value in default_environment().items() if key not in kernel}
    assert {key: value for key, value in markers.items() if key not in kernel} == theirs


def test_the_options_win_over_the_declaration():
    environment = make_environment(ALPINE, python="3.10")
    assert (environment.name, environment.python) == ("small", "3.10")
    assert environment.platform == "musllinux_1_2_x86_64"


def test_linux_as_an_option_means_the_declared_operating_system():
    assert make_environment(ALPINE, platform="linux_aarch64").platform == "musllinux_1_2_aarch64"


@pytest.mark.parametrize("platform", ["win_amd64", "manylinux_2_28_x86_64", "macosx_14_0_arm64"])
def test_a_full_tag_as_an_option_wins_over_the_declared_operating_system(platform):
    assert make_environment(ALPINE, platform=platform).platform == platform


def test_linux_as_an_option_on_a_declared_windows_is_the_default():
    declared = replace(ALPINE, operating_system=OperatingSystem("windows"))
    assert make_environment(declared, platform="linux_x86_64").platform == "manylinux_2_28_x86_64"


def test_wrong_options_are_reported_together():
    with pytest.raises(InputError) as caught:
        make_environment(python="4.1", platform="atari")
    assert [fault.place for fault in caught.value.faults] == ["--python", "--platform"]


def test_markers_can_be_evaluated():
    environment = make_environment(python="3.12", platform="win_amd64")
    marker = Marker("python_full_version < '3.13' and sys_platform == 'win32'")
    assert marker.evaluate(dict(environment.markers))


def test_the_tags_of_an_environment_cost_less_than_a_millisecond():
    seconds = []
    for _ in range(20):
        start = time.process_time()
        make_environment(python="3.12", platform="manylinux_2_39_x86_64")
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.001
