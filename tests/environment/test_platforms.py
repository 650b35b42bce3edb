from __future__ import annotations

import pytest

from advisor_core.environment import OperatingSystem, resolve_platform
from advisor_core.environment.operating_systems import normalize_operating_system


def resolve(text, name=None, version=None):
    system = normalize_operating_system(name, version) if name else None
    return str(resolve_platform(text, system)[0])


@pytest.mark.parametrize("text", ["linux_x86_64", "linux-x86_64", "LINUX-amd64", None])
def test_linux_without_an_operating_system_means_manylinux_2_28(text):
    assert resolve(text) == "manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("name", "version", "tag"),
    [
        ("ubi", "8", "manylinux_2_28_x86_64"),
        ("rhel", "8.6", "manylinux_2_28_x86_64"),
        ("UBI", "9", "manylinux_2_34_x86_64"),
        ("centos", "stream9", "manylinux_2_34_x86_64"),
        ("fedora", "35", "manylinux_2_34_x86_64"),
        ("debian", "bookworm", "manylinux_2_36_x86_64"),
        ("debian", "12.5", "manylinux_2_36_x86_64"),
        ("ubuntu", "22.04", "manylinux_2_35_x86_64"),
        ("ubuntu", "noble", "manylinux_2_39_x86_64"),
        ("amzn", "2", "manylinux_2_26_x86_64"),
        ("alpine", "3.20", "musllinux_1_2_x86_64"),
        ("alpine", "3.12", "musllinux_1_1_x86_64"),
        ("alpine", None, "musllinux_1_2_x86_64"),
    ],
)
def test_linux_means_the_c_library_of_the_operating_system(name, version, tag):
    assert resolve("linux-x86_64", name, version) == tag
    assert resolve(None, name, version) == tag


def test_a_release_between_two_known_ones_has_the_older_ones_c_library():
    assert resolve("linux_x86_64", "ubuntu", "19.10") == "manylinux_2_27_x86_64"


def test_a_release_newer_than_every_known_one_is_taken_as_the_newest_and_noted():
    platform, notes = resolve_platform("linux_x86_64", OperatingSystem("fedora", "99"))
    assert str(platform) == "manylinux_2_42_x86_64"
    assert notes == ("fedora 99 is newer than this program knows: taken as fedora 43",)


@pytest.mark.parametrize(
    ("name", "version"), [("plan9", None), ("ubuntu", "4.10"), ("debian", "sid")]
)
def test_an_unknown_c_library_is_taken_as_the_default_and_noted(name, version):
    platform, notes = resolve_platform("linux_x86_64", OperatingSystem(name, version))
    assert str(platform) == "manylinux_2_28_x86_64"
    assert "is not known: taken as glibc 2.28" in notes[0]


def test_a_full_tag_means_itself_and_an_older_system_is_noted():
    platform, notes = resolve_platform("manylinux_2_34_x86_64", OperatingSystem("ubi", "8"))
    assert str(platform) == "manylinux_2_34_x86_64"
    assert "older than the platform asked for" in notes[0]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
        ("manylinux1_i686", "manylinux_2_5_i686"),
        ("musllinux_1_2_aarch64", "musllinux_1_2_aarch64"),
        ("macosx-14.0-arm64", "macosx_14_0_arm64"),
        ("win-amd64", "win_amd64"),
        ("win32", "win32"),
    ],
)
def test_tags_and_the_spelling_of_sysconfig_are_accepted(text, tag):
    assert resolve(text) == tag


def test_macos_and_windows_need_no_platform():
    assert resolve(None, "macos", "14") == "macosx_14_0_arm64"
    assert resolve(None, "macos", "13.5") == "macosx_13_5_arm64"
    assert resolve(None, "macos") == "macosx_14_0_arm64"
    assert resolve(None, "windows", "11") == "win_amd64"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "any",
        "linux",
        "linux_",
        "linux_vax",
        "manylinux_2_100_x86_64",
        "manylinux_2_4_x86_64",
        "manylinux_2_16_aarch64",
        "manylinux_3_1_x86_64",
        "manylinux_2_28_vax",
        "manylinux_2_99999999999_x86_64",
        "musllinux_2_0_x86_64",
        "macosx_10_15_arm64",
        "macosx_14_0_universal2",
        "macosx_9_0_x86_64",
        "manylinux_2_٣_x86_64",
    ],
)
def test_what_is_no_platform_is_refused_with_the_text(text):
    with pytest.raises(ValueError, match=r".") as caught:
        resolve_platform(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("linux_x86_64", "macos"),
        ("win_amd64", "ubi"),
        ("manylinux_2_28_x86_64", "alpine"),
        ("manylinux_2_28_x86_64", "windows"),
    ],
)
def test_a_platform_that_contradicts_the_operating_system_is_refused(text, name):
    with pytest.raises(ValueError, match=name):
        resolve_platform(text, OperatingSystem(name))
