"""Open a results folder: its manifest, its points, the rows of its replicates, its committed tables."""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.dataset as ds  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError, nearest
from sim.core.shipped_data import shipped_folder
from sim.results.reading.manifest_schema import check_manifest
from sim.results.reading.point_names import name_points
from sim.sweeps.blocks import DAILY, Block, keep_longest
from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS, write_whole

FOLDER: Final = Path("results")  # where results lie if nothing else is said
STRUCTURAL: Final = "policy-pairs"  # name of the folder of the structural sweep over policies, beside other results
FLOAT_FORMAT: Final = "%.6f"  # every float in a written table: the same text on every machine
AGAIN: Final = "run the sweep again to make them: sim sweep SCENARIO.toml --replace"
"""What to do where rows or tables are asked for that were not kept."""


@dataclass(frozen=True, repr=False)
class Results:
    """A results folder: the points of a sweep, the rows of its replicates, and its tables.

    Open one with `sim.open_results`. A folder without blocks, such as those that are shipped, has its points and the
    tables that were committed; one with blocks has every row, and any table is computed from them.

    Parameters
    ----------
    path : Path
        The folder.
    manifest : dict
        What it says of itself: scenario, seed, numbers of points and replicates, questions, horizons [days], resolved
        parameters and their sources.

    Examples
    --------
    >>> results = open_results("baseline")  # doctest: +SKIP
    >>> results  # doctest: +SKIP
    Results of baseline: 1 point, 2,000 replicates, seed 1
    >>> results.odds[["question", "horizon_days", "estimate", "low", "high"]]  # doctest: +SKIP
    >>> results.table("drivers")  # doctest: +SKIP
    """

    path: Path
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        points = f"{self.manifest['points']:,} point" + "s" * (self.manifest["points"] != 1)
        return f"Results of {self.name}: {points}, {self.manifest['replicates']:,} replicates, seed {self.seed}"

    def _repr_html_(self) -> str:
        """Return title and main odds for a notebook: in % with 95 % intervals, at the first point."""
        head = f"<b>{escape(self.manifest['title'])}</b><br>{escape(repr(self))}"
        try:
            odds = self.odds
        except InputError:
            return head
        odds = odds[odds["point"] == odds["point"].min()]
        cells = [
            "–" if pd.isna(estimate) else f"{100 * estimate:.1f} ({100 * low:.1f}–{100 * high:.1f})"
            for estimate, low, high in odds[["estimate", "low", "high"]].itertuples(index=False)
        ]
        texts = {question["id"]: f"{question['id']}  {question['text']}" for question in self.manifest["questions"]}
        shown = odds.assign(cell=cells)[odds["question"].isin(texts)].pivot_table(
            index="question", columns="horizon_days", values="cell", aggfunc="first", sort=False
        )
        shown = shown.rename(index=texts, columns=lambda day: f"{day} days").rename_axis(index=None, columns=None)
        where = f" at the first of {self.manifest['points']} points, {next(iter(self.point_names.values()))}"
        return f"{head}: odds in %{escape(where) if self.manifest['points'] > 1 else ''}{shown.to_html(na_rep='–')}"

    def find_beside(self, name: str) -> Path | None:
        """Return a file beside the theatre, a shipped one or one below ``scenarios``; None where there is none."""
        theatre = self.manifest["resolved"].get("theatre", {}).get("name", "")
        for file in (*sorted(shipped_folder().glob("*/theatre.toml")), *sorted(Path("scenarios").glob("*/*.toml"))):
            try:
                if tomllib.loads(file.read_text(encoding="utf-8")).get("name") == theatre:
                    return file.with_name(name) if file.with_name(name).is_file() else None
            except (OSError, ValueError):
                continue
        return None

    @classmethod
    def open(cls, path: str | Path) -> Results:
        """Open a results folder.

        Parameters
        ----------
        path : str or Path
            The folder itself; `sim.open_results` takes the name of one below ``results`` as well.

        Returns
        -------
        Results
            The folder. Its tables and rows are read when they are asked for.

        Raises
        ------
        InputError
            If there is no such folder, or its manifest is missing or damaged.
        """
        folder = Path(path)
        if not folder.is_dir():
            siblings = [results.path.name for results in list_results(folder.parent)]
            raise InputError.single(folder, "", f"there is no such results folder; {nearest(folder.name, siblings)}")
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError.single(folder, "", f"this is not a results folder: it has no {MANIFEST}") from None
        except (OSError, ValueError) as error:
            raise InputError.single(folder / MANIFEST, "", f"cannot be read: {error}") from error
        return cls(folder, check_manifest(folder / MANIFEST, manifest))

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["name"])

    @property
    def seed(self) -> int:
        """Root of all draws of the sweep."""
        return int(self.manifest["seed"])

    @property
    def odds(self) -> pd.DataFrame:
        """Odds of each question and outcome state at each point and horizon [days]: the table ``odds``."""
        return self.table("odds")

    @property
    def killed(self) -> pd.DataFrame:
        """Killed of all sides [persons] at each place, point and horizon [days]: the table ``killed``."""
        return self.table("killed")

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by its name.

        Parameters
        ----------
        name : str
            One of the tables that ``sim results tables`` lists with where each is there; not every folder has all.
            ``docs/tables.md`` describes them column by column.

        Returns
        -------
        DataFrame
            The whole table. It is read where it was kept, else computed from the rows, else read as it was committed
            (rounded to six digits).

        Raises
        ------
        InputError
            If there is no such table, or it does not apply to this sweep; the message says why.
        """
        # By name, because tables are computed from an open folder: whatever computes them stands above this module.
        frame: pd.DataFrame = importlib.import_module("sim.results.tables").read_frame(self, name)
        return frame

    @cached_property
    def points(self) -> pd.DataFrame:
        """The design: a row for each point with ``point``, ``label`` and the level of each factor, as texts."""
        try:
            return pd.read_csv(self.path / POINTS, dtype=str, keep_default_na=False).astype({"point": int})
        except (OSError, ValueError, KeyError) as error:
            raise InputError.single(self.path / POINTS, "", f"cannot be read: {error}") from error

    @cached_property
    def point_names(self) -> dict[int, str]:
        """A short plain name of each point, no two alike, such as "as it is" or "Israel 0, Hezbollah 0.5"."""
        return name_points(self.points, self.party_names)

    @property
    def party_names(self) -> dict[str, str]:
        """The names of the parties by id."""
        return {party["id"]: party["name"] for party in self.manifest.get("parties", ())}

    @cached_property
    def blocks(self) -> list[Block]:
        """Blocks that lie here and count, in the order of work."""
        wanted = self.replicates_of_points
        named = (Block.parse(path.name) for path in sorted((self.path / BLOCKS).glob("*.parquet")))
        known = [block for block in named if block is not None and block.point < len(wanted)]
        return keep_longest([block for block in known if block.start < wanted[block.point]])

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns of the rows."""
        if not self.blocks:
            raise InputError.single(self.path, BLOCKS, "there are no blocks here; run the sweep again to make them")
        return self.columns_of(self.blocks[0].point)

    def columns_of(self, point: int) -> list[str]:
        """Return the names of the columns of the rows of a point; those of daily totals hold lists.

        Points with different policies draw different parameters.
        """
        block = next((block for block in self.blocks if block.point == point), None)
        if block is None:
            raise InputError.single(self.path, f"point {point}", "there is no replicate of this point")
        path = self.path / BLOCKS / block.name
        with explain_unreadable(path):
            return list(pq.read_schema(path.absolute()).names)

    @property
    def has_daily(self) -> bool:
        """Whether there are blocks and they keep daily totals."""
        return bool(self.blocks) and f"{DAILY}dyad" in self.columns

    @property
    def replicates_done(self) -> int:
        """Replicates over all points that lie here."""
        wanted = self.replicates_of_points
        return sum(min(block.count, wanted[block.point] - block.start) for block in self.blocks)

    @property
    def replicates_wanted(self) -> int:
        """Replicates over all points that the sweep was asked for."""
        return sum(self.replicates_of_points)

    @property
    def replicates_of_points(self) -> list[int]:
        """Replicates that each point was asked for; they differ where a rule stopped the sweep."""
        return list(self.manifest.get("replicates_of_points", [self.manifest["replicates"]] * self.manifest["points"]))

    def read(self, columns: Sequence[str], point: int | None = None) -> pd.DataFrame:
        """Read some columns of the rows.

        Parameters
        ----------
        columns : sequence of str
            Names of the columns; ``point`` and ``replicate`` come first in any case.
        point : int, optional
            One point only; all without it.

        Returns
        -------
        DataFrame
            A row for each replicate that the manifest asks for, in the order of points and replicates.

        Raises
        ------
        InputError
            If a column does not exist, or a block is missing or cannot be read.
        """
        known = self.columns if point is None else self.columns_of(point)
        for name in columns:
            if name not in known:
                raise InputError.single(self.path, name, f"there is no such column; {nearest(name, known)}")
        blocks = [block for block in self.blocks if point is None or block.point == point]
        if not blocks:
            raise InputError.single(self.path, f"point {point}", "there is no replicate of this point")
        wanted = list(dict.fromkeys(["point", "replicate", *columns]))
        files = [str(self.path.absolute() / BLOCKS / block.name) for block in blocks]
        with explain_unreadable(self.path / BLOCKS):
            table = ds.dataset(files, format="parquet").to_table(
                columns=wanted, filter=ds.field("replicate") < self.manifest["replicates"]
            )
        frame: pd.DataFrame = table.to_pandas()
        return frame.sort_values(["point", "replicate"], ignore_index=True)

    def read_block(self, block: Block, columns: list[str] | None) -> pa.Table:
        """Return columns of the rows of a block, all without any named."""
        path = self.path / BLOCKS / block.name
        with explain_unreadable(path):
            return pq.read_table(path.absolute(), columns=columns, partitioning=None)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as ``NAME.csv`` beside the manifest; floats with six digits, and no index."""
        write_whole(self.path / f"{name}.csv", format_csv(table).encode())

    def read_table(self, name: str) -> pd.DataFrame:
        """Read a table that `write_table` wrote, as it stands beside the manifest.

        Parameters
        ----------
        name : str
            Name of the table.

        Returns
        -------
        DataFrame
            The table.

        Raises
        ------
        InputError
            If it is not there or cannot be read.
        """
        path = self.path / f"{name}.csv"
        if not path.is_file():
            no_blocks = "" if self.blocks else ", and no blocks to make it from"
            raise InputError.single(self.path, path.name, f"is not here{no_blocks}; {AGAIN}")
        try:
            return pd.read_csv(path, keep_default_na=False, na_values=[""])
        except (OSError, ValueError) as error:
            raise InputError.single(path, "", f"cannot be read: {error}") from error


def format_csv(table: pd.DataFrame) -> str:
    """Return a table as the text of its file."""
    return str(table.to_csv(index=False, float_format=FLOAT_FORMAT, lineterminator="\n"))


def open_results(path_or_name: str | Path) -> Results:
    """Open a results folder by its path, or by its name below ``results`` in the current folder.

    Parameters
    ----------
    path_or_name : str or Path
        The folder, such as ``out/mine``, or a name, such as ``baseline`` for ``results/baseline``.

    Returns
    -------
    Results
        The folder: its points, rows and tables.

    Raises
    ------
    InputError
        If there is no such folder, or it is no results folder; the message names the nearest one.

    Examples
    --------
    >>> results = open_results("baseline")  # doctest: +SKIP
    >>> results.odds.query("question == 'Q1'")  # doctest: +SKIP
    >>> results.table("drivers")  # doctest: +SKIP
    """
    name, path = str(path_or_name), Path(path_or_name)
    folder = FOLDER / name if not path.is_dir() and path.name == name else path
    if not folder.is_dir() and not list_results(folder.parent):
        message = f"there is no such results folder; there are no results folders below {folder.parent}"
        raise InputError.single(folder, "", message)
    return Results.open(folder)


def list_results(folder: str | Path) -> list[Results]:
    """Return the results folders directly inside a folder, by name."""
    return open_all_results(folder)[0] if Path(folder).is_dir() else []


def open_all_results(folder: str | Path) -> tuple[list[Results], dict[Path, InputError]]:
    """Open the results folders directly inside a folder; of those that hold a sweep and are damaged, say why."""
    parent = Path(folder)
    if not parent.is_dir():
        raise InputError.single(parent, "", "there is no such folder")
    try:
        paths = sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError as error:
        raise InputError.single(parent, "", f"cannot be read ({error.strerror or error})") from error
    results, damaged = [], {}
    for path in paths:
        try:
            results.append(Results.open(path))
        except InputError as error:
            if _held_a_sweep(path):
                damaged[path] = error
    return results, damaged


def _held_a_sweep(folder: Path) -> bool:
    """Return whether a folder that cannot be opened was one of results; fits and tournaments have manifests too."""
    try:
        json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        return True
    return (folder / POINTS).is_file() or (folder / BLOCKS).is_dir()


@contextmanager
def explain_unreadable(path: Path) -> Iterator[None]:
    """Say in a sentence that blocks cannot be read."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        words = f"cannot be read; run the sweep again to mend it ({error})"
        raise InputError.single(path, "", words) from error
