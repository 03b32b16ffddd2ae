"""The mistakes that people make with CTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext

from lossclass.arithmetic import elementary
from lossclass.arithmetic.calculation import WORKED_AGAIN, Calculation
from lossclass.arithmetic.expression import (
    Constant,
    Expression,
    Log,
    Negative,
    Product,
    Quantity,
    Quotient,
    Sum,
    quantities_in,
)
from lossclass.arithmetic.number import is_equal
from lossclass.losses._conventions import Otherwise, written_otherwise
from lossclass.losses._slips import logit_behind, shared_slips, softmax_of_probabilities
from lossclass.losses._spelling import Spelling
from lossclass.losses.ctc.alignment import collapse
from lossclass.losses.ctc.inputs import Inputs
from lossclass.losses.ctc.lattice import Lattice
from lossclass.losses.ctc.lattice_slips import BEST, Outputs, lattice_slips
from lossclass.losses.ctc.sheet import MOST_CELLS
from lossclass.slips import Convention, Slip

#: A probability below this shows what a library adds to it.
_TINY = Decimal("1e-4")
#: What Keras adds to each probability before the logarithm.
_ADDED = Decimal("1e-7")


def slips(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is left out of p(l|x), what is counted that does not belong to it, and what is made of
    it."""
    yield from (_over_the_list if inputs.T is None else _over_all)(inputs, calculation)
    yield from _after_the_probability(inputs, calculation)
    yield from _of_the_outputs(inputs, calculation)
    yield from shared_slips(calculation, probabilities="given.probabilities")
    if inputs.by_symbol is not None:
        given = [each for each in calculation if each.id.startswith("given.P(")]
        yield from softmax_of_probabilities(calculation, given)


def conventions(inputs: Inputs, calculation: Calculation) -> Iterator[Convention]:
    """β with the probability of its own time in it; where β is on paper, β̂ is so as well."""
    inside = calculation.all("beta_inside")
    if not inside or inputs.T is None:
        return
    values, otherwise = calculation.values, dict[str, Otherwise]()
    for each in inside:
        beta, output = quantities_in(each.definition)
        # of a probability of 0, what stands before it cannot be got back
        back = Quotient(beta, output) if values[output.id] else Constant(values[beta.id])
        otherwise[beta.id] = Otherwise(_times(output), back)
    text = (
        "β has the probability of its own time step in it, as in the paper of 2006; here that is "
        "left out, and p(l|x) is the same."
    )
    yield Convention("beta-with-own-output", text, written_otherwise(calculation, otherwise))


def _times(output: Quantity) -> Callable[[Expression], Expression]:
    return lambda definition: Product(definition, output)


def _after_the_probability(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What is made of the alignments' probabilities, and of minus the logarithm of their sum."""
    loss = _negative_log(calculation)
    counted = _counted(calculation)
    if counted:
        logarithms = Negative(Sum(*(Log(each, inputs.log_base) for each in counted)))
        text = "The logarithm is taken of each alignment: it belongs to the sum of them all."
        yield Slip("sum-of-logs", text, {loss.id: logarithms})
    length = len(inputs.target_symbols)
    if length:
        text = (
            f"It is divided by the length of the target, {length}, as PyTorch's mean does; here it "
            "is not."
        )
        divided = Quotient(loss.definition, Constant(length))
        yield Slip("divided-by-target-length", text, {loss.id: divided})
    if calculation.values[loss.id].is_infinite():
        text = (
            "0 is given for an infinite loss, as some libraries do if asked to; p(l|x) is 0 here."
        )
        yield Slip("zero-for-infinite", text, {loss.id: Decimal(0)})
    elif inputs.T is not None and inputs.T > 1:
        text = (
            "The products of α and β are added over all time steps: those of one time step come to "
            "p(l|x) already."
        )
        total = calculation.by_id["probability"].definition
        summed = Product(Constant(inputs.T), total)
        yield Slip("summed-over-time", text, {"probability": summed})


def _of_the_outputs(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What a function makes of numbers that are not those which it takes, or are too small."""
    if inputs.T is not None and "alpha.1.1" not in calculation.values:
        return  # α of a large problem is not worked from them
    values, outputs = calculation.values, _all_outputs(inputs, calculation)
    with localcontext(WORKED_AGAIN):
        if inputs.kind in ("logits", "rnn"):
            exponentials = {
                each.id: elementary.exp(values[logit_behind(each).id]) for each in outputs
            }
            text = (
                "The scores are taken for logarithms of probabilities: the softmax is left out, "
                "which divides by the sum."
            )
            yield Slip("scores-as-log-probs", text, exponentials)
        text = (
            "Probabilities stand where their logarithms belong: p(l|x) is worked from e to their "
            "power."
        )
        powers = {each.id: elementary.exp(values[each.id]) for each in outputs}
        yield Slip("probabilities-as-log-probs", text, powers)
        used = {*inputs.target_symbols, inputs.blank_symbol}
        if inputs.T is not None and any(
            values[each.id] < _TINY for each in outputs if _symbol_of(inputs, each) in used
        ):
            text = (
                "1e-7 is added to every probability, as Keras does before it takes logarithms; "
                "here it is not."
            )
            added = {each.id: values[each.id] + _ADDED for each in outputs}
            yield Slip("library-clip", text, added)


def _all_outputs(inputs: Inputs, calculation: Calculation) -> Sequence[Quantity]:
    """The probabilities, as far as the working names them."""
    if inputs.by_symbol is not None:
        return [each for each in calculation if each.id.startswith("given.P(")]
    name = "given.probabilities" if inputs.kind == "probabilities" else "y_pred"
    return calculation.all(name)


def _negative_log(calculation: Calculation) -> Quantity:
    """The step that is minus the logarithm of p(l|x)."""
    found = calculation.all("negative_log_likelihood")
    return found[0] if found else calculation.by_id["loss"]


def _counted(calculation: Calculation) -> Sequence[Quantity]:
    """The alignments whose sum is p(l|x), where they are steps."""
    total = calculation.by_id.get("alignments.probability", calculation.by_id["probability"])
    found = [each for each in total.definition.operands if isinstance(each, Quantity)]
    return found if all(each.id.startswith("alignment.") for each in found) else ()


# --- over the alignments that are listed -------------------------------------------------


def _over_the_list(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    counted = _counted(calculation)
    if counted:
        best = max(counted, key=lambda each: calculation.values[each.id])
        yield Slip("best-path-only", BEST, {"probability": best})
        yield from _blank_skipped(inputs, calculation)
    steps = calculation.all("alignment")
    invalid = _invalid(inputs, steps)
    if not invalid:
        return
    if inputs.alignments_counted == "valid":
        text = _said_of_invalid(inputs, invalid)
        yield Slip("invalid-alignment-counted", text, {"probability": Sum(*steps)})
    elif valid := [step for step in steps if step not in invalid]:
        target = Spelling(inputs.symbols)(inputs.target_symbols)
        text = (
            f"Only the alignments that collapse to {target} are counted: this exercise counts all "
            "that it lists."
        )
        yield Slip("valid-alignments-only", text, {"probability": Sum(*valid)})
    if "valid.probability" in calculation.by_id:
        yield from _invalid_among_the_valid(inputs, steps, invalid)


def _invalid_among_the_valid(
    inputs: Inputs,
    steps: Sequence[Quantity],
    invalid: Mapping[Quantity, tuple[str, ...]],
) -> Iterator[Slip]:
    """All that are listed are counted where only those that spell the target are to be."""
    with_them = {"valid.probability": Sum(*steps)}
    yield Slip("invalid-alignment-counted", _said_of_invalid(inputs, invalid), with_them)


def _invalid(inputs: Inputs, steps: Sequence[Quantity]) -> dict[Quantity, tuple[str, ...]]:
    """The listed alignments that do not collapse to the target."""
    blank, target = inputs.blank_symbol, inputs.target_symbols
    return {
        step: alignment
        for step, alignment in zip(steps, inputs.listed, strict=False)
        if collapse(alignment, blank) != target
    }


def _said_of_invalid(inputs: Inputs, invalid: Mapping[Quantity, tuple[str, ...]]) -> str:
    spell = Spelling([*inputs.symbols, inputs.blank_symbol])
    names = ", ".join(spell(alignment) for alignment in dict.fromkeys(invalid.values()))
    is_one = len(set(invalid.values())) == 1
    verb = "is counted, which collapses" if is_one else "are counted, which collapse"
    return f"{names} {verb} to something else than {spell(inputs.target_symbols)}."


def _blank_skipped(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    blank = f"given.P({inputs.blank_symbol})"
    if blank in calculation.by_id:
        yield from _without_blanks([blank])


def _without_blanks(ids: Sequence[str]) -> Iterator[Slip]:
    text = "The probabilities of the blanks are left out: a blank is a symbol with one of its own."
    yield Slip("blank-skipped", text, {id: Decimal(1) for id in ids})


# --- over all alignments -----------------------------------------------------------------


def _over_all(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    yield from _of_the_list(inputs, calculation)
    yield from _of_the_best_path(inputs, calculation)
    assert inputs.T is not None  # noqa: S101 - else there is only a list
    lattice = Lattice(inputs.target_symbols, inputs.blank_symbol, inputs.T)
    if (
        not lattice.target
        or inputs.T * lattice.S > MOST_CELLS
        or "alpha.1.1" not in calculation.values
    ):
        return
    outputs = _outputs(inputs, lattice, calculation)
    blanks = {each.id for (_, symbol), each in outputs.items() if symbol == lattice.blank}
    yield from _without_blanks(sorted(blanks))
    if len(outputs) == inputs.T * len(set(lattice.extended)):
        yield from lattice_slips(lattice, calculation, outputs)


def _of_the_list(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What comes of counting those that the problem lists."""
    listed = calculation.all("alignment")[: len(inputs.listed)]
    if not listed:
        return
    if invalid := _invalid(inputs, listed):
        text = _said_of_invalid(inputs, invalid)
        with_them = Sum(calculation.by_id["probability"].definition, *invalid)
        yield Slip("invalid-alignment-counted", text, {"probability": with_them})
    text = "Only the alignments that are listed are counted: here all of the target count."
    alone = calculation.by_id["listed.probability"].definition
    yield Slip("alignments-missing", text, {"probability": alone})


def _of_the_best_path(inputs: Inputs, calculation: Calculation) -> Iterator[Slip]:
    """What comes of taking the best path for the target, where it spells something else."""
    path = calculation.by_id.get("best_path")
    if path is None or _is_probable_as(calculation, path):
        return
    blank = inputs.blank_symbol
    spelt = collapse([_symbol_of(inputs, each) for each in path.definition.operands], blank)
    if spelt == inputs.target_symbols:
        return
    spell = Spelling(inputs.symbols)
    text = (
        "Only the best path is counted, the most probable symbol of each time step, and it spells "
        f"{spell(spelt)}, not {spell.short(inputs.target_symbols)}: p(l|x) is the sum over all "
        "alignments of the target."
    )
    yield Slip("greedy-path-only", text, {"probability": path})


def _is_probable_as(calculation: Calculation, path: Quantity) -> bool:
    """Whether an alignment of the target is as probable, as it is with ties."""
    of_target = [*_counted(calculation), *calculation.all("best_alignment")]
    probability = calculation.values[path.id]
    return any(is_equal(calculation.values[each.id], probability) for each in of_target)


def _symbol_of(inputs: Inputs, output: Expression) -> str:
    """The symbol whose probability it is, as in :func:`_outputs`."""
    assert isinstance(output, Quantity)  # noqa: S101 - a factor of a path is named
    if inputs.by_symbol is not None:
        return output.id.removeprefix("given.P(").removesuffix(")")
    return inputs.symbols[int(output.id.rpartition(".")[2]) - 1]


def _outputs(inputs: Inputs, lattice: Lattice, calculation: Calculation) -> Outputs:
    """The probability of each symbol of the extended target at each time, as far as the working
    names it."""
    outputs: Outputs = {}
    for symbol in dict.fromkeys(lattice.extended):
        column = inputs.symbols.index(symbol) + 1
        for t in range(1, lattice.T + 1):
            ids = [
                f"given.P({symbol})",
                f"y_pred.{t}.{column}",
                f"given.probabilities.{t}.{column}",
            ]
            if named := [id for id in ids if id in calculation.by_id]:
                outputs[t, symbol] = calculation.by_id[named[0]]
    return outputs
