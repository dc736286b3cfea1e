"""The baseline that attributions compare X with."""

import numpy as np

from skgru._checks import listed
from skgru._reading._form import shape_of_columns, split_columns


def find_baseline(seen, baseline, own, steps):
    """Turn a baseline into steps and static features on the common scale.

    Parameters
    ----------
    seen : Look
    baseline : None, float, array-like, Series or DataFrame
        In the units and columns of X. None: see `_default`.
    own : SeriesScaling or None
        The statistics of each sample, as returned by `Scaler.of_samples`.
    steps : ndarray of shape (n_samples, n_timesteps, n_features)
        The steps of X, on the common scale.

    Returns
    -------
    steps : ndarray of shape (n_samples, n_timesteps, n_features)
    static : ndarray of shape (n_samples, n_static)

    Raises
    ------
    ValueError
        If the baseline does not fit X, or holds numbers that are not finite.
    """
    reader, shape = seen.fitted.reader, steps.shape
    if baseline is None:
        return _without_categories(reader, *_default(seen, steps))
    wanted = shape_of_columns(reader, *shape[:2])
    values = _numbers(seen, baseline)
    try:
        values = np.broadcast_to(values, wanted)
    except ValueError:
        raise ValueError(
            f"baseline has shape {values.shape}, which does not broadcast to {wanted}: "
            f"pass a number, one for each of the {wanted[-1]} columns of X, or an "
            f"array of the shape {wanted}. In the column of groups any number will do."
        ) from None
    from_steps, static = split_columns(reader, values, shape[1])
    if own is not None:
        from_steps = (from_steps - own.mean[:, np.newaxis]) / own.scale[:, np.newaxis]
        static = (static - own.static_mean) / own.static_scale
    back = np.arange(shape[1], 0, -1)
    is_missing = back > seen.sequences.n_observed[:, np.newaxis]
    from_steps = np.where(is_missing[:, :, np.newaxis], 0.0, from_steps)
    from_steps, static = _without_categories(reader, from_steps, static)
    largest = np.finfo(reader.dtype).max
    for part in (from_steps, static):
        if not (np.abs(part) < largest).all():
            raise ValueError(
                "baseline holds NaN, infinity, or numbers too large for "
                f"{reader.dtype}, where X holds numbers. Pass finite ones."
            )
    return from_steps, static


def _default(seen, steps):
    """Means of the training rows; of relative features, each sample's last value."""
    scaler = seen.fitted.scaler
    from_steps = np.broadcast_to(scaler.features.mean, steps.shape).copy()
    relative = scaler.features.relative
    from_steps[:, :, relative] = steps[:, -1:, relative]
    static_shape = seen.sequences.static.shape
    return from_steps, np.broadcast_to(scaler.static_mean, static_shape)


def _without_categories(reader, steps, static):
    """The same, with the code of a missing category for each categorical feature."""
    parts = []
    columns = reader.columns
    for values, n_codes in (steps, columns.n_codes), (static, columns.static_n_codes):
        if n_codes:
            values = np.array(values)
            values[..., values.shape[-1] - len(n_codes) :] = np.array(n_codes) - 1
        parts.append(values)
    return tuple(parts)


def _numbers(seen, baseline):
    """The numbers of a baseline, with named columns in the order of `fit`."""
    reader, names = seen.fitted.reader, seen.names
    given = getattr(baseline, "columns", getattr(baseline, "index", None))
    # Lists have a method called `index`.
    if names is not None and given is not None and not callable(given):
        baseline = _in_order(reader, baseline, list(given), list(names))
    try:
        return np.asarray(baseline, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"baseline cannot be read as numbers. Pass a number, one for each of the "
            f"{reader.n_features_in} columns of X, or an array. In the column of "
            "groups any number will do."
        ) from None


def _in_order(reader, baseline, given, names):
    """Order named columns as in `fit`, with zeros for those whose values do not count.

    These are the column of groups, and categories.
    """
    is_named = any(isinstance(name, str) for name in given)
    if not is_named:
        return baseline
    columns = [part.columns for part in reader.vocabularies]
    places = np.concatenate([[reader.columns.group], *columns]).astype(int)
    ignored = {names[j] for j in places if j >= 0}
    missing = [name for name in names if name not in given and name not in ignored]
    unknown = [name for name in given if name not in names]
    if missing or unknown:
        raise ValueError(
            "The names in baseline are not those of X in fit: it lacks "
            f"{listed(missing)}, and {listed(unknown)} were not there. Pass one value, "
            "or column, for each name of X."
        )
    of_columns = [
        np.zeros(np.shape(baseline[given[0]])) if name in ignored else baseline[name]
        for name in names
    ]
    return np.stack([np.asarray(part, dtype=np.float64) for part in of_columns], -1)
