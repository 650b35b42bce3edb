"""Changes rules of `packages` in a `.thoth.yaml`, and nothing else of it. Pure.

    edited = edit_rules(text, RuleEdit("django", ignore="major", until="2027-01-31"))

Comments, order and style of the rest stay (ruamel.yaml's round trip). What comes out is read again
before it is handed out, so an edit never leaves a file that this program would refuse.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from advisor_core.config.reader import parse_configuration
from advisor_core.config.schema import RULE_KEYS
from advisor_core.standards import normalize_name
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RuleEdit", "edit_rules"]

_MAXIMUM_WIDTH = 4096
"""Of a line that is written: ruamel would fold longer ones, also those that were there."""


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """One change for one package. Exactly one of `pin`, `ignore` and `remove` says something."""

    package: str
    """PEP 503 normalized."""
    pin: str | None = None
    """The version to stay at."""
    ignore: str | None = None
    """`all`, `major`, `minor`, `patch`, or a clause such as `==2.1`."""
    until: str | None = None
    """The last day of `ignore`, `2027-01-31`."""
    remove: tuple[str, ...] = ()
    """Keys that are dropped from every rule of the package: `("ignore", "pin")`."""


def edit_rules(text: bytes | None, edit: RuleEdit, *, path: str = ".thoth.yaml") -> bytes | None:
    """Return the file with the change; None when it says so already.

    `text` None: there is no file yet. Raises InputError when the file cannot be read.
    """
    parse_configuration(text or b"", path)
    yaml = _round_trip()
    document: Any = yaml.load(text.decode("utf-8-sig")) if text else None
    if document is None:
        # A file of comments alone has no document to change; the comments are kept above it.
        document = {}
        kept = text or b""
    else:
        kept = b""
    changed = _remove(document, edit) if edit.remove else _add(document, edit)
    if not changed:
        return None
    stream = io.StringIO()
    yaml.dump(document, stream)
    if kept and not kept.endswith(b"\n"):
        kept += b"\n"
    result = kept + stream.getvalue().encode()
    parse_configuration(result, path)
    return result


def _round_trip() -> Any:  # noqa: ANN401 - ruamel's YAML has no useful type
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms, and seldom needed

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _MAXIMUM_WIDTH
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def _rules(document: Any) -> Iterator[tuple[int, Any, list[str]]]:  # noqa: ANN401 - as above
    """Yield position, rule and normalized names of every rule."""
    for position, rule in enumerate(document.get("packages") or ()):
        names = rule["name"] if isinstance(rule["name"], list) else [rule["name"]]
        yield position, rule, [normalize_name(str(name)) for name in names]


def _add(document: Any, edit: RuleEdit) -> bool:  # noqa: ANN401 - as above
    key, value = ("pin", edit.pin) if edit.pin is not None else ("ignore", _ignored(edit))
    own = next((rule for _, rule, names in _rules(document) if names == [edit.package]), None)
    if own is not None and key == "ignore" and own.get("ignore") is not None:
        present = own["ignore"] if isinstance(own["ignore"], list) else [own["ignore"]]
        if value in present:
            return False
        own["ignore"] = [*present, value]
        return True
    if own is not None:
        if own.get(key) == value:
            return False
        own[key] = value
        return True
    if not document.get("packages"):
        document["packages"] = []
    document["packages"].append({"name": edit.package, key: value})
    return True


def _ignored(edit: RuleEdit) -> object:
    what = edit.ignore or "all"
    return {"update": what, "until": edit.until} if edit.until else what


def _remove(document: Any, edit: RuleEdit) -> bool:  # noqa: ANN401 - as above
    changed = False
    for position, rule, names in reversed(list(_rules(document))):
        if edit.package not in names or not any(key in rule for key in edit.remove):
            continue
        changed = True
        rest = {
            key: rule[key]
            for key in RULE_KEYS
            if key in rule and key != "name" and key not in edit.remove
        }
        if len(names) > 1:
            # The others of the rule keep it as it is.
            kept = [name for name in rule["name"] if normalize_name(str(name)) != edit.package]
            rule["name"] = kept if len(kept) > 1 else kept[0]
            if rest:
                document["packages"].insert(position + 1, {"name": edit.package, **rest})
        elif rest:
            for key in edit.remove:
                rule.pop(key, None)
        else:
            del document["packages"][position]
    if changed and not document["packages"]:
        del document["packages"]
    return changed
