"""The formula of the score as text: what `--explain-score` prints, and what docs/scores.md holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.scoring.registry import COMPONENTS
from advisor_core.scoring.weights import load_weight_sets

if TYPE_CHECKING:
    from advisor_core.scoring.weights import WeightSet

__all__ = ["formula_text", "rules_table", "weights_table"]


def formula_text(weights: WeightSet) -> str:
    """Return the formula with the weights of one recommendation type."""
    lines = [
        f"Score of a stack, `{weights.name}`: {weights.summary}",
        "  the sum over its packages of  amount x weight  for each component below",
        "  + 1000 x s (rounded) for each prescription's score s that applies",
    ]
    if len(weights.levels) > 1:
        lines.append(f"  compared level by level: {', then '.join(weights.levels)}")
    for component in COMPONENTS:
        weight = weights.weights[component.name]
        level = weights.level_of(component.level)
        where = f", level {level}" if len(weights.levels) > 1 else ""
        lines.append(f"  {component.name} (weight {weight}{where}): {component.rule}")
    lines.append(
        f"  cooldown_days is {weights.cooldown_days}; the present lockfile is kept unless it is beaten by "
        f"more than {weights.margin} points"
    )
    return "\n".join(lines)


def rules_table() -> str:
    """Return every component with its rule, as a Markdown table."""
    rows = [f"| `{component.name}` | {component.rule} |" for component in COMPONENTS]
    return "\n".join(["| component | amount |", "|---|---|", *rows])


def weights_table() -> str:
    """Return the weights of all recommendation types, as a Markdown table."""
    sets = load_weight_sets()
    lines = [
        f"| | {' | '.join(f'`{name}`' for name in sets)} |",
        f"|---|{'---:|' * len(sets)}",
    ]
    for component in COMPONENTS:
        cells = " | ".join(str(each.weights[component.name]) for each in sets.values())
        lines.append(f"| `{component.name}` | {cells} |")
    lines.append(f"| cooldown days | {' | '.join(str(e.cooldown_days) for e in sets.values())} |")
    lines.append(f"| margin | {' | '.join(str(each.margin) for each in sets.values())} |")
    return "\n".join(lines)
