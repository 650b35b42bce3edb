"""`should_include`: each key, its `not:` form, and what is not known."""

from __future__ import annotations

import pytest

from advisor_core.config.model import Hardware
from advisor_core.pipeline.interface import ImageFacts
from fakes.pipelines import make_context, prepare_with

SKYLAKE = Hardware(cpu_family=6, cpu_model=94)
IMAGE = "quay.io:443/team/image:v1.2"
ANALYSED = ImageFacts(
    symbols=frozenset({"GLIBC_2.4", "GLIBC_2.28"}),
    rpm_packages=({"package_name": "gcc", "arch": "x86_64", "package_version": "8.3.1"},),
    python_packages=(
        {"name": "pip", "version": "21.0", "location": "/usr/lib/python3.8/site-packages"},
    ),
)


def calls(name: str) -> dict[str, object]:
    """The context of sources that call one thing of flask."""
    return {"library_usage": {"flask": frozenset({name})}}


def is_used(condition: str, **facts: object) -> bool:
    """Whether a unit with the condition (flow style) is used."""
    text = f"""
units:
  boots:
  - name: B
    type: boot
    should_include: {{adviser_pipeline: true, {condition}}}
    run: {{stack_info: [{{type: INFO, message: used, link: "https://example.org/"}}]}}
"""
    return bool(prepare_with(text, make_context(**facts)).stack_info)


def is_used_in(environments: str, **facts: object) -> bool:
    return is_used(f"runtime_environments: {{{environments}}}", **facts)


@pytest.mark.parametrize(
    ("condition", "facts", "used"),
    [
        ("times: 1", {}, True),
        ("times: 0", {}, False),
        ("recommendation_types: [stable, latest]", {}, True),
        ("recommendation_types: [security]", {}, False),
        ("recommendation_types: {not: [security]}", {}, True),
        ("recommendation_types: {not: [stable]}", {}, False),
        ("authenticated: true", {}, False),
        ("authenticated: true", {"authenticated": True}, True),
        ("authenticated: false", {"authenticated": True}, False),
        ("labels: {team: thoth, requester: ci}", {"labels": {"requester": "ci"}}, True),
        ("labels: {team: thoth, requester: ci}", {"labels": {"requester": "me"}}, False),
        ("labels: {team: thoth}", {}, False),
        ("library_usage: {flask: [flask.Flask]}", {}, False),
        ("library_usage: {flask: [flask.Flask]}", calls("flask.Flask"), True),
        ("library_usage: {flask: [flask.*]}", calls("flask.g"), True),
        ("library_usage: {flask: [flask.json.*]}", calls("flask.jsonify"), False),
        (
            "library_usage: {flask: [flask.g, flask.Flask]}",
            calls("flask.g"),
            False,
        ),
    ],
)  # fmt: skip
def test_conditions_on_the_request(condition, facts, used):
    assert is_used(condition, **facts) is used


@pytest.mark.parametrize(
    ("condition", "facts", "used"),
    [
        ('python_version: ">=3.8,<=3.12"', {"python": "3.12.4"}, True),
        ('python_version: "!=3.12"', {"python": "3.12"}, False),
        ('cuda_version: ">=9.0,<=11.2"', {"cuda_version": "11.2"}, True),
        ('cuda_version: ">=9.0"', {}, False),
        ("cuda_version: null", {}, True),
        ("cuda_version: null", {"cuda_version": "11.2"}, False),
        ('cudnn_version: "~=8.0"', {"cudnn_version": "8.1"}, True),
        ('openblas_version: "==0.3.13"', {"openblas_version": "0.3.14"}, False),
        ('openmpi_version: ">4"', {"openmpi_version": "not a version"}, False),
        ('mkl_version: "==2021.1"', {"mkl_version": "2021.1"}, True),
        ("platforms: [linux-x86_64]", {}, True),
        ("platforms: [manylinux_2_28_x86_64]", {}, True),
        ("platforms: [macosx-14.0-arm64, win-amd64]", {"platform": "win_amd64"}, True),
        ("platforms: [macosx-14.0-arm64]", {"platform": "macosx_14_0_arm64"}, True),
        ("platforms: {not: [linux-x86_64]}", {}, False),
        ("platforms: {not: [linux-x86_64]}", {"platform": "linux_aarch64"}, True),
        ("operating_systems: [{name: fedora, version: 33}]", {"system": "fedora 33"}, True),
        ("operating_systems: [{name: fedora, version: 33}]", {"system": "fedora 34"}, False),
        ("operating_systems: [{name: rhel}]", {"system": "fedora 33"}, False),
        ("operating_systems: [{name: rhel, version: '8'}]", {"system": "ubi 8.6"}, True),
        ("operating_systems: [{name: ubi, version: '8'}]", {"system": "ubi 8"}, True),
        ("operating_systems: [{version: '8'}]", {}, False),
        ("hardware: [{cpu_families: [6], cpu_models: [94, 85]}]", {"hardware": SKYLAKE}, True),
        ("hardware: [{cpu_families: [6], cpu_models: {not: [94]}}]", {"hardware": SKYLAKE}, False),
        ("hardware: [{cpu_models: [1]}, {cpu_models: [94]}]", {"hardware": SKYLAKE}, True),
        ("hardware: [{cpu_flags: [avx2, fma]}]", {"hardware": SKYLAKE}, True),
        ("hardware: [{cpu_flags: [avx512f]}]", {"hardware": SKYLAKE}, False),
        ("hardware: [{cpu_flags: {not: [avx512f]}}]", {"hardware": SKYLAKE}, True),
        ("hardware: [{cpu_flags: {not: [avx512f]}}]", {}, False),
        ("hardware: [{gpu_models: null}]", {"hardware": SKYLAKE}, True),
        ("hardware: [{gpu_models: {not: null}}]", {"hardware": SKYLAKE}, False),
        (
            "hardware: [{gpu_models: {not: [null]}}]",
            {"hardware": Hardware(gpu_model="Tesla")},
            True,
        ),
        ("hardware: [{gpu_models: [Tesla]}]", {"hardware": Hardware(gpu_model="Tesla")}, True),
        (f"base_images: ['{IMAGE}']", {"base_image": IMAGE}, True),
        ("base_images: ['quay.io:443/team/image']", {"base_image": IMAGE}, True),
        ("base_images: ['quay.io:443/team/image:v1*']", {"base_image": IMAGE}, True),
        ("base_images: ['quay.io:443/team/image:v2*']", {"base_image": IMAGE}, False),
        ("base_images: {not: ['quay.io:443/team/image:v2']}", {"base_image": IMAGE}, True),
        ("base_images: {not: ['quay.io:443/team/image']}", {"base_image": IMAGE}, False),
        (f"base_images: ['{IMAGE}']", {}, False),
        (f"base_images: [null, '{IMAGE}']", {}, True),
        (f"base_images: {{not: ['{IMAGE}']}}", {}, True),
    ],
)
def test_conditions_on_the_environment(condition, facts, used):
    assert is_used_in(condition, **facts) is used


@pytest.mark.parametrize(
    ("condition", "used"),
    [
        ("abi: [GLIBC_2.4, GLIBC_2.28]", True),
        ("abi: [GLIBC_2.4, GLIBC_2.34]", False),
        ("abi: {not: [GLIBC_2.34]}", True),
        ("abi: {not: [GLIBC_2.4]}", False),
        ("rpm_packages: [{package_name: gcc}]", True),
        ("rpm_packages: [{package_name: gcc, package_version: 8.3.1, src: false}]", True),
        ("rpm_packages: [{package_name: gcc, src: true}]", False),
        ("rpm_packages: [{package_name: gcc}, {package_name: make}]", False),
        ("rpm_packages: {not: [{package_name: make}]}", True),
        ("rpm_packages: {not: [{package_name: gcc, arch: x86_64}]}", False),
        ("python_packages: [{name: pip, version: '>=20'}]", True),
        ("python_packages: [{name: pip, version: '<20'}]", False),
        ("python_packages: [{name: pip, location: '/usr/.*'}]", True),
        ("python_packages: [{name: pip, location: '/opt/.*'}]", False),
        ("python_packages: {not: [{name: pip, version: '<20'}]}", True),
        ("python_packages: {not: [{name: pip}]}", False),
    ],
)
def test_conditions_on_the_contents_of_the_image(condition, used):
    facts = {"base_image": IMAGE, "images": {IMAGE: ANALYSED}}
    assert is_used_in(condition, **facts) is used
    # What is in an image that nobody looked into is not known: nothing holds of it.
    assert not is_used_in(condition, base_image=IMAGE)
    assert not is_used_in(condition)


def test_a_unit_of_dependency_monkey_is_not_used_for_advice():
    text = """
units:
  boots:
  - name: Monkey
    type: boot
    should_include: {dependency_monkey_pipeline: true, decision_types: [random]}
    run: {stack_info: [{type: INFO, message: monkey, link: "https://example.org/"}]}
"""
    assert not prepare_with(text).stack_info
    random = make_context(dependency_monkey=True, decision_type="random")
    assert prepare_with(text, random).stack_info
    assert not prepare_with(
        text, make_context(dependency_monkey=True, decision_type="all")
    ).stack_info


def test_a_unit_is_used_only_with_the_units_it_depends_on():
    text = """
units:
  boots:
  - name: Last
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {boots: [Middle]}}
    run: {stack_info: [{type: INFO, message: last, link: "https://example.org/"}]}
  - name: Middle
    type: boot
    should_include: {adviser_pipeline: true, dependencies: {sieves: [First]}}
    run: {log: {type: INFO, message: m}}
  sieves:
  - name: First
    type: sieve
    should_include: {adviser_pipeline: true, recommendation_types: [latest]}
    match: {package_version: {name: a}}
"""
    assert not prepare_with(text, make_context(recommendation_type="stable")).stack_info
    assert prepare_with(text, make_context(recommendation_type="latest")).stack_info


def test_what_is_not_known_of_an_image_neither_holds_nor_fails():
    known = ImageFacts(
        symbols=frozenset({"GLIBC_2.28"}),
        symbol_families=frozenset({"GLIBC"}),
        rpm_packages=None,
        python_packages=None,
    )
    facts = {"base_image": IMAGE, "images": {IMAGE: known}}
    assert is_used_in("abi: [GLIBC_2.28]", **facts)
    assert is_used_in("abi: {not: [GLIBC_2.34]}", **facts)
    for condition in (
        "abi: [GLIBCXX_3.4]",
        "abi: {not: [GLIBCXX_3.4]}",
        "rpm_packages: [{package_name: gcc, arch: x86_64, package_version: 8.3.1}]",
        "rpm_packages: {not: [{package_name: gcc, arch: x86_64, package_version: 8.3.1}]}",
        "python_packages: [{name: pip, version: '>=20'}]",
        "python_packages: {not: [{name: pip, version: '>=20'}]}",
    ):
        assert not is_used_in(condition, **facts), condition
