"""The tables of validation are made again by their scripts, by night.

Three are left out, those of recovery, which earlier code made (`results/validation/README.md`).
"""

from __future__ import annotations

import importlib
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest
import rich.table  # noqa: F401 - draws from `random` as it is loaded, which no test may do
import sklearn  # noqa: F401 - sets variables of the environment as it is loaded, which no test may do, either
from committed import RESULTS
from validation import page
from validation import table as validation_table

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))

import likelihood_free
import ranks

pytestmark = pytest.mark.nightly


@pytest.mark.parametrize("name", page.TABLES)
def test_a_table_of_validation_is_made_again(name, tmp_path, monkeypatch):
    shipped = validation_table.FOLDER / f"{name}.csv"
    monkeypatch.setattr(validation_table, "FOLDER", tmp_path)
    made_by = importlib.import_module(f"validation.{page.TABLES[name]}")
    for command in dict.fromkeys(pd.read_csv(shipped)["command"]):
        words = shlex.split(command)
        monkeypatch.setattr("sys.argv", words[words.index("-m") + 1 :])
        made_by.main()
    assert (tmp_path / shipped.name).read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # of walkers outside the prior, in emcee
def test_truths_are_ranked_again():
    shipped = RESULTS / "validation" / "ranks.csv"
    made = pd.DataFrame([{"replication": number, **ranks.ranks_of(number)} for number in range(200)])
    assert made.to_csv(index=False, lineterminator="\n") == shipped.read_text(encoding="utf-8")


def test_the_likelihood_free_comparison_is_made_again():
    shipped = RESULTS / "validation" / "likelihood-free.csv"
    made = likelihood_free.compared(8000).to_csv(index=False, float_format="%.4g", lineterminator="\n")
    assert made == shipped.read_text(encoding="utf-8")
