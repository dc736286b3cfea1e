"""Parts as plain data, and back: what pickles and files hold of an estimator.

A part is a dataclass or a named tuple; as plain data it is a dict of its fields. So no
file names a private class, which may move. The annotations of the fields say what is
expected when they are read again.
"""

import dataclasses
import types
import typing
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


class KeepsParts(BaseEstimator):
    """An estimator that keeps what it has learned in one attribute, ``_fitted``.

    That is a part, or a part of parts, of the class ``_fitted_class``. It is put in
    place at once, so whoever takes it once has parts of the same fit.
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
            # What another object has is not shared with it.
            state["_fitted"] = fitted.copy()
        super().__setstate__(state)


def as_plain(value):
    """Parts as dicts of their fields, and whatever else there is as it is."""
    if _is_part(type(value)):
        return {name: as_plain(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, list):
        return [as_plain(item) for item in value]
    return value


def from_plain(kind, data, where):
    """Make a part of plain data again.

    Parameters
    ----------
    kind : type or annotation
        What is expected.
    data : object
    where : str
        What messages call it.

    Raises
    ------
    ValueError
        If it is something else.
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
    """Names of the fields of a part, with their annotations."""
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return {name: hints[name] for name in kind._fields}


def _part_of(kind, data, where):
    """A part, of a dict that has just its fields."""
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
    """The first of several kinds that fits."""
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
    """Plain data of just one type."""
    if kind is int and type(data) is int:
        return data
    if kind is float and isinstance(data, int | float) and type(data) is not bool:
        return float(data)
    if kind is bool and isinstance(data, bool | np.bool_):
        return bool(data)
    if kind is np.ndarray and isinstance(data, np.ndarray):
        # An array of its own, that can be written to: no memory map, and no view of
        # another object's.
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
    shown = repr(data)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
    return f"{shown} ({type(data).__name__})"
