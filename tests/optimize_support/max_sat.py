"""The best stack by MaxSAT (RC2 of python-sat). Nodes that only hold each other up are cut as they come."""

from __future__ import annotations

from optimize_support.formula import Formula
from pysat.examples.rc2 import RC2Stratified
from pysat.formula import WCNF


def best_stack(found):
    """Return the best stack, or None when there is none."""
    formula = Formula(found)
    while True:
        task = WCNF()
        task.extend(formula.clauses)
        for literal, points in formula.points:
            if points:
                task.append([literal if points > 0 else -literal], weight=abs(points))
        with RC2Stratified(task, solver="g4") as solver:
            model = solver.compute()
        if model is None:
            return None
        true = set(model)
        stack = formula.stack(true)
        hanging = stack.keys() - _reached(formula, true)
        if not hanging:
            return stack
        # One of them present: something that does not need them wants one of them.
        outside = [
            active
            for node in hanging
            for active, needs in formula.supports[node]
            if not needs & hanging
        ]
        formula.clauses += [[-formula.present[node], *outside] for node in hanging]


def _reached(formula, true):
    reached, before = set(), None
    while before != reached:
        before = set(reached)
        reached |= {
            node
            for node, supports in formula.supports.items()
            if any(active in true and needs <= before for active, needs in supports)
        }
    return reached
