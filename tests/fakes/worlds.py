"""Small random indexes with terms over them: what the laws of advice are tested on."""

from __future__ import annotations

from hypothesis import strategies as st

from advisor_core.pipeline.interface import Match, MatchTerm
from fakes.releases import Release

__all__ = ["terms", "worlds"]

NAMES = ("a", "b", "c", "d", "e")
SPECIFIERS = ("", "", ">=2", "<3", "==1", "!=2", ">=1,<3")


@st.composite
def worlds(draw, *, extras=False, markers=False):
    """An index of five packages of up to four releases, and one or two roots."""
    index = {}
    for place, name in enumerate(NAMES):
        count = draw(st.integers(1, 4))
        releases = {}
        for number in range(1, count + 1):
            requires = []
            for other in (
                draw(st.lists(st.sampled_from(NAMES[place + 1 :]), max_size=2))
                if (place < len(NAMES) - 1)
                else []
            ):
                extra = "[x]" if extras and draw(st.booleans()) else ""
                line = f"{other}{extra}{draw(st.sampled_from(SPECIFIERS))}"
                if extras and draw(st.booleans()):
                    line += "; extra == 'x'"
                elif markers and draw(st.booleans()):
                    line += draw(
                        st.sampled_from(["; python_version >= '3.12'", "; python_version < '3.12'"])
                    )
                requires.append(line)
            releases[str(number)] = Release(
                tuple(requires),
                unknown=draw(st.sampled_from([None, None, None, None, "dynamic"])),
                day=draw(st.integers(0, 2000)),
            )
        index[name] = releases
    roots = draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=2, unique=True))
    return index, [f"{name}{draw(st.sampled_from(SPECIFIERS))}" for name in roots]


@st.composite
def terms(draw, *, kinds=("score", "forbid", "requires", "skips")):
    """Up to four terms over the packages of `worlds`."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True))
        when = tuple(Match(name, draw(st.sampled_from(("==1", ">=2", "<3", "")))) for name in names)
        kind = draw(st.sampled_from(kinds))
        unit = f"unit {number}"
        if kind == "score":
            points = draw(st.integers(-10, 10)) * 100
            found.append(MatchTerm(when, unit, score=points or 50))
        elif kind == "forbid":
            found.append(MatchTerm(when, unit, forbid="it breaks"))
        elif kind == "requires":
            found.append(MatchTerm(when[:1], unit, requires=(names[1],)))
        else:
            found.append(MatchTerm(when[:1], unit, skips=names[1]))
    return tuple(found)
