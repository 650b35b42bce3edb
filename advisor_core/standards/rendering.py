"""Write a requirement as PEP 508 text. Reads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor_core.model import Requirement

__all__ = ["requirement_to_string"]


def requirement_to_string(requirement: Requirement) -> str:
    """Return `name[extras]specifier; marker`, or `name[extras] @ url ; marker`.

    Parsing what is returned gives the same requirement. The blank before the `;` of a direct
    reference is needed: without it the semicolon would belong to the URL.
    """
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    if requirement.url is None:
        text = f"{requirement.name}{extras}{requirement.specifier}"
    else:
        text = f"{requirement.name}{extras} @ {requirement.url}"
        if requirement.marker is not None:
            text += " "
    return text if requirement.marker is None else f"{text}; {requirement.marker}"
