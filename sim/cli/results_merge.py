"""``sim results merge``: shards of one sweep become the folder of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sim.cli.console import print_json, say, tell
from sim.cli.options import RESULTS, JsonOption, QuietOption
from sim.cli.sweep_command import plural, show_whole

if TYPE_CHECKING:
    from sim.sweeps.blocks import Block

_SHOWN: Final = 5


def merge_results(
    folders: Annotated[list[Path], typer.Argument(help="Results folders of the shards.", show_default=False)],
    *,
    into: Annotated[Path, typer.Option("--into", help="Folder, or name of one below results.", show_default=False)],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put shards of one sweep together, with the bytes of a sweep that was never divided.

    The tables are written and printed once no block lacks; until then the exit status is 1.
    """
    from sim.sweeps.shard_merge import merge_shards

    out = RESULTS / into if into.name == str(into) and not into.is_dir() else into
    merged = merge_shards([_place(folder) for folder in folders], out)
    if not merged.lacking:
        record = show_whole(out, as_json=as_json, quiet=quiet)
        if as_json:
            print_json({"folder": str(out), "blocks": merged.blocks, "lacking": [], **record})
        return
    if as_json:
        lacking = [str(block) for block in merged.lacking]
        print_json({"folder": str(out), "blocks": merged.blocks, "lacking": lacking})
    else:
        say(f"{out}: {len(merged.lacking):,} of {plural(merged.blocks, 'block')} still lack: {_named(merged.lacking)}.")
    if not quiet:
        tell("no table was written; merge the other shards too, or run the sweep with this --out")
    raise typer.Exit(1)


def _place(folder: Path) -> Path:
    return RESULTS / folder if folder.name == str(folder) and not folder.is_dir() else folder


def _named(blocks: list[Block]) -> str:
    more = f"; and {len(blocks) - _SHOWN:,} more" if len(blocks) > _SHOWN else ""
    return "; ".join(str(block) for block in blocks[:_SHOWN]) + more
