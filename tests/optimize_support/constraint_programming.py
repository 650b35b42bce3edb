"""The best stack by CP-SAT (ortools). What holds a node up is ranked below it, so nothing goes in circles."""

from __future__ import annotations

from optimize_support.formula import Formula
from ortools.sat.python import cp_model


def best_stack(found):
    """Return the best stack, or None when there is none."""
    formula = Formula(found)
    model = cp_model.CpModel()
    variables = [model.new_bool_var(str(number)) for number in range(formula.count + 1)]

    def literal(number):
        return variables[number] if number > 0 else variables[-number].negated()

    for clause in formula.clauses:
        model.add_bool_or([literal(number) for number in clause])
    ranks = {node: model.new_int_var(0, len(found.nodes), node) for node in found.nodes}
    for node, supports in formula.supports.items():
        holding = []
        for active, needs in supports:
            used = model.new_bool_var("")
            holding.append(used)
            model.add_implication(used, literal(active))
            for needed in needs:
                model.add(ranks[needed] < ranks[node]).only_enforce_if(used)
        model.add_bool_or([*holding, literal(-formula.present[node])])
    model.maximize(sum(points * literal(number) for number, points in formula.points))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    assert status == cp_model.OPTIMAL
    return formula.stack(
        {number for number in range(1, formula.count + 1) if solver.value(variables[number])}
    )
