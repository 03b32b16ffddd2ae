"""Options that change nothing are said on standard error, and the work is done all the same."""

from __future__ import annotations

import pytest
from programs import run

SAID = [
    ("solve hinge_sequence --log-base 2", "hinge_sequence: --log-base changes nothing in this"),
    ("solve regression_series --log-base 10", "regression_series: --log-base changes nothing"),
    (
        "solve hello_ctc --reduction sum",
        "hello_ctc: --reduction changes nothing in this problem: it has one loss, which is its own sum",
    ),
    (
        "solve mse --given y_true=1,2 --given y_pred=1,2 --reduction sum",
        "--reduction changes nothing in this problem: its losses come to the same, however they are",
    ),
    (
        "solve hinge_sequence --alignments 30",
        "hinge_sequence: --alignments changes nothing in this problem: it is for ctc",
    ),
    (
        "solve weather_hmm --viterbi",
        "weather_hmm: --viterbi changes nothing in this problem: it is worked here without it",
    ),
    (
        "solve weather_hmm --baum-welch --backward",
        "weather_hmm: --backward changes nothing in this problem: it is worked here without it",
    ),
    (
        "solve ab_ctc --alignments 40",
        "ab_ctc: --alignments changes nothing in this problem: as much is worked without it",
    ),
    ("solve hello_ctc --frameworks --detail answer", "--frameworks: --detail answer shows nothing"),
    ("solve hello_ctc --frameworks --detail brief", "--frameworks: --detail brief shows nothing"),
    ("solve hinge_sequence --gradient --detail answer", "--gradient: --detail answer shows"),
    (
        "solve ab_ctc --round-as-you-go 3 --detail answer",
        "--round-as-you-go: --detail answer shows",
    ),
    ("solve ab_ctc --backward --detail answer", "--backward: --detail answer shows nothing"),
    ("solve ab_ctc --beam 3 --detail answer", "--beam: --detail answer shows nothing of it"),
    ("solve ab_ctc --log-space --detail answer", "--log-space: --detail answer shows nothing"),
    ("solve rnn_ctc --updated-loss --detail answer", "--updated-loss: --detail answer shows"),
    ("solve ab_ctc --strict", "--strict changes nothing: there are no published numbers"),
    ("solve ab_ctc --format json --detail brief", "--detail changes nothing: JSON has every step"),
    ("check hinge_sequence --answer 0.467 --show --format csv", "--show is for the terminal"),
    (
        "worksheet typing_edit_distance --gradient",
        "typing_edit_distance: --gradient changes nothing in this problem: an edit distance counts",
    ),
    (
        "check too_short_ctc --answer inf --gradient",
        "too_short_ctc: --gradient changes nothing in this problem: p(l|x) = 0, and the loss is ∞",
    ),
]


@pytest.mark.some(14)
@pytest.mark.parametrize(("command", "says"), SAID)
def test_an_option_that_changes_nothing_is_said(command: str, says: str) -> None:
    result = run(*command.split())
    assert result.returncode == 0
    assert result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith(says)


@pytest.mark.parametrize(
    "command",
    [
        "solve sentiment_example --log-base 2 --detail answer",
        "solve hinge_sequence --reduction sum --digits 8 --gradient",
        "solve ab_ctc --backward --beam 3 --alignments 2 --log-space",
        "solve hello_ctc --frameworks --strict",
        "solve hello_ctc --frameworks --gradient --format json",
        "worksheet ab_ctc --backward --gradient --digits 6",
    ],
)
def test_nothing_is_said_of_options_that_do_what_they_say(command: str) -> None:
    result = run(*command.split())
    assert result.stderr == ""
    assert result.stdout


def test_marking_nothing_takes_no_rules_for_marking() -> None:
    for option in (["--show"], ["--strict-digits"], ["--tolerance", "1%"]):
        result = run("check", "hinge_sequence", "--lint", *option)
        assert (result.returncode, result.stdout) == (2, "")
        assert "--lint marks nothing" in result.stderr
