"""Make the data of this folder again from GitHub's own published packages.

    python tests/data/github/make_data.py

fetches the npm packages named in `PACKAGES` with `npm pack` and writes

- `rest-description.json.gz`: GitHub's REST description cut to `OPERATIONS` and `WEBHOOKS`, with
  the schemas they reach, as JSON Schema 2020-12 without prose and examples;
- `webhook-examples.json.gz`: real payloads of the events that the App handles, and some foreign.

Both packages are MIT; `LICENSE` in this folder holds their terms. Run it after changing a list.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

PACKAGES = ("@octokit/openapi@23.0.2", "@octokit/webhooks-examples@7.6.1")

OPERATIONS = frozenset(
    {
        "apps/create-from-manifest",
        "apps/create-installation-access-token",
        "apps/delete-installation",
        "apps/get-authenticated",
        "apps/get-installation",
        "apps/get-repo-installation",
        "apps/get-webhook-delivery",
        "apps/list-installations",
        "apps/list-repos-accessible-to-installation",
        "apps/list-webhook-deliveries",
        "apps/redeliver-webhook-delivery",
        "apps/revoke-installation-access-token",
        "apps/suspend-installation",
        "apps/unsuspend-installation",
        "checks/create",
        "checks/create-suite",
        "checks/get",
        "checks/get-suite",
        "checks/list-annotations",
        "checks/list-for-ref",
        "checks/list-for-suite",
        "checks/list-suites-for-ref",
        "checks/rerequest-run",
        "checks/rerequest-suite",
        "checks/update",
        "git/create-blob",
        "git/create-commit",
        "git/create-ref",
        "git/create-tree",
        "git/delete-ref",
        "git/get-blob",
        "git/get-commit",
        "git/get-ref",
        "git/get-tree",
        "git/list-matching-refs",
        "git/update-ref",
        "issues/add-assignees",
        "issues/add-labels",
        "issues/create",
        "issues/create-comment",
        "issues/create-label",
        "issues/delete-comment",
        "issues/get",
        "issues/get-comment",
        "issues/get-label",
        "issues/list-comments",
        "issues/list-for-repo",
        "issues/list-labels-for-repo",
        "issues/list-labels-on-issue",
        "issues/remove-label",
        "issues/set-labels",
        "issues/update",
        "issues/update-comment",
        "pulls/check-if-merged",
        "pulls/create",
        "pulls/get",
        "pulls/list",
        "pulls/list-commits",
        "pulls/list-files",
        "pulls/merge",
        "pulls/request-reviewers",
        "pulls/update",
        "rate-limit/get",
        "reactions/create-for-issue",
        "reactions/create-for-issue-comment",
        "reactions/delete-for-issue-comment",
        "reactions/list-for-issue",
        "reactions/list-for-issue-comment",
        "repos/compare-commits-with-basehead",
        "repos/create-commit-status",
        "repos/create-or-update-file-contents",
        "repos/delete-file",
        "repos/download-tarball-archive",
        "repos/get",
        "repos/get-branch",
        "repos/get-branch-protection",
        "repos/get-collaborator-permission-level",
        "repos/get-combined-status-for-ref",
        "repos/get-commit",
        "repos/get-content",
        "repos/list-branches",
        "repos/list-commit-statuses-for-ref",
        "repos/list-commits",
        "repos/list-pull-requests-associated-with-commit",
        "repos/list-releases",
        "users/get-by-username",
    }
)

WEBHOOKS = frozenset(
    {
        "check-run-completed",
        "check-run-created",
        "check-run-requested-action",
        "check-run-rerequested",
        "check-suite-completed",
        "check-suite-requested",
        "check-suite-rerequested",
        "create",
        "delete",
        "installation-created",
        "installation-deleted",
        "installation-new-permissions-accepted",
        "installation-repositories-added",
        "installation-repositories-removed",
        "installation-suspend",
        "installation-unsuspend",
        "issue-comment-created",
        "issue-comment-deleted",
        "issue-comment-edited",
        "issues-closed",
        "issues-edited",
        "issues-labeled",
        "issues-opened",
        "issues-reopened",
        "issues-unlabeled",
        "ping",
        "pull-request-closed",
        "pull-request-edited",
        "pull-request-labeled",
        "pull-request-opened",
        "pull-request-reopened",
        "pull-request-synchronize",
        "pull-request-unlabeled",
        "push",
        "repository-created",
        "repository-deleted",
        "repository-privatized",
        "repository-publicized",
        "repository-renamed",
        "status",
    }
)

HANDLED_EVENTS = frozenset(
    {
        "check_run",
        "check_suite",
        "installation",
        "installation_repositories",
        "issue_comment",
        "issues",
        "ping",
        "pull_request",
        "push",
        "repository",
    }
)

FOREIGN_EVENTS = frozenset(
    {
        "fork",
        "gollum",
        "marketplace_purchase",
        "star",
        "team",
        "workflow_run",
    }
)
"""Events that an App can receive without wanting them; they must be acknowledged and ignored."""

_PROSE = frozenset(
    {"description", "example", "examples", "title", "summary", "deprecated", "externalDocs"}
)


def fetch(package: str, folder: Path) -> Path:
    """Fetch an npm package and return the folder with its files."""
    done = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
    )
    archive = folder / done.stdout.strip()
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


class Cutter:
    """Collects operations and the schemas they reach from one OpenAPI 3.0 document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.schemas: dict[str, Any] = {}
        self._merged = self._find_merged_schemas()

    def _find_merged_schemas(self) -> set[str]:
        """Return the names used as members of an `allOf`: those cannot be closed on their own."""
        found: set[str] = set()
        pending: list[Any] = [self.document]
        while pending:
            node = pending.pop()
            if isinstance(node, dict):
                for member in node.get("allOf", ()):
                    if isinstance(member, dict) and "$ref" in member:
                        found.add(member["$ref"].rpartition("/")[2])
                pending.extend(node.values())
            elif isinstance(node, list):
                pending.extend(node)
        return found

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference to anything but a schema."""
        while "$ref" in node:
            _, section, name = node["$ref"].removeprefix("#/").split("/")
            node = self.document["components"][section][name]
        return node

    def schema(self, node: Any, *, close: bool = True) -> Any:
        """Return a schema as JSON Schema 2020-12; what it refers to is collected.

        `close`: objects take only the properties they declare, so that a fake cannot answer with a
        field that GitHub does not have. Members of an `allOf` stay open: they complete each other.
        """
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if name not in self.schemas:
                self.schemas[name] = None
                self.schemas[name] = self.schema(
                    self.document["components"]["schemas"][name], close=name not in self._merged
                )
            return {"$ref": f"#/$defs/{name}"}
        result: dict[str, Any] = {}
        for key, value in node.items():
            if key in _PROSE or key == "nullable" or key.startswith("x-"):
                continue
            if key == "properties":
                result[key] = {
                    name: self.schema(member, close=close) for name, member in value.items()
                }
            elif key == "allOf":
                result[key] = [self.schema(member, close=False) for member in value]
            elif key in {"anyOf", "oneOf"}:
                alone = "properties" not in node
                result[key] = [self.schema(member, close=close and alone) for member in value]
            elif key in {"items", "additionalProperties", "not"}:
                result[key] = self.schema(value, close=close)
            elif key == "format" and value == "email":
                continue  # the addresses of bots have brackets, which the format forbids
            else:
                result[key] = value
        combined = result.keys() & {"allOf", "anyOf", "oneOf"}
        if close and "properties" in result and not combined:
            result.setdefault("additionalProperties", False)
        return _nullable(result) if node.get("nullable") else result

    def operation(self, path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept of one operation."""
        parameters = []
        for reference in operation.get("parameters", ()):
            parameter = self.resolve(reference)
            parameters.append(
                {
                    "name": parameter["name"],
                    "in": parameter["in"],
                    "required": parameter.get("required", False),
                    "schema": self.schema(parameter["schema"]),
                }
            )
        kept: dict[str, Any] = {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "for_apps": operation["x-github"]["enabledForGitHubApps"],
            "docs": operation["externalDocs"]["url"],
            "parameters": parameters,
            "responses": {},
        }
        if "requestBody" in operation:
            body = operation["requestBody"]
            content = next(iter(body["content"].values()))
            kept["body"] = {
                "required": body.get("required", False),
                "schema": self.schema(content["schema"]),
            }
        for status, reference in operation["responses"].items():
            content = self.resolve(reference).get("content", {})
            kept["responses"][status] = {
                media_type: self.schema(described.get("schema", {}))
                for media_type, described in content.items()
            }
        return kept


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's `nullable`, https://spec.openapis.org/oas/v3.0.3#schema-object."""
    if isinstance(schema.get("type"), str) and not schema.keys() & {"allOf", "anyOf", "oneOf"}:
        schema = schema | {"type": [schema["type"], "null"]}
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


def cut_description(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of GitHub's REST description that is kept."""
    cutter = Cutter(document)
    operations = [
        cutter.operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] in OPERATIONS
    ]
    webhooks = {
        name: cutter.schema(
            described["post"]["requestBody"]["content"]["application/json"]["schema"]
        )
        for name, described in document["x-webhooks"].items()
        if name in WEBHOOKS
    }
    for name in ("pull-request", "pull-request-simple"):
        # The description forgets that a fork can be deleted; the webhooks' schemas know it.
        head = cutter.schemas[name]["properties"]["head"]["properties"]
        head["repo"] = {"anyOf": [head["repo"], {"type": "null"}]}
    missing = OPERATIONS - {operation["id"] for operation in operations} | WEBHOOKS - set(webhooks)
    if missing:
        raise SystemExit(f"not in the description: {', '.join(sorted(missing))}")
    return {"operations": operations, "webhooks": webhooks, "$defs": cutter.schemas}


def cut_examples(events: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return event name -> payloads: of handled events all actions, of foreign ones the first."""
    kept: dict[str, list[Any]] = {}
    for event in events:
        examples = [example for example in event["examples"] if example]
        if event["name"] in HANDLED_EVENTS:
            chosen: dict[tuple[str, bool], Any] = {}
            for example in examples:
                key = (example.get("action", ""), "installation" in example)
                chosen.setdefault(key, example)
            kept[event["name"]] = list(chosen.values())
        elif event["name"] in FOREIGN_EVENTS:
            kept[event["name"]] = examples[:1]
    missing = (HANDLED_EVENTS | FOREIGN_EVENTS) - set(kept)
    if missing:
        raise SystemExit(f"no examples of: {', '.join(sorted(missing))}")
    return kept


def write(name: str, content: object) -> None:
    """Write gzipped JSON, the same bytes for the same content."""
    text = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    data = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    (HERE / name).write_bytes(data)
    sys.stdout.write(f"{name}: {len(text)} characters, {len(data)} bytes\n")


def main() -> None:
    """Fetch, cut, write."""
    with tempfile.TemporaryDirectory() as folder:
        description, examples = (fetch(package, Path(folder)) for package in PACKAGES)
        document = json.loads((description / "generated/api.github.com.json").read_bytes())
        write("rest-description.json.gz", cut_description(document))
        events = json.loads((examples / "api.github.com/index.json").read_bytes())
        write("webhook-examples.json.gz", cut_examples(events))


if __name__ == "__main__":
    main()
