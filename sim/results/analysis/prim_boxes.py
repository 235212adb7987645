"""Boxes: conditions on parameters under which an outcome is likely, found by an established algorithm.

PRIM (Friedman & Fisher 1999) peels a box down, a little at a time, to where the outcome is dense; it is that of the
EMA workbench. Of its trajectory the box with the largest harmonic mean of coverage and density is taken, and conditions
that a binomial test cannot tell from chance (quasi-p, Bryant & Lempert 2010) are dropped. CART is a classification tree
of scikit-learn, whose leaves are the boxes.

References
----------
.. [1] Friedman, J. H., Fisher, N. I. (1999). Bump hunting in high-dimensional data. Statistics and Computing 9,
       123-143.
.. [2] Bryant, B. P., Lempert, R. J. (2010). Thinking inside the box: a participatory, computer-assisted approach to
       scenario discovery. Technological Forecasting and Social Change 77(1), 34-49.
       https://doi.org/10.1016/j.techfore.2009.08.002
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Flags
from sim.core.installation import load_extra
from sim.core.random_streams import word_of

PRIM: Final = "prim"
CART: Final = "cart"
MOST_CONDITIONS: Final = 4  # conditions of a box beyond which nobody would keep it in mind
_LEAST_MASS: Final = 0.05
_CHANCE: Final = 0.05
_LEAST_SQUARE: Final = 15.0
"""Chi-squared that a split of the tree must reach; a split is the best of very many, so that is far above the usual."""


@dataclass(frozen=True)
class Condition:
    """What a box asks of one parameter."""

    parameter: str  # key path of a parameter, or a factor
    low: float = -np.inf  # bounds; infinite where there is none
    high: float = np.inf
    levels: tuple[str, ...] = ()  # levels that are inside, of a factor whose levels are words; empty for numbers
    # chance that the condition helps as much by luck alone; NaN where the algorithm does not say
    quasi_p: float = float("nan")

    def holds(self, rows: pd.DataFrame) -> Flags:
        """Return which rows meet the condition, shape (n_rows,)."""
        column = rows[self.parameter]
        if self.levels:
            return column.astype(str).isin(self.levels).to_numpy()
        values = column.to_numpy(dtype=np.float64)
        return np.asarray((values >= self.low) & (values <= self.high))

    def __str__(self) -> str:
        if self.levels:
            return f"{self.parameter} is {' or '.join(self.levels)}"
        if np.isinf(self.low):
            return f"{self.parameter} < {self.high:.3g}"
        if np.isinf(self.high):
            return f"{self.parameter} > {self.low:.3g}"
        return f"{self.low:.3g} < {self.parameter} < {self.high:.3g}"


Box = tuple[Condition, ...]


def lies_inside(box: Box, rows: pd.DataFrame) -> Flags:
    """Return which rows lie in a box."""
    is_inside = np.ones(len(rows), dtype=np.bool_)
    for condition in box:
        is_inside &= condition.holds(rows)
    return is_inside


def find_prim_boxes(rows: pd.DataFrame, holds: Flags, most: int) -> list[Box]:
    """Return boxes that PRIM finds, the first one first, at most `most`; fewer where nothing dense is left.

    Of a column of numbers or words for each parameter, and whether the outcome came, shape (n_rows,).
    """
    prim = load_extra("ema_workbench.analysis.prim", "explore", "scenario discovery")
    with warnings.catch_warnings():
        # How the workbench uses pandas is its own affair.
        warnings.simplefilter("ignore")
        finder = prim.Prim(rows, holds, threshold=float(holds.mean()), mass_min=_LEAST_MASS)
        boxes: list[Box] = []
        while len(boxes) < most and (box := finder.find_box()) is not None and box.res_dim:
            trajectory = box.peeling_trajectory
            simple = trajectory[trajectory["res_dim"].between(1, MOST_CONDITIONS)]
            if simple.empty:
                break
            both = simple["coverage"] + simple["density"]
            chosen = (2 * simple["coverage"] * simple["density"] / both.where(both > 0, 1.0)).idxmax()
            box.select(int(chosen))
            _drop_chance(box)
            made = _conditions(box, finder.box_init)
            if not made:
                break
            boxes.append(made)
        return boxes


def _drop_chance(box: Any) -> None:
    """Drop, one after another, the conditions that help no more than chance would."""
    while True:
        # Of both ends of a condition; the library marks an end without a bound by -1.
        worst = {name: max(values) for name, values in box.qp[box._cur_box].items()}
        name = max(worst, key=lambda parameter: worst[parameter], default=None)
        if name is None or not worst[name] > _CHANCE:
            return
        box.drop_restriction(name)


def _conditions(box: Any, whole: pd.DataFrame) -> Box:
    limits, chances = box.box_lims[box._cur_box], box.qp[box._cur_box]
    conditions = []
    for name in limits.columns:
        if name not in chances:
            continue
        chance = max(chances[name])
        low, high = limits[name].iloc[0], limits[name].iloc[1]
        if isinstance(low, (set, frozenset)):
            conditions.append(Condition(str(name), levels=tuple(sorted(map(str, low))), quasi_p=chance))
            continue
        ends = whole[name].iloc[0], whole[name].iloc[1]
        below, above = -np.inf if low <= ends[0] else float(low), np.inf if high >= ends[1] else float(high)
        conditions.append(Condition(str(name), below, above, quasi_p=chance))
    return tuple(sorted(conditions, key=lambda condition: condition.quasi_p))


def find_cart_boxes(rows: pd.DataFrame, holds: Flags, most: int) -> list[Box]:
    """Return the leaves of a classification tree in which the outcome is denser than overall, the densest first."""
    trees = load_extra("sklearn.tree", "explore", "scenario discovery")
    words = [str(name) for name in rows if not pd.api.types.is_numeric_dtype(rows[name])]
    levels = {name: tuple(sorted(map(str, rows[name].unique()))) for name in words}
    flags = {(name, level): rows[name].astype(str) == level for name in words for level in levels[name]}
    numbers = rows.drop(columns=words)
    features = [*((str(name), "") for name in numbers), *flags]
    matrix = np.column_stack([*(numbers[name] for name in numbers), *flags.values()]).astype(np.float64)
    share = float(holds.mean())
    tree = trees.DecisionTreeClassifier(
        max_depth=MOST_CONDITIONS,
        min_samples_leaf=_LEAST_MASS,
        min_impurity_decrease=2 * share * (1 - share) * _LEAST_SQUARE / len(holds),
        random_state=word_of("tree") & 0xFFFFFFFF,
    )
    tree.fit(matrix, holds)
    leaves = []
    for leaf, path in _leaves(tree.tree_):
        there = tree.apply(matrix) == leaf
        if holds[there].mean() > holds.mean():
            leaves.append((float(holds[there].mean()), _merged(path, features, levels)))
    leaves.sort(key=lambda pair: -pair[0])
    return [box for _, box in leaves if box][:most]


def _leaves(tree: Any, node: int = 0, path: tuple[tuple[int, float, bool], ...] = ()) -> list[tuple[int, Any]]:
    """Return every leaf with the splits that lead to it: feature, threshold, whether it lies above."""
    if tree.children_left[node] < 0:
        return [(node, path)]
    split = int(tree.feature[node]), float(tree.threshold[node])
    below = _leaves(tree, int(tree.children_left[node]), (*path, (*split, False)))
    return below + _leaves(tree, int(tree.children_right[node]), (*path, (*split, True)))


def _merged(
    path: tuple[tuple[int, float, bool], ...], features: list[tuple[str, str]], levels: dict[str, tuple[str, ...]]
) -> Box:
    """Return one condition for each parameter on a path."""
    bounds: dict[str, tuple[float, float]] = {}
    allowed_of: dict[str, tuple[str, ...]] = {}
    for feature, threshold, above in path:
        name, level = features[feature]
        if level:
            allowed = allowed_of.get(name, levels[name])
            allowed_of[name] = tuple(candidate for candidate in allowed if (candidate == level) == above)
        else:
            low, high = bounds.get(name, (-np.inf, np.inf))
            bounds[name] = (max(low, threshold), high) if above else (low, min(high, threshold))
    numbers = [Condition(name, low, high) for name, (low, high) in bounds.items()]
    return (*numbers, *(Condition(name, levels=chosen) for name, chosen in allowed_of.items()))


METHODS: Final[dict[str, Callable[[pd.DataFrame, Flags, int], list[Box]]]] = {
    PRIM: find_prim_boxes,
    CART: find_cart_boxes,
}
