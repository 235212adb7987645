"""What two manifests say differently is told by key path, the first few, and of scenarios by what was resolved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.core.errors import OutputError
from sim.sweeps.manifest_match import check_owner, describe_differences

OLD = {"seed": 3, "digest": "a", "resolved": {"run": {"days": 8, "horizons": [2, 5]}, "title": "x"}, "rules": {}}


def changed(**entries: object) -> dict[str, object]:
    return json.loads(json.dumps(OLD | entries))


def test_differences_are_told_by_key_path():
    names = ("seed", "digest", "rules")
    assert describe_differences(OLD, changed(), names) == ""
    other = changed(seed=4, rules={"mine": "b"})
    assert describe_differences(OLD, other, ("rules",)) == "rules.mine was not noted, is b"
    assert describe_differences(OLD, changed(seed=4), names) == "seed was 3, is 4"
    other = changed(digest="b", resolved={"run": {"days": 9, "horizons": [2, 6, 8]}, "title": "x"})
    assert describe_differences(OLD, other, names) == (
        "run.days was 8, is 9; run.horizons.1 was 5, is 6; run.horizons.2 was not noted, is 8"
    )
    assert describe_differences(OLD, other, ("seed",)) == ""


def test_the_first_six_are_told_and_the_others_counted():
    many = {f"key {i}": i for i in range(8)}
    other = {name: -value for name, value in many.items()}
    told = describe_differences(many, other, tuple(many))
    assert told == "; ".join(f"key {i} was {i}, is {-i}" for i in range(1, 7)) + "; and 1 more"
    assert describe_differences(many, other, tuple(many)[:7]).endswith("key 6 was 6, is -6")


def test_a_folder_of_other_versions_is_that_of_another_run_only_where_it_holds_blocks(tmp_path: Path):
    file = tmp_path / "manifest.json"
    check_owner(file, OLD, has_blocks=True)
    file.write_text(json.dumps(changed(versions={"numpy": "1"}, replicates=9)))
    now = changed(versions={"numpy": "2"}, replicates=10)
    check_owner(file, now, has_blocks=False)
    check_owner(file, now | {"block_size": 5}, has_blocks=False)
    with pytest.raises(OutputError, match=r"block_size was not noted, is 5"):
        check_owner(file, now | {"block_size": 5}, has_blocks=True)
    for entries in ({"seed": 4}, {"digest": "b", "resolved": {}}, {"rules": {"mine": "b"}}):
        with pytest.raises(OutputError, match=r"belongs to another run: .* Remove the folder or choose another --out"):
            check_owner(file, now | entries, has_blocks=False)
    with pytest.raises(OutputError, match=r"versions\.numpy was 1, is 2"):
        check_owner(file, now, has_blocks=True)
    for text in ("{", "[]", "3"):
        file.write_text(text)
        with pytest.raises(OutputError, match=r"manifest\.json: cannot be read as a manifest; remove this file alone"):
            check_owner(file, now, has_blocks=False)
