"""The fingerprints of the shipped policies as files; ``python tests/fingerprints.py`` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.policies import Policy
from sim.policies.fingerprint import fingerprint, story
from sim.policies.registry import SHIPPED, describe_memory

FOLDER = Path(__file__).resolve().parent / "golden" / "fingerprints"


def text_of(policy: Policy) -> str:
    """Return the fingerprint of a policy as text."""
    return "".join(f"{line}\n" for line in _lines(policy))


def _lines(policy: Policy) -> Iterator[str]:
    claims = policy.claims()
    yield f"stochastic {claims.stochastic}, never escalates {claims.never_escalates}, never first {claims.never_first}"
    yield f"memory {describe_memory(claims)}"
    yield ""
    yield "provocation  reactions  on rungs"
    for answer in fingerprint(policy):
        rungs = ", ".join(f"{rung}: {share:.3f}" for rung, share in answer.rungs.items())
        yield f"{answer.provocation:11d}  {answer.multiplier:9.3f}  {rungs}"
    yield ""
    yield "day  received  sent  reactions   rung  campaign  strategic"
    for day in story(policy):
        parts = f"{day.multiplier:9.3f}  {day.rung:5.3f}  {day.campaign:8.3f}  {day.strategic:9.3f}"
        yield f"{day.day:3d}  {day.received:8d}  {day.sent:4d}  {parts}"


def main() -> None:
    """Write the fingerprint of every shipped policy."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for rule, policy in SHIPPED.items():
        (FOLDER / f"{rule}.txt").write_text(text_of(policy()), encoding="utf-8")


if __name__ == "__main__":
    main()
