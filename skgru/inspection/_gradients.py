"""Derivatives of predictions with respect to X."""

import numpy as np

from skgru._reading._form import in_columns
from skgru.inspection._look import gradients, in_shape_of_predictions, look


def input_gradients(estimator, X):
    """Compute the exact derivatives of each prediction with respect to its inputs.

    The derivatives come from the backward pass that trains the network. They say how
    much the prediction would rise if one number of X rose by one, everything else
    staying as it is.

    Parameters
    ----------
    estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
        A fitted model, or a fitted pipeline or search that ends in one. With a
        TransformedTargetRegressor, y is the transformed target.
    X : array-like
        As for `predict`. The steps of a pipeline transform it, and below, X is what
        they return.

    Returns
    -------
    ndarray
        In units of y per unit of X, and in the shape of X: (n_samples, n_timesteps,
        n_columns) for a 3-D X, and (n_samples, n_columns) for a 2-D X of one sequence a
        row. For consecutive rows, the shape is that of the windows that predictions
        see, (n_rows, `window`, n_columns), oldest row first. Static features stand in
        their columns, at the last step where there are several. Missing steps and the
        column of groups are zeros. The axes of one prediction follow, as in the result
        of `predict`: n_outputs where y had two dimensions, and n_quantiles with a list
        of quantiles. Of a classifier they are derivatives of the decision values, with
        the axes of one row of `decision_function`: none for two classes, else one of
        n_classes or n_labels.

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator.
    ValueError
        If X cannot be read.

    See Also
    --------
    integrated_gradients : Attributions that add up to a difference of predictions.

    Notes
    -----
    With `anchor`, the last value of that feature is also added to the prediction, and
    subtracted from all earlier steps: its derivative includes both effects. The
    statistics of `standardize` are those of `fit`, and are treated as constants.

    With respect to a category there is no derivative: between one and another there is
    nothing. In the columns of categorical features stand zeros; what they add to a
    prediction, `integrated_gradients` tells.

    References
    ----------
    Simonyan, K., Vedaldi, A. and Zisserman, A. (2014). Deep inside convolutional
    networks: visualising image classification models and saliency maps. ICLR workshop.
    https://arxiv.org/abs/1312.6034. Section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import input_gradients
    >>> X = np.random.default_rng(0).standard_normal((100, 6, 2))
    >>> model = GRURegressor(8, random_state=0).fit(X, 3 * X[:, -1, 0])
    >>> slopes = input_gradients(model, X)
    >>> slopes.shape
    (100, 6, 2)
    >>> bool(slopes[:, -1, 0].mean() > 2)
    True
    """
    seen = look(estimator, X)
    steps, static = gradients(seen, seen.sequences)
    own = seen.fitted.scaler.of_samples(seen.reading)
    if own is not None:
        target_scale = own.target_scale[:, np.newaxis, :, np.newaxis]
        static *= target_scale / own.static_scale[:, :, np.newaxis, np.newaxis]
        scale = own.scale[:, :, np.newaxis, np.newaxis]
        steps *= (target_scale / scale)[:, np.newaxis]
    values = in_columns(seen.fitted.reader, steps, static)
    return in_shape_of_predictions(seen, values)
