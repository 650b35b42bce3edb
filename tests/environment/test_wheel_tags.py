from __future__ import annotations

import sys

import pytest
from packaging import tags as oracle

from advisor_core.environment.platforms import list_platform_tags, resolve_platform
from advisor_core.environment.tags import WheelTags, list_wheel_tags

PLATFORMS = [
    "manylinux_2_28_x86_64",
    "manylinux_2_39_aarch64",
    "musllinux_1_2_x86_64",
    "macosx_14_0_arm64",
    "macosx_13_0_x86_64",
    "macosx_10_15_x86_64",
    "win_amd64",
]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("minor", [6, 7, 8, 11, 13, 14])
def test_tags_are_those_of_packaging_in_its_order(platform, minor):
    platforms = list_platform_tags(resolve_platform(platform)[0])
    abi = f"cp3{minor}" + ("m" if minor < 8 else "")
    expected = [
        *oracle.cpython_tags((3, minor), [abi], platforms),
        *oracle.compatible_tags((3, minor), f"cp3{minor}", platforms),
    ]
    assert list_wheel_tags(minor, platforms) == [str(tag) for tag in expected]


@pytest.mark.parametrize(
    ("platform", "version", "machine"),
    [
        ("macosx_14_0_arm64", (14, 0), "arm64"),
        ("macosx_14_5_x86_64", (14, 5), "x86_64"),
        ("macosx_11_0_x86_64", (11, 0), "x86_64"),
        ("macosx_10_9_x86_64", (10, 9), "x86_64"),
    ],
)
def test_macos_platforms_are_those_of_packaging(platform, version, machine):
    expected = tuple(oracle.mac_platforms(version, machine))
    assert list_platform_tags(resolve_platform(platform)[0]) == expected


@pytest.mark.parametrize(("level", "machine"), [(28, "x86_64"), (5, "x86_64"), (35, "aarch64")])
def test_manylinux_platforms_are_those_of_packaging(monkeypatch, level, machine):
    from packaging import _manylinux

    monkeypatch.setattr(
        _manylinux, "_get_glibc_version", lambda: _manylinux._GLibCVersion(2, level)
    )
    monkeypatch.setattr(_manylinux, "_have_compatible_abi", lambda *_: True)
    monkeypatch.setitem(sys.modules, "_manylinux", None)
    _manylinux._get_manylinux_module.cache_clear()
    expected = (*_manylinux.platform_tags([machine]), f"linux_{machine}")
    assert list_platform_tags(resolve_platform(f"manylinux_2_{level}_{machine}")[0]) == expected


def test_musllinux_platforms_are_those_of_packaging(monkeypatch):
    from packaging import _musllinux

    monkeypatch.setattr(_musllinux, "_get_musl_version", lambda *_: _musllinux._MuslVersion(1, 2))
    expected = (*_musllinux.platform_tags(["x86_64"]), "linux_x86_64")
    assert list_platform_tags(resolve_platform("musllinux_1_2_x86_64")[0]) == expected


def test_the_best_of_a_compressed_tag_set_counts():
    tags = WheelTags(list_wheel_tags(11, ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64")))
    assert tags.ranks["cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64"] == 0
    assert tags.ranks["cp311-cp311-manylinux_2_27_x86_64"] == 1
    assert tags.ranks["cp310-cp310-manylinux_2_27_x86_64"] is None
    assert tags.ranks["py2.py3-none-any"] == tags["py3-none-any"]
    assert tags.ranks["PY3-NONE-ANY"] == tags["py3-none-any"]


@pytest.mark.parametrize(
    "hostile", ["", "py3", "py3-none", "a-b-c-d", ".".join("a" * 5000) + "-b-c"]
)
def test_a_tag_set_that_is_none_fits_nothing(hostile):
    assert WheelTags(list_wheel_tags(11, ("any",))).ranks[hostile] is None
