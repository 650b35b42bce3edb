"""Which of several indexes a package comes from, by the environment: `torch` for the CPU or for CUDA 12.4.

`[tool.uv.sources]` names several for one package, each with a marker or for an extra:

    torch = [{index = "pytorch-cpu", extra = "cpu"}, {index = "pytorch-cu124", extra = "cu124"}]

Those whose marker does not hold fall away. Of builds for different hardware (the name or the address of the
index ends in `cpu` or `cu124`) the one for the newest CUDA that the environment's `cuda_version` has is
taken, for the CPU where it declares none. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.standards import MarkerEnvironment, evaluate_marker
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.model import Environment, Manifest

__all__ = ["choose_indexes"]

_VARIANT = re.compile(r"(?:^|[^a-z0-9])(cpu|cu(\d{2})(\d))/?$", re.IGNORECASE)

_Choice = tuple[str, str | None, str | None]


def choose_indexes(
    manifest: Manifest,
    environments: Sequence[Environment],
    declarations: Sequence[EnvironmentDeclaration],
) -> Manifest:
    """Return the manifest with one index for each package that has a choice.

    Raises InputError when environments of one lock need a package from different indexes.
    """
    if not manifest.index_choices:
        return manifest
    urls = {source.name: source.url for source in manifest.sources}
    chosen: dict[str, str | None] = {}
    for name, choices in manifest.index_choices.items():
        found = {
            environment.name: _choose(choices, environment, _cuda(declaration), urls)
            for environment, declaration in zip(environments, declarations, strict=False)
        }
        if len(set(found.values())) > 1:
            said = ", ".join(f"{where}: {index or 'any'}" for where, index in found.items())
            raise InputError.single(
                manifest.path,
                f"{name} comes from different indexes in the environments of one lock ({said})",
                hint="give each environment an overlay with a lock of its own",
            )
        chosen[name] = next(iter(found.values()), choices[0][0])
    categories = tuple(
        replace(
            category,
            requirements=tuple(
                replace(each, index=chosen[each.requirement.name])
                if each.requirement.name in chosen and each.kept is None
                else each
                for each in category.requirements
            ),
        )
        for category in manifest.categories
    )
    left: dict[str, tuple[_Choice, ...]] = {
        name: ((index, None, None),) for name, index in chosen.items() if index is not None
    }
    return replace(manifest, categories=categories, index_choices=left)


def _cuda(declaration: EnvironmentDeclaration) -> tuple[int, int] | None:
    """Return the CUDA version that an environment declares."""
    declared = declaration.declared
    found = re.match(r"(\d+)(?:\.(\d+))?", (declared.cuda_version or "") if declared else "")
    return (int(found[1]), int(found[2] or 0)) if found else None


def _choose(
    choices: Sequence[_Choice],
    environment: Environment,
    cuda: tuple[int, int] | None,
    urls: Mapping[str, str],
) -> str | None:
    """Return the index for an environment; None: no choice holds there, any index has the package."""
    markers = MarkerEnvironment(environment.markers)
    usable = [index for index, marker, _ in choices if marker is None or _holds(marker, markers)]
    builds = {index: _build(index, urls.get(index, "")) for index in usable}
    on_cpu = [index for index in usable if builds[index] == (0, 0)]
    on_cuda = [
        (build, -place, index)
        for place, index in enumerate(usable)
        if (build := builds[index]) is not None
        and cuda is not None
        and build[0] == cuda[0]
        and build <= cuda
    ]
    if on_cuda:
        return max(on_cuda)[-1]
    others = [index for index in usable if builds[index] is None]
    # Where only builds for a GPU are named, the first is what the project wants.
    return next(iter((*on_cpu, *others, *usable)), None)


def _holds(marker: str, environment: MarkerEnvironment) -> bool:
    try:
        return evaluate_marker(marker, environment)
    except ValueError:
        return True


def _build(name: str, url: str) -> tuple[int, int] | None:
    """Return the CUDA version that an index is for, (0, 0): the CPU; None: it does not say."""
    for text in (url.partition("?")[0], name):
        found = _VARIANT.search(text)
        if found is not None:
            return (int(found[2]), int(found[3])) if found[2] else (0, 0)
    return None
