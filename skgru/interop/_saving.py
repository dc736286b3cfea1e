"""Save a fitted estimator to a file of safetensors, and load it, without running code.

The file holds the arrays of the parts of the estimator (``_estimators/_state.py``), and
in its metadata, as texts: the form and its version, the release of skgru that wrote it,
the name of the class, and as JSON the parameters and everything in the parts that is no
array (``_plain.py``). So it names no private module, and classes within skgru may move.
"""

import hashlib
import json
from typing import Any

from sklearn.utils.validation import check_is_fitted

from skgru._checks import shortened
from skgru._estimators._solvers import SGD, Adam
from skgru._estimators._state import as_plain
from skgru._estimators._token_sequencer import TokenSequencer
from skgru._estimators._window_transformer import WindowTransformer
from skgru.interop._files._safetensors import (
    check_file,
    read_safetensors,
    safetensors_of,
)
from skgru.interop._files._sources import (
    FileError,
    as_path,
    bytes_of,
    from_json,
    refusing_damage,
)
from skgru.interop._files._writing import write_at_once
from skgru.interop._plain import NotPlain, PlainReader, PlainWriter
from skgru.interop._recurrent import RECURRENT

# A file of a higher version is refused. Change the version where an older skgru could
# not read new files, and add one of each version to the tests.
_VERSION = 1
_FORMAT = "skgru"
_ESTIMATORS: dict[str, Any] = {
    kind.__name__: kind for kind in (*RECURRENT, TokenSequencer, WindowTransformer)
}
_SOLVERS: dict[str, Any] = {"Adam": Adam, "SGD": SGD}
# What scikit-learn notes on an estimator: of set_output, and of requests of metadata.
_OUTPUT, _REQUESTS = "_sklearn_output_config", "_metadata_request"
# Attributes that hold what users pass to a method, which may hold code.
_SET_BY = {"_skl_callbacks": "callbacks (set_callbacks)"}
_CHECKSUM = "sha256"


def save_model(model, path):
    """Save a fitted estimator to a file that can be loaded without running code.

    The file is of the format safetensors, so any library for it can read the arrays. It
    holds everything that was fitted, and what `partial_fit` and ``warm_start`` go on
    from: moments of the solver, curves, and the state of the random numbers. It is
    written under another name in the same folder first, and then takes the place of an
    older file at once, so that at no time there is half a file.

    Parameters
    ----------
    model : estimator of skgru
        Fitted: a regressor or classifier, `WindowTransformer` or `TokenSequencer`.
    path : str or path
        The file, by custom with the ending ``.safetensors``. An older file keeps its
        permissions, and a link goes on naming the same file.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    ValueError
        If something of it cannot be stored, such as a callback: the message names it.
        If a parameter has been set to what it cannot be, or `path` is a device.
    OSError
        If the file cannot be written.

    See Also
    --------
    load_model : The way back.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.interop import load_model, save_model
    >>> X = np.random.default_rng(0).standard_normal((20, 7, 3))
    >>> model = GRURegressor(4, max_iter=1, early_stopping=False).fit(X, X[:, -1, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     save_model(model, path)
    ...     loaded = load_model(path)
    >>> bool((loaded.predict(X) == model.predict(X)).all())
    True
    """
    path = as_path(path)
    write_at_once(path, _bytes_of_model(model))


def load_model(path):
    """Load an estimator that `save_model` has saved.

    Nothing in the file is run, and all of it is checked before it is used: a file that
    is damaged, or was made to do harm, is refused. A checksum tells a file that is not
    as it was saved; it does not tell who has saved it.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    estimator of skgru
        Fitted, with all parameters; it predicts and trains on as the saved one.

    Raises
    ------
    ValueError
        If the file is no model of skgru, is damaged, or was written by a later release
        in a form that this one does not know.
    OSError
        If the file cannot be read.

    See Also
    --------
    save_model : The way there.
    """
    return model_of_bytes(*bytes_of(path, check_file))


def _bytes_of_model(model):
    """The bytes of the file of a model."""
    name = type(model).__name__
    if _ESTIMATORS.get(name) is not type(model):
        raise ValueError(
            f"model is a {type(model).__module__}.{type(model).__qualname__}, but a "
            f"fitted estimator of skgru is wanted: {', '.join(_ESTIMATORS)}. Of a "
            "Pipeline save the steps of skgru one by one, and of a search its "
            "best_estimator_; whole pipelines are saved by skops.io."
        )
    check_is_fitted(model)
    params = model.get_params(deep=False)
    model._validate_params()
    of_model = vars(model)
    others = set(of_model) - set(params) - {"_fitted", _OUTPUT, _REQUESTS}
    if others:
        first = min(others)
        told = _SET_BY.get(first, f"the attribute {shortened(first)}")
        raise ValueError(
            f"The model has {told} beside its parameters and what was fitted, which "
            f"would be lost. Delete it first, by `del model.{first[:60]}`, and set it "
            "again after load_model."
        )
    writer = PlainWriter(_SOLVERS)
    parts = {"params": params, "fitted": as_plain(of_model["_fitted"])}
    if _OUTPUT in of_model:
        parts["output"] = of_model[_OUTPUT]
    if _REQUESTS in of_model:
        parts["requests"] = _requests_of(model)
    metadata = {
        "format": _FORMAT,
        "format_version": str(_VERSION),
        "skgru_version": _release(),
        "class": name,
    }
    for part, values in parts.items():
        written = {}
        for key, value in values.items():
            try:
                written[key] = writer.write(value, f"{part}.{key}")
            except (NotPlain, RecursionError) as error:
                raise ValueError(
                    f"{key} of the model holds {error}, which cannot be stored in a "
                    "file without code. Use numbers, texts, dates, or lists, dicts "
                    "and arrays of these."
                ) from None
        metadata[part] = json.dumps(written, allow_nan=False, separators=(",", ":"))
    return sealed(writer.arrays, metadata)


def sealed(arrays, metadata):
    """The bytes of a file of these arrays and texts, with a checksum of all of them."""
    return safetensors_of(arrays, metadata | {_CHECKSUM: _checksum(arrays, metadata)})


def _checksum(arrays, metadata):
    """SHA-256 of all arrays and texts, but for the checksum itself."""
    digest = hashlib.sha256()
    for name in sorted(set(metadata) - {_CHECKSUM}):
        digest.update(f"{name}\0{metadata[name]}\0".encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name}\0{array.dtype.name}{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _check_unchanged(arrays, metadata, name):
    """Refuse a file whose checksum is not that of its contents."""
    if metadata.get(_CHECKSUM) != _checksum(arrays, metadata):
        raise FileError(
            f"{name} is not as save_model has written it: its contents have another "
            "checksum. Copy or save it again."
        )


def model_of_bytes(data, name):
    """The estimator in the bytes of a file; `name` is what messages call the file."""
    arrays, metadata = read_safetensors(data, name)
    if metadata.get("format") != _FORMAT:
        raise FileError(
            f"{name} was not written by save_model. For weights of PyTorch there is "
            "from_torch, for those of Keras from_keras."
        )
    with refusing_damage(name, "a model of skgru"):
        version = int(metadata["format_version"])
        if version > _VERSION:
            raise FileError(
                f"{name} is of version {version} of its format, written by skgru "
                f"{metadata['skgru_version'][:20]}; this is skgru {_release()}, which "
                f"reads versions up to {_VERSION}. Install a newer skgru."
            )
        _check_unchanged(arrays, metadata, name)
        kind = _ESTIMATORS.get(metadata["class"])
        if kind is None or version < 1:
            raise FileError(
                f"{name} says that it holds {shortened(metadata['class'])} in version "
                f"{version} of the format, which there is not. Save it again."
            )
        reader = PlainReader(arrays, _SOLVERS)
        params, fitted, output, requests = (
            {
                key: reader.read(value)
                for key, value in from_json(metadata.get(part, "{}")).items()
            }
            for part in ("params", "fitted", "output", "requests")
        )
        model = kind(**params)
        model._validate_params()
        model.__setstate__(vars(model) | {"_fitted": fitted})
        if output:
            model.set_output(**output)
        if requests:
            _request(model, requests)
    return model


def _requests_of(model):
    """For each method the metadata that `set_..._request` has asked for."""
    request = vars(model.get_metadata_routing())
    return {
        method: dict(of_method.requests)
        for method, of_method in request.items()
        if hasattr(of_method, "requests")
    }


def _request(model, requests):
    """Ask for metadata as a model did that was saved."""
    request = model.get_metadata_routing()
    for method, of_method in requests.items():
        for param, alias in of_method.items():
            getattr(request, method).add_request(param=param, alias=alias)
    setattr(model, _REQUESTS, request)


def _release():
    """The release of skgru."""
    from importlib.metadata import version

    return version("skgru")
