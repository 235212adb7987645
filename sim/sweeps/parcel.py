"""A scenario as it travels to a worker: all that was read for it, so that it needs none of the files it came from.

That is theatre, record of the ledger, draws of a fit, and the source of policies in a user's files. Policies of
installed packages travel by name.
"""

from __future__ import annotations

import ast
import pickle
import platform
import sys
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.core.errors import InputError, SimError
from sim.core.foreign_code import CONTENT, blame, import_source
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.provenance import Stamp, build_stamp, list_policies, read_versions

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class PolicySource:
    """The file of a user's policies, as it was imported."""

    module: str  # name by which pickled classes know it; it changes with the content
    path: str  # where it lay, for what is said of its lines
    content: bytes

    def neighbours(self) -> Iterator[str]:
        """Return what it imports from its own folder."""
        folder = Path(self.path).parent.resolve()
        for node in ast.walk(ast.parse(self.content)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - {"sim"} - sys.stdlib_module_names:
                own = {folder / f"{name}.py", folder / name / "__init__.py"}
                loaded = getattr(sys.modules.get(name), "__file__", None)
                if Path(loaded).resolve() in own if loaded else any(file.is_file() for file in own):
                    yield name


@dataclass(frozen=True)
class Parcel:
    """A scenario and the files of its users' policies."""

    sources: tuple[PolicySource, ...]
    scenario: bytes  # pickled and compressed

    @classmethod
    def of(cls, scenario: Scenario) -> Parcel:
        """Return a scenario as it was read, whatever its files say now."""
        modules = {policy.__module__: vars(sys.modules[policy.__module__]) for _, policy in list_policies(scenario)}
        sources = tuple(
            PolicySource(name, str(names["__file__"]), names[CONTENT])
            for name, names in modules.items()
            if CONTENT in names
        )
        # What it has worked out meanwhile stays behind.
        bare = type(scenario)(scenario.file, scenario.history, scenario.ledger_digest)
        return cls(sources, zlib.compress(pickle.dumps(bare)))

    def check_self_contained(self) -> None:
        """Refuse policies that import modules from their own folder: these would stay behind."""
        for source in self.sources:
            for name in source.neighbours():
                words = f'imports "{name}" from its own folder, which no other machine has; put it into the same file, '
                raise InputError.single(Path(source.path).name, "", words + "or install both as a package")

    def open(self) -> Scenario:
        """Return the scenario, unpacked once by each process."""
        with _opening:
            for parcel, opened in _last_opened:
                if parcel == self:
                    return opened
            try:
                for source in self.sources:
                    import_source(source.module, source.path, source.content)
                scenario: Scenario = pickle.loads(zlib.decompress(self.scenario))
            except (ImportError, InputError) as error:
                lacking = error if isinstance(error, ImportError) else error.__cause__
                if not isinstance(lacking, ImportError):
                    raise
                raise SimError(f"a worker on {platform.node()} lacks what a policy needs: {lacking}") from error
            _last_opened[:] = [(self, scenario)]
            return scenario


# A worker may live longer than a sweep, and have several threads; it keeps the scenario that it opened last.
_last_opened: Final[list[tuple[Parcel, Scenario]]] = []
_opening: Final = threading.Lock()


_NAMES: Final = {"digest": "what it makes of the scenario", "rules": "a policy", "code": "the code of sim"}


@dataclass(frozen=True)
class BlockJob:
    """What a worker needs to compute blocks; it needs no file of ours."""

    parcel: Parcel
    stamp: Stamp  # that the blocks must have
    versions: dict[str, str]  # of the packages that the numbers hang on
    seed: int

    @classmethod
    def of(cls, scenario: Scenario, seed: int) -> BlockJob:
        """Return the job of a scenario."""
        return cls(Parcel.of(scenario), build_stamp(scenario, seed), read_versions(), seed)

    def compute(self, block: Block) -> bytes:
        """Return the file of a block; this is what a worker runs. It refuses where it has other code or versions."""
        with blame("a policy"):
            if self not in _checked:
                self._check()
                _checked[:] = [self]
            return compute_block(self.parcel.open(), block, self.seed, self.stamp)

    def _check(self) -> None:
        """Refuse to work where the numbers could differ."""
        here = read_versions()
        wrong = ", ".join(
            f"{name} {here.get(name)} instead of {wanted}"
            for name, wanted in self.versions.items()
            if here.get(name) != wanted
        )
        if wrong:
            raise SimError(f"a worker on {platform.node()} has {wrong}; its numbers could differ, so it is not used")
        stamp = build_stamp(self.parcel.open(), self.seed)
        other = [_NAMES.get(key, key) for key in self.stamp if stamp.get(key) != self.stamp[key]]
        if other:
            raise SimError(f"{' and '.join(other)} differs on a worker on {platform.node()}, so it is not used")


# A worker may live longer than a sweep.
_checked: Final[list[BlockJob]] = []
