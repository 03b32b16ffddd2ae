"""``lossclass explain``: every text is there, whole, computed, and fits where it is printed."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations, groupby, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from programs import run
from pytest_regressions.file_regression import FileRegressionFixture
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

import lossclass
from lossclass import explanations, losses
from lossclass.cli import app
from lossclass.explanations import explain, source, topics
from lossclass.explanations.blocks import Curve, Equation, Picture, Prose, Verbatim, Worked
from lossclass.explanations.directives import DIRECTIVE, worked_out
from lossclass.explanations.explanation import SITUATIONS, bad_prediction
from lossclass.explanations.scope import Scope
from lossclass.problem import bundled
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.training import Train
from lossclass.render import curve
from lossclass.render.markup import Rows
from lossclass.rnn.inputs import OF_PYTORCH, Rnn
from problems import GOLD

#: The sections of the text about a loss.
LOSS_SECTIONS = (
    "What it measures",
    "The formula",
    "Every symbol",
    "When to use it, and when not",
    "The mechanism",
    "A worked example",
    "Its gradient",
    "Classic mistakes",
    "In the libraries",
)

LOSSES = list(source.loss_paths())
TOPICS = list(source.paths())
ASKED_FOR = {
    "sequence-classification", "sequence-labelling", "choosing", "backpropagation-through-time",
    "gradient-descent", "blank", "collapsing", "forward-backward", "decoding", "log-base", "slips",
    "reductions", "rnn", "lstm", "gru", "softmax", "sigmoid", "perplexity", "keys",
    "working", "vary", "exams",
}  # fmt: skip
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def printed(what: explanations.Explanation | explanations.Comparison, width: int) -> str:
    return what.text(Console(width=width, color_system=None, force_terminal=False))


# --- the texts ---


def test_every_loss_and_every_topic_of_the_course_has_a_text() -> None:
    missing = {f"lossclass/losses/{name}.md" for name in {*losses.canonical_names()} - {*LOSSES}}
    assert not missing
    assert set(TOPICS) == ASKED_FOR | set(LOSSES)


def test_no_text_stands_beside_a_loss_that_there_is_not() -> None:
    beside = {path.stem for path in Path(losses.__path__[0]).glob("*.md")}
    assert beside == set(losses.canonical_names())


@pytest.mark.some(9)
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_has_all_sections_in_order(name: str) -> None:
    explanation = explanations.explain(name)
    assert tuple(explanation.sections) == LOSS_SECTIONS
    text = printed(explanation, 80)
    places = [text.index(f"\n{title} ━") for title in LOSS_SECTIONS]
    assert places == sorted(places)
    worked = explanation.sections["A worked example"]
    assert any(isinstance(block, Worked) for block in worked)
    for library in ("PyTorch", "Keras", "optax", "scikit-learn"):
        assert library in source.read(source.paths()[name]).sections["In the libraries"]


@pytest.mark.parametrize("name", TOPICS)
def test_no_number_is_typed_that_could_be_computed(name: str) -> None:
    """Decimals stand in directives and code alone; so does whatever comes after ≈."""
    path = source.paths()[name]
    about = json.dumps(
        {key: text for key, text in source.read(path).about.items() if key != "bad"},
        ensure_ascii=False,
    )
    for text in (about, *source.read(path).sections.values()):
        typed = DIRECTIVE.sub("", text)
        for language, fenced in FENCED.findall(typed):
            assert language in ("formula", "python")
            assert not (language == "formula" and re.search(r"\d\.\d|≈", fenced))
        bare = re.sub(r"`[^`\n]*`", "", FENCED.sub("", typed))
        assert not re.search(r"\d\.\d|≈|= ?-?\d{2}", bare)


@pytest.mark.grid(16, name=TOPICS, width=[60, 80, 120])
def test_every_text_fits_and_loses_nothing(name: str, width: int) -> None:
    text, sections = (
        printed(explanations.explain(name), width),
        source.read(source.paths()[name]).sections,
    )
    assert "{{" not in text
    for line in text.splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip()
    shown = re.sub(r"\s+", "", text)
    for section in sections.values():
        for _, formula in FENCED.findall(section):
            for line in formula.splitlines():
                assert re.sub(r"\s+", "", line) in shown
        for row in re.findall(r"^\|(.+)\|$", section, re.MULTILINE):
            for word in re.sub(r"[`*]|\\(?=\|)", "", row).split():
                assert word in text or not word.strip("|-")


def test_plain_text_has_no_colours_and_a_colour_terminal_gets_some() -> None:
    explanation = explanations.explain("hinge")
    assert "\x1b" not in str(explanation)
    assert max(map(cell_len, str(explanation).splitlines())) <= 80
    coloured = Console(width=80, color_system="standard", force_terminal=True)
    assert "\x1b[" in explanation.text(coloured)


@pytest.mark.parametrize("name", ["hinge", "log-base"])
def test_gold(name: str, file_regression: FileRegressionFixture) -> None:
    text = printed(explanations.explain(name), 80)
    file_regression.check(text, fullpath=GOLD / f"explain.{name}.txt")


def test_gold_of_two_side_by_side(file_regression: FileRegressionFixture) -> None:
    text = printed(explanations.compare("mse", "cross_entropy"), 80)
    file_regression.check(text, fullpath=GOLD / "explain.mse.versus.cross_entropy.txt")


# --- computed when printed ---


def test_other_numbers_in_a_problem_are_other_numbers_in_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = printed(explanations.explain("mse"), 80)
    assert "0.5825" in before  # (0.5² + 0.8² + 0² + 1.2²) / 4
    assert "∂L/∂ŷ₄ = 2 / n · (ŷ₄ − y₄) = 2 / 4 × (20.2 − 19) = 0.6" in before
    original = bundled.bundled_problems()["regression_series"].read_text(encoding="utf-8")
    changed = original.replace("[19.5, 22.8, 21, 20.2]", "[19.5, 22.8, 21, 22]")
    assert changed != original
    other = tmp_path / "regression_series.yaml"
    other.write_text(changed, encoding="utf-8")
    monkeypatch.setattr(bundled, "bundled_files", lambda: {"regression_series": other})
    after = printed(explanations.explain("mse"), 80)
    assert "0.5825" not in after
    assert "∂L/∂ŷ₄ = 2 / n · (ŷ₄ − y₄) = 2 / 4 × (22 − 19) = 1.5" in after
    assert str((0.5**2 + 0.8**2 + 0 + 3**2) / 4) in after


def test_the_published_numbers_of_a_source_are_no_part_of_an_explanation() -> None:
    assert lossclass.solve("problems/hello_ctc.yaml").published
    (worked,) = worked_out("{{ solve hello_ctc }}", Scope())
    assert isinstance(worked, Worked)
    assert not worked.solution.published
    assert worked.solution.steps


def test_directives_do_what_they_say() -> None:
    def text(directive: str, scope: Scope | None = None) -> str:
        (block,) = worked_out(directive, scope or Scope())
        if isinstance(block, Equation):
            return " ".join([block.left, *(f"{sign} {side}" for sign, side in block.sides)])
        assert isinstance(block, Verbatim)
        return block.text

    assert text("{{ compute -ln(0.01) }}") == "4.605"  # ln 100 = 4.60517
    assert text("{{ equation -ln(0.01) }}") == "-ln(0.01) ≈ 4.605".replace("-", "−", 1)
    assert text("{{ equation 1 / 4 }}") == "1 / 4 = 0.25"
    assert text("{{ value hello_ctc loss }}") == "6.180"
    assert text("{{ value hinge_sequence count hinge }}") == "3"
    assert (
        text("{{ line hinge_sequence hinge.1 }}") == "ℓ₁ = max(0, 1 − m₁) = max(0, 1 − 0.8) = 0.2"
    )
    assert text("{{ ctc.collapse H-E-LL-O blank - }}") == "H-E-LL-O  →  H-E-L-O  →  HELO"
    assert text("{{ formula }}", Scope(losses.load("hinge"))) == losses.load("hinge").FORMULA
    scope = Scope()
    assert text("{{ given a = 3; b = hinge_sequence loss }}", scope) == "a = 3, b ≈ 0.4667"
    assert text("{{ equation c = a × b }}", scope) == "c = a · b ≈ 3 × 0.4667 ≈ 1.4"
    assert text("{{ compute c + 1 }}", scope) == "2.4"  # 3 · 1.4 / 3 + 1


def test_a_derivative_is_a_name() -> None:
    text = (
        "{{ given ŷ = 3; y = 1 }}\n\n{{ equation ∂L/∂ŷ = 2 × (ŷ − y) }}\n\n{{ equation 6 / ∂L/∂ŷ }}"
    )
    _, slope, quotient = worked_out(text.replace("}}\n\n", "}}\n"), Scope())
    assert slope == Equation("∂L/∂ŷ", (("=", "2 · (ŷ − y)"), ("=", "2 × (3 − 1)"), ("=", "4")))
    assert quotient == Equation("6 / (∂L/∂ŷ)", (("=", "6 / 4"), ("=", "1.5")))


def test_the_keys_are_those_of_the_models() -> None:
    (block,) = worked_out("{{ keys }}", Scope())
    assert isinstance(block, Prose)
    parts = {
        part.splitlines()[0]: set(re.findall(r"^- `(\w+)`", part, re.MULTILINE))
        for part in f"\n{block.markdown}".split("\n### ")[1:]
    }
    common = parts.pop("In every problem")
    assert common == set(ProblemKeys.model_fields)
    assert parts.pop("Under rnn") == {*Rnn.model_fields, *OF_PYTORCH.values()}
    assert parts.pop("Under train") == set(Train.model_fields)
    for name, keys in parts.items():
        inputs = losses.inputs_of(name)
        models = inputs.FORMS.values() or [inputs]
        fields = {key for model in models for key in model.model_fields} - common
        assert keys - {"file"} == fields
    assert "- `margin`: a number above 0; without it, 1\n" in block.markdown
    assert "- `weight_ih_l0`: PyTorch's name for U\n" in block.markdown
    assert "- `beta1`: a number of at least 0, below 1\n" in block.markdown
    assert "- `cell`: vanilla or gru or lstm; without it, vanilla\n" in block.markdown


def test_sections_of_a_problem_can_be_asked_for_by_their_titles() -> None:
    (block,) = worked_out("{{ solve ab_ctc brief: Forward variables α; Given }}", Scope())
    assert isinstance(block, Worked)
    assert [section.title for section in block.solution.sections] == [
        "Forward variables α",
        "Given",
    ]
    assert block.detail == "brief"


def test_a_part_of_a_problem_is_a_table_or_a_figure() -> None:
    (alpha,) = worked_out("{{ part ab_ctc alpha }}", Scope())
    assert isinstance(alpha, Rows)
    assert alpha.columns == ("t", "1 _", "2 a", "3 _", "4 b", "5 _")
    assert alpha.rows[1] == ("2", "0.2", "0.14", "0.15", "0.09", "0")
    (trellis,) = worked_out("{{ part ab_ctc trellis }}", Scope())
    assert isinstance(trellis, Picture)
    assert [row.label for row in trellis.trellis.rows] == ["_", "a", "_", "b", "_"]


def test_what_is_worked_out_only_on_request_can_be_shown() -> None:
    scope = Scope()
    (beta,) = worked_out("{{ part ab_ctc beta }}", scope)
    assert isinstance(beta, Rows)
    assert beta.rows[-1] == ("3", "0", "0", "0", "1", "1")
    (line,) = worked_out("{{ line ab_ctc occupancy.3.1 }}", scope)
    assert isinstance(line, Equation)
    assert line.sides[-1] == ("≈", "0.1364")  # 0.018 / 0.132
    (number,) = worked_out("{{ value ab_ctc occupancy.3.3 }}", scope)
    assert number == Verbatim("0.8636")  # 0.114 / 0.132
    (solved,) = worked_out("{{ solve ab_ctc }}", scope)
    assert isinstance(solved, Worked)
    assert not any(step.id.startswith("beta") for step in solved.solution.steps)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ sovle hello_ctc }}", "unknown directive {{ sovle hello_ctc }}"),
        ("{{ }}", "unknown directive"),
        ("before {{ solve hello_ctc }} after", "worked needs a line of its own"),
        ("{{ solve nowhere }}", "no bundled problem 'nowhere'"),
        ("{{ solve hello_ctc much }}", "no detail 'much'"),
        ("{{ solve hello_ctc: Nothing }}", "hello_ctc has no section 'Nothing'; it has "),
        ("{{ part hello_ctc nothing }}", "hello_ctc has no table or figure 'nothing'"),
        ("before {{ part ab_ctc alpha }} after", "rows needs a line of its own"),
        ("{{ value hello_ctc nothing }}", "hello_ctc has no 'nothing'"),
        ("{{ line hello_ctc nothing }}", "no step 'nothing'"),
        ("{{ compute ln( }}", "the text ends too early"),
        ("{{ compute ln(-1) }}", "has no value"),
        ("{{ compute x }}", "unknown name 'x'"),
        ("{{ equation }}", "equation of nothing"),
        ("{{ given 3 }}", "expected NAME = NUMBER"),
        ("{{ given 3 = 3 }}", "cannot be a name"),
        ("{{ table p: ln(p) }}", "expected NAME = NUMBERS"),
        ("{{ curve ln(p) }}", "expected EXPRESSION for NAME from A to B"),
        ("{{ ctc.collapse HELLO }}", "expected ALIGNMENT blank SYMBOL"),
        ("{{ formula }}", "formula stands in the text of a loss"),
        ("{{ keys hinge }}", "keys takes nothing"),
        ("{{ equation ∂L/∂x = ∂L/∂y }}", "unknown name"),
        ("an open {{ compute 1", "not closed on its line"),
        ("```formula\nL = 1", "``` is not closed"),
    ],
)
def test_what_a_directive_cannot_mean_is_an_error_not_text(text: str, says: str) -> None:
    with pytest.raises(source.BadExplanation, match=re.escape(says)):
        worked_out(text, Scope())


BAD_HEADS = {
    "## Nothing\n": "it does not begin with its head between two ---",
    "---\nsummary: a: b\n---\n": "its head is no YAML: mapping values are not allowed in",
    "---\nsummary: Something.\n---\n": "its head has no title",
    "---\n- a\n---\n": "it does not begin with its head between two ---",
}


@pytest.mark.parametrize("text", BAD_HEADS)
def test_a_text_with_a_bad_head_is_an_error_and_breaks_no_other(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.md"
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(source.BadExplanation, match=re.escape(f"bad.md: {BAD_HEADS[text]}")):
        source.read(bad)
    known = source.paths()
    monkeypatch.setattr(source, "paths", lambda: {**known, "bad": bad})
    assert "bad.md" in topics()["bad"]
    assert explain("mse").summary == topics()["mean_squared_error"]


def test_the_gradient_of_the_bptt_example_is_that_of_its_loss() -> None:
    """By finite differences of the network written out in floats."""
    scope = Scope()
    for body in source.read(source.paths()["backpropagation-through-time"]).sections.values():
        worked_out(body, scope)
    at = {name: float(scope.values[quantity.id]) for name, quantity in scope.names.items()}

    def loss(u: float, w: float, v: float) -> float:
        h = at["h₀"]
        for x in (at["x₁"], at["x₂"]):
            h = math.tanh(u * x + w * h)
        return (v * h - at["y"]) ** 2

    weights, step = (at["U"], at["W"], at["V"]), 1e-6
    for place, name in enumerate(f"derivative_of_L_by_{each}" for each in "UWV"):
        up, down = ([*weights] for _ in range(2))
        up[place] += step
        down[place] -= step
        assert at[name] == pytest.approx((loss(*up) - loss(*down)) / (2 * step), rel=1e-6)


# --- CTC, by listing every path ---


def paths(name: str) -> tuple[list[dict[str, float]], dict[str, list[tuple[str, ...]]]]:
    """The probabilities of a bundled problem by time, and all paths by what they spell."""
    problem = yaml.safe_load(bundled.bundled_problems()[name].read_text(encoding="utf-8"))
    rows = problem.get("probabilities") or [
        [math.exp(z) / sum(map(math.exp, row)) for z in row] for row in problem["logits"]
    ]
    steps = [dict(zip(problem["labels"], row, strict=True)) for row in rows]
    spelt: dict[str, list[tuple[str, ...]]] = {}
    for path in product(problem["labels"], repeat=len(steps)):
        merged = [symbol for symbol, _ in groupby(path)]
        spelt.setdefault("".join(merged).replace(problem["blank"], ""), []).append(path)
    return steps, spelt


def probability(steps: list[dict[str, float]], path: tuple[str, ...]) -> float:
    return math.prod(step[symbol] for step, symbol in zip(steps, path, strict=True))


def test_the_mistakes_with_ctc_are_those_of_the_example() -> None:
    steps, spelt = paths("ab_ctc")
    each = [probability(steps, path) for path in spelt["ab"]]
    without_blanks = [{**step, "_": 1.0} for step in steps]
    mistakes = {
        "The best alignment alone": -math.log(max(each)),
        "−ln of each alignment, added": -sum(map(math.log, each)),
        "Divided by the number of labels, as PyTorch's mean does": -math.log(sum(each)) / 2,
        "log₁₀": -math.log10(sum(each)),
        "log₂": -math.log2(sum(each)),
        "left out of the products, the loss is": -math.log(
            sum(probability(without_blanks, path) for path in spelt["ab"])
        ),
        "here one walk is left": -math.log(
            sum(probability(steps, path) for path in spelt["ab"] if "_" in path[1:-1])
        ),
        "without the label before it": -math.log(
            sum(probability(steps, path) for path in spelt["ab"] if path[-1] == "_")
        ),
        "the example comes to": -math.log(
            sum(probability([exponentials(step) for step in steps], path) for path in spelt["ab"])
        ),
    }
    text = " ".join(printed(explanations.explain("ctc"), 80).split())
    for what, number in mistakes.items():
        found = re.search(rf"{re.escape(what)}:? (−?\d+\.\d+)", text)
        assert found, what
        assert float(found[1].replace("−", "-")) == float(f"{number:.4g}"), what
    steps, spelt = paths("too_short_ctc")
    assert "oo" not in spelt
    assert f"would cost {-math.log(probability(steps, ('o', 'o'))):.4g}." in text


def exponentials(step: dict[str, float]) -> dict[str, float]:
    return {symbol: math.exp(number) for symbol, number in step.items()}


def test_what_the_texts_say_of_the_bundled_ctc_problems_is_so() -> None:
    steps, spelt = paths("bee_ctc")
    listed = lossclass.load("problems/bee_ctc.yaml").inputs.listed  # type: ignore[attr-defined]
    assert set(listed) < set(spelt["bee"])
    assert len(spelt["bee"]) == len(listed) + 1 == 7  # "lists all but one", of seven
    totals = {
        labels: sum(probability(steps, path) for path in each) for labels, each in spelt.items()
    }
    best_path = max(product(*steps), key=lambda path: probability(steps, path))
    (greedy,) = (labels for labels, each in spelt.items() if best_path in each)
    assert totals[greedy] < max(totals.values())  # greedy decoding misses the most probable


def test_in_the_small_example_greedy_decoding_is_wrong() -> None:
    scope = Scope()
    for body in source.read(source.paths()["decoding"]).sections.values():
        worked_out(body, scope)
    at = {name: float(scope.values[quantity.id]) for name, quantity in scope.names.items()}
    assert at["b"] > at["a"]
    assert at["a"] + at["b"] == pytest.approx(1)
    assert at["n"] == pytest.approx(at["b"] ** 2)
    assert at["p"] == pytest.approx(1 - at["n"])
    assert at["p"] > at["n"]


def test_forward_and_backward_come_to_the_same_in_the_text() -> None:
    scope = Scope()
    for body in source.read(source.paths()["forward-backward"]).sections.values():
        worked_out(body, scope)
    steps, spelt = paths("ab_ctc")
    total = sum(probability(steps, path) for path in spelt["ab"])
    for name in ("p", "p₂"):
        assert float(scope.values[scope.names[name].id]) == pytest.approx(total)


def test_the_python_of_the_forward_backward_text_runs() -> None:
    body = source.read(source.paths()["forward-backward"]).sections["In Python"]
    ((language, code),) = FENCED.findall(body)
    assert language == "python"
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - what is printed has to run
    steps, spelt = paths("ab_ctc")
    total = sum(probability(steps, path) for path in spelt["ab"])
    assert names["losses"].tolist() == pytest.approx([-math.log(total)])
    assert names["by_logits"].sum(axis=2) == pytest.approx(0)


# --- finding a topic ---


@pytest.mark.some(9)
@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("mse", "mean_squared_error"),
        ("nll", "negative_log_likelihood"),
        ("bce", "binary_cross_entropy"),
        ("cross_entropy", "categorical_cross_entropy"),
        ("cross-entropy", "categorical_cross_entropy"),
        ("Cross Entropy", "categorical_cross_entropy"),
        ("CTC", "ctc"),
        ("rl", "policy_gradient"),
        ("bptt", "backpropagation-through-time"),
        ("sequence_labelling", "sequence-labelling"),
        ("sequence-labeling", "sequence-labelling"),
        ("log base", "log-base"),
        ("reduction", "reductions"),
        ("forward algorithm", "forward-backward"),
        ("forward_backward", "forward-backward"),
        ("greedy", "decoding"),
        ("beam search", "decoding"),
        ("perplexity", "perplexity"),
        ("tanh", "sigmoid"),
        ("recurrent network", "rnn"),
    ],
)
def test_other_names_of_a_topic(alias: str, name: str) -> None:
    assert explanations.explain(alias).name == name


def test_no_name_means_two_topics() -> None:
    names = [each for name in TOPICS for each in (name, *source.aliases(name))]
    plain = [each.replace("_", "-") for each in names]
    assert len(set(plain)) == len(plain)


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("hinges", "no topic is called 'hinges'; did you mean 'hinge'?"),
        ("bqtt", "did you mean 'backpropagation-through-time'?"),
        ("xyzzy", "'lossclass explain' lists them"),
        ("hello_ctc", "it is a problem, which 'lossclass solve hello_ctc' works out"),
        ("hinge mse", "'lossclass explain hinge --versus mean_squared_error' puts two"),
    ],
)
def test_an_unknown_topic_names_the_nearest(topic: str, says: str) -> None:
    with pytest.raises(lossclass.UsageError, match=re.escape(says)):
        lossclass.explain(topic)


def test_a_topic_may_be_several_words_and_a_command_has_its_own_help() -> None:
    assert run("explain", "gradient", "descent").stdout == run("explain", "sgd").stdout != ""
    assert "--help' explains" not in run("explain", "variants").stderr  # a topic as well
    ended = run("explain", "practice")
    assert ended.returncode == 2
    assert (
        ended.stderr == "practice: this is a command, which 'lossclass practice --help' explains\n"
    )


def test_the_list_names_every_topic_with_one_line_and_its_other_names() -> None:
    text = explanations.overview().text(Console(width=80, color_system=None))
    shown = " ".join(text.split())
    for name, summary in explanations.topics().items():
        assert name in text
        assert summary in shown
        assert len(summary) <= 90
        assert all(alias in shown for alias in source.aliases(name))


# --- two losses ---


@pytest.mark.grid(36, names=list(combinations(LOSSES, 2)))
def test_any_two_losses_can_be_put_side_by_side(names: tuple[str, str]) -> None:
    comparison = explanations.compare(*names)
    assert len(comparison.aspects) == 7
    for width in (60, 80, 120):
        text = printed(comparison, width)
        assert max(map(cell_len, text.splitlines())) <= width
        words = text.split()
        for pair in comparison.aspects.values():
            for said in pair:
                assert said
                assert all(word in words for word in said.replace("\\", "").split())


def test_both_losses_are_shown_the_same_prediction_where_they_can_be() -> None:
    comparison = explanations.compare("mse", "cross_entropy")
    assert comparison.situation == "The true probability is y = 1, the predicted one ŷ = 0.01."
    mse, entropy = comparison.aspects["One bad prediction"]
    assert mse.split("\n") == ["L = 0.9801", "∂L/∂ŷ = −1.98"]  # (1 − 0.01)², 2 (0.01 − 1)
    assert entropy.split("\n") == ["L ≈ 4.605", "∂L/∂ŷ = −100"]  # −ln 0.01, −1 / 0.01
    comparison = explanations.compare("hinge", "mse")
    hinge, mse = comparison.aspects["One bad prediction"]
    assert (hinge.split("\n")[0], mse.split("\n")[0]) == ("L = 3", "L = 9")  # 1 + 2, (1 + 2)²


def test_where_two_losses_have_no_example_in_common_each_has_its_own() -> None:
    comparison = explanations.compare("hinge", "ctc")
    assert not comparison.situation
    hinge, ctc = comparison.aspects["One bad prediction"]
    assert "ŷ = −2" in hinge
    assert "ŷ = 0.01" in ctc


def test_below_70_columns_one_stands_under_the_other() -> None:
    comparison = explanations.compare("mse", "hinge")
    formulas = [losses.load(name).FORMULA for name in ("mean_squared_error", "hinge")]
    for width, together in ((69, False), (70, True)):
        lines = printed(comparison, width).splitlines()
        assert any(all(f in line for f in formulas) for line in lines) is together


EXAMPLES = [
    (name, situation)
    for name in LOSSES
    for situation in source.read(source.paths()[name]).about["bad"]
]


@pytest.mark.parametrize(("name", "situation"), EXAMPLES)
def test_the_slope_of_a_bad_prediction_is_that_of_the_loss(name: str, situation: str) -> None:
    """The text's derivative against finite differences of what the loss itself gives."""
    example = source.read(source.paths()[name]).about["bad"][situation]
    numbers = SITUATIONS.get(situation) or example["numbers"]
    moved, step = list(numbers)[-1], 1e-5  # the prediction stands last
    _, slope = bad_prediction(name, situation, numbers)
    up, _ = bad_prediction(name, situation, {**numbers, moved: numbers[moved] + step})
    down, _ = bad_prediction(name, situation, {**numbers, moved: numbers[moved] - step})
    assert float(slope) == pytest.approx(float(up - down) / (2 * step), rel=1e-5)


def test_only_two_different_losses_can_be_compared() -> None:
    with pytest.raises(
        lossclass.UsageError, match="only losses can be put side by side, and log-base is none"
    ):
        lossclass.explain("mse", versus="log-base")
    with pytest.raises(lossclass.UsageError, match="are the same loss, mean_squared_error"):
        lossclass.explain("mse", versus="mean_squared_error")


# --- curves ---


def pictured(text: str, start: float, end: float, width: int = 60) -> list[str]:
    (block,) = worked_out(f"{{{{ curve {text} for x from {start} to {end} }}}}", Scope())
    assert isinstance(block, Curve)
    function = block.at
    picture = curve.draw(function, start, end, label=block.label, name="x", width=width)
    return picture.splitlines()


def height_at(lines: list[str], part: float, low: float, high: float) -> float:
    """The value of the curve that can be read off the picture, at a part of its width."""
    rows = [re.split("[┤│]", line, maxsplit=1)[1] for line in lines[1 : 1 + curve.HEIGHT]]
    across = len(next(line for line in lines if "└" in line).split("└")[1])
    column = min(int(part * across), across - 1)
    dots = [
        4 * number + down
        for number, row in enumerate(rows)
        for down, bits in enumerate((0x09, 0x12, 0x24, 0xC0))
        if column < len(row) and row[column] != " " and (ord(row[column]) - 0x2800) & bits
    ]
    middle = (min(dots) + max(dots)) / 2
    return high - middle / (4 * curve.HEIGHT - 1) * (high - low)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    ("text", "start", "end", "low", "high"),
    [
        ("max(0, 1 - x)", -2, 3, 0, 3),
        ("x^2", -2, 2, 0, 4),
        ("-ln(x)", 0.01, 1, 0, -math.log(0.01)),
        ("x", -5, 5, -5, 5),
    ],
)
def test_a_curve_can_be_read_off_its_picture(
    text: str, start: float, end: float, low: float, high: float, width: int
) -> None:
    lines = pictured(text, start, end, width)
    assert max(map(cell_len, lines)) <= width
    for part in np.linspace(0.15, 0.95, 9):
        x = start + float(part) * (end - start)
        true = {"max(0, 1 - x)": max(0, 1 - x), "x^2": x * x, "x": x}.get(text, -math.log(abs(x)))
        assert height_at(lines, float(part), low, high) == pytest.approx(
            true, abs=0.06 * (high - low)
        )
    # The highest row and the lowest are reached.
    for row in (lines[1], lines[curve.HEIGHT]):
        assert any(0x2800 < ord(each) <= 0x28FF for each in row)


def test_the_numbers_on_the_axes_are_round_and_within_what_is_drawn() -> None:
    lines = pictured("x^2", -2, 2)
    beside = [line.split("┤")[0].strip() for line in lines if "┤" in line]
    assert beside == ["4", "3", "2", "1", "0"]
    assert lines[-2].split() == ["−2", "−1", "0", "1", "2"]
    assert lines[-1].strip() == "x"
    under, axis = lines[-2], lines[-3]
    assert axis.count("┬") == 5
    assert abs(under.index(" 0 ") + 1 - [m.start() for m in re.finditer("┬", axis)][2]) <= 1


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 3, [0, 1, 2, 3]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.01, 1, [0.2, 0.4, 0.6, 0.8, 1]),
        (-2, 3, [-2, -1, 0, 1, 2, 3]),
        (0, 36, [0, 10, 20, 30]),
        (0, 0.003, [0, 0.001, 0.002, 0.003]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, wanted: list[float]) -> None:
    assert curve.ticks(low, high, 5) == pytest.approx(wanted)


def test_a_curve_that_goes_to_infinity_leaves_the_picture_and_a_flat_one_is_drawn() -> None:
    lines = pictured("-ln(x)", 0, 1)
    assert not re.search("inf|nan", "".join(lines))
    flat = pictured("0 * x", 0, 1)
    assert "⣀" in flat[curve.HEIGHT] or "⠤" in flat[curve.HEIGHT]


def test_a_steep_curve_has_no_gaps() -> None:
    lines = pictured("x^20", 0, 1)
    assert all(
        any(0x2800 < ord(each) <= 0x28FF for each in line) for line in lines[1 : 1 + curve.HEIGHT]
    )


# --- the command ---


def test_the_command_prints_what_the_api_has() -> None:
    run = CliRunner()
    assert run.invoke(app, ["explain", "log-base"], env={"COLUMNS": "80"}).output == str(
        lossclass.explain("log-base")
    )
    assert run.invoke(
        app, ["explain", "mse", "--versus", "hinge"], env={"COLUMNS": "80"}
    ).output == str(lossclass.explain("mse", versus="hinge"))
    listed = run.invoke(app, ["explain"], env={"COLUMNS": "80"})
    assert listed.exit_code == 0
    assert listed.output == str(explanations.overview())


def test_versus_alone_is_wrong_use() -> None:
    result = CliRunner().invoke(app, ["explain", "--versus", "mse"])
    assert result.exit_code == 2
    assert "--versus needs a loss" in " ".join(result.output.split())


def test_completion_knows_the_topics() -> None:
    from lossclass.commands.explain import _complete_topic

    assert _complete_topic("sequence") == [
        "sequence_cross_entropy",
        "sequence_hinge",
        "sequence-classification",
        "sequence-labelling",
    ]
