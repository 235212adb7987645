"""A file gets into its place whole or not at all, and a place that is none is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.core.errors import OutputError
from sim.sweeps.results_folder import write_whole
from sim.sweeps.writable import check_file


def test_a_file_is_written_and_replaced_and_nothing_else_is_left(tmp_path: Path):
    file = tmp_path / "table.csv"
    for content in (b"one", b"two"):
        check_file(file)
        write_whole(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", [".", "..", "", "/", "inner", "inner/.."])
def test_a_folder_is_no_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    for refuse in (check_file, lambda path: write_whole(path, b"content")):
        with pytest.raises(OutputError, match="is a folder; name a file"):
            refuse(Path(name))
    assert list(tmp_path.rglob("*")) == [tmp_path / "inner"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    for parent in ("nowhere", "file"):
        with pytest.raises(OutputError, match=f"there is no folder {tmp_path / parent}"):
            write_whole(tmp_path / parent / "table.csv", b"content")
