"""Alignments one by one: as steps, with what each collapses to; those that the problem lists, all
while they are few, and the most probable one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lossclass.arithmetic.expression import Constant, Log, Product, Quantity, Sum
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.arithmetic.symbol import Symbol
from lossclass.losses.ctc.lattice import collapse, merge_repeats
from lossclass.losses.ctc.sheet import Sheet, probability_of
from lossclass.losses.ctc_options import ALIGNMENTS
from lossclass.losses.shapes.lattice.cells import LARGEST_PROBABILITY, Best
from lossclass.losses.shapes.lattice.sequences import is_weighted

#: Of more there is no list to be had.
MOST_LISTED = 10_000
#: Of more, the board has only the first few, beside those that the problem lists.
_MOST_ON_BOARD, _FIRST_ON_BOARD = 5, 3
#: So many missing alignments are named in a remark.
_MOST_NAMED = 10
#: Of longer alignments the products are not written.
MOST_FACTORS = 200
_WHAT_THEY_ARE = (
    "An alignment names one symbol for every time step; its probability is the product of theirs. "
    "It collapses to what it spells: merge repeated symbols, then take out the blanks."
)

Alignment = tuple[str, ...]


# --- one alignment ------------------------------------------------------------------------


def _write_alignment(
    sheet: Sheet, number: int, alignment: Alignment, elsewhere: str, *, on_board: bool = True
) -> Quantity:
    """Write step ``alignment.number``; ``elsewhere`` is said if it spells something else."""
    symbol = Symbol("P", arguments=(Symbol("π", (number,)),))
    title = f"Alignment {number}: {sheet.spell(alignment)}"
    id = f"alignment.{number}"
    step = _write_product(sheet, id, symbol, alignment, title, on_board=on_board)
    if sheet.inputs.is_of_target(alignment):
        return step
    blank, because = sheet.inputs.blank_symbol, ""
    if tuple(each for each in alignment if each != blank) == sheet.inputs.target_symbols:
        # So only merging can have lost a label.
        because = ", because equal symbols side by side, with no blank between them, merge into one"
    sheet.working.remark(
        "alignment-collapses-elsewhere",
        f"{sheet.spell(alignment)} collapses to {sheet.spell(collapse(alignment, blank))}, not to "
        f"{sheet.target}{because}. {elsewhere}",
        step,
    )
    return step


def _write_product(
    sheet: Sheet,
    id: str,
    symbol: Symbol,
    alignment: Alignment,
    title: str,
    *,
    on_board: bool = True,
) -> Quantity:
    """Write the product of an alignment's probabilities, and what it collapses to."""
    spelt = sheet.spell(collapse(alignment, sheet.inputs.blank_symbol))
    is_target = sheet.inputs.is_of_target(alignment)
    return sheet.working.step(
        id,
        symbol,
        Product(*(sheet.outputs(t, each) for t, each in enumerate(alignment, start=1))),
        title=title,
        why=f"Repeats merged in {sheet.spell(alignment)}: {sheet.spell(merge_repeats(alignment))}. Blanks taken out: {spelt}, "
        f"{'the target' if is_target else 'not the target'}.",
        tells=True,
        only_in_full=not on_board,
        question=None if alignment in sheet.inputs.listed else "",
    )


def total(alignments: Sequence[Quantity]) -> Sum | Constant:
    """The sum of their probabilities."""
    return Sum(*alignments) if alignments else Constant(0)


# --- those that the problem lists ---------------------------------------------------------


def write_listed(sheet: Sheet) -> tuple[list[Quantity], list[Quantity]]:
    """Write them, where they are all there is: the ones that count, and the valid ones."""
    sheet.working.section("The probability of each alignment")
    sheet.working.say(_WHAT_THEY_ARE)
    is_counted = sheet.inputs.alignments_counted == "listed"
    counted = "counted all the same, because the problem lists it" if is_counted else "not counted"
    steps = [
        _write_alignment(sheet, number, alignment, f"It is {counted}.")
        for number, alignment in enumerate(sheet.inputs.listed, start=1)
    ]
    _remark_on_the_list(sheet)
    return _counted(sheet, steps)


def write_other(sheet: Sheet, which: str, alignments: Sequence[Quantity], title: str) -> Quantity:
    """Write the sum over other alignments, step ``which.probability``, and minus its logarithm,
    step ``which.loss``, which is returned."""
    probability = sheet.working.step(
        f"{which}.probability", probability_of(which), total(alignments), title=title
    )
    letter, what = "L", "The loss that this would be"
    if is_weighted(sheet.inputs):
        letter, what = "ℓ", "Minus its logarithm, before the weight"
    minus_log = -Log(probability, sheet.inputs.log_base)
    return sheet.working.step(f"{which}.loss", Symbol(letter, (which,)), minus_log, title=what)


def _counted(sheet: Sheet, steps: Sequence[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """Of the steps of those that the problem lists, the ones that it counts, and the valid ones."""
    inputs = sheet.inputs
    listed = zip(steps, inputs.listed, strict=True)
    valid = [step for step, alignment in listed if inputs.is_of_target(alignment)]
    return [*steps] if inputs.alignments_counted == "listed" else valid, valid


def _remark_on_the_list(sheet: Sheet) -> None:
    """Say if those that the problem lists have different lengths, or one is there twice."""
    inputs = sheet.inputs
    lengths = list(map(len, inputs.listed))
    if len(set(lengths)) > 1:
        shown = f"{', '.join(map(str, lengths[:-1]))} and {lengths[-1]}"
        sheet.working.remark(
            "alignments-of-different-lengths",
            f"The alignments have {shown} symbols. All alignments of one input have "
            "as many symbols as it has time steps, so these cannot all belong to the same x.",
        )
    for alignment in dict.fromkeys(inputs.listed):
        if (times := inputs.listed.count(alignment)) > 1:
            counts = inputs.alignments_counted == "listed" or inputs.is_of_target(alignment)
            as_often = ", and counted as often" if counts else ""
            often = "twice" if times == 2 else f"{times} times"
            sheet.working.remark(
                "alignment-listed-twice", f"{sheet.spell(alignment)} is listed {often}{as_often}."
            )


# --- beside α: all, the listed ones compared with all, and the best -----------------------


def write_alignments(sheet: Sheet) -> None:
    """Write the section; steps ``alignment.1`` …, first those that the problem lists, and their sum
    ``alignments.probability`` where all of them are written."""
    working, lattice, listed = sheet.working, sheet.lattice, sheet.inputs.listed
    most = working.wanted[ALIGNMENTS]
    are_few = 0 < lattice.count <= min(most, MOST_LISTED)
    working.section("The alignments")
    working.say(_WHAT_THEY_ARE)
    working.say(_how_many(sheet, are_few=are_few), tells=not lattice.count)
    if most < lattice.count <= MOST_LISTED:
        working.say(f"--alignments {lattice.count} lists them.", tells=True)
    every = lattice.alignments(sheet.inputs.symbols) if are_few else []
    missing = [each for each in every if each not in listed]
    on_board = len(listed) + len(missing)
    if on_board > _MOST_ON_BOARD and most == ALIGNMENTS.default and missing:
        on_board = max(len(listed), _FIRST_ON_BOARD)
        more = "--detail full works them all, one by one, and their sum."
        working.say(more, only_on_board=True)
    steps: dict[Alignment, Quantity] = {}
    of_the_list: list[Quantity] = []
    for number, alignment in enumerate([*listed, *missing], start=1):
        elsewhere, is_on_board = "It is no part of p(l|x).", number <= on_board
        step = _write_alignment(sheet, number, alignment, elsewhere, on_board=is_on_board)
        # Of an alignment that is listed twice the first step counts: it is one alignment.
        steps.setdefault(alignment, step)
        if number <= len(listed):
            of_the_list.append(step)
    if listed:
        _remark_on_the_list(sheet)
        _compare(sheet, of_the_list, missing)
    if are_few:
        valid = [step for each, step in steps.items() if sheet.inputs.is_of_target(each)]
        working.step(
            "alignments.probability",
            probability_of("all"),
            total(valid),
            title=f"The sum over all alignments of {sheet.target}",
            why="This is p(l|x) again, without α.",
            only_in_full=(is_in_full := on_board < len(listed) + len(missing)),
            question="" if is_in_full else None,
        )
    _write_best(sheet, steps)


def _how_many(sheet: Sheet, *, are_few: bool) -> str:
    """How many alignments there are, as a sentence."""
    lattice = sheet.lattice
    labels, repeats, T = len(lattice.target), lattice.repeats, lattice.T  # noqa: N806
    U = sheet.length_letter  # noqa: N806
    if not lattice.count:
        return f"{sheet.target} has no alignment of length T = {T}."
    number = show(Decimal(lattice.count), sheet.working.digits)
    equals = "=" if number.exact else "≈"
    text = (
        f"The target has {U} = {labels} label{'' if labels == 1 else 's'}, and a label is followed by "
        f"the same label r = {repeats} time{'' if repeats == 1 else 's'}. So it has "
        f"C(T + {U} − r, 2{U}) = C({T} + {labels} − {repeats}, 2 · {labels}) {equals} "
        f"{PLAIN.number(number.value)} alignment{'' if lattice.count == 1 else 's'} of length T = {T}."
    )
    if are_few:
        return text
    if lattice.count > MOST_LISTED:
        return f"{text} They are too many to be listed."
    return f"{text} They are not listed here."


def _compare(sheet: Sheet, steps: Sequence[Quantity], missing: Sequence[Alignment]) -> None:
    """Compare the alignments that the problem lists with all."""
    working, inputs, count = sheet.working, sheet.inputs, sheet.lattice.count
    taken, valid = _counted(sheet, steps)
    different = len(set(filter(inputs.is_of_target, inputs.listed)))
    title = "The sum of those that the problem lists"
    loss = write_other(sheet, "listed", taken, title)
    if not count:
        return  # that there is none was said
    complete = different == count
    text = _how_many_listed(sheet, different)
    if missing and len(missing) <= _MOST_NAMED:
        text += f" Missing: {', '.join(map(sheet.spell, missing))}."
    reasons = [
        *(["alignments that are listed more than once"] if len(valid) > different else []),
        *([f"what does not collapse to {sheet.target}"] if len(taken) > len(valid) else []),
    ]
    if reasons:
        text += f" But the list also counts {' and '.join(reasons)}."
    if reasons or not complete:
        each = "" if count == 1 else ", each once"
        text += (
            f" Over the list, {sheet.minus_log()} is {working.text(loss)}; over all alignments of "
            f"{sheet.target}{each}, it is {working.text(sheet.minus_log_probability)}."
        )
    working.remark("alignments-complete" if complete else "alignments-missing", text, loss)


def _how_many_listed(sheet: Sheet, different: int) -> str:
    """How many of the alignments of the target are listed, as a sentence."""
    count, target = sheet.lattice.count, sheet.target
    if count == 1:
        return f"The only alignment of {target} is {'' if different else 'not '}listed."
    if different == count:
        return f"All {count} alignments of {target} are listed."
    return f"The list has {different or 'none'} of the {count} alignments of {target}."


# --- the most probable one ----------------------------------------------------------------


def best_alignment(sheet: Sheet) -> Best:
    """α with the largest in the place of the sum; none where all are of probability 0."""
    return sheet.worked(LARGEST_PROBABILITY).best(sheet.working.values)


def _write_best(sheet: Sheet, steps: dict[Alignment, Quantity]) -> None:
    """Write the most probable alignment of the target, if any is possible."""
    working = sheet.working
    if sheet.is_large or sheet.T > MOST_FACTORS:
        return
    best = best_alignment(sheet)
    if not best.walk:
        return
    alignment = tuple(sheet.lattice.symbol(s) for _, s in best.walk)
    name = sheet.spell(alignment)
    which = "One of the most probable alignments" if best.is_tied else "The most probable alignment"
    symbol = Symbol("P", ("best",), (Symbol("π"),))
    title = f"{which} of {sheet.target}: {name}"
    step = steps.get(alignment) or _write_product(sheet, "best_alignment", symbol, alignment, title)
    whole, alone = working.values["probability"], working.values[step.id]
    text = f"The most probable alignment of {sheet.target} is {name}"
    if best.is_tied:
        others = "another one is" if best.count == 2 else "others are"
        text = f"{name} is one of the most probable alignments of {sheet.target} ({others} equally probable)"
    share = working.text(alone / whole * 100)
    working.say(
        f"{text}; its probability {working.text(alone)} is {share} % of p(l|x).", tells=True
    )
