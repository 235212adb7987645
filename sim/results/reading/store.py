"""Open a results folder: its manifest, its points, the rows of its replicates, its committed tables."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.dataset as ds  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError, nearest
from sim.results.reading.manifest_schema import checked_manifest
from sim.scenario.design import Point
from sim.sweeps.blocks import Block, keep_longest
from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS, write_whole

FLOAT_FORMAT: Final = "%.6f"
"""Every float in a written table: the same text on every machine."""


@dataclass(frozen=True)
class Results:
    """One results folder.

    Parameters
    ----------
    path : Path
        The folder.
    manifest : dict
        What it says of itself.
    """

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> Results:
        """Open a results folder.

        Parameters
        ----------
        path : str or Path
            The folder.

        Raises
        ------
        InputError
            If there is no such folder, or it is no results folder.
        """
        folder = Path(path)
        if not folder.is_dir():
            siblings = [one.path.name for one in found_in(folder.parent)]
            raise InputError.single(folder, "", f"there is no such results folder; {nearest(folder.name, siblings)}")
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError.single(folder, "", f"this is not a results folder: it has no {MANIFEST}") from None
        except (OSError, ValueError) as error:
            raise InputError.single(folder / MANIFEST, "", f"cannot be read: {error}") from error
        return cls(folder, checked_manifest(folder / MANIFEST, manifest))

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["name"])

    @cached_property
    def points(self) -> pd.DataFrame:
        """The design: a row per point with ``point``, ``label`` and the label of each factor."""
        try:
            return pd.read_csv(self.path / POINTS, dtype=str, keep_default_na=False).astype({"point": int})
        except (OSError, ValueError, KeyError) as error:
            raise InputError.single(self.path / POINTS, "", f"cannot be read: {error}") from error

    @cached_property
    def blocks(self) -> list[Block]:
        """Blocks that lie here and count, in the order of work."""
        wanted = self.replicates_of_points
        found = (Block.parse(path.name) for path in sorted((self.path / BLOCKS).glob("*.parquet")))
        known = [block for block in found if block is not None and block.point < len(wanted)]
        return keep_longest([block for block in known if block.start < wanted[block.point]])

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns of the rows."""
        if not self.blocks:
            raise InputError.single(self.path, BLOCKS, "there are no blocks here; run the sweep again to make them")
        return self.columns_of(self.blocks[0].point)

    def columns_of(self, point: int) -> list[str]:
        """Return the names of the columns of a point; points with different policies draw different parameters.

        Parameters
        ----------
        point : int
            The point.
        """
        block = next((block for block in self.blocks if block.point == point), None)
        if block is None:
            raise InputError.single(self.path, f"point {point}", "there is no replicate of this point")
        path = self.path / BLOCKS / block.name
        try:
            return list(pq.read_schema(path).names)
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(path, error) from error

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
        alike = [self.manifest["replicates"]] * self.manifest["points"]
        return list(self.manifest.get("replicates_of_points", alike))

    def read(self, columns: Sequence[str], point: int | None = None) -> pd.DataFrame:
        """Read some columns, in the order of points and replicates.

        Parameters
        ----------
        columns : sequence of str
            Names of the columns; ``point`` and ``replicate`` come first in any case.
        point : int, optional
            One point only.

        Returns
        -------
        DataFrame
            A row per replicate.

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
        files = [str(self.path / BLOCKS / block.name) for block in blocks]
        try:
            table = ds.dataset(files, format="parquet").to_table(
                columns=wanted, filter=ds.field("replicate") < self.manifest["replicates"]
            )
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(self.path / BLOCKS, error) from error
        frame: pd.DataFrame = table.to_pandas()
        return frame.sort_values(["point", "replicate"], ignore_index=True)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as CSV beside the manifest.

        Parameters
        ----------
        name : str
            Name of the file.
        table : DataFrame
            The table; no index is written.
        """
        write_whole(self.path / name, text_of(table).encode())

    def read_table(self, name: str) -> pd.DataFrame:
        """Read a table written by `write_table`.

        Parameters
        ----------
        name : str
            Name of the file.

        Raises
        ------
        InputError
            If it is not there or cannot be read.
        """
        try:
            return pd.read_csv(self.path / name, keep_default_na=False, na_values=[""])
        except (OSError, ValueError) as error:
            raise InputError.single(self.path / name, "", f"cannot be read: {error}") from error


@dataclass(frozen=True)
class Unsaved(Results):
    """Results of one ensemble that lie in no folder.

    Parameters
    ----------
    path : Path
        The scenario, for the messages.
    manifest : dict
        What a folder would say of itself.
    point : Point
        The point that was run.
    files : tuple of bytes
        Its blocks, in the order of the replicates.
    """

    point: Point
    files: tuple[bytes, ...]

    @cached_property
    def points(self) -> pd.DataFrame:
        """The one point."""
        return pd.DataFrame([{"point": self.point.index, "label": self.point.label, **dict(self.point.labels)}])

    @cached_property
    def blocks(self) -> list[Block]:
        """All replicates as one block."""
        return [Block(0, self.point.index, self.manifest["replicates"])]

    @property
    def replicates_done(self) -> int:
        """All of them."""
        return int(self.manifest["replicates"])

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns of the rows."""
        return list(pq.read_schema(io.BytesIO(self.files[0])).names)

    def columns_of(self, point: int) -> list[str]:
        """Return the names of the columns of the one point there is.

        Parameters
        ----------
        point : int
            The one point there is.
        """
        return self.columns

    def read(self, columns: Sequence[str], point: int | None = None) -> pd.DataFrame:
        """Read some columns, in the order of replicates.

        Parameters
        ----------
        columns : sequence of str
            Names of the columns.
        point : int, optional
            The one point there is.
        """
        wanted = list(dict.fromkeys(["point", "replicate", *columns]))
        tables = [pq.read_table(io.BytesIO(file), columns=wanted) for file in self.files]
        frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
        return frame


def text_of(table: pd.DataFrame) -> str:
    """Return a table as the text of its file.

    Parameters
    ----------
    table : DataFrame
        The table; no index is written.
    """
    return str(table.to_csv(index=False, float_format=FLOAT_FORMAT, lineterminator="\n"))


def found_in(folder: str | Path) -> list[Results]:
    """Return the results folders directly inside a folder, by name.

    Parameters
    ----------
    folder : str or Path
        Where to look; a folder that does not exist has none.
    """
    found = []
    for manifest in sorted(Path(folder).glob(f"*/{MANIFEST}")):
        try:
            found.append(Results.open(manifest.parent))
        except InputError:
            continue
    return found


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError.single(path, "", f"cannot be read; run the sweep again to mend it ({error})")
