"""Reader of conda's `environment.yml`: the pip section, and which Python it asks for.

What conda itself installs comes from its own channels and is none of a package index's releases:

    dependencies:
      - python=3.11          the Python of the environment
      - numpy                left to conda
      - pip:
          - flask==3.0       read
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_yaml
from advisor_core.errors import InputError
from advisor_core.manifests.faults import FaultCollector, require_size, shown
from advisor_core.manifests.interface import MAX_REQUIREMENTS
from advisor_core.manifests.requirements import RequirementsReader
from advisor_core.manifests.requirements_lines import LogicalLine
from advisor_core.model import Category, Manifest
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node
    from advisor_core.manifests.interface import Files, ReadOptions

__all__ = ["read_conda"]

_PYTHON = re.compile(r"python\s*={1,2}\s*(\d+\.\d+(?:\.\d+)?)(?:\.\*|\*)?(?:=.*)?")
_PIP = 'write `- pip:` and `- "package>=1"` below it'


def read_conda(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:  # noqa: ARG001
    """Return the manifest of an environment's pip section. Raises InputError with every fault."""
    require_size(path, data)
    faults = FaultCollector()
    try:
        tree = read_yaml(data, path)
    except InputError as exc:
        hint = "correct the YAML at this place"
        raise InputError(
            tuple(replace(fault, hint=fault.hint or hint) for fault in exc.faults)
        ) from exc
    entries = tree.entries.get("dependencies") if isinstance(tree, MappingNode) else None
    if not isinstance(entries, SequenceNode):
        raise InputError.single(path, "has no list `dependencies`", hint=_PIP)
    reader = RequirementsReader(files)
    python = None
    for item in entries.items:
        if isinstance(item, ScalarNode):
            found = _PYTHON.fullmatch(item.text.strip())
            python = found[1] if found else python
        elif isinstance(item, MappingNode) and "pip" in item.entries:
            _read_pip(reader, path, item.entries["pip"], faults)
    for fault in reader.faults.listed():
        faults.add(fault.place, fault.message, hint=fault.hint)
    faults.raise_if_any()
    return Manifest(
        path=path,
        kind="requirements",
        categories=(Category("default", tuple(reader.requirements), tuple(reader.constraints)),),
        sources=reader.sources(),
        python_version=python,
        allow_prereleases=reader.allow_prereleases,
        files={path: data, **reader.contents},
        only_binary=tuple(reader.only_binary),
        no_binary=tuple(reader.no_binary),
    )


def _read_pip(reader: RequirementsReader, path: str, node: Node, faults: FaultCollector) -> None:
    if not isinstance(node, SequenceNode):
        faults.add(f"{path}:{node.line}", "`pip` is no list", hint=_PIP)
        return
    for item in node.items[: MAX_REQUIREMENTS + 1]:
        if not isinstance(item, ScalarNode):
            faults.add(f"{path}:{item.line}", f"not a requirement: {shown(str(item))}", hint=_PIP)
        elif item.text.strip() in ("-e .", "."):
            continue  # the project itself
        else:
            line = LogicalLine(item.line, item.text.strip())
            reader.read_line(path, line, (path,), constraint=False)
