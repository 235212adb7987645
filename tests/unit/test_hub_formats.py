import numpy as np
import pandas as pd
import pytest
from invented_record import draws_of

from sim.core.errors import InputError
from sim.hindcast.forecast_file import COLUMNS, check_forecasts
from sim.hindcast.hub_formats import read_hubverse, read_views, write_hubverse, write_views

QUANTILES = [0.01, 0.025, *(np.arange(1, 20) / 20).round(2), 0.975, 0.99]


def some_draws(n=50):
    generator = np.random.default_rng(3)
    weeks = [
        draws_of(generator.poisson(20, n), horizon=h, week=w, forecaster=f)
        for h in (7, 14)
        for w in (0, 2)
        for f in "ab"
    ]
    stated = [draws_of([0.3], "Q1", 30), draws_of([0, 1, 1, 0], "Q2", 90)]
    return check_forecasts(pd.concat([*weeks, *stated]), "draws")


def as_read(frame):
    """Return draws as hubverse holds them: of a question its chance alone."""
    asked = frame["target"].isin(["Q1", "Q2"])
    keys = list(COLUMNS[:4])
    chances = frame[asked].groupby(keys, as_index=False)["value"].mean().assign(draw=0)
    return check_forecasts(pd.concat([frame[~asked], chances]), "draws")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_samples_go_to_hubverse_and_back(tmp_path, ending):
    file = tmp_path / f"2024-01-29-team-sim.{ending}"
    write_hubverse(file, some_draws(), ["Q1", "Q2"], place="LBN")
    pd.testing.assert_frame_equal(read_hubverse(file), as_read(some_draws()))


def test_rows_are_those_that_hubverse_documents(tmp_path):
    write_hubverse(tmp_path / "a.csv", some_draws(), ["Q1", "Q2"])
    table = pd.read_csv(tmp_path / "a.csv")
    one = table[(table["model_id"] == "a") & (table["horizon"] == 2)].iloc[0]
    assert one[["reference_date", "target_end_date", "output_type", "output_type_id"]].to_list() == [
        *("2023-12-31", "2024-01-14", "sample", "1")
    ]
    pmf = table[table["target"] == "Q2"]
    assert pmf["horizon"].isna().all()
    assert pmf[["output_type", "output_type_id", "value"]].to_numpy().tolist() == [
        ["pmf", "yes", 0.5],
        ["pmf", "no", 0.5],
    ]
    assert "location" not in table


def test_a_file_of_questions_alone_goes_to_hubverse_and_back(tmp_path):
    stated = draws_of([0.3], "Q1", 30)
    write_hubverse(tmp_path / "mine.csv", stated, ["Q1"])
    assert len(pd.read_csv(tmp_path / "mine.csv")) == 2
    pd.testing.assert_frame_equal(read_hubverse(tmp_path / "mine.csv"), stated)


def test_quantiles_are_kept_at_their_levels(tmp_path):
    frame = draws_of(np.random.default_rng(1).poisson(30, 800))
    write_hubverse(tmp_path / "a.csv", frame, [], QUANTILES)
    values = read_hubverse(tmp_path / "a.csv")["value"]
    assert len(values) == 199
    for level in QUANTILES[2:-2]:
        assert values.quantile(level) == pytest.approx(frame["value"].quantile(level), abs=1)
    assert values.max() <= frame["value"].quantile(0.99)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"output_type": "cdf"}, "holds output_type cdf; sample, quantile and pmf are read"),
        ({"location": ["A", "B"]}, r"holds 2 locations \(A, B\); give a file of one"),
        ({"reference_date": None}, "has no column reference_date or origin_date"),
        ({"value": ["1", "high"]}, r'row 3, value: is "high"'),
        ({"target_end_date": ["2024-01-07", "soon"]}, r'row 3, horizon_days: is "nan"'),
        ({"output_type": "quantile", "output_type_id": [0.5, 50]}, "no level from 0 to 1"),
        ({"output_type": "quantile", "output_type_id": 0.5, "value": "high"}, r'row 2, value: is "nan"'),
        ({"output_type": "pmf", "output_type_id": "large"}, "a pmf of something else than yes and no"),
    ],
)
def test_what_hubverse_holds_and_we_do_not_is_refused(tmp_path, change, words):
    columns = {"reference_date": "2023-12-31", "target": "volleys", "target_end_date": "2024-01-07", "location": "A"}
    table = pd.DataFrame({"output_type": "sample", "output_type_id": [1, 2], "value": 3} | columns)
    table = table.assign(**change).dropna(axis=1, how="all")
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match=words):
        read_hubverse(tmp_path / "a.csv")


def test_a_horizon_alone_counts_weeks_and_samples_may_have_names(tmp_path):
    columns = {"origin_date": "2023-12-31", "target": "volleys", "horizon": 2, "output_type": "sample"}
    table = pd.DataFrame({"output_type_id": ["b1", "a1"], "value": [3, 4]} | columns)
    table.to_csv(tmp_path / "mine.csv", index=False)
    read = read_hubverse(tmp_path / "mine.csv")
    assert read["forecaster"].to_list() == ["mine", "mine"]
    assert read[["horizon_days", "draw", "value"]].to_numpy().tolist() == [[14, 0, 4], [14, 1, 3]]


def weekly(first, n_weeks, n=40):
    generator = np.random.default_rng(8)
    rows = [
        ("mine", pd.Timestamp(first), "killed", 7 * (week + 1), draw, float(generator.poisson(12)))
        for week in range(n_weeks)
        for draw in range(n)
    ]
    return check_forecasts(pd.DataFrame(rows, columns=list(COLUMNS)), "draws")


def test_a_month_of_whole_weeks_is_their_sum(tmp_path):
    """February 2023 has four weeks."""
    frame = weekly("2023-02-01", 4)
    write_views(tmp_path / "mine.parquet", frame, 136)
    table = pd.read_parquet(tmp_path / "mine.parquet")
    assert table.columns.to_list() == ["month_id", "country_id", "draw", "outcome"]
    assert table[["month_id", "country_id"]].drop_duplicates().to_numpy().tolist() == [[518, 136]]
    sums = frame.groupby("draw")["value"].sum()
    assert table.set_index("draw")["outcome"].to_list() == sums.to_list()
    back = read_views(tmp_path / "mine.parquet", "killed")
    assert back.groupby("draw")["value"].sum().to_list() == sums.to_list()
    assert back[list(COLUMNS[:5])].equals(frame[list(COLUMNS[:5])])
    write_views(tmp_path / "mine.csv", back, 136)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "mine.csv"), table)


def test_only_months_that_are_covered_whole_are_written_and_weeks_across_a_boundary_are_split(tmp_path):
    """From 20 January on, 11 weeks reach to 6 April: February and March 2024 lie whole in them."""
    frame = weekly("2024-01-20", 11, 400)
    write_views(tmp_path / "mine.csv", frame, 136)
    table = pd.read_csv(tmp_path / "mine.csv")
    assert sorted(table["month_id"].unique()) == [530, 531]
    means = table.groupby("month_id")["outcome"].mean()
    for month, days in ((530, 29), (531, 31)):
        assert means.loc[month] == pytest.approx(12 * days / 7, abs=4 * np.sqrt(12 * days / 7 / 400))


def test_what_views_cannot_hold_is_refused(tmp_path):
    with pytest.raises(InputError, match="forecaster: VIEWS holds one in a file, and these are a, b, mine"):
        write_views(tmp_path / "a.csv", some_draws(), 136)
    with pytest.raises(InputError, match="no calendar month lies whole in 2024-01-20 to 2024-02-09"):
        write_views(tmp_path / "a.csv", weekly("2024-01-20", 3), 136)
    with pytest.raises(InputError, match="needs every week from the origin on"):
        write_views(tmp_path / "a.csv", draws_of([1, 2], horizon=14), 136)
    pd.DataFrame({"month_id": [530, 532], "country_id": 136, "draw": 0, "outcome": 3}).to_csv(tmp_path / "b.csv")
    with pytest.raises(InputError, match="is no table of one country"):
        read_views(tmp_path / "b.csv", "killed")
