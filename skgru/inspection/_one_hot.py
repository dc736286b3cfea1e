"""The network that reads categories as one-hot inputs, with the same predictions.

Between one category and another there is no path of codes, but there is one of one-hot
inputs. They are written down here only, for the samples that are looked at.
"""

from dataclasses import replace

import numpy as np

from skgru._network._model import Model
from skgru._network._sequences import FeatureScaling, contiguous


def with_one_hot(seen):
    """The same model, but that categories are numeric features, one for each code.

    Parameters
    ----------
    seen : Look

    Returns
    -------
    Look
        Its sequences and its reader are still those of `seen`.
    """
    fitted = seen.fitted
    built, scaler = fitted.model.architecture, fitted.scaler
    if not built.categories and not built.static_categories:
        return seen
    n_numbers = built.n_features - len(built.categories)
    n_static = built.n_static - len(built.static_categories)
    architecture = replace(
        built,
        n_features=n_numbers + sum(built.categories),
        n_static=n_static + sum(built.static_categories),
        categories=(),
        static_categories=(),
        embedding_size=0,
    )
    mean, scale, relative, level_mean, level_scale = scaler.features
    of_features = n_numbers, sum(built.categories)
    of_static = n_static, sum(built.static_categories)
    scaler = replace(
        scaler,
        features=FeatureScaling(
            _longer(mean, *of_features, 0),
            _longer(scale, *of_features, 1),
            relative,
            _longer(level_mean, *of_features, 0),
            _longer(level_scale, *of_features, 1),
        ),
        static_mean=_longer(scaler.static_mean, *of_static, 0),
        static_scale=_longer(scaler.static_scale, *of_static, 1),
    )
    model = Model(architecture, _dense_parameters(fitted.model, architecture))
    return seen._replace(fitted=replace(fitted, model=model, scaler=scaler))


def _longer(values, n_numbers, n_codes, filling):
    """Statistics of the numbers, and then of one-hot inputs."""
    more = np.full(n_codes, filling, dtype=values.dtype)
    return contiguous(np.concatenate([values[:n_numbers], more]))


def _dense_parameters(model, architecture):
    """The weights of the network that reads one-hot inputs.

    Rows that are looked up stand where rows that are multiplied would. An embedding
    and the weights that it is multiplied by make such rows together.
    """
    built, layout = model.architecture, model.architecture.layout
    if not built.embedding_size:
        return model.parameters
    n_parameters = architecture.layout.n_parameters
    dense = Model(architecture, np.zeros_like(model.parameters, shape=n_parameters))
    n_numbers, size = built.n_features - len(built.categories), built.embedding_size
    weights = zip(model.cell_weights(), dense.cell_weights(), strict=True)
    for index, (old, new) in enumerate(weights):
        kernel = old.kernel
        if index < layout.direction.n_directions:
            of_categories = [
                table @ kernel[n_numbers + k * size :][:size]
                for k, table in enumerate(model.embeddings())
            ]
            kernel = np.concatenate([kernel[:n_numbers], *of_categories])
        new.kernel[...] = kernel
        new.recurrent_kernel[...] = old.recurrent_kernel
        new.bias[...] = old.bias
    parts = (*model.head(), model.line()), (*dense.head(), dense.line())
    for old, new in zip(*parts, strict=True):
        new[...] = old
    return dense.parameters


def one_hot(values, n_codes):
    """Values (…, n_features) with one-hot inputs in place of the last ones, codes."""
    if not n_codes:
        return values
    n_numbers = values.shape[-1] - len(n_codes)
    parts = [values[..., :n_numbers]]
    for k, n in enumerate(n_codes):
        parts.append(
            np.eye(n, dtype=values.dtype)[values[..., n_numbers + k].astype(int)]
        )
    return np.concatenate(parts, axis=-1)


def summed(values, axis, n_codes):
    """Undo `one_hot` for attributions: sum those of each category's inputs."""
    if not n_codes:
        return values
    n_numbers = values.shape[axis] - sum(n_codes)
    ends = np.cumsum([n_numbers, *n_codes])
    numbers, *of_codes, _ = np.split(values, ends, axis=axis)
    sums = [part.sum(axis=axis, keepdims=True) for part in of_codes]
    return np.concatenate([numbers, *sums], axis=axis)
