"""`thoth config`: checks `.thoth.yaml`, shows what holds for each environment, and drafts a first one."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from advisor_core.cli.inputs import LOCKFILES, ArgumentParser
from advisor_core.config.effective import (
    Setting,
    describe_environment,
    describe_project,
    describe_rule,
    read_lines,
)
from advisor_core.config.extend import unread_note
from advisor_core.config.file import CONFIGURATION_PATH, read_configuration
from advisor_core.config.model import Configuration
from advisor_core.config.schema import WITH_EFFECT_ON_ADVICE
from advisor_core.config.starter import starter_file
from advisor_core.environment.detect import detect_environments
from advisor_core.errors import InputError
from advisor_core.index.access import list_sources
from advisor_core.index.sources import public_url
from advisor_core.manifests import DiskFiles, find_manifest, read_manifest
from advisor_core.model import Category, Manifest
from advisor_core.pipeline.configuration import place_faults
from advisor_core.pipeline.engine import check_units
from advisor_core.report.terminal import for_terminal
from advisor_core.values import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from advisor_core.environment.declaration import EnvironmentDeclaration

__all__ = ["run"]

_WIDEST = 40
"""Values longer than that do not move what stands beside the others."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder with a manifest, and the environments that it is locked for."""

    manifest: Manifest
    """One without categories where there is none."""
    declarations: tuple[EnvironmentDeclaration, ...]


def run(words: Sequence[str]) -> int:
    """Check the configuration and show what holds, or draft one; return the exit code."""
    words = list(words)
    if words and words[0] == "init":
        return _initialize(_init_parser().parse_args(words[1:]))
    options = _parser().parse_args(words)
    files = DiskFiles(_folder(options.path))
    content = files.read(CONFIGURATION_PATH)
    configuration = read_configuration(content, CONFIGURATION_PATH)
    faults = check_units(configuration.advice.units)
    if faults:
        raise InputError(place_faults(faults, configuration.advice.unit_places))
    lines = read_lines(content, CONFIGURATION_PATH)
    folders = _read_folders(files, configuration)
    shown = []
    for folder in folders:
        for declaration in folder.declarations:
            if options.runtime in (None, declaration.name):
                settings = [
                    *_where(folder.manifest),
                    *describe_environment(declaration, configuration, lines),
                ]
                shown.append((declaration, settings))
    if not shown:
        names = [each.name for folder in folders for each in folder.declarations]
        hint = f"declared: {', '.join(names)}"
        raise InputError.single(
            "-r", f"no such runtime environment: {options.runtime!r}", hint=hint
        )
    notes = [note for declaration, _settings in shown for note in declaration.notes]
    notes += configuration.notes_but_of((*WITH_EFFECT_ON_ADVICE, "managers"))
    if configuration.extends is not None:
        notes.append(unread_note(configuration.extends))
    project = describe_project(configuration, lines)
    rules = [(describe_rule(rule), str(rule.origin)) for rule in configuration.packages]
    file = CONFIGURATION_PATH if content is not None else None
    if options.json:
        _print_json(file, shown, project, rules, notes)
    else:
        _print(file, shown, project, rules, notes)
    return 0


def _folder(path: str) -> str:
    """Return the project folder; the file itself may be named too."""
    if os.path.basename(path) == CONFIGURATION_PATH:  # noqa: PTH119 - as everywhere in `cli`
        path = os.path.dirname(path) or "."  # noqa: PTH120
    if not os.path.isdir(path):  # noqa: PTH112
        raise InputError.single(path, "no such folder", hint="name the folder of a project")
    return path


def _read_folders(files: DiskFiles, configuration: Configuration) -> list[_Folder]:
    found = []
    for folder in configuration.folders:
        path = find_manifest(files, folder)
        manifest = (
            read_manifest(files, path)
            if path is not None
            else Manifest(os.path.join(folder, ""), "requirements", (Category("default", ()),))  # noqa: PTH118
        )
        found.append(_Folder(manifest, detect_environments(files, manifest, configuration)))
    return found


def _where(manifest: Manifest) -> list[Setting]:
    """Return which files are read and written, and which indexes are asked."""
    folder = os.path.dirname(manifest.path)  # noqa: PTH120
    if os.path.basename(manifest.path) == "":  # noqa: PTH119
        return [Setting("manifest", "none", f"nothing was found in {folder or '.'}")]
    named = "the manifest" if manifest.sources else "the default"
    if not manifest.sources and os.environ.get("THOTH_INDEX_URL"):
        named = "THOTH_INDEX_URL"
    lockfile = os.path.join(folder, LOCKFILES[manifest.kind])  # noqa: PTH118
    indexes = ", ".join(public_url(source.url) for source in list_sources(manifest))
    return [
        Setting("manifest", manifest.path, "found"),
        Setting("lockfile", lockfile, f"beside the manifest, as for every {manifest.kind}"),
        Setting("indexes", indexes, named),
    ]


def _print(
    file: str | None,
    shown: Sequence[tuple[EnvironmentDeclaration, Sequence[Setting]]],
    project: Sequence[Setting],
    rules: Sequence[tuple[str, str]],
    notes: Sequence[str],
) -> None:
    lines = [
        f"{file}: no faults"
        if file
        else f"there is no {CONFIGURATION_PATH}: what follows was detected; `thoth config init` drafts one"
    ]
    for declaration, settings in shown:
        lines += ["", declaration.name, *_table(settings)]
    lines += ["", "whole project", *_table(project)]
    if rules:
        lines += ["", "packages", *(f"  {rule}  ({place})" for rule, place in rules)]
    lines += ["", *(f"note: {note}" for note in dict.fromkeys(notes))] if notes else []
    sys.stdout.write(for_terminal("\n".join(lines)) + "\n")
    sys.stdout.flush()


def _table(settings: Sequence[Setting]) -> list[str]:
    keys = max(len(each.key) for each in settings)
    values = max((len(each.value) for each in settings if len(each.value) <= _WIDEST), default=0)
    return [f"  {each.key:{keys}}  {each.value:{values}}  ({each.source})" for each in settings]


def _print_json(
    file: str | None,
    shown: Sequence[tuple[EnvironmentDeclaration, Sequence[Setting]]],
    project: Sequence[Setting],
    rules: Sequence[tuple[str, str]],
    notes: Sequence[str],
) -> None:
    answer = {
        "status": "ok",
        "file": file,
        "environments": [
            {"name": declaration.name, "settings": _as_json(settings)}
            for declaration, settings in shown
        ],
        "project": _as_json(project),
        "packages": [{"rule": rule, "source": place} for rule, place in rules],
        "notes": list(dict.fromkeys(notes)),
    }
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _as_json(settings: Sequence[Setting]) -> dict[str, dict[str, str]]:
    return {each.key: {"value": each.value, "source": each.source} for each in settings}


def _initialize(options: argparse.Namespace) -> int:
    folder = _folder(options.path)
    files = DiskFiles(folder)
    path = os.path.join(folder, CONFIGURATION_PATH)  # noqa: PTH118
    if options.write and os.path.lexists(path):
        hint = "without --write it is printed, to compare"
        raise InputError.single(path, "is there already and is left as it is", hint=hint)
    (found, *_) = _read_folders(files, Configuration())
    text = starter_file(found.declarations)
    if options.write:
        from advisor_core.cli.write import write_atomically

        write_atomically(path, text.encode())
        sys.stderr.write(f"thoth: {for_terminal(path)}: written\n")
    else:
        sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth config",
        description="Check .thoth.yaml, and show what holds for each runtime environment and why. "
        "`thoth config init` prints a first one.",
    )
    _add_path(parser)
    parser.add_argument("-r", "--runtime", metavar="ENV", help="only this runtime environment")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser


def _init_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="thoth config init",
        description="Print a .thoth.yaml with comments that says what was detected.",
    )
    _add_path(parser)
    parser.add_argument("--write", action="store_true", help="write it, unless there is one")
    return parser


def _add_path(parser: ArgumentParser) -> None:
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="project folder (default: .)"
    )
