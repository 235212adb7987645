"""Build the bundles of the script of the report anew from sources and lock file, and compare them with the committed.

Run as ``python tests/script_bundles.py``; it installs the packages of the lock file by npm, in a folder of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "sim" / "report" / "script"
MADE = ("*.min.js", "LICENCES.txt")


def list_made(folder: Path) -> dict[str, bytes]:
    """Return what a build makes, by name."""
    return {path.name: path.read_bytes() for pattern in MADE for path in folder.glob(pattern)}


def build_anew(folder: Path) -> dict[str, bytes]:
    """Return what a build makes of the committed sources."""
    copy, target = folder / "script", folder / "made"
    shutil.copytree(SCRIPT, copy, ignore=shutil.ignore_patterns("node_modules", *MADE))
    target.mkdir()
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=copy, check=True)
    subprocess.run(["npm", "run", "build", "--", str(target)], cwd=copy, check=True)
    return list_made(target)


def main() -> int:
    """Compare, and say which differ."""
    with tempfile.TemporaryDirectory() as folder:
        anew = build_anew(Path(folder))
    committed = list_made(SCRIPT)
    wrong = sorted(name for name in anew.keys() | committed.keys() if anew.get(name) != committed.get(name))
    for name in wrong:
        sys.stderr.write(f"{SCRIPT / name}: is not what its sources make; run `npm ci && npm run build` there\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
