"""GitHub's own REST description, cut to what an App like ours uses: routes and schemas.

It is the judge of both sides: of the requests that the App sends, and of the answers and webhooks
that the fake makes. `tests/data/github/make_data.py` makes the cut. Performs no I/O after loading.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

__all__ = ["Description", "Operation", "load_description", "load_examples"]

DATA = Path(__file__).parents[2] / "data" / "github"

_MULTI_SEGMENT = frozenset({"path", "ref", "branch", "basehead"})
"""Path parameters that may hold slashes, which clients do or do not quote."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared path or query parameter."""

    name: str
    place: str
    required: bool
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the description."""

    id: str
    method: str
    path: str
    docs: str
    parameters: tuple[Parameter, ...]
    body: dict[str, Any] | None
    """The schema of the request's body; None: it takes none."""
    body_required: bool
    responses: dict[str, dict[str, Any]]
    """Status -> media type -> schema; no media type: no body."""
    pattern: re.Pattern[str]

    @property
    def literal_segments(self) -> int:
        """How many segments are fixed: the more, the better the match."""
        return sum(not part.startswith("{") for part in self.path.split("/"))


class Description:
    """The operations and webhooks, with a validator for each schema made when it is first used."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._definitions = document["$defs"]
        self._webhooks: dict[str, Any] = document["webhooks"]
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        operations = [_read_operation(entry) for entry in document["operations"]]
        self.operations = {operation.id: operation for operation in operations}
        self._ordered = sorted(operations, key=lambda found: -found.literal_segments)

    @property
    def webhooks(self) -> frozenset[str]:
        """The names of the webhooks that are described, like `check-run-created`."""
        return frozenset(self._webhooks)

    def match(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request and its path parameters, unquoted; None: not known."""
        for operation in self._ordered:
            if operation.method == method and (found := operation.pattern.fullmatch(raw_path)):
                return operation, {
                    key: unquote(text or "") for key, text in found.groupdict().items()
                }
        return None

    def request_faults(
        self, operation: Operation, query: dict[str, str], body: Any, *, has_body: bool
    ) -> list[str]:
        """Return what is wrong with a request, each with its place."""
        faults = []
        declared = {part.name: part for part in operation.parameters if part.place == "query"}
        for name, text in query.items():
            if name not in declared:
                faults.append(f"query: {name}: not declared")
            else:
                place = f"query: {name}"
                schema = declared[name].schema
                value = _read_scalar(text, schema)
                key = f"{operation.id} query {name}"
                faults += self._faults(key, schema, value, place)
        faults += [
            f"query: {name}: missing"
            for name, part in declared.items()
            if part.required and name not in query
        ]
        if operation.body is None:
            if has_body and body not in (None, {}, ""):
                faults.append("body: the operation takes none")
        elif has_body:
            faults += self._faults(f"{operation.id} body", operation.body, body, "body")
        elif operation.body_required:
            faults.append("body: missing")
        return faults

    def response_faults(
        self, operation: Operation, status: int, media_type: str | None, body: Any
    ) -> list[str]:
        """Return what is wrong with an answer; `media_type` None means that it has no body.

        Errors that any operation can give (401, 403, 404, 429, 5xx ...) need not be declared.
        """
        described = operation.responses.get(str(status))
        if described is None:
            if status >= 400 or status in {301, 302, 304, 307}:
                return []
            return [f"response: status {status} is not declared"]
        if media_type is None:
            return [] if not described or status == 304 else [f"response: {status}: no body"]
        if status >= 400:
            # Declared error bodies differ from the real ones (`status`, absent `resource`).
            return [] if isinstance(body, dict) and "message" in body else ["response: no message"]
        if not described:
            return [f"response: {status}: has a body, none is declared"]
        if media_type not in described:
            return [f"response: {status}: media type {media_type} is not declared"]
        key = f"{operation.id} {status} {media_type}"
        return self._faults(key, described[media_type], body, "response")

    def webhook_faults(self, name: str, payload: Any) -> list[str]:
        """Return what is wrong with a payload of the webhook `name`."""
        if name not in self._webhooks:
            return [f"webhook {name}: not described"]
        return self._faults(f"webhook {name}", self._webhooks[name], payload, "payload")

    def _faults(self, key: str, schema: dict[str, Any], value: Any, place: str) -> list[str]:
        validator = self._validators.get(key)
        if validator is None:
            whole = {**schema, "$defs": self._reached(schema)}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            self._validators[key] = validator
        if validator.is_valid(value):
            return []
        return [
            f"{place}: {'/'.join(str(step) for step in error.instance_path)}: {error.message[:400]}"
            for error in validator.iter_errors(value)
        ]

    def _reached(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the definitions that a schema refers to: compiling all takes ten times as long."""
        reached: dict[str, Any] = {}
        pending: list[Any] = [schema]
        while pending:
            node = pending.pop()
            if isinstance(node, list):
                pending += node
            elif isinstance(node, dict):
                pending += node.values()
                name = str(node.get("$ref", "")).removeprefix("#/$defs/")
                if name and name not in reached:
                    reached[name] = self._definitions[name]
                    pending.append(reached[name])
        return reached


def _read_operation(entry: dict[str, Any]) -> Operation:
    body = entry.get("body")
    return Operation(
        id=entry["id"],
        method=entry["method"],
        path=entry["path"],
        docs=entry["docs"],
        parameters=tuple(
            Parameter(part["name"], part["in"], part["required"], part["schema"])
            for part in entry["parameters"]
        ),
        body=None if body is None else body["schema"],
        body_required=bool(body and body["required"]),
        responses=entry["responses"],
        pattern=_path_pattern(entry["path"]),
    )


def _path_pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P<{part}>{'.+?' if part in _MULTI_SEGMENT else '[^/]+'})"
    if template.endswith("/contents/{path}"):
        pattern = pattern.removesuffix("/(?P<path>.+?)") + "(?:/(?P<path>.*))?"
        pattern = pattern.replace("(?P<path>.*))?", "(?P<path>.*?))?/?")
    return re.compile(pattern)


def _read_scalar(text: str, schema: dict[str, Any]) -> Any:
    """Read a query's text as the declared type; text that does not fit stays text."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


@lru_cache(maxsize=1)
def load_description() -> Description:
    """Return the description; it is read once."""
    return Description(
        json.loads(gzip.decompress((DATA / "rest-description.json.gz").read_bytes()))
    )


def load_examples() -> dict[str, list[dict[str, Any]]]:
    """Return real payloads by event, each time anew: of handled events, and some foreign ones."""
    text = gzip.decompress((DATA / "webhook-examples.json.gz").read_bytes())
    examples: dict[str, list[dict[str, Any]]] = json.loads(text)
    return examples
