"""`run` of a unit: nodes to values. What each type takes: docs/prescriptions.md."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, cast

import yaml

from advisor_core.pipeline.prescriptions.model import Message, Run
from advisor_core.standards import normalize_version

if TYPE_CHECKING:
    from advisor_core.pipeline.prescriptions.model import MessageType
    from advisor_core.pipeline.prescriptions.tree import Entries, Walk

__all__ = ["read_run"]

_COMMON = ("stack_info", "log")
_DECIDING = (*_COMMON, "not_acceptable", "eager_stop_pipeline")

_RUN_KEYS: dict[str, tuple[str, ...]] = {
    "boot": _DECIDING,
    "pseudonym": (*_COMMON, "yield"),
    "sieve": _DECIDING,
    "sieve.SkipPackage": _COMMON,
    "step": (*_DECIDING, "score", "justification", "multi_package_resolution"),
    "step.AddPackage": (*_COMMON, "multi_package_resolution", "package_version"),
    "step.Group": (*_DECIDING, "score", "justification", "multi_package_resolution"),
    "step.SkipPackage": (*_COMMON, "multi_package_resolution"),
    "stride": _DECIDING,
    "wrap": (*_COMMON, "justification", "advised_manifest_changes"),
    "wrap.GHReleaseNotes": (*_COMMON, "release_notes"),
}

_MESSAGE_TYPES = ("INFO", "WARNING", "ERROR")
_MESSAGE_KEYS = ("type", "message", "link")
_JUSTIFICATION_KEYS = (
    *_MESSAGE_KEYS, "package_name", "advisory", "cve_id", "cve_name", "version_range",
)  # fmt: skip
# https://docs.github.com/en/get-started/signing-up-for-github and what GitHub's forms accept.
_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", re.ASCII)
_REPOSITORY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", re.ASCII)
_TAG_PREFIX = re.compile(r"(?!.*(?:\.\.|//))(?:[A-Za-z0-9_-][A-Za-z0-9._/-]{0,99})?", re.ASCII)

_PATCH_OPERATIONS = {
    "add": "value", "replace": "value", "test": "value", "remove": "", "move": "from", "copy": "from",
}  # fmt: skip
"""Operations of RFC 6902 (section 4) and what each needs besides `path`."""

_MAXIMUM_DEPTH = 12
"""Levels of `advised_manifest_changes`."""


def read_run(walk: Walk, unit_type: str, node: yaml.Node, what: str) -> Run:
    """Return what the unit does; raises WrongError when nothing can be made of the node."""
    entries = walk.mapping(node, f"{what} of a {unit_type}", _RUN_KEYS[unit_type])
    not_acceptable = walk.optional(entries, "not_acceptable", walk.text, "")
    stop = walk.optional(entries, "eager_stop_pipeline", walk.text, "")
    if not_acceptable and stop:
        walk.wrong(node, "run has both `not_acceptable` and `eager_stop_pipeline`", "keep one")
    stack_info = walk.optional(entries, "stack_info", walk.items, [])
    justification = walk.optional(entries, "justification", walk.items, [])
    package, locked, index, develop, matched = _read_added(walk, node, entries, unit_type)
    return Run(
        stack_info=walk.each(
            stack_info, lambda item: _read_message(walk, item, "stack_info", _MESSAGE_KEYS)
        ),
        log=walk.optional(entries, "log", partial(_read_log, walk), None),
        justification=walk.each(
            justification,
            lambda item: _read_message(walk, item, "justification", _JUSTIFICATION_KEYS),
        ),
        score=walk.optional(entries, "score", partial(_read_score, walk), None),
        not_acceptable=not_acceptable,
        eager_stop_pipeline=stop,
        multi_package_resolution=walk.optional(
            entries, "multi_package_resolution", walk.boolean, default=False
        ),
        package=package,
        locked_version=locked,
        package_index_url=index,
        package_develop=develop,
        yield_matched_version=matched,
        release_notes=_read_release_notes(walk, node, entries, unit_type),
        manifest_changes=walk.optional(
            entries, "advised_manifest_changes", partial(_as_json, walk), ""
        ),
    )


def _read_score(walk: Walk, node: yaml.Node, what: str) -> float | None:
    return None if walk.is_null(node) else walk.number(node, what, least=-1, most=1)


def _read_log(walk: Walk, node: yaml.Node, what: str) -> tuple[str, str]:
    entries = walk.mapping(node, what, ("message", "type"))
    message, message_type = walk.read(entries, "message"), walk.read(entries, "type")
    if message is None or message_type is None:
        raise walk.wrong(node, "log must have `message` and `type`")
    return walk.choice(message_type, "type", _MESSAGE_TYPES), walk.text(message, "message")


def _read_message(walk: Walk, node: yaml.Node, what: str, keys: tuple[str, ...]) -> Message:
    entries = walk.mapping(node, what, keys)
    message, message_type = walk.read(entries, "message"), walk.read(entries, "type")
    if message is None or message_type is None:
        raise walk.wrong(node, f"{what} must have `type` and `message`")
    if "link" not in entries:
        walk.note(node, f"{what} has no `link`", "add the address of a public source")
    advisory = walk.optional(entries, "advisory", walk.text, None)
    identifier = walk.optional(entries, "cve_id", walk.text, None)
    walk.optional(entries, "cve_name", walk.text, None)
    return Message(
        cast("MessageType", walk.choice(message_type, "type", _MESSAGE_TYPES)),
        walk.text(message, "message"),
        walk.optional(entries, "link", walk.link, ""),
        walk.optional(entries, "package_name", walk.package, None),
        walk.optional(entries, "version_range", walk.specifier, None),
        advisory or identifier,
    )


def _read_added(
    walk: Walk, node: yaml.Node, entries: Entries, unit_type: str
) -> tuple[str, str, str, bool | None, bool]:
    """Return name, version, index, `develop` and `yield_matched_version` of a package to add."""
    if unit_type not in {"pseudonym", "step.AddPackage"}:
        return "", "", "", None, False
    matched = False
    if unit_type == "pseudonym":
        offered = walk.read(entries, "yield")
        if offered is None:
            raise walk.wrong(node, "run of a pseudonym must have `yield`")
        entries = walk.mapping(offered, "yield", ("yield_matched_version", "package_version"))
        flag = walk.read(entries, "yield_matched_version")
        matched = flag is not None and walk.boolean(flag, "yield_matched_version")
    found = walk.read(entries, "package_version")
    if found is None:
        raise walk.wrong(node, f"run of a {unit_type} must have `package_version`")
    inner = walk.mapping(
        found, "package_version", ("name", "locked_version", "index_url", "develop")
    )
    name, version = walk.read(inner, "name"), walk.read(inner, "locked_version")
    index, develop = walk.read(inner, "index_url"), walk.read(inner, "develop")
    if name is None:
        raise walk.wrong(found, "package_version must have a name here")
    has_version = version is not None and not walk.is_null(version)
    if unit_type == "step.AddPackage" and not has_version:
        raise walk.wrong(found, "package_version must have a locked_version here")
    if matched and has_version:
        walk.wrong(found, "both a locked_version and yield_matched_version", "keep one")
    return (
        walk.package(name, "name"),
        _locked_version(walk, version) if version is not None and has_version else "",
        "" if index is None or walk.is_null(index) else walk.address(index, "index_url"),
        None if develop is None else walk.boolean(develop, "develop"),
        matched,
    )


def _locked_version(walk: Walk, node: yaml.Node) -> str:
    text = walk.text(node, "locked_version")
    try:
        return normalize_version(text.lstrip("=").strip() if text.startswith("==") else "")
    except ValueError as exc:
        raise walk.wrong(node, f"locked_version must be like '==1.0.0': {text!r:.80}") from exc


def _read_release_notes(
    walk: Walk, node: yaml.Node, entries: Entries, unit_type: str
) -> tuple[str, str, str] | None:
    if unit_type != "wrap.GHReleaseNotes":
        return None
    found = walk.read(entries, "release_notes")
    if found is None:
        raise walk.wrong(node, "run must have `release_notes`")
    inner = walk.mapping(
        found, "release_notes", ("organization", "repository", "tag_version_prefix")
    )
    organization, repository = walk.read(inner, "organization"), walk.read(inner, "repository")
    if organization is None or repository is None:
        raise walk.wrong(found, "release_notes must have `organization` and `repository`")
    prefix = walk.read(inner, "tag_version_prefix")
    return (
        _path_part(walk, organization, "organization", _ORGANIZATION),
        _path_part(walk, repository, "repository", _REPOSITORY),
        "" if prefix is None else _path_part(walk, prefix, "tag_version_prefix", _TAG_PREFIX),
    )


def _path_part(walk: Walk, node: yaml.Node, what: str, form: re.Pattern[str]) -> str:
    text = walk.text(node, what)
    if not form.fullmatch(text):
        raise walk.wrong(node, f"{what} is none that GitHub takes: {text!r:.80}")
    return text


def _as_json(walk: Walk, node: yaml.Node, what: str) -> str:
    plain = _plain(walk, node, 0)
    if walk.strict:
        for item in walk.items(node, what, least=1):
            _check_change(walk, item, what)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _check_change(walk: Walk, node: yaml.Node, what: str) -> None:
    """Note what is wrong with one change: of which manifest, and a patch or a list of patches.

    Thoth's schema takes anything; those that were written say `apiVersion` and `kind`, or `file`.
    """
    entries = walk.mapping(node, f"an entry of {what}", None)
    patch = walk.read(entries, "patch")
    if patch is None:
        walk.wrong(node, f"an entry of {what} has no `patch`", "say what is to be changed")
        return
    if not ({"apiVersion", "kind"} <= entries.keys() or "file" in entries):
        hint = "give `apiVersion` and `kind`, or `file`"
        walk.wrong(node, f"an entry of {what} does not say of which manifest it is", hint)
    for item in walk.items(patch, "patch", least=1):
        _check_patch(walk, item)


def _check_patch(walk: Walk, node: yaml.Node) -> None:
    entries = walk.mapping(node, "patch", None)
    operation, path = walk.read(entries, "op"), walk.read(entries, "path")
    if operation is None and path is None and "name" in entries:
        return  # of a `file`: a key and its value
    if operation is None or path is None:
        walk.wrong(node, "a patch must have `op` and `path`", "see RFC 6902")
        return
    needed = _PATCH_OPERATIONS[walk.choice(operation, "op", tuple(_PATCH_OPERATIONS))]
    if needed and needed not in entries:
        walk.wrong(node, f"a patch of this `op` must have `{needed}`", "see RFC 6902")
    if isinstance(path, yaml.ScalarNode) and not path.value:
        return  # the whole document
    text = walk.text(path, "path")
    if not text.startswith("/"):
        hint = "a JSON pointer (RFC 6901) starts with `/`"
        walk.wrong(path, f"path is no JSON pointer: {text!r:.80}", hint)


def _plain(walk: Walk, node: yaml.Node, depth: int) -> object:
    walk.visit(node)
    if depth > _MAXIMUM_DEPTH:
        raise walk.wrong(node, f"nested deeper than {_MAXIMUM_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        entries = walk.mapping(node, "a mapping", None)
        return {key: _plain(walk, value, depth + 1) for key, (_key, value) in entries.items()}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(walk, item, depth + 1) for item in node.value]
    if walk.is_null(node):
        return None
    if node.tag.endswith(":bool"):
        return walk.boolean(node, "a value")
    if node.tag.endswith(":int") and len(node.value) < 10 and node.value.isdigit():
        return int(node.value)
    return node.value if len(node.value) < 4_000 else node.value[:4_000]
