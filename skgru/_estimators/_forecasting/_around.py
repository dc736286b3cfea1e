"""What stands around a recurrent estimator, as a forecast has to go through it.

Pipelines transform the X that the user passes before the network reads it. Regressors
with a transformed target turn what the network predicts into units of y.
"""

import numpy as np

from skgru._estimators._pipelines import (
    fitted_recurrent,
    is_of_transformed_targets,
    is_pipeline,
    wrappers,
)
from skgru._estimators._window_transformer import WindowTransformer


class Around:
    """The pipelines, searches and transformed targets around a recurrent estimator.

    Parameters
    ----------
    estimator : estimator
        What the user passed.

    Attributes
    ----------
    recurrent : RecurrentRegressor
        The estimator inside.
    makes_windows : bool
        Whether the last step before it is a `WindowTransformer` of a single series.

    Raises
    ------
    TypeError
        If there is no recurrent regressor inside.
    """

    def __init__(self, estimator):
        self.recurrent = fitted_recurrent(estimator, "forecast")
        if not hasattr(self.recurrent, "forecast"):
            raise TypeError(
                "forecast needs a regressor, whose predictions are its next input, but "
                f"got a {type(self.recurrent).__name__}."
            )
        self._outermost = estimator
        of_x = [each for each in wrappers(estimator) if is_pipeline(each)]
        self._transformers = [each[:-1] for each in of_x if len(each) > 1]
        self.makes_windows = _makes_windows(self._transformers)
        if self.makes_windows:
            # A forecast makes the windows itself, of the rows that this step reads.
            *others, last = self._transformers
            self._transformers = others + ([last[:-1]] if len(last) > 1 else [])
        self._of_y = [
            each for each in wrappers(estimator) if is_of_transformed_targets(each)
        ]

    @property
    def transforms_x(self):
        """Whether the network reads another X than the user passes."""
        return bool(self._transformers)

    @property
    def transforms_y(self):
        """Whether the network predicts in other units than those of y."""
        return bool(self._of_y)

    @property
    def steps(self):
        """What messages call the steps that X goes through."""
        kinds = [
            type(step).__name__
            for transformer in self._transformers
            for _, step in transformer.steps
        ]
        return ", ".join(kinds)

    @property
    def names(self):
        """The names of the columns of X in `fit`, or None."""
        return getattr(self._outermost, "feature_names_in_", None)

    def transformed(self, X):
        """X as the network reads it, or as the windows are made of it."""
        for transformer in self._transformers:
            X = transformer.transform(X)
        return X

    def in_units_of_y(self, values):
        """Predictions (n_rows, n_outputs, n_predictions) in the units of y."""
        dtype = values.dtype
        for regressor in reversed(self._of_y):
            back = regressor.transformer_.inverse_transform
            each = [np.asarray(back(part)) for part in np.moveaxis(values, 2, 0)]
            values = np.stack(each, axis=2)
        return values.astype(dtype, copy=False)

    def n_dims_of_y(self, n_dims):
        """Dimensions of the y that was passed, where the network has seen `n_dims`."""
        return self._of_y[0]._training_dim if self._of_y else n_dims


def _makes_windows(transformers):
    """Whether what stands before the network makes windows of a single series."""
    if not transformers:
        return False
    last = transformers[-1][-1]
    return isinstance(last, WindowTransformer) and last.group_column is None
