"""Recorded pipenv cases: the manifest, and the stacks with the versions pipenv chose."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement as ParsedRequirement

from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import Artifact, Category, Edge, Manifest, Pin, Requirement, Stack
from advisor_core.standards import normalize_name

FOLDER = Path(__file__).parent.parent / "data" / "pipenv"
CASES = sorted(case.name for case in FOLDER.iterdir())


class PipenvCase:
    """One recorded case."""

    def __init__(
        self, name: str, *, lock: bytes | None = None, recorded: dict[str, Any] | None = None
    ) -> None:
        """`lock` and `recorded` replace what the files hold, for a case that ran just now."""
        self.folder = FOLDER / name
        self.case: dict[str, Any] = json.loads((self.folder / "case.json").read_text())
        self.recorded: dict[str, Any] = recorded or json.loads(
            (self.folder / "recorded.json").read_text()
        )
        self.lock = lock or (self.folder / "Pipfile.lock").read_bytes()
        self.locked: dict[str, Any] = json.loads(self.lock)
        before = self.folder / "Pipfile.lock.before"
        self.before = before.read_bytes() if before.exists() else None
        files = {"Pipfile": (self.folder / "Pipfile").read_bytes()}
        self.manifest: Manifest = read_manifest(MappingFiles(files), "Pipfile")

    @property
    def revisions(self) -> dict[str, str]:
        """The commits that pipenv pinned."""
        entries = (self.locked[category.name] for category in self.manifest.categories)
        return {
            name: entry["ref"]
            for group in entries
            for name, entry in group.items()
            if "ref" in entry
        }

    def stacks(self) -> dict[str, Stack]:
        """The stacks that hold the versions pipenv chose, with who requires what."""
        return {category.name: self._stack(category) for category in self.manifest.categories}

    def _stack(self, category: Category) -> Stack:
        entries = self.locked[category.name]
        versions = {
            normalize_name(key): entry["version"].removeprefix("==")
            for key, entry in entries.items()
            if entry.get("version", "*") != "*"
        }
        indexes = {normalize_name(key): entry.get("index") for key, entry in entries.items()}
        edges: dict[str, list[Edge]] = {}
        extras: dict[str, set[str]] = {}
        waiting: list[tuple[str, str]] = []

        def reach(parent: str | None, requirement: Requirement, spelling: str) -> None:
            name = requirement.name
            edges.setdefault(name, []).append(Edge(parent, requirement, ("only",), spelling))
            for extra in ("", *requirement.extras):
                if extra not in extras.setdefault(name, set()):
                    extras[name].add(extra)
                    waiting.append((name, extra))

        for declared in category.requirements:
            if self._holds(declared.requirement.marker, ""):
                reach(None, declared.requirement, "")
        while waiting:
            name, extra = waiting.pop(0)
            for line in self._requires(name, versions.get(name)):
                parsed = ParsedRequirement(line)
                marker = str(parsed.marker) if parsed.marker else None
                if not self._holds(marker, extra) or (extra and self._holds(marker, "")):
                    continue
                names = tuple(sorted(normalize_name(item) for item in parsed.extras))
                requirement = Requirement(
                    normalize_name(parsed.name), names, str(parsed.specifier), marker
                )
                reach(name, requirement, parsed.name)
        for name in versions.keys() - edges.keys():
            # Declared with an exact version, installed in no environment of the recording.
            edges[name], extras[name] = [], set()
        return Stack(
            {
                name: Pin(
                    name=name,
                    version=versions[name],
                    artifacts=self._artifacts(name, versions[name], indexes[name]),
                    index=indexes[name] or "main",
                    extras=tuple(sorted(extras[name] - {""})),
                    required_by=tuple(edges[name]),
                    environments=("only",) if edges[name] else (),
                )
                for name in sorted(edges)
                if name in versions
            }
        )

    def _holds(self, marker: str | None, extra: str) -> bool:
        environment = self.recorded["environment"] | self._python() | {"extra": extra}
        return marker is None or Marker(marker).evaluate(environment)

    def _python(self) -> dict[str, str]:
        """The Python version that `[requires]` fixes."""
        full = self.manifest.python_version or ""
        if re.fullmatch(r"\d+\.\d+\.\d+", full) is None:
            return {}
        return {"python_full_version": full, "python_version": full.rpartition(".")[0]}

    def _requires(self, name: str, version: str | None) -> list[str]:
        if name in self.case.get("local", {}):
            return list(self.case["local"][name])
        for releases in self.case["indexes"].values():
            for release in releases:
                if (normalize_name(release["name"]), release["version"]) == (name, version):
                    return list(release.get("requires", []))
        return []

    def _artifacts(self, name: str, version: str, index: str | None) -> tuple[Artifact, ...]:
        served = self.recorded["served"]
        indexes = [self.case["sources"][index]] if index else list(served)
        return tuple(
            Artifact(
                filename=file["filename"],
                url=f"https://files.example.org/{file['filename']}",
                hashes={"sha256": file["sha256"]},
                requires_python=file["requires_python"],
            )
            for key in indexes
            for file in served[key]
            if (normalize_name(file["name"]), file["version"]) == (name, version)
        )
