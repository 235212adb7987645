"""A folder that is replaced as a whole may not be the one that the command was started in: seen before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.core.errors import OutputError
from sim.sweeps.atomic_folder import check_replaceable


@pytest.mark.parametrize("name", [".", "", "..", "/", "../here"])
def test_the_folder_that_one_stands_in_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="is replaced as a whole, and you stand in it"):
        check_replaceable(Path(name), "fit")
    check_replaceable(Path("fit"), "fit")
