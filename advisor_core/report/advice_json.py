"""An advice as JSON: the format `thoth-advice/1`, as docs/advice.md describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advice import FORMAT

if TYPE_CHECKING:
    from advisor_core.advice import Advice, AdvisedPackage, Product, ShownJustification
    from advisor_core.outcome import LockOutcome

__all__ = ["advice_as_json", "outcome_as_json"]


def outcome_as_json(outcome: LockOutcome, *, lockfile: str | None = None) -> dict[str, object]:
    """Return the object that `thoth advise --json` prints. `lockfile`: its text, None to leave it out."""
    if outcome.advice is None:
        raise ValueError("an outcome without advice")
    packages = {
        name: pin.version for stack in outcome.stacks.values() for name, pin in stack.pins.items()
    }
    return {
        "status": "ok",
        **advice_as_json(outcome.advice),
        "packages": dict(sorted(packages.items())),
        "environments": [
            {"name": each.name, "python": each.python, "platform": each.platform}
            for each in outcome.target.environments
        ],
        "skipped": {
            name: dict(versions)
            for stack in outcome.stacks.values()
            for name, versions in stack.skipped.items()
        },
        "engine": outcome.engine,
        "lockfile": lockfile,
    }


def advice_as_json(advice: Advice) -> dict[str, object]:
    """Return an advice as JSON values."""
    search = advice.search
    return {
        "format": FORMAT,
        "id": advice.id or None,
        "recommendation_type": advice.recommendation_type,
        "keeps_lock": advice.keeps_lock,
        "margin": advice.margin,
        "present": None
        if advice.present is None
        else {"score": advice.present.score, "fault": advice.present.fault or None},
        "newest_score": advice.newest_score,
        "environment_scores": [
            {"name": name, "score": score, "alone": alone, "shortfall": alone - score}
            for name, score, alone in advice.environments
        ],
        "products": [_product(each) for each in advice.products],
        "diverse": [_product(each) for each in advice.diverse],
        "package_reasons": [_package(each) for each in advice.packages],
        "changes": [
            {
                "package": each.package,
                "category": each.category,
                "old": each.old,
                "new": each.new,
                "direct": each.direct,
                "why": each.why,
            }
            for each in advice.changes
        ],
        "stack_info": [
            {
                "type": each.type,
                "message": each.message,
                "link": each.link or None,
                "source": each.source,
            }
            for each in advice.stack_info
        ],
        "failed_units": [
            {"unit": each.unit, "file": each.file, "reason": each.reason}
            for each in advice.failures
        ],
        "advisories_as_of": advice.advisories_as_of,
        "search": {
            "combinations": search.combinations,
            "packages": search.packages,
            "nodes": search.nodes,
            "releases_loaded": search.loaded,
            "releases": search.existing,
            "node_budget": search.node_budget,
            "seed": search.seed,
            "engine": search.engine,
        },
        "problems": [
            {
                "category": each.category,
                "score": each.score,
                "upper_bound": each.upper_bound,
                "status": each.status,
                "nodes": each.nodes,
                "node_budget": each.node_budget,
            }
            for each in advice.problems
        ],
    }


def _product(product: Product) -> dict[str, object]:
    found: dict[str, object] = {
        "stack": dict(product.stack),
        "score": product.score,
        "upper_bound": product.upper_bound,
        "status": product.status,
        "justification": [_justification(each) for each in product.justifications],
    }
    if product.levels:
        found["levels"] = dict(product.levels)
    if product.differences:
        found["differences"] = {
            name: {"first": first, "here": here}
            for name, (first, here) in product.differences.items()
        }
    return found


def _justification(shown: ShownJustification) -> dict[str, object]:
    said = shown.justification
    return {
        "type": said.type,
        "message": said.message,
        "link": said.link or None,
        "effect": shown.effect,
        "points": said.points,
        "source": said.source,
        "package_name": said.package,
        "version_range": said.version_range,
        "advisory": said.advisory,
    }


def _package(package: AdvisedPackage) -> dict[str, object]:
    return {
        "name": package.name,
        "version": package.version,
        "category": package.category,
        "direct": package.direct,
        "locked": package.locked,
        "points": package.points,
        "seen": package.seen or None,
        "parts": [
            {
                "name": part.name,
                "points": part.points,
                "source": part.source,
                "link": part.link or None,
                "level": part.level,
                "message": part.justifications[0].message if part.justifications else None,
            }
            for part in package.parts
        ],
        "not_chosen": [
            {"version": each.version, "reasons": list(each.reasons), "points": each.points}
            for each in package.not_chosen
        ],
    }
