"""Whether the values of a feature are those of a target, but for a few rows.

They may be the same numbers, or the same in other units, as behind a `StandardScaler`,
or a function of them that only rises or only falls, as where logarithms are predicted.
"""

import numpy as np

# Share of the pairs of rows that must agree.
SHARE = 0.9
# Fewer changes than these are in other units by chance, as where there are two values.
_FEWEST = 10
# By how much values in other units may differ, in parts of the spread of the target.
TOLERANCES = {"float64": 1e-7, "float32": 1e-4}


def same_units(values, wanted, has_moved):
    """Factor 1 and offset 0 if values are the wanted ones, else None."""
    # Compare in the less precise dtype of the two.
    dtype = min(values.dtype, wanted.dtype, key=lambda dtype: dtype.itemsize)
    is_equal = values.astype(dtype, copy=False) == wanted.astype(dtype, copy=False)
    return (1.0, 0.0) if _agree(is_equal, has_moved) else None


def other_units(values, wanted, has_moved):
    """Factor and offset that turn values into the wanted ones; None if nothing does."""
    dtype = values.dtype.name
    values, wanted = values.astype(np.float64), wanted.astype(np.float64)
    steps, wanted_steps = np.diff(values), np.diff(wanted)
    moved = steps != 0
    # The median, so that a few rows that disagree do not count.
    if np.count_nonzero(moved) < _FEWEST:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.median(wanted_steps[moved] / steps[moved])
        offset = np.median(wanted - factor * values)
        spread = np.std(wanted)
        agree = np.abs(wanted - factor * values - offset) <= TOLERANCES[dtype] * spread
    if not (np.isfinite([factor, offset, spread]).all() and factor and spread):
        return None
    if not _agree(agree, has_moved):
        return None
    # Over all rows that agree, errors of rounding average out.
    values, wanted = values[agree], wanted[agree]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        centred = values - values.mean()
        factor = centred @ (wanted - wanted.mean()) / (centred @ centred)
        offset = wanted.mean() - factor * values.mean()
    return (
        (float(factor), float(offset)) if np.isfinite([factor, offset]).all() else None
    )


def _agree(is_equal, has_moved):
    """Whether enough pairs agree, also of those that do not agree by standing still."""
    n_moved = np.count_nonzero(has_moved)
    return (
        n_moved > 1
        and np.count_nonzero(is_equal) >= SHARE * len(is_equal)
        and np.count_nonzero(is_equal & has_moved) >= SHARE * n_moved
    )


def in_order(values, wanted, has_moved):
    """Factor 1 and offset 0 if the wanted values are in the order of values, or None.

    In the same order or the reverse; equal values have equal wanted ones.
    """
    order = np.argsort(values, kind="stable")
    steps, wanted_steps = np.diff(values[order]), np.diff(wanted[order])
    signs = np.sign(wanted_steps)
    direction = np.sign(signs.sum())
    is_right = np.where(steps > 0, signs * direction >= 0, signs == 0)
    has_order = direction and np.count_nonzero(has_moved) > _FEWEST
    return (1.0, 0.0) if has_order and np.mean(is_right) >= SHARE else None
