"""Export a fitted estimator as an ONNX model, which many runtimes read without Python.

Here it is decided what is exported, and what cannot be is refused. The graph is made in
``interop/_onnx/_kinds.py`` and the files that it names.
"""

from numbers import Integral

from sklearn.base import is_classifier

from skgru._checks import shortened
from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._fitted import parts_of
from skgru.interop._onnx._graph import Graph
from skgru.interop._onnx._heads import labels_of
from skgru.interop._onnx._kinds import add_one_step, add_whole
from skgru.interop._onnx._model import FIRST_OPSET, Export, as_model
from skgru.interop._onnx._series import statistics_of_series
from skgru.interop._packages import needed

_KINDS = ("rows", "sequences", "step")
_KIND_OF_READER = {"series": "rows", "rows": "rows", "samples": "sequences"}


def to_onnx(model, kind=None, *, series=None, opset=17):
    """Turn a fitted estimator into an ONNX model that predicts the same.

    Everything that `predict` does is in the model: windows, standardising, anchor,
    leading missing steps, all layers, and the units of y. The number of rows, and of
    the steps of sequences, stays free.

    Parameters
    ----------
    model : GRURegressor, LSTMRegressor, RNNRegressor or a classifier of these
        A fitted estimator.
    kind : {"rows", "sequences", "step"}, default=None
        What the inputs are. None: "rows" if X was a table in `fit`, else "sequences".

        - ``"rows"``: X of shape (n_rows, n_columns). Of a model with `window` these are
          consecutive rows of one series, whose windows are made in the graph; of one
          without, each row is a sequence.
        - ``"sequences"``: X of shape (n_samples, n_timesteps, n_features).
        - ``"step"``: the next step of each of n_samples sequences, x of shape
          (n_samples, n_features), beside the states that the last call returned. The
          states before the first step are zeros. What is predicted is what `predict`
          says of the sequence of all steps so far, and not of the last `window`.
    series : object, default=None
        With `group_column` and statistics of each series: the name of the series that
        the model is to predict.
    opset : int, default=17
        Version of ONNX's operators, 14 or later.

    Returns
    -------
    onnx.ModelProto
        A regressor's output is ``y``, in the shape of `predict`; a classifier's are
        ``label`` and ``probabilities``, of shape (n_samples, n_classes). The inputs are
        in the dtype of the X of `fit`. ``metadata_props`` say what they are.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    ImportError
        If the package onnx is not installed.
    TypeError
        If `model` is no estimator of skgru.
    ValueError
        If the model cannot be expressed in this way: the message says what to do.

    See Also
    --------
    register_onnx_converters : Export whole pipelines with skl2onnx.

    Notes
    -----
    The columns of X are those of `fit` without `group_column`. Categories that are
    numbers go in as they are; others as the places of their values in the lists of the
    metadata ``skgru.categories``; NaN is missing. The recurrent layers compute in
    float32, whatever the dtype of X.

    Where `predict` would refuse X, for a gap or an infinite number, the graph predicts
    NaN; so it does, as `predict`, for a sequence without any observed step.

    A graph remembers no rows: with ``remember=True`` put the last rows of `fit` before
    those to predict, and leave their predictions out.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.interop import to_onnx
    >>> X = np.random.RandomState(0).randn(50, 2)
    >>> model = GRURegressor(8, window=6, max_iter=2, random_state=0).fit(X, X[:, 0])
    >>> exported = to_onnx(model)  # doctest: +SKIP
    >>> exported.SerializeToString()  # the file  # doctest: +SKIP
    """
    export = export_of(model, kind, series)
    onnx = needed("onnx", "to_onnx")
    newest = onnx.defs.onnx_opset_version()
    known = range(FIRST_OPSET, newest + 1)
    if not isinstance(opset, Integral) or int(opset) not in known:
        raise ValueError(
            f"opset={shortened(opset)} is not a whole number between {FIRST_OPSET} and "
            f"{newest}, the newest that the installed onnx knows. Pass one of these; "
            "17 is read by most runtimes."
        )
    graph = Graph()
    add = add_one_step if export.kind == "step" else add_whole
    inputs, outputs = add(graph, export)
    return as_model(onnx, graph, export, inputs, outputs, int(opset))


def export_of(model, kind=None, series=None):
    """What is exported; everything that cannot be is refused here.

    The parameters, and the errors, are those of `to_onnx`.

    Returns
    -------
    Export
    """
    if not isinstance(model, RecurrentEstimator):
        raise TypeError(
            "to_onnx exports a fitted regressor or classifier of skgru, and got "
            f"{type(model)}. Export a WindowTransformer, a pipeline or a search with "
            "skl2onnx.to_onnx, after skgru.interop.register_onnx_converters()."
        )
    fitted = parts_of(model)
    reader_kind = fitted.reader.kind
    kind = _KIND_OF_READER[reader_kind] if kind is None else kind
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(
            f"kind must be one of {_KINDS}. Got {shortened(kind)} instead."
        )
    if kind == "rows" and reader_kind == "samples":
        raise ValueError(
            "kind='rows' needs a model that was fitted on a table, and this one was "
            "fitted on a 3-D X. Pass kind='sequences', or fit with window=."
        )
    if kind == "sequences" and reader_kind == "rows":
        raise ValueError(
            "kind='sequences' is for models fitted on a 3-D X or with window=, and "
            "this one was fitted on a table with a sequence in each row. Pass "
            "kind='rows', whose X is such a table."
        )
    if kind == "step":
        _check_carries_on(fitted)
    own, name = statistics_of_series(fitted, series)
    if is_classifier(model):
        labels_of(fitted.targets)
    return Export(type(model).__name__, fitted, kind, own, name)


def _check_carries_on(fitted):
    """Refuse step by step what the steps before would have to be computed anew for."""
    cannot = None
    if fitted.model.architecture.bidirectional:
        cannot = "bidirectional=True reads the newest step first"
    elif len(fitted.scaler.features.relative):
        cannot = (
            "the anchor shows the network changes from the newest value, which move "
            "all steps before when a new one comes (see anchor_)"
        )

    if cannot is not None:
        raise ValueError(
            f"kind='step' carries states from step to step, but {cannot}. Pass "
            "kind='rows' or 'sequences', which read all steps, or fit with "
            "bidirectional=False and anchor=None."
        )
