"""Results of one ensemble that was only run: they lie in memory and have no folder."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.results.reading.store import Results
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.results_folder import build_manifest
from sim.sweeps.sweep import Report, run_point


@dataclass(frozen=True, repr=False)
class Unsaved(Results):
    """Results of one ensemble that lie in no folder."""

    point: Point  # the point that was run
    files: tuple[bytes, ...]  # its blocks, in the order of the replicates

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
        """Return the names of the columns of the one point there is."""
        return self.columns

    def read(self, columns: Sequence[str], point: int | None = None) -> pd.DataFrame:
        """Read some columns, in the order of replicates."""
        wanted = list(dict.fromkeys(["point", "replicate", *columns]))
        frame: pd.DataFrame = self.read_block(self.blocks[0], wanted).to_pandas()
        return frame

    def read_block(self, block: Block, columns: list[str] | None) -> pa.Table:
        """Return columns of all rows."""
        return pa.concat_tables(
            [pq.read_table(io.BytesIO(file), columns=columns, use_threads=False) for file in self.files]
        )


def run_unsaved(scenario: Scenario, point: int, report: Report, *, replicates: int, seed: int, jobs: int) -> Unsaved:
    """Run a point of a scenario and return its results, which no folder keeps."""
    files = run_point(scenario, point, replicates=replicates, seed=seed, jobs=jobs, on_progress=report)
    manifest = build_manifest(scenario, replicates, seed) | {"points": 1}
    return Unsaved(scenario.path, manifest, scenario.points()[point], tuple(files))
