"""Broken policies, ten of each of 23 kinds: each is the text of a file with a class ``Broken``, or with none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HEAD: Final = """
import ctypes, os, random, signal, sys, threading, time, warnings
from dataclasses import dataclass, field
from pathlib import Path
import numpy as np
from sim import Interval, parameter
from sim.policies import Policy, RedLine, Response, TitForTat
"""
ANSWER: Final = "return Response(multiplier=1.0, rung=view.provocation)"
SIZES: Final = "np.ones(view.n_replicates + 1)", "np.ones((2, 2, 2))", "np.ones(0)", "np.ones((view.top + 1, 1))"


def policy(body: str = ANSWER, *, head: str = "", fields: str = "", methods: str = "", above: str | None = None) -> str:
    """Return the text of a file."""
    mark = "@dataclass(frozen=True)" if above is None else above
    lines = [HEAD, head, mark, "class Broken(Policy):", '    """Broken."""', *_indent(fields, 4), *_indent(methods, 4)]
    return "\n".join([*lines, "    def respond(self, view, draw):", *_indent(body, 8), ""])


def _indent(text: str, width: int) -> list[str]:
    return [" " * width + line for line in text.splitlines()]


def first(statement: str) -> str:
    """Return a body that does something before it answers."""
    return f"{statement}\n{ANSWER}"


def method(statement: str, name: str = "__post_init__(self)") -> str:
    """Return a method that does something."""
    return f"def {name}:\n" + "\n".join(_indent(statement, 4))


ENDS: Final = (
    "sys.exit()",
    "sys.exit(0)",
    "sys.exit(3)",
    "sys.exit('so')",
    "quit()",
    "exit(0)",
    "raise SystemExit",
    "os._exit(0)",
    "os._exit(7)",
    "raise KeyboardInterrupt",
)
ERRORS: Final = (
    "ValueError('a')",
    "KeyError('b')",
    "OSError(2, 'c')",
    "GeneratorExit",
    "StopIteration",
    "MemoryError",
    "BrokenPipeError",
    "ImportError('d')",
    "BaseException('e\\nf')",
    "ExceptionGroup('g', [ValueError()])",
)
LOOPS: Final = (
    "while True: pass",
    "while True: time.sleep(0.01)",
    "time.sleep(1e6)",
    "sum(iter(int, 1))",
    "for _ in iter(int, 1): np.zeros(3)",
    "threading.Event().wait()",
    "threading.Lock().acquire() and (lambda lock: (lock.acquire(), lock.acquire()))(threading.Lock())",
    "[x for x in iter(int, 1) if x]",
    "while True:\n    try: time.sleep(1)\n    except BaseException: pass",
    "next(x for x in iter(int, 1) if x)",
)
PRINTS: Final = (
    "print('{')",
    "print('x' * 5000)",
    "sys.stdout.write('y')",
    "os.write(1, b'raw')",
    "print('z', flush=True)",
    "sys.__stdout__.write('w') if sys.__stdout__ else None",
    "os.system('echo from a shell')",
    "ctypes.CDLL(None).puts(b'from C')",
    "print('\\udcff'.encode('utf-8', 'ignore'))",
    "print(view)",
)
PARTS: Final = (
    "Response(1.0, view.provocation + 1)",
    "Response(-1.0, 1)",
    "Response(np.nan, 1)",
    "Response(np.inf, 1)",
    "Response(1.0, -1)",
    "Response(1.0, 1, campaign=np.nan)",
    "Response(1.0, 1, strategic=-1.0)",
    "Response(1.0, 10**30)",
    "Response(10**400, 1)",
    "Response(1.0, 1, memory={'x': np.zeros(1)})",
)
TYPES: Final = (
    "None",
    "1",
    "(1.0, 1)",
    "Response(None, 1)",
    "Response('a', 'b')",
    "Response(1.0, 1.5)",
    "Response(1j, 1)",
    "Response([[1], [1, 2]], 1)",
    "Response(1.0, True)",
    "Response(object(), object())",
)
CHANGES: Final = (
    "view.unanswered_harm[:] = 0",
    "view.posture += 1",
    "view.posture.flags.writeable = True\nview.posture[:] = 1",
    "view.received[0] = 5",
    "view.day = 3",
    "object.__setattr__(view, 'day', 9.0)",
    "del view.posture",
    "view.last.encounter.sent[:] = 1",
    "np.add(view.resolve, 1, out=view.resolve)",
    "view.memory['x'] = 1",
)
CHANCE: Final = (
    "random.random()",
    "np.random.random()",
    "np.random.seed(1)",
    "random.seed(2)",
    "np.random.shuffle([1, 2])",
    "random.setstate(random.getstate())\nrandom.random()",
    "draw.uniform('a')\ndraw.uniform('a')",
    "np.random.default_rng().random()\nself.__class__.__doc__",
    "random.SystemRandom()\nrandom.gauss()",
    "np.random.set_state(np.random.RandomState(3).get_state())",
)
FILES: Final = (
    "Path('left.txt').write_text('x')",
    "open('left.txt', 'a').write('x')",
    "Path('a/b/c').write_text('x')",
    "open('/nowhere/x', 'w')",
    "os.remove('not there')",
    "os.mkdir('made')",
    "open(os.getcwd())",
    "Path(__file__).write_text('changed = True')",
    "os.rename('a', 'b')",
    "os.rmdir('/')",
)
GLOBALS: Final = (
    "np.seterr(all='raise')",
    "np.seterr(all='ignore')",
    "warnings.simplefilter('error')",
    "os.chdir('/')",
    "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "sys.stdout = None",
    "sys.stderr = None",
    "sys.setrecursionlimit(100)",
    "warnings.filters.clear()",
    "sys.stdout = sys.stderr = open(os.devnull, 'w')",
)
THREADS: Final = (
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "threading.Thread(target=print, args=('late',), daemon=True).start()",
    "threading.Timer(0.01, print, ['later']).start()",
    "threading.Thread(target=sys.exit, daemon=True).start()",
    "threading.Thread(target=lambda: time.sleep(0.1) or print('x')).start()",
    "import atexit; atexit.register(print, 'at the end')",
    "import gc; gc.disable()",
    "sys.settrace(None)",
    "import faulthandler; faulthandler.enable(open(os.devnull, 'w'))",
    "import logging; logging.warning('seen')",
)
DEPTHS: Final = (
    "(lambda f: f(f))(lambda f: f(f))",
    "self.respond(view, draw)",
    "np.zeros(10**15)",
    "[0] * 10**15",
    "'x' * 10**18",
    "bytearray(10**16)",
    "eval('(' * 500 + ')' * 500)",
    "repr(type('R', (), {'__repr__': repr})())",
    "hash(type('H', (), {'__hash__': hash})())",
    "sorted([type('L', (), {})(), 1])",
)
METHODS: Final = (
    "memory(self, top)",
    "red_line(self)",
    "claims(self)",
    "policies_inside(self)",
    "by_replicate(self)",
    "faults(self)",
    "memory_days(self)",
    "__post_init__(self)",
    "__reduce__(self)",
    "__getattribute__(self, name)",
)
DUNDERS: Final = (
    "__eq__(self, other)",
    "__hash__(self)",
    "__repr__(self)",
    "__init__(self)",
    "__bool__(self)",
    "__len__(self)",
    "__iter__(self)",
    "__copy__(self)",
    "__del__(self)",
    "__getstate__(self)",
)
RETURNS: Final = (
    ("memory(self, top)", "7"),
    ("memory(self, top)", "{'a': 'b'}"),
    ("memory(self, top)", "{'a': np.nan}"),
    ("memory(self, top)", "{3: 1.0}"),
    ("red_line(self)", "7"),
    ("red_line(self)", "RedLine('a', 'b', 'c')"),
    ("claims(self)", "None"),
    ("policies_inside(self)", "None"),
    ("faults(self)", "{1: 2}"),
    ("memory_days(self)", "'long'"),
)
TEXTS: Final = (
    "",
    "def",
    "\tx = 1\n  y",
    "import no_such_package",
    "from sim import nothing",
    "Broken = 3",
    "class Broken: pass",
    "1 / 0",
    "raise SystemExit(0)",
    "Broken = lambda view, draw: None",
)
BYTES: Final = (
    "\0",
    "x = '\0'",
    "\ufeff" + policy(),
    policy().replace("\n", "\r"),
    policy().replace("\n", "\r\n"),
    "# -*- coding: no-such -*-",
    policy() + "\x1a",
    "\ud800",
    "x = '\u2028'\n" + policy(),
    "(" * 300,
)
CLASSES: Final = (
    policy(above=""),
    policy(above="@dataclass"),
    policy(above="@dataclass(frozen=True, slots=True)"),
    policy(above="@dataclass(frozen=False)"),
    policy(fields="a: float"),
    policy(fields="a: list = field(default_factory=list)"),
    f"{HEAD}\n@dataclass(frozen=True)\nclass Broken(Policy):\n    pass\n",
    f"{HEAD}\n@dataclass(frozen=True)\nclass Broken:\n    def respond(self, view, draw): return None\n",
    policy().replace("(self, view, draw)", "(self)"),
    policy().replace("def respond", "async def respond"),
)
_DECLARED: Final = "a: float = parameter({}, {}, unit={!r}, source={!r}, text='t')"
FIELDS: Final = tuple(
    _DECLARED.format(*declared)
    for declared in (
        ("5.0", "Interval(0, 1)", "1", "assumption"),
        ("float('nan')", "Interval(0, 1)", "1", "assumption"),
        ("'x'", "Interval(0, 1)", "1", "assumption"),
        ("None", "Interval(0, 1)", "1", "assumption"),
        ("1.0", "Interval(2, 1)", "1", "assumption"),
        ("1.0", "None", "1", "assumption"),
        ("1.0", "Interval('a', 'b')", "1", "assumption"),
        ("0.5", "Interval(0, 1)", "", "assumption"),
        ("0.5", "Interval(0, 1)", "1", ""),
        ("[1, 2]", "Interval(0, 1)", "1", "assumption"),
    )
)


def _bodies(statements: Sequence[str]) -> list[str]:
    return [policy(first(statement)) for statement in statements]


KINDS: Final[dict[str, list[str]]] = {
    "ends the program in an answer": _bodies(ENDS),
    "ends the program at import": [policy(head=statement) for statement in ENDS],
    "ends the program when it is made": [policy(methods=method(statement)) for statement in ENDS],
    "raises": _bodies([f"raise {error}" for error in ERRORS]),
    "raises later": _bodies([f"if view.day > 1: raise {error}" for error in ERRORS]),
    "is endless": _bodies(LOOPS),
    "prints": [*_bodies(PRINTS[:9]), policy(head="print('at import')")],
    "answers with wrong shapes": [
        *(policy(f"return Response({size}, 1)") for size in SIZES),
        *(policy(f"return Response(1.0, {size}.astype(int))") for size in SIZES),
        *(policy(f"return Response(1.0, 1, {part}={SIZES[0]})") for part in ("campaign", "strategic")),
    ],
    "answers beyond the bounds": [policy(f"return {part}") for part in PARTS],
    "answers with wrong types": [policy(f"return {answer}") for answer in TYPES],
    "changes what it is shown": _bodies(CHANGES),
    "uses chance of its own": _bodies(CHANCE),
    "writes files": _bodies(FILES),
    "changes the process": _bodies(GLOBALS),
    "leaves something running": _bodies(THREADS),
    "recurses or takes all memory": _bodies(DEPTHS),
    "fails in another method": [policy(methods=method("raise SystemExit(0)", name)) for name in METHODS[:9]]
    + [policy(fields="weight = property(lambda self: sys.exit(0))")],
    "fails in what Python calls": [policy(methods=method("raise RuntimeError('in it')", name)) for name in DUNDERS],
    "returns nonsense from another method": [policy(methods=method(f"return {out}", name)) for name, out in RETURNS],
    "is no Python or no policy": [*TEXTS[:5], *BYTES[:5]],
    "holds no class that serves": [*TEXTS[5:], *BYTES[5:]],
    "is a wrong class": list(CLASSES),
    "declares wrong parameters": [policy(fields=text) for text in FIELDS],
}
