"""Accepts a share of the stacks, chosen by their contents.

Thoth's `RandomDecisionStride`, for trying out many different stacks. Manual. The choice is a hash of
seed and stack: the same stack is judged the same on any machine.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from advisor_core.pipeline.units.interface import Option, Stride

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.pipeline.interface import FinalStack

__all__ = ["RandomDecisionStride"]


class RandomDecisionStride(Stride):
    """Refuses all but some of a hundred stacks."""

    manual = True
    options: ClassVar[Mapping[str, Option]] = {
        "percent": Option("integer", 50, help="how many of a hundred are accepted"),
        "seed": Option("integer", 0),
    }

    def run(self, stack: FinalStack) -> str | None:
        """Return why the stack is refused."""
        pins = sorted(stack.versions.items())
        digest = sha256(repr((int(self.number("seed")), pins)).encode()).digest()
        chosen = int.from_bytes(digest[:8], "big") % 100 < self.number("percent")
        return None if chosen else "it was not drawn"
