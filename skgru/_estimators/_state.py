"""Convert the parts of an estimator to plain data for pickles and files, and back.

A part is a dataclass or a named tuple. As plain data it is a dict of its fields. A file
then names no private class, so that these classes may move to other modules. When a
file is loaded, each field is checked against its annotation.
"""

import contextlib
import dataclasses
import types
import typing
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skgru._checks import shortened


class KeepsParts(BaseEstimator):
    """An estimator that keeps what it has learned in one attribute, ``_fitted``.

    The attribute is an instance of ``_fitted_class``: a part, or an object made of
    parts. A fit replaces it by a single assignment, so that a method that reads it once
    has the parts of the same fit.
    """

    _fitted_class: Any

    def __sklearn_is_fitted__(self):
        return "_fitted" in vars(self)

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "_fitted" in state:
            state["_fitted"] = as_plain(state["_fitted"])
        return state

    def __setstate__(self, state):
        state = dict(state)
        if "_fitted" in state:
            fitted = from_plain(self._fitted_class, state["_fitted"], "_fitted")
            fitted.check()
            # A shallow copy passes the state of another estimator. Arrays are copied,
            # so that the two estimators do not share them.
            state["_fitted"] = fitted.copy()
        super().__setstate__(state)


def as_plain(value):
    """Convert parts to dicts of their fields; return anything else unchanged."""
    if _is_part(type(value)):
        return {name: as_plain(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, list):
        return [as_plain(item) for item in value]
    return value


def from_plain(kind, data, where):
    """Make a part from plain data.

    Parameters
    ----------
    kind : type or annotation
        The type that is expected.
    data : object
    where : str
        What messages call the data.

    Raises
    ------
    ValueError
        If the data are not of the expected type.
    """
    if kind is Any:
        return data
    if _is_part(kind):
        return _part_of(kind, data, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, data, where)
    if origin is list and isinstance(data, list):
        return [from_plain(arguments[0], item, f"{where}[…]") for item in data]
    if origin is tuple and isinstance(data, list | tuple):
        return tuple(from_plain(arguments[0], item, f"{where}[…]") for item in data)
    if origin is dict and isinstance(data, dict):
        return {
            _exactly(arguments[0], name, where): from_plain(
                arguments[1], item, f"{where}[{name!r}]"
            )
            for name, item in data.items()
        }
    return _exactly(origin or kind, data, where)


def _is_part(kind):
    """Whether a class is a dataclass, or a named tuple."""
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind)
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def _fields(kind):
    """Dict of the annotations of a part's fields, by the names of the fields."""
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return {name: hints[name] for name in kind._fields}


def _part_of(kind, data, where):
    """Make a part from a dict that has exactly its fields."""
    wanted = _fields(kind)
    if not isinstance(data, dict) or set(data) != set(wanted):
        found = sorted(map(str, data)) if isinstance(data, dict) else _shown(data)
        raise ValueError(
            f"{where} of the fitted model holds {found}, but {sorted(wanted)} are "
            "wanted: the file is of another version, or has been changed. Fit the "
            "model anew."
        )
    return kind(
        **{
            name: from_plain(wanted[name], data[name], f"{where}.{name}")
            for name in wanted
        }
    )


def _one_of(kinds, data, where):
    """Read the data as the first of several kinds that fits."""
    if data is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return from_plain(kind, data, where)
        except ValueError:
            continue
    return from_plain(others[-1], data, where)


def _exactly(kind, data, where):
    """Check that the data are of one plain type, and return them as this type."""
    if kind is int and type(data) is int:
        return data
    if kind is float and isinstance(data, int | float) and type(data) is not bool:
        with contextlib.suppress(OverflowError):  # whole numbers of hundreds of digits
            return float(data)
    if kind is bool and isinstance(data, bool | np.bool_):
        return bool(data)
    if kind is np.ndarray and isinstance(data, np.ndarray):
        # A copy that can be written to: the data may be a memory map, or a view of the
        # array of another object.
        return np.array(data, order="C")
    if kind not in (int, float, bool, np.ndarray) and isinstance(data, kind):
        return data
    raise ValueError(
        f"{where} of the fitted model is {_shown(data)}, but {kind.__name__} is "
        "wanted: the file is of another version, or has been changed. Fit the model "
        "anew."
    )


def _shown(data):
    """What some data are, for a message."""
    return f"{shortened(data)} ({type(data).__name__})"
