from __future__ import annotations

import pytest

from advisor_core.model import IndexSource, Requirement

SOURCE = (
    '[[source]]\nname = "main"\nurl = "https://${USER}@example.org/simple"\nverify_ssl = false\n'
)


def requirement_of(read, entry: str) -> Requirement:
    manifest = read({"Pipfile": f"{SOURCE}[packages]\nflask = {entry}\n"})
    return manifest.categories[0].requirements[0].requirement


@pytest.mark.parametrize(
    ("entry", "specifier"),
    [
        ('"*"', ""),
        ('"==1.0"', "==1.0"),
        ('"1.0"', "==1.0"),
        ('">=1, <2"', ">=1,<2"),
        ('"~=1.4"', "~=1.4"),
        ("{}", ""),
        ('{version = "*"}', ""),
        ('{version = "2.1"}', "==2.1"),
    ],
)
def test_version_becomes_a_specifier(read, entry: str, specifier: str) -> None:
    assert requirement_of(read, entry) == Requirement("flask", (), specifier)


def test_marker_and_marker_keys_hold_together(read) -> None:
    first = "os_name == 'nt' or python_version > '3'"
    entry = f"""{{version = '*', markers = "{first}", sys_platform = "== 'linux'"}}"""
    marker = requirement_of(read, entry).marker
    assert marker == "(os_name == 'nt' or python_version > '3') and (sys_platform == 'linux')"


def test_extras_of_entry_and_of_key_are_normalized(read) -> None:
    manifest = read({"Pipfile": '[packages]\n"A_b[X_y]" = {version = "*", extras = ["Two"]}\n'})
    assert manifest.categories[0].requirements[0].requirement == Requirement("a-b", ("two", "x-y"))


@pytest.mark.parametrize(
    "entry",
    [
        '{git = "https://example.org/a.git", ref = "v1", extras = ["x"]}',
        '{path = ".", editable = true}',
        '{file = "https://example.org/a.zip"}',
        '{version = "1.0", skip_resolver = true}',
    ],
)
def test_entry_from_elsewhere_is_kept_and_requires_no_version(read, entry: str) -> None:
    manifest = read({"Pipfile": f"[packages]\na = {entry}\n"})
    declared = manifest.categories[0].requirements[0]
    assert declared.requirement.specifier == ""
    assert declared.text == f"a = {entry}"
    assert declared.kept is not None


def test_every_requirement_has_its_line(read) -> None:
    text = (
        '# é\n[packages]\n"a" = "*"\n\nb = {version = "*", extras = [  # x\n "y"]}\n'
        '[dev-packages.c]\nversion = "1"\nmarkers = """\nos_name == \'nt\'"""\n[docs]\nd="2"\n'
    ).replace("\nos_name", "os_name")
    manifest = read({"Pipfile": text})
    lines = {
        declared.requirement.name: (category.name, str(declared.origin))
        for category in manifest.categories
        for declared in category.requirements
    }
    assert lines == {
        "a": ("default", "Pipfile:3"),
        "b": ("default", "Pipfile:5"),
        "c": ("develop", "Pipfile:7"),
        "d": ("docs", "Pipfile:11"),
    }


def test_settings_sources_and_python_are_read(read) -> None:
    manifest = read(
        {
            "Pipfile": f"{SOURCE}"
            '[packages]\nA = {version = "*", index = "main"}\nb = "*"\n'
            '[requires]\npython_version = "3.11"\npython_full_version = "3.11.4"\n'
            "[pipenv]\nallow_prereleases = true\nuse_default_constraints = false\n"
            "[thoth]\ndisable_index_adjustment = true\n[thoth.allow_prereleases]\nb = true\n"
            '[scripts]\nrun = "x"\n'
        }
    )
    assert manifest.sources == (IndexSource("main", "https://${USER}@example.org/simple", False),)
    assert manifest.python_version == "3.11.4"
    assert manifest.allow_prereleases
    assert manifest.independent_categories
    assert manifest.thoth["disable_index_adjustment"] is True
    a, b = manifest.categories[0].requirements
    assert (a.index, a.allow_prereleases) == ("main", False)
    assert (b.index, b.allow_prereleases) == (None, True)
    assert [category.name for category in manifest.categories] == ["default", "develop"]


def test_python_specifier_is_no_version(read) -> None:
    manifest = read({"Pipfile": '[requires]\npython_version = ">=3.9"\n'})
    assert (manifest.python_version, manifest.requires_python) == (None, ">=3.9")


def test_python_wildcard_says_nothing(read) -> None:
    manifest = read({"Pipfile": '[requires]\npython_version = "*"\n'})
    assert (manifest.python_version, manifest.requires_python) == (None, None)


def test_all_faults_of_a_pipfile_are_reported_together(faults_of) -> None:
    text = (
        '[[source]]\nname = "main"\nurl = "ftp"\n'
        "[packages]\n"
        'good = "*"\n'
        'wrong-version = "one"\n'
        "number = 2\n"
        '"bad name" = "*"\n'
        'unknown = {version = "*", commit = "x"}\n'
        'typed = {version = "*", editable = "yes"}\n'
        'indexed = {version = "*", index = "other"}\n'
        'marked = {version = "*", markers = "whenever"}\n'
        'keyed = {version = "*", sys_platform = "linux"}\n'
        'twice = {git = "https://e.org/x", path = "."}\n'
        'Good = "*"\n'
        'control = {version = "*", markers = "os_name == \'\\u0007\'"}\n'
        'hashed = {version = "*", hashes = ["md5"]}\n'
        'extras = {version = "*", extras = ["a b"]}\n'
        "[default]\n"
        "[requires]\npython_version = 3.11\n"
        '[pipenv]\nallow_prereleases = "yes"\n'
    )
    assert faults_of({"Pipfile": text}) == [
        "Pipfile:3: not the address of an index: 'ftp'",
        "Pipfile:6: not a PEP 440 version or range: 'one'",
        "Pipfile:7: not a version or a table: 2",
        "Pipfile:8: not a package name: 'bad name'",
        "Pipfile:9: an unknown key: 'commit'",
        "Pipfile:10: not true or false: 'yes'",
        "Pipfile:11: no `[[source]]` has this name: 'other'",
        "Pipfile:12: not an environment marker: 'whenever'",
        "Pipfile:13: not an environment marker: 'linux'",
        "Pipfile:14: several places to take it from: git, path",
        "Pipfile:15: declared twice: also as 'good'",
        "Pipfile:16: holds a control character: \"os_name == '\\x07'\"",
        "Pipfile:17: not a hash: 'md5'",
        "Pipfile:18: not names of extras: 'a b'",
        "Pipfile:19: a name of the lock, not of a Pipfile section: 'default'",
        "Pipfile:21: not a Python version: 3.11",
        "Pipfile:23: not true or false: 'yes'",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("packages = 3", "Pipfile:1: not a table: 3"),
        ("[packages]\na = 'x", "Pipfile:2: not TOML: "),
        ("[packages]\na = '*'\na = '*'", "Pipfile:3: not TOML: "),
        ('[packages]\n"a\\u0000b" = "*"', "Pipfile:2: not a package name: 'a\\x00b'"),
        ("[packages]\na = ''", "Pipfile:2: an empty version: ''"),
        ("source = 1", "Pipfile:1: not an array of tables"),
        ("[[source]]\nurl='https://a.b/c'", "Pipfile:1: not a name: None"),
        ("[thoth]\nallow_prereleases = true", "Pipfile:2: not a table: True"),
        ("[requires]\nday = 2024-01-01", "Pipfile: a value that a lockfile cannot hold: "),
        ("[requires]\nn = nan", "Pipfile: a value that a lockfile cannot hold: "),
        ("x = " + "[" * 100_000, "Pipfile:1: nested more than 64 deep"),
        ("[a" + ".a" * 100_000 + "]", "Pipfile:1: a key of more than 64 parts"),
    ],
)
def test_hostile_or_broken_text_is_one_clear_fault(faults_of, text: str, fault: str) -> None:
    (found,) = faults_of({"Pipfile": text})
    assert found.startswith(fault)


def test_what_a_project_at_a_path_declares_is_required_through_it(read) -> None:
    manifest = read(
        {
            "Pipfile": "[packages]\nthing = {path = './libs/thing', extras = ['More'], "
            "sys_platform = \"== 'linux'\"}\n",
            "libs/thing/pyproject.toml": '[project]\nname = "thing"\n'
            "dependencies = ['a>=1', \"b; os_name == 'nt'\"]\n"
            "optional-dependencies.more = ['c']\noptional-dependencies.other = ['d']\n",
        }
    )
    thing, *others = manifest.categories[0].requirements
    assert thing.knows_requirements
    assert [(other.requirement.name, str(other.origin), other.via) for other in others] == [
        ("a", "libs/thing/pyproject.toml:3", "thing"),
        ("b", "libs/thing/pyproject.toml:3", "thing"),
        ("c", "libs/thing/pyproject.toml:4", "thing"),
    ]
    assert others[1].requirement.marker == "(os_name == 'nt') and (sys_platform == 'linux')"
    assert sorted(manifest.files) == ["Pipfile", "libs/thing/pyproject.toml"]


@pytest.mark.parametrize(
    ("path", "pyproject"),
    [
        (".", "[project]\nname = 'x'\ndynamic = ['dependencies']\n"),
        (".", "[project]\nname = 'x'\ndependencies = ['a b']\n"),
        (".", "[tool.x]\n"),
        (".", "[project"),
        ("..", "[project]\nname = 'x'\n"),
        ("/etc", "[project]\nname = 'x'\n"),
        ("dist/x.whl", "[project]\nname = 'x'\n"),
    ],
)
def test_project_that_cannot_be_understood_requires_what_is_unknown(
    read, path: str, pyproject: str
) -> None:
    text = f"[packages]\nx = {{path = '{path}'}}\n"
    manifest = read({"Pipfile": text, "pyproject.toml": pyproject})
    (declared,) = manifest.categories[0].requirements
    assert not declared.knows_requirements
