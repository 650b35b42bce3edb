"""`thoth verify` and `thoth provenance` against the fake index: one fault per lockfile, and none."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.main import main
from fakes.package_index import PackageIndex

PLATFORM = ["--python", "3.11", "--platform", "manylinux_2_28_x86_64"]


@pytest.fixture(scope="module")
def index():
    with PackageIndex() as index:
        index.add("a", "1.0", requires=["b<2", "d; python_version < '3'"])
        index.add("a", "2.0", requires=["b>=1", "c[x]"])
        index.add("b", "1.0")
        index.add("b", "2.0")
        index.add("c", "1.0", requires=["e; extra == 'x'"], extras=["x"])
        index.add("e", "1.0", wheels=["cp311-cp311-win_amd64", "py3-none-any"])
        index.add("w", "1.0", requires=["b", "winonly; sys_platform == 'win32'"])
        index.add("winonly", "1.0", wheels=("py3-none-win_amd64",))
        index.add("old", "1.0", yanked="broken on import")
        index.add("python2", "1.0", requires_python="<3")
        index.add("hidden", "1.0", wheels=(), sdist="dynamic")
        yield index


@pytest.fixture(scope="module")
def other():
    """Another index, with other files of `b` and a package of its own."""
    with PackageIndex() as index:
        index.add("b", "1.0", requires=["zope"])
        index.add("own", "1.0")
        yield index


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def hashes_of(index, name, version):
    return [
        f"sha256:{file.distribution.sha256}"
        for file in index._projects[name]
        if f"-{version}" in file.distribution.filename
    ]


def pin(index, name, version, marker=""):
    return " ".join(
        (
            f"{name}=={version}{marker}",
            *(f"--hash={each}" for each in hashes_of(index, name, version)),
        )
    )


def check(capsys, index, *arguments, command="verify"):
    """Return the exit code and the findings as `CODE file:line`, errors and warnings."""
    code = main([command, *PLATFORM, "--index-url", index.url, *arguments, "--json"])
    answer = json.loads(capsys.readouterr().out)
    return code, [f"{each['code']} {each['file']}:{each['line']}" for each in answer["findings"]]


def requirements(project, *lines, manifest="a\n"):
    (project / "requirements.in").write_text(manifest)
    (project / "requirements.txt").write_text("\n".join(lines) + "\n")


def test_a_true_lockfile_has_no_findings(project, capsys, index):
    requirements(
        project, pin(index, "a", "1.0"), pin(index, "b", "1.0", " ; python_version >= '3'")
    )
    assert check(capsys, index) == (0, [])


@pytest.mark.parametrize("lock_format", ["requirements", "pylock", "pipfile"])
def test_what_thoth_locks_verifies(project, capsys, index, lock_format):
    if lock_format == "pipfile":
        (project / "Pipfile").write_text(
            f'[[source]]\nname = "main"\nurl = "{index.url}"\nverify_ssl = true\n'
            '[packages]\na = "*"\n[dev-packages]\nb = "*"\n'
        )
    elif lock_format == "pylock":
        (project / "pyproject.toml").write_text('[project]\nname = "p"\ndependencies = ["a"]\n')
    else:
        (project / "requirements.in").write_text("a\n")
    name = {"pipfile": "Pipfile.lock", "pylock": "pylock.toml"}.get(lock_format, "requirements.txt")
    own = [] if lock_format == "pipfile" else ["--index-url", index.url]
    assert main(["lock", *PLATFORM, *own, "-o", name]) == 0
    assert main(["verify", *PLATFORM, *own]) == 0
    assert capsys.readouterr().out.endswith(" 0 errors, 0 warnings\n")


ONE_FAULT = {
    "missing transitive requirement": (
        "a==1",
        lambda index: [pin(index, "a", "1.0")],
        "MISSING-REQUIREMENT requirements.txt:1",
    ),
    "missing requirement of an extra": (
        "a",
        lambda index: [pin(index, "a", "2.0"), pin(index, "b", "1.0"), pin(index, "c", "1.0")],
        "MISSING-REQUIREMENT requirements.txt:3",
    ),
    "requirement locked for another system": (
        "a==1",
        lambda index: [
            pin(index, "a", "1.0"),
            pin(index, "b", "1.0", " ; sys_platform == 'win32'"),
        ],
        "MISSING-REQUIREMENT requirements.txt:1",
    ),
    "direct requirement missing": (
        "b\n\nc",
        lambda index: [pin(index, "b", "1.0")],
        "MISSING-REQUIREMENT requirements.in:3",
    ),
    "direct requirement not satisfied": (
        "b>=2",
        lambda index: ["# a comment", pin(index, "b", "1.0")],
        "UNSATISFIED-REQUIREMENT requirements.txt:2",
    ),
    "transitive requirement not satisfied": (
        "a==1",
        lambda index: [pin(index, "a", "1.0"), pin(index, "b", "2.0")],
        "UNSATISFIED-REQUIREMENT requirements.txt:2",
    ),
    "hash of no file": (
        "b",
        lambda index: [f"{pin(index, 'b', '1.0')} --hash=sha256:{'0' * 64}"],
        "INVALID-ARTIFACT-HASH requirements.txt:1",
    ),
    "hashes of no file": (
        "b",
        lambda _: [f"b==1.0 --hash=sha256:{'0' * 64} --hash=sha256:{'1' * 64}"],
        "INVALID-ARTIFACT-HASH requirements.txt:1",
    ),
    "no hash beside others": (
        "a==1",
        lambda index: [pin(index, "a", "1.0"), "b==1.0"],
        "MISSING-HASH requirements.txt:2",
    ),
    "release that no index has": (
        "b",
        lambda _: [f"b==9.0 --hash=sha256:{'0' * 64}"],
        "MISSING-PACKAGE requirements.txt:1",
    ),
    "package that no index has": (
        "nowhere",
        lambda _: [f"nowhere==9.0 --hash=sha256:{'0' * 64}"],
        "MISSING-PACKAGE requirements.txt:1",
    ),
    "file of another system only": (
        "e",
        lambda index: [f"e==1.0 --hash={hashes_of(index, 'e', '1.0')[0]}"],
        "NOT-INSTALLABLE requirements.txt:1",
    ),
    "another Python": (
        "python2",
        lambda index: [pin(index, "python2", "1.0")],
        "NOT-INSTALLABLE requirements.txt:1",
    ),
    "an index that is not declared": (
        "b",
        lambda index: ["--extra-index-url https://evil.example/simple", pin(index, "b", "1.0")],
        "SOURCE-NOT-WHITELISTED requirements.txt:1",
    ),
}


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_one_fault_is_found_at_its_line_and_nothing_else(project, capsys, index, fault):
    manifest, lines, expected = ONE_FAULT[fault]
    requirements(project, *lines(index), manifest=manifest)
    assert check(capsys, index) == (2, [expected])


WARNINGS = {
    "yanked": ("old", "old", "YANKED requirements.txt:1"),
    "not required": ("b", "old", "NOT-REQUIRED requirements.txt:2"),
    "metadata that would have to be built": (
        "hidden",
        "hidden",
        "UNKNOWN-REQUIREMENTS requirements.txt:1",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_a_warning_does_not_fail_the_lockfile(project, capsys, index, case):
    manifest, name, expected = WARNINGS[case]
    lines = [pin(index, "b", "1.0")] if manifest == "b" else []
    requirements(project, *lines, pin(index, name, "1.0"), manifest=manifest)
    code, findings = check(capsys, index)
    assert code == 0
    assert expected in findings


def test_a_file_without_any_hash_is_one_warning(project, capsys, index):
    requirements(project, "a==1.0", "b==1.0")
    assert check(capsys, index) == (0, ["NO-HASHES requirements.txt:1"])


def test_all_faults_are_told_together_with_a_hint_each(project, capsys, index):
    requirements(project, "b==1.0", f"b9==9.0 --hash=sha256:{'0' * 64}", manifest="b>=2\nc\n")
    assert main(["verify", *PLATFORM, "--index-url", index.url]) == 2
    text = capsys.readouterr().out
    for code in ("MISSING-REQUIREMENT", "MISSING-HASH", "UNSATISFIED", "MISSING-PACKAGE"):
        assert code in text
    assert text.count("  hint: ") == text.count("error: ") + text.count("warning: ")


def test_a_finding_names_the_environments_it_holds_in(project, capsys, index):
    (project / ".thoth.yaml").write_text(
        "runtime_environments:\n"
        "  - {name: linux, python_version: '3.11', operating_system: {name: ubi, version: '8'}}\n"
        "  - {name: windows, python_version: '3.11', platform: win-amd64}\n"
    )
    requirements(project, f"e==1.0 --hash={hashes_of(index, 'e', '1.0')[0]}", manifest="e")
    main(["verify", "--index-url", index.url, "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["code"], each["environments"]) for each in findings] == [
        ("NOT-INSTALLABLE", ["linux"])
    ]


def pipfile(project, index, *others, packages='b = "*"', digest=None, entry=None, sources=None):
    """Write a Pipfile and a lock of it; what is given replaces what would be right."""
    from advisor_core.manifests.pipfile_hash import pipfile_hash
    from advisor_core.manifests.toml_lines import parse_toml

    declared = [
        {"name": f"i{n}", "url": each.url, "verify_ssl": True}
        for n, each in enumerate((index, *others))
    ]
    text = "".join(
        f'[[source]]\nname = "{each["name"]}"\nurl = "{each["url"]}"\nverify_ssl = true\n'
        for each in declared
    )
    text += f"[packages]\n{packages}\n"
    (project / "Pipfile").write_text(text)
    document, _ = parse_toml("Pipfile", text.encode())
    lock = {
        "_meta": {
            "hash": {"sha256": digest or pipfile_hash(document)},
            "pipfile-spec": 6,
            "requires": {},
            "sources": sources or declared,
        },
        "default": {
            "b": {"hashes": hashes_of(index, "b", "1.0"), "version": "==1.0", **(entry or {})}
        },
        "develop": {},
    }
    (project / "Pipfile.lock").write_text(json.dumps(lock, indent=4) + "\n")


def check_pipfile(capsys, command="verify"):
    code = main([command, *PLATFORM, "--json"])
    answer = json.loads(capsys.readouterr().out)
    return code, [f"{each['code']} {each['file']}:{each['line']}" for each in answer["findings"]]


def test_lock_of_another_pipfile_is_found(project, capsys, index):
    pipfile(project, index, digest="0" * 64)
    assert check_pipfile(capsys) == (2, ["INVALID-LOCK-HASH Pipfile.lock:4"])


def test_source_slipped_into_the_lock_is_found(project, capsys, index):
    pipfile(project, index, sources=[{"name": "i0", "url": "https://evil.example/simple"}])
    assert check_pipfile(capsys, "provenance") == (2, ["SOURCE-NOT-WHITELISTED Pipfile.lock:8"])


def test_source_without_certificates_is_found(project, capsys, index):
    sources = [{"name": "i0", "url": index.url, "verify_ssl": False}]
    pipfile(project, index, sources=sources)
    assert check_pipfile(capsys, "provenance") == (2, ["INSECURE-SOURCE Pipfile.lock:8"])


def test_entry_of_an_undeclared_index_is_found(project, capsys, index):
    pipfile(project, index, entry={"index": "elsewhere"})
    assert check_pipfile(capsys) == (2, ["SOURCE-NOT-WHITELISTED Pipfile.lock:17"])


def test_file_of_another_index_than_the_entry_says_is_found(project, capsys, index, other):
    pipfile(project, index, other, entry={"index": "i1", "hashes": hashes_of(index, "b", "1.0")})
    code, findings = check_pipfile(capsys, "provenance")
    assert code == 2
    assert [each.split()[0] for each in findings] == ["ARTIFACT-DIFFERENT-SOURCE"]


def test_file_of_a_later_index_is_a_warning(project, capsys, index, other):
    pipfile(project, index, other, entry={"hashes": hashes_of(other, "b", "1.0")})
    code, findings = check_pipfile(capsys, "provenance")
    assert code == 0
    assert [each.split()[0] for each in findings] == [
        "ARTIFACT-POSSIBLE-DIFFERENT-SOURCE",
        "DIFFERENT-ARTIFACTS-ON-SOURCES",
    ]


def test_package_pinned_to_an_index_in_the_manifest_may_differ_elsewhere(
    project, capsys, index, other
):
    pipfile(project, index, other, packages='b = {version = "*", index = "i0"}')
    assert check_pipfile(capsys, "provenance") == (0, [])


def test_provenance_leaves_requirements_alone(project, capsys, index):
    requirements(project, pin(index, "a", "1.0"))
    assert check(capsys, index, command="provenance") == (0, [])


def test_a_lockfile_that_is_not_there_is_exit_2_with_the_way_out(project, capsys, index):
    (project / "requirements.in").write_text("a\n")
    assert main(["verify", "--index-url", index.url, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "error"
    assert "no such lockfile" in answer["message"]
    assert "thoth lock -o requirements.txt" in answer["hint"]


def test_a_broken_lockfile_is_told_whole(project, capsys, index):
    requirements(project, "b>1", "???")
    assert main(["verify", "--index-url", index.url, "--json"]) == 2
    message = json.loads(capsys.readouterr().out)["message"]
    assert "requirements.txt:1" in message
    assert "requirements.txt:2" in message


def test_an_index_that_is_down_is_exit_3(project, capsys, index):
    requirements(project, pin(index, "b", "1.0"), manifest="b")
    assert main(["verify", "--index-url", "http://127.0.0.1:9/simple", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["status"] == "error"


def test_pylock_is_checked_at_its_lines(project, capsys, index):
    (project / "pyproject.toml").write_text('[project]\nname = "p"\ndependencies = ["b<2"]\n')
    assert main(["lock", *PLATFORM, "--index-url", index.url, "-o", "pylock.toml"]) == 0
    text = (project / "pylock.toml").read_text()
    digest = hashes_of(index, "b", "1.0")[0].partition(":")[2]
    (project / "pylock.toml").write_text(
        'requires-python = ">=3.12"\n' + text.replace(digest, "0" * 64)
    )
    line = next(n for n, each in enumerate(text.splitlines(), 2) if "[[packages]]" in each)
    assert check(capsys, index) == (
        2,
        ["NOT-INSTALLABLE pylock.toml:1", f"INVALID-ARTIFACT-HASH pylock.toml:{line}"],
    )


LOCKED_BY_TOOL = {
    "uv.lock": """[[package]]
name = "p"
source = {{ virtual = "." }}
dependencies = [{{ name = "w" }}]

[[package]]
name = "b"
version = "1.0"
source = {{ registry = "{url}" }}
wheels = [{{ url = "{url}/b.whl", hash = "{b}" }}]

[[package]]
name = "w"
version = "1.0"
source = {{ registry = "{url}" }}
dependencies = [{{ name = "b" }}, {{ name = "winonly", marker = "sys_platform == 'win32'" }}]
wheels = [{{ url = "{url}/w.whl", hash = "{w}" }}]

[[package]]
name = "winonly"
version = "1.0"
source = {{ registry = "{url}" }}
wheels = [{{ url = "{url}/winonly.whl", hash = "{winonly}" }}]
""",
    "poetry.lock": """[[package]]
name = "b"
version = "1.0"
groups = ["main"]
files = [{{ file = "b.whl", hash = "{b}" }}]

[[package]]
name = "w"
version = "1.0"
groups = ["main"]
files = [{{ file = "w.whl", hash = "{w}" }}]

[[package]]
name = "winonly"
version = "1.0"
groups = ["main"]
markers = "sys_platform == 'win32'"
files = [{{ file = "winonly.whl", hash = "{winonly}" }}]
""",
    "pdm.lock": """[[package]]
name = "b"
version = "1.0"
groups = ["default"]
files = [{{ file = "b.whl", hash = "{b}" }}]

[[package]]
name = "w"
version = "1.0"
groups = ["default"]
files = [{{ file = "w.whl", hash = "{w}" }}]

[[package]]
name = "winonly"
version = "1.0"
groups = ["default"]
marker = "sys_platform == 'win32'"
files = [{{ file = "winonly.whl", hash = "{winonly}" }}]
""",
}


def locked_by_tool(project, index, name, dependency="w"):
    """Write a project and its lock; return the line at which the entry of `w` begins."""
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "p"\ndependencies = ["{dependency}"]\n'
    )
    hashes = {each: hashes_of(index, each, "1.0")[0] for each in ("b", "w", "winonly")}
    text = LOCKED_BY_TOOL[name].format(url=index.url, **hashes)
    (project / name).write_text(text)
    return text.splitlines().index('name = "w"')


@pytest.mark.parametrize("name", LOCKED_BY_TOOL)
def test_lock_of_another_tool_is_found_and_true(project, capsys, index, name):
    locked_by_tool(project, index, name)
    assert check(capsys, index) == (0, [])


@pytest.mark.parametrize("name", LOCKED_BY_TOOL)
def test_fault_in_the_lock_of_another_tool_has_its_line(project, capsys, index, name):
    line = locked_by_tool(project, index, name, dependency="w>=2")
    assert check(capsys, index) == (2, [f"UNSATISFIED-REQUIREMENT {name}:{line}"])
