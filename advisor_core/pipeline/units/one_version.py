"""Lets stacks with one version of a package through, perhaps only one of them.

Thoth's `OneVersionStride`: to look at stacks that differ elsewhere. Manual. It remembers what it saw, so
it cannot be a term: stacks are generated best first and tested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.units.interface import Option, Stride

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.pipeline.interface import Context, FinalStack

__all__ = ["OneVersionStride"]


class OneVersionStride(Stride):
    """Accepts the version of the package that came first."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "package_name": Option("package", required=True),
        "only_once": Option("boolean", default=True, help="accept only the first stack with it"),
    }

    def __init__(self, context: Context, configuration: Mapping[str, object]) -> None:
        """Start with nothing seen."""
        super().__init__(context, configuration)
        self._seen: str | None = None

    def run(self, stack: FinalStack) -> str | None:
        """Return why the stack is refused."""
        name = self.text("package_name")
        version = stack.versions.get(name)
        if version is None:
            return None
        if self._seen is None:
            self._seen = version
            return None
        if version != self._seen:
            return f"{name} was already seen in {self._seen}"
        return f"{name} {version} was already seen" if self.configuration["only_once"] else None
