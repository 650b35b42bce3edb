"""The inputs that `lock` and `advise` share: which manifest, which environment, which indexes."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from advisor_core.cli.progress import open_progress
from advisor_core.config.file import read_configuration
from advisor_core.config.model import Configuration
from advisor_core.configured import configure_manifest
from advisor_core.environment.declaration import make_environment
from advisor_core.environment.detect import detect_environments
from advisor_core.errors import Fault, InputError
from advisor_core.index.access import index_pins, list_sources, open_access
from advisor_core.index.sources import public_url
from advisor_core.manifests import DiskFiles, find_manifest, read_manifest
from advisor_core.model import IndexSource, Manifest, Target
from advisor_core.resolver.request import Policy
from advisor_core.standards import normalize_name
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Environment

__all__ = ["ArgumentParser", "InputOptions", "Opened", "add_input_options", "open_input"]

CONFIGURATION_PATH = ".thoth.yaml"

LOCKFILES = {
    "pipfile": "Pipfile.lock",
    "pyproject": "pylock.toml",
    "requirements": "requirements.txt",
}
"""The lockfile beside a manifest, by the manifest's kind."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""https://packaging.python.org/en/latest/specifications/name-normalization/#name-format"""


class _HelpFormatter(argparse.HelpFormatter):
    """As wide as the terminal. argparse imports `shutil` to know that, at every option it takes in."""

    def __init__(self, prog: str) -> None:
        columns = os.environ.get("COLUMNS", "")
        try:
            width = int(columns) if columns.isdecimal() else os.get_terminal_size().columns
        except OSError:
            width = 80
        super().__init__(prog, width=max(width, 40) - 2)


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose faults are InputErrors, so that `--json` holds for them too."""

    def __init__(self, *, prog: str, description: str) -> None:
        # An abbreviated `--json` would be one to argparse only.
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=_HelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise InputError with the command's name as place."""
        raise InputError.single(self.prog, message, hint=f"{self.prog} --help lists the options")


@dataclass(frozen=True, slots=True)
class InputOptions:
    """The shared options as given."""

    path: str
    requirements: tuple[str, ...]
    index_url: str | None
    extra_index_urls: tuple[str, ...]
    python: str | None
    platform: str | None
    offline: bool
    db: str | None
    policy: Policy

    @classmethod
    def from_namespace(cls, options: argparse.Namespace) -> InputOptions:
        """Return the options of a parsed command line. Raises InputError for values that are none."""
        policy = Policy(
            prereleases=options.pre,
            only_binary=_names("--only-binary", options.only_binary),
            no_binary=_names("--no-binary", options.no_binary),
            exclude_newer=_moment(options.exclude_newer),
        )
        if options.path is not None and options.requirements:
            hint = "name all of them with -r, or one of them as PATH"
            raise InputError.single(options.path, "a PATH beside -r has no effect", hint=hint)
        if "" in (options.index_url, *(options.extra_index_url or ())):
            # Often a variable that is not set: asking another index instead would be dangerous.
            hint = "name an index, or leave the option out"
            raise InputError.single("--index-url or --extra-index-url", "is empty", hint=hint)
        return cls(
            path=options.path or ".",
            requirements=tuple(options.requirements or ()),
            index_url=options.index_url,
            extra_index_urls=tuple(options.extra_index_url or ()),
            python=options.python,
            platform=options.platform,
            offline=options.offline,
            db=options.db,
            policy=policy,
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that locking needs."""

    target: Target
    access: IndexAccess
    policy: Policy
    notes: tuple[str, ...]
    """What was inferred or passed over while reading. Not escaped."""
    sources: tuple[IndexSource, ...]
    """The indexes that are asked, in order."""
    previous: bytes | None
    """The present lockfile beside the manifest."""
    declarations: tuple[EnvironmentDeclaration, ...] = ()
    """Parallel to the target's environments."""
    lockfile_path: str = ""
    """Where the target's lockfile is on disk."""
    configuration: Configuration = Configuration()
    files: DiskFiles | None = None
    """Of the project."""


def add_input_options(parser: argparse.ArgumentParser, *, short_requirements: bool = True) -> None:
    """Add the shared options; `short_requirements`: `-r` is short for `--requirements`."""
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="project folder or manifest (default: .)",
    )
    parser.add_argument(
        *(["-r"] if short_requirements else []),
        "--requirements",
        action="extend",
        nargs="+",
        metavar="FILE",
        help="requirements files instead of PATH",
    )
    index = parser.add_argument_group("package indexes")
    index.add_argument(
        "--index-url", metavar="URL", help="ask this index instead of the manifest's"
    )
    index.add_argument(
        "--extra-index-url", action="append", metavar="URL", help="and this one, for other names"
    )
    index.add_argument("--offline", action="store_true", help="use the cache alone")
    index.add_argument("--pre", action="store_true", help="take pre-releases like any release")
    index.add_argument(
        "--only-binary", action="append", default=[], metavar="NAME", help="no sdists (or :all:)"
    )
    index.add_argument(
        "--no-binary", action="append", default=[], metavar="NAME", help="no wheels (or :all:)"
    )
    index.add_argument("--exclude-newer", metavar="DATE", help="as the index was at this date")
    index.add_argument(
        "--db",
        metavar="URL",
        help="keep what the index says in this database (sqlite:///, postgresql://)",
    )
    environment = parser.add_argument_group("environment")
    environment.add_argument("--python", metavar="VERSION", help="such as 3.12 or 3.12.4")
    environment.add_argument("--platform", metavar="TAG", help="such as manylinux_2_28_x86_64")


@contextmanager
def open_input(
    options: InputOptions,
    *,
    environment: str | None = None,
    overlays: bool = False,
    advising: bool = False,
    everything: bool = True,
) -> Iterator[Opened]:
    """Read the manifest, settle the environments and open the index.

    With `overlays` the manifest of a project folder is the one that `environment`, by default the first
    one declared, is locked for. `advising`: what has an effect on advice is not noted as without any.
    `everything`: extras and groups of a `pyproject.toml` too.
    Raises InputError with all faults of the file at fault.
    """
    files, manifest, configuration = _read(
        options, environment, overlays=overlays, everything=everything
    )
    declarations = detect_environments(files, manifest, configuration)
    environments: tuple[Environment, ...]
    if advising:
        from advisor_core.config.schema import WITH_EFFECT_ON_ADVICE

        notes = configuration.notes_but_of(WITH_EFFECT_ON_ADVICE)
    else:
        notes = configuration.notes
    if configuration.extends is not None:
        from advisor_core.config.extend import unread_note

        notes += (unread_note(configuration.extends),)
    if options.python or options.platform:
        environments = (
            make_environment(declarations[0], python=options.python, platform=options.platform),
        )
    else:
        environments = tuple(make_environment(declaration) for declaration in declarations)
        notes += tuple(note for declaration in declarations for note in declaration.notes)
    if manifest.index_choices:
        from advisor_core.environment.index_choice import choose_indexes

        manifest = choose_indexes(manifest, environments, declarations)
    sources = list_sources(manifest, options.index_url, options.extra_index_urls)
    if not manifest.sources and (options.index_url or options.extra_index_urls):
        # Lockfiles name the index; what was given on the command line may hold a password. One of
        # THOTH_INDEX_URL is this machine's way to the default one, and no business of a lockfile.
        shown = tuple(replace(source, url=public_url(source.url)) for source in sources)
        manifest = replace(manifest, sources=shown)
    folder = manifest.path.rpartition("/")[0]
    lockfile = f"{folder}/{LOCKFILES[manifest.kind]}".lstrip("/")
    manifest = configure_manifest(files, manifest, configuration, lockfile=lockfile)
    target = Target(manifest, lockfile, environments)
    try:
        previous = files.read(lockfile)
    except InputError as exc:
        previous = None
        notes += (f"the present lockfile is not looked at: {exc}",)
    pins = index_pins(manifest, sources)
    with (
        open_progress() as progress,
        open_access(
            sources, pins=pins, offline=options.offline, progress=progress, files=files
        ) as access,
    ):
        yield Opened(
            target,
            access,
            options.policy,
            notes,
            sources,
            previous,
            declarations[: len(environments)],
            os.path.join(files.folder, lockfile),
            configuration,
            files,
        )


def _read(
    options: InputOptions, environment: str | None, *, overlays: bool, everything: bool
) -> tuple[DiskFiles, Manifest, Configuration]:
    if options.requirements:
        manifests = []
        files = DiskFiles(".")
        for path in options.requirements:
            folder, name = _split(path)
            files = DiskFiles(folder)
            manifests.append(read_manifest(files, name))
        manifest = _merge(manifests)
    elif os.path.isdir(options.path):
        files = DiskFiles(options.path)
        folder = _overlay(files, environment) if overlays else "."
        found = find_manifest(files, folder) or find_manifest(files)
        if found is None:
            place = options.path if folder == "." else os.path.join(options.path, folder)
            raise InputError.single(
                os.path.normpath(place),
                "no manifest found",
                hint="add a `Pipfile`, `pyproject.toml` or `requirements.in`, or name a file",
            )
        manifest = read_manifest(files, found, everything=everything)
    else:
        folder, name = _split(options.path)
        files = DiskFiles(folder)
        manifest = read_manifest(files, name, everything=everything)
    configuration = read_configuration(files.read(CONFIGURATION_PATH), CONFIGURATION_PATH)
    return files, manifest, configuration


def _overlay(files: DiskFiles, environment: str | None) -> str:
    """Return the folder whose manifest an environment is locked for; None: the first environment."""
    configuration = read_configuration(files.read(CONFIGURATION_PATH), CONFIGURATION_PATH)
    declared = configuration.environments
    names = [each.name for each in declared]
    if environment is not None and environment not in names:
        hint = f"declared: {', '.join(names)}" if names else f"{CONFIGURATION_PATH} declares none"
        raise InputError.single("-r", f"no such runtime environment: {environment!r}", hint=hint)
    wanted = environment or (names[0] if names else None)
    for folder in configuration.folders:
        if folder != "." and any(
            each.name == wanted for each in configuration.environments_in(folder)
        ):
            return folder
    return "."


def _split(path: str) -> tuple[str, str]:
    """Return the project folder of a named file, and the file's path in it.

    A file below the current folder keeps it as its project, so that `-r ../base.txt` in it works.
    """
    if not os.path.isfile(path):
        raise InputError.single(path, "no such file", hint="name a manifest, or a folder with one")
    here, absolute = os.getcwd(), os.path.abspath(path)
    if os.path.commonpath((here, absolute)) == here:
        return ".", os.path.relpath(absolute, here).replace(os.sep, "/")
    return os.path.split(absolute)


def _merge(manifests: list[Manifest]) -> Manifest:
    first = manifests[0]
    if len(manifests) == 1:
        return first
    merged = replace(
        first.categories[0],
        requirements=tuple(
            each for manifest in manifests for each in manifest.categories[0].requirements
        ),
        constraints=tuple(
            each for manifest in manifests for each in manifest.categories[0].constraints
        ),
    )
    return replace(
        first,
        categories=(merged,),
        sources=next((manifest.sources for manifest in manifests if manifest.sources), ()),
        allow_prereleases=any(manifest.allow_prereleases for manifest in manifests),
        files={path: text for manifest in manifests for path, text in manifest.files.items()},
        only_binary=tuple(name for manifest in manifests for name in manifest.only_binary),
        no_binary=tuple(name for manifest in manifests for name in manifest.no_binary),
    )


def _names(option: str, values: list[str]) -> frozenset[str]:
    names = {name.strip() for value in values for name in value.split(",")} - {""}
    wrong = sorted(name for name in names if name != ":all:" and not _NAME.fullmatch(name))
    if wrong:
        hint = f"write `{option} PACKAGE` or `{option} :all:`"
        raise InputError(
            tuple(Fault(option, f"not a package name: {name!r}", hint) for name in wrong)
        )
    return frozenset(name if name == ":all:" else normalize_name(name) for name in names)


def _moment(text: str | None) -> int | None:
    """Return epoch seconds of `2026-01-31` (the end of that day, UTC) or of an RFC 3339 time stamp."""
    if text is None:
        return None
    from datetime import UTC, datetime, timedelta

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        hint = "use 2026-01-31 or 2026-01-31T12:00:00Z"
        raise InputError.single("--exclude-newer", f"not a date: {text!r}", hint=hint) from exc
    if len(text) <= len("2026-01-31"):
        # uv reads a day as all of it: files uploaded on that day are still seen.
        moment += timedelta(days=1)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
