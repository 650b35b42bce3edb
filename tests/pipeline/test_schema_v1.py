"""Every key of Thoth's schema v1 is read, and what each says arrives."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.interface import ImageFacts
from fakes.pipelines import find_faults, make_context, make_stack, prepare_with

INCLUDE = """
    should_include:
      times: 1
      adviser_pipeline: true
      dependency_monkey_pipeline: false
      authenticated: false
      labels: {team: a}
      dependencies: {boots: [Boot]}
      recommendation_types: {not: [testing]}
      decision_types: [all, random]
      library_usage: {flask: [flask.Flask]}
      runtime_environments:
        operating_systems: [{name: rhel, version: "8"}]
        hardware:
        - cpu_families: [6]
          cpu_models: {not: [1]}
          cpu_flags: [avx2]
          gpu_models: null
        python_version: ">=3.8"
        cuda_version: null
        cudnn_version: null
        openblas_version: null
        openmpi_version: null
        mkl_version: null
        platforms: [linux-x86_64]
        base_images: ["quay.io/team/image:v1*"]
        abi: [GLIBC_2.28]
        rpm_packages:
        - {package_name: gcc, arch: x86_64, epoch: "0", package_identifier: gcc-8}
        - {package_name: gcc, package_version: "8", release: "1", src: false}
        python_packages: [{name: pip, version: ">20", location: /usr/lib}]
"""
SAID = """
      log: {type: INFO, message: said}
      stack_info: [{type: ERROR, message: m, link: "https://example.org/"}]
"""
JUSTIFIED = """
      justification:
      - {type: INFO, message: m, link: "https://example.org/", package_name: a, version_range: "<2",
         advisory: PYSEC-1, cve_id: CVE-1, cve_name: bad}
"""
RELEASE = "{name: a, version: '<2', index_url: 'https://pypi.org/simple', develop: false}"
OTHER = "{name: b, locked_version: ==1, index_url: 'https://pypi.org/simple'}"
ADDED = "{name: d, locked_version: ==1, index_url: 'https://pypi.org/simple', develop: false}"
CHANGE = "      advised_manifest_changes: [{op: add, path: /a, value: 1}]"
STATE = f"""
      state:
        resolved_dependencies: [{RELEASE}, {{name: b, index_url: {{not: 'https://pypi.org/simple'}}}}]
"""
FROM = """
        package_version_from: [{name: c}]
        package_version_from_allow_other: true
"""


@pytest.mark.parametrize(
    ("family", "kind", "match", "run"),
    [
        ("boots", "boot", "{package_name: a}", "      not_acceptable: refused" + SAID),
        ("boots", "boot", "{package_name: a}", "      eager_stop_pipeline: refused" + SAID),
        ("pseudonyms", "pseudonym", f"{{package_version: {RELEASE}}}",
         f"      yield: {{package_version: {OTHER}}}" + SAID),
        ("pseudonyms", "pseudonym", f"{{package_version: {RELEASE}}}",
         "      yield: {yield_matched_version: true, package_version: {name: b}}" + SAID),
        ("sieves", "sieve", f"{{package_version: {RELEASE}}}", SAID),
        ("sieves", "sieve.SkipPackage", "{package_name: a}", SAID),
        ("steps", "step", f"\n      package_version: {RELEASE}{STATE}{FROM}",
         "      score: -0.5\n      multi_package_resolution: true" + JUSTIFIED + SAID),
        ("steps", "step", f"\n      package_version: {RELEASE}", "      not_acceptable: refused" + SAID),
        ("steps", "step", f"\n      package_version: {RELEASE}", "      eager_stop_pipeline: refused" + SAID),
        ("steps", "step.Group", "{group: [{package_version: {name: a}}, {package_version: {name: b}}]}",
         "      score: 1" + JUSTIFIED + SAID),
        ("steps", "step.SkipPackage", f"\n      package_version: {{name: a}}{STATE}{FROM}", SAID),
        ("steps", "step.AddPackage", f"\n      package_version: {{name: a}}{STATE}{FROM}",
         f"      package_version: {ADDED}" + SAID),
        ("strides", "stride", STATE, "      not_acceptable: refused" + SAID),
        ("wraps", "wrap", STATE, CHANGE + JUSTIFIED + SAID),
        ("wraps", "wrap.GHReleaseNotes", "{state: {resolved_dependencies: [{name: a}]}}",
         "      release_notes: {organization: o, repository: r, tag_version_prefix: v}"),
    ],
)  # fmt: skip
def test_every_key_of_every_type_is_read(family, kind, match, run):
    text = f"units:\n  {family}:\n  - name: U\n    type: {kind}{INCLUDE}    match: {match}\n    run:\n{run}\n"
    text += "    metadata: {anything: [is, kept]}\n"
    assert find_faults(text) == []
    assert find_faults(text.replace("times: 1", "tims: 1"))


RPM = {
    "package_name": "gcc", "arch": "x86_64", "epoch": "1", "package_identifier": "gcc-1:8.3.1-5",
    "package_version": "8.3.1", "release": "5",
}  # fmt: skip


@pytest.mark.parametrize("key", [key for key in RPM if key != "package_name"])
def test_each_field_of_an_rpm_package_is_compared(key):
    facts = {"base_image": "image:1", "images": {"image:1": ImageFacts(rpm_packages=(RPM,))}}

    def is_used(value):
        wanted = f'{{package_name: gcc, {key}: "{value}"}}'
        text = f"""
units:
  boots:
  - name: B
    type: boot
    should_include: {{adviser_pipeline: true, runtime_environments: {{rpm_packages: [{wanted}]}}}}
    run: {{stack_info: [{{type: INFO, message: used, link: "https://example.org/"}}]}}
"""
        return bool(prepare_with(text, make_context(**facts)).stack_info)

    assert is_used(RPM[key])
    assert not is_used("9")


@pytest.mark.parametrize(
    ("keys", "told"),
    [("cve_id: CVE-1, cve_name: bad", "CVE-1"), ("advisory: PYSEC-1, cve_id: CVE-1", "PYSEC-1")],
)
def test_a_justification_names_its_advisory(keys, told):
    text = f"""
units:
  wraps:
  - name: W
    type: wrap
    should_include: {{adviser_pipeline: true}}
    match: {{state: {{resolved_dependencies: [{{name: a}}]}}}}
    run: {{justification: [{{type: INFO, message: m, link: "https://example.org/", {keys}}}]}}
"""
    (said,) = prepare_with(text).annotate(make_stack(a="1"))
    assert said.advisory == told


@pytest.mark.parametrize("word", ["true", "false"])
def test_multi_package_resolution_changes_nothing(word):
    text = f"""
units:
  steps:
  - name: S
    type: step
    should_include: {{adviser_pipeline: true}}
    match:
      package_version: {{name: a}}
      state: {{resolved_dependencies: [{{name: b}}]}}
    run: {{score: -0.1234, multi_package_resolution: {word}}}
"""
    (term,) = prepare_with(text).terms(["a", "b"])
    assert (term.score, [match.name for match in term.when]) == (-123, ["a", "b"])
