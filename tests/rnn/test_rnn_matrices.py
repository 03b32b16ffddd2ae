"""Networks with matrices: the numbers are the problem's, and come to the steps of the units."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from networks import networks

import lossclass
from lossclass.arithmetic.matrices import Matrix, MatrixSum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import WORKING
from lossclass.blocks import Equation
from lossclass.rnn.fitting import network_of
from lossclass.rnn.inputs import Rnn

#: The steps of a unit that have an equation of matrices, by its letter and the gate.
STEPS = {
    "a": "preactivation",
    "ar": "reset_preactivation",
    "az": "update_preactivation",
    "p": "candidate_hidden",
    "ai": "input_gate_preactivation",
    "af": "forget_gate_preactivation",
    "ag": "cell_candidate_preactivation",
    "ao": "output_gate_preactivation",
    "an": "candidate_preactivation",
    "o": "output",
}


def solved(rnn: dict[str, Any]) -> lossclass.Solution:
    width, steps = len(rnn["V"]), len(rnn["inputs"])
    y_true = [[0] * width for _ in range(steps)]
    return lossclass.solve({"loss": "mse", "y_true": y_true, "rnn": {**rnn, "output": "identity"}})


def equations(solution: lossclass.Solution) -> list[MatrixSum]:
    blocks = (block for section in solution.sections for block in section.blocks)
    found = (block.of for block in blocks if isinstance(block, Equation))
    return [each for each in found if isinstance(each, MatrixSum)]


@given(networks())
def test_matrices_come_to_the_steps_of_the_units(rnn: dict[str, Any]) -> None:
    solution, network = solved(rnn), network_of(Rnn.model_validate(rnn))
    found = equations(solution)
    if network.units == 1:
        assert not found
        return
    without_state = network.cell == "gru" and not (network.initial_state or network.resets_before)
    of_a_step = len(network.gates) * network.steps - without_state
    assert len(found) == of_a_step + (network.steps if network.outputs > 1 else 0)
    for each in found:
        *gate, t = each.symbol.index
        name = STEPS["".join([each.symbol.letter, *map(str, gate)])]
        with localcontext(WORKING):
            got = [component.value(solution.values) for component in each.components]
        wanted = [solution.values[f"{name}.{t}.{j}"] for j in range(1, len(got) + 1)]
        assert got == pytest.approx(wanted, rel=Decimal("1e-40"), abs=Decimal("1e-45"))


@given(networks())
def test_the_numbers_of_matrices_are_those_of_the_problem(rnn: dict[str, Any]) -> None:
    solution, network = solved(rnn), network_of(Rnn.model_validate(rnn))
    tables = {"U": network.U, "W": network.W, "V": {"": network.V or ()}}

    def numbers(matrix: Matrix) -> list[list[Decimal]]:
        return [[solution.values[each.id] for each in row] for row in matrix.rows]

    for each in equations(solution):
        for matrix, *vector in each.terms:
            if not vector:
                continue
            (gate,) = matrix.symbol.index or ("",)
            assert numbers(matrix) == [[*row] for row in tables[matrix.symbol.letter][str(gate)]]
            (column,) = vector
            if column.symbol.letter == "x":
                (t,) = column.symbol.index
                assert numbers(column) == [[number] for number in network.x[int(t) - 1]]


def test_a_network_as_it_stands_on_the_board() -> None:
    rnn = {
        "inputs": [[1, 0], [0, 1]],
        "U": [[0.5, 0.2], [-0.4, 0.3]],
        "W": [[0.1, -0.2], [0.3, 0.4]],
        "b": [0, 0.1],
        "V": [[1, -1]],
    }
    text = str(lossclass.solve({"loss": "mse", "y_true": [0, 1], "rnn": rnn}))
    assert "  a₁ = b + U x₁\n     = ⎛  0⎞ + ⎛ 0.5  0.2⎞ ⎛1⎞ = ⎛ 0.5⎞\n" in text
    assert "  a₂ = b + W h₁ + U x₂\n" in text


def test_gates_have_their_letters() -> None:
    gate = {gate: [[0.5, 0], [0, 0.5]] for gate in "ifgo"}
    rnn = {"cell": "lstm", "inputs": [[1, 2]], "U": gate, "W": gate, "V": [[1, 1]]}
    symbols = [PLAIN.symbol(each.symbol) for each in equations(solved(rnn))]
    assert symbols == ["aᵢ,₁", "a_f,1", "a_g,1", "aₒ,₁"]
