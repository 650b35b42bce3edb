"""Advices to write texts about. Values only."""

from __future__ import annotations

from advisor_core.advice import (
    Advice,
    AdvisedPackage,
    NotChosen,
    Present,
    Product,
    Search,
    ShownJustification,
)
from advisor_core.pipeline.interface import Justification, StackMessage, UnitFailure

__all__ = ["make_advice"]


def make_advice(text="it breaks", *, repeat=1, link="https://example.org/1", **facts) -> Advice:
    """Return an advice in which every foreign text is `text`, `repeat` times."""
    said = [
        ShownJustification(
            Justification(kind, f"{text}{number}", link, points=points, source=text), effect
        )
        for number in range(repeat)
        for kind, points, effect in (("ERROR", -500, "avoided"), ("INFO", 500, "holds"))
    ]
    packages = [
        AdvisedPackage(
            f"{text}{number}", text, "default", -24, (), (NotChosen(text, (text,), -500),)
        )
        for number in range(repeat)
    ]
    best = Product({text: text}, -24, 0, "feasible", tuple(said))
    others = tuple(
        Product(
            {}, -60 - number, 0, "feasible", differences={text: (text, None), "b": (None, text)}
        )
        for number in range(repeat)
    )
    given = {
        "recommendation_type": "stable",
        "products": (best, *others),
        "packages": tuple(packages),
        "search": Search(24 * 10**10, 7, 17, 7, 345, "c"),
        "margin": 10,
        "keeps_lock": False,
        "present": Present(-100),
        "newest_score": -200,
        "stack_info": tuple(
            StackMessage("WARNING", f"{text}{number}", link, text) for number in range(repeat)
        ),
        "failures": (UnitFailure(text, text, text),),
        "advisories_as_of": 1_700_000_000,
    }
    return Advice(**(given | facts))
