"""Whether the statistics of a scaler fit each other: a file may have been changed."""

import numpy as np

from skgru._checks import check_array_of
from skgru._reading._consistency import are_names


def check_scaler(scaler, reader, n_outputs):
    """Refuse statistics that do not fit the reader or the number of outputs.

    Parameters
    ----------
    scaler : Scaler
    reader : Reader
    n_outputs : int

    Raises
    ------
    ValueError
    """
    n_features, n_static = reader.n_features, len(reader.columns.static)
    wanted = {
        "feature_mean_": (scaler.features.mean, n_features, reader.dtype),
        "feature_scale_": (scaler.features.scale, n_features, reader.dtype),
        "static_mean_": (scaler.static_mean, n_static, "float64"),
        "static_scale_": (scaler.static_scale, n_static, "float64"),
        "target_mean_": (scaler.target_mean, n_outputs, "float64"),
        "target_scale_": (scaler.target_scale, n_outputs, "float64"),
    }
    for part in "level_mean", "level_scale":
        wanted[part] = getattr(scaler.features, part), n_features, reader.dtype
    for name, (values, length, dtype) in wanted.items():
        check_array_of(name, values, (length,), dtype)
    _check_anchor(scaler, reader, n_outputs)
    if scaler.seen is not None:
        scaler.seen.check(n_features)
    settings, by_series = scaler.settings, scaler.by_series
    has_series = reader.columns.tell_series and settings.scales_each_series
    if settings.standardize not in (True, False, "pooled") or (
        has_series != (by_series is not None)
    ):
        raise ValueError(
            f"With standardize={settings.standardize!r} the fitted model has "
            f"{'statistics' if has_series else 'no statistics'} of each series, "
            "but that is not what was found. Fit or load the model anew."
        )
    if by_series is not None:
        _check_series(by_series, 2 * [n_features] + 2 * [n_static] + 2 * [n_outputs])


def _check_series(by_series, lengths):
    """Refuse statistics that are not those of different series."""
    names, *parts = by_series
    if not are_names(names):
        raise ValueError(
            f"The names of series {names} of the fitted model are not all "
            "different. Fit or load the model anew."
        )
    for name, values, length in zip(by_series._fields[1:], parts, lengths, strict=True):
        check_array_of(f"series_{name}_", values, (len(names), length), "float64")


def _check_anchor(scaler, reader, n_outputs):
    """Refuse an anchor that is not what the parameter says, or is not there."""
    anchor, relative = scaler.anchor, scaler.features.relative
    check_array_of("relative", relative, (np.size(relative),), "int64")
    dtypes = ("int64", "float64", "float64", "bool", "bool")
    for name, values, dtype in zip(anchor._fields, anchor, dtypes, strict=True):
        check_array_of(f"anchor.{name}", values, (n_outputs,), dtype)
    asked, n_features = scaler.settings.anchor, reader.n_features
    columns = anchor.columns
    starts, changes = set(columns[anchor.is_used]), anchor.drifts | anchor.reads_level
    places, seen = {*columns, *relative}, set(relative)
    if asked is None:
        fits = not starts
    elif asked == "auto":
        fits = set(columns[changes]) == seen <= starts
    else:
        fits = starts == seen == places == {reader.feature(asked)}
    if not fits or min(places) < 0 or max(places) >= n_features:
        raise ValueError(
            f"With anchor={asked!r} the fitted model predicts from the last values of "
            f"features {columns[anchor.is_used].tolist()}, and sees changes of the "
            f"features {relative.tolist()} of {n_features}, which is not possible. Fit "
            "or load the model anew."
        )
