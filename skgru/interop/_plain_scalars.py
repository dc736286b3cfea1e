"""Values of NumPy, pandas and Python's library, as parts that are plain.

They name series, categories and columns, and stand in parameters. For each there is a
tag, what it is made of, and a function that makes it of that again.
"""

import datetime
import decimal
import functools

import numpy as np

from skgru.interop._files._sources import FileError


def parts_of_scalar(value):
    """The tag of a value, and the parts it is made of; None for one of no such type."""
    if isinstance(value, np.generic):
        return _parts_of_numpy(value)
    for tag, (kind, parts_of, _) in _kinds().items():
        if type(value) is kind:
            return tag, parts_of(value)
    return None


def make_scalar(tag, parts):
    """The value that `parts_of_scalar` has taken apart.

    Raises
    ------
    ValueError
        Or another error, if the parts are not those of a value of this tag.
    """
    if tag == "scalar":
        return _make_of_numpy(*parts)
    if tag not in _kinds():
        raise FileError(f"{tag!r} is no kind of values")
    return _kinds()[tag][2](*parts)


def _parts_of_numpy(value):
    """The dtype and the number or text of one of NumPy's scalars."""
    kind = value.dtype.kind
    if kind in "mM":
        return "scalar", [value.dtype.str[1:], int(value.astype("i8"))]
    if kind in "US":
        return "scalar", [kind, value.item()]
    if kind in "fiub" and value.dtype.itemsize <= 8:
        return "scalar", [value.dtype.str[1:], value.item()]
    return None


def _make_of_numpy(dtype, item):
    dtype = np.dtype(dtype)
    if dtype.kind in "mM":
        return np.array(item, dtype=np.int64).view(dtype)[()]
    if dtype.kind not in "fiubUS" or type(item) not in (bool, int, float, str, bytes):
        raise FileError(f"{dtype} is no dtype of a number or text")
    return np.array(item, dtype=dtype)[()]


def _parts_of_time(value):
    """A timestamp or a duration of pandas: its number, unit, and time zone."""
    parts = value.asm8
    zone = getattr(value, "tz", None)
    return [
        int(parts.astype("i8")),
        np.datetime_data(parts.dtype)[0],
        None if zone is None else str(zone),
    ]


@functools.cache
def _kinds():
    """For each tag the class of its values, what they are made of, and what makes them.

    A table that is made at the first call, because importing pandas takes longer than
    the rest of the package.
    """
    import pandas as pd

    def timestamp(number, unit, zone):
        made = pd.Timestamp(np.datetime64(number, unit))
        return made if zone is None else made.tz_localize("UTC").tz_convert(zone)

    def duration(number, unit, _):
        return pd.Timedelta(np.timedelta64(number, unit))

    def in_words(value):
        return [value.isoformat()]

    return {
        "timestamp": (pd.Timestamp, _parts_of_time, timestamp),
        "timedelta": (pd.Timedelta, _parts_of_time, duration),
        "period": (
            pd.Period,
            lambda value: [value.ordinal, value.freqstr],
            lambda ordinal, freq: pd.Period(ordinal=ordinal, freq=freq),
        ),
        "interval": (
            pd.Interval,
            lambda value: [value.left, value.right, value.closed],
            pd.Interval,
        ),
        "date": (datetime.date, in_words, datetime.date.fromisoformat),
        "time": (datetime.time, in_words, datetime.time.fromisoformat),
        "datetime": (datetime.datetime, in_words, datetime.datetime.fromisoformat),
        "duration": (
            datetime.timedelta,
            lambda value: [value.days, value.seconds, value.microseconds],
            datetime.timedelta,
        ),
        "decimal": (decimal.Decimal, lambda value: [str(value)], decimal.Decimal),
        "range": (
            range,
            lambda value: [value.start, value.stop, value.step],
            range,
        ),
        "index": (
            pd.Index,
            lambda value: [value.tolist(), str(value.dtype), value.name],
            lambda items, dtype, name: pd.Index(items, dtype=dtype, name=name),
        ),
        "bytes": (bytes, lambda value: [value.hex()], bytes.fromhex),
    }
