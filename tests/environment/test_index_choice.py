"""Which index a package with several comes from, by marker and declared hardware."""

from __future__ import annotations

import pytest

from advisor_core.config.model import RuntimeEnvironment
from advisor_core.environment.declaration import (
    EnvironmentDeclaration,
    Sourced,
    make_environment,
)
from advisor_core.environment.index_choice import choose_indexes
from advisor_core.errors import InputError
from advisor_core.index.access import index_pins
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import Origin

BUILDS = ("cpu", "cu118", "cu121", "cu124")


def project(sources, builds=BUILDS):
    indexes = "".join(
        f'[[tool.uv.index]]\nname = "pt-{build}"\nurl = "https://pt.example.org/whl/{build}"\n'
        "explicit = true\n"
        for build in builds
    )
    text = f'[project]\nname = "p"\ndependencies = ["torch", "six"]\n{indexes}[tool.uv.sources]\n{sources}'
    return read_manifest(MappingFiles({"pyproject.toml": text.encode()}), "pyproject.toml")


def environments(*declared):
    """Make environments of (name, CUDA, platform)."""
    declarations = [
        EnvironmentDeclaration(
            name,
            Sourced("3.12", "x"),
            Sourced(platform, "x"),
            declared=RuntimeEnvironment(name=name, origin=Origin(".thoth.yaml"), cuda_version=cuda),
        )
        for name, cuda, platform in declared
    ]
    return tuple(map(make_environment, declarations)), declarations


def chosen(manifest, *declared):
    found = choose_indexes(manifest, *environments(*declared))
    torch, six = found.categories[0].requirements
    assert six.index is None
    assert index_pins(found, found.sources).get("torch") == torch.index
    return torch.index


BY_EXTRA = "torch = [" + ", ".join(f'{{index = "pt-{b}", extra = "{b}"}}' for b in BUILDS) + "]\n"
LINUX = "manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("cuda", "index"),
    [
        (None, "pt-cpu"),
        ("11.8", "pt-cu118"),
        ("12.0", "pt-cpu"),
        ("12.1", "pt-cu121"),
        ("12.3", "pt-cu121"),
        ("12.6", "pt-cu124"),
        ("13.0", "pt-cpu"),
    ],
)
def test_build_is_for_the_newest_cuda_that_the_environment_has(cuda, index):
    assert chosen(project(BY_EXTRA), ("e", cuda, LINUX)) == index


def test_marker_decides_where_a_package_has_an_index():
    sources = (
        'torch = [{index = "pt-cpu", marker = "sys_platform != \'linux\'"}, '
        '{index = "pt-cu124", marker = "sys_platform == \'linux\'"}]\n'
    )
    assert chosen(project(sources), ("e", None, LINUX)) == "pt-cu124"
    assert chosen(project(sources), ("e", None, "win_amd64")) == "pt-cpu"
    only = 'torch = {index = "pt-cpu", marker = "sys_platform == \'win32\'"}\n'
    assert chosen(project(only), ("e", None, LINUX)) is None


def test_environments_of_one_lock_that_need_different_builds_are_told():
    with pytest.raises(InputError, match="a: pt-cpu, b: pt-cu124"):
        chosen(project(BY_EXTRA), ("a", None, LINUX), ("b", "12.4", LINUX))
    assert chosen(project(BY_EXTRA), ("a", "12.4", LINUX), ("b", "12.5", LINUX)) == "pt-cu124"
