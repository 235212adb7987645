"""Fingerprints of policies as pictures: the table and the story of each, side by side."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.policies.base import Policy
from sim.policies.fingerprint import STORY, STORY_RUNG, DayAnswer, RungAnswer, fingerprint, story
from sim.policies.view import HARM
from sim.report.pictures import BLUE, GREY, ORANGE, PURPLE, STYLE, render_png

_STYLE: Final[dict[Any, Any]] = STYLE | {"font.size": 7}
_ROW_HEIGHT: Final = 1.35
_WIDTH: Final = 7.6


def plot_fingerprints(policies: Mapping[str, Policy]) -> bytes:
    """Return the fingerprints of some policies as one PNG; it carries `digest_fingerprints` what it shows."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _ROW_HEIGHT * len(policies) + 0.2), layout="constrained")
        grid = figure.subplots(len(policies), 2, squeeze=False, width_ratios=[1, 3.2])
        for (left, right), (name, policy) in zip(grid, policies.items(), strict=True):
            _draw_table(left, name, fingerprint(policy))
            _draw_story(right, story(policy))
        for axes, label in zip(grid[-1], ("provocation on rung", "day"), strict=True):
            axes.set_xlabel(label)
        return render_png(figure, Description=digest_fingerprints(policies))


def digest_fingerprints(policies: Mapping[str, Policy]) -> str:
    """Return the SHA-256 of what a sheet shows, by which a stale picture is known."""
    shown = [f"{name} {fingerprint(policy)} {story(policy)}" for name, policy in policies.items()]
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()


def _draw_table(axes: Axes, name: str, answers: list[RungAnswer]) -> None:
    top = len(HARM) - 1
    shown = np.zeros((top + 1, top))
    for answer in answers:
        for rung, share in answer.rungs.items():
            shown[rung, answer.provocation - 1] = share * answer.multiplier
    axes.imshow(np.ma.masked_equal(shown, 0.0), origin="lower", cmap="Blues", vmin=0.0, vmax=1.5, aspect="auto")
    axes.plot(range(top), range(1, top + 1), color=GREY, linewidth=0.6, linestyle=":")
    axes.set_xticks(range(top), [str(rung) for rung in range(1, top + 1)])
    axes.set_yticks(range(0, top + 1, 2))
    axes.set_ylim(-0.5, top + 0.5)
    axes.set_title(name, loc="left", fontsize=8, fontweight="bold")
    axes.set_ylabel("answer on")


def _draw_story(axes: Axes, days: list[DayAnswer]) -> None:
    number = [day.day for day in days]
    most = max(1.5, *(day.multiplier for day in days))
    axes.bar(number, [day.multiplier for day in days], color=BLUE, width=0.7)
    for day in days:
        if day.multiplier > 0 and day.rung > STORY_RUNG:
            axes.text(day.day, day.multiplier, f"{day.rung:.2g}", ha="center", va="bottom", fontsize=5)
        if day.campaign:
            axes.plot(day.day, most * 0.92, marker="^", color=PURPLE, markersize=3)
    for index, (received, sent) in enumerate(((0, 0), *STORY)):
        for rung, height, colour in ((received, -0.18, ORANGE), (sent, -0.42, GREY)):
            if rung:
                axes.text(index, height * most / 1.5, str(rung), ha="center", va="center", fontsize=6, color=colour)
    axes.set(xlim=(-0.6, len(days) - 0.4), ylim=(-0.62 * most / 1.5, most * 1.08))
    axes.set_xticks(number)
    axes.set_yticks([0, 1])
    axes.axhline(0, color="black", linewidth=0.5)
