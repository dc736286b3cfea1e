"""Use every public estimator and all of their variants, and fail if one compiles.

Run by CI in an environment with a wheel that brings its kernels.
"""

import itertools

import numpy as np
from numba.core import event

import skgru
from skgru import inspection
from skgru._estimators._described_parameters import PARAMETERS
from skgru._training._losses import LOSSES

VARIANTS = (
    *({"loss": loss} for loss in LOSSES),
    {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
    *({"solver": solver} for solver in ("adam", "sgd", "lbfgs")),
    {"dropout": 0.2, "recurrent_dropout": 0.1},
    {"reset_after": False},
    {"bidirectional": True},
    {"reset_after": False, "bidirectional": True, "hidden_layer_sizes": (4, 3)},
    {"anchor": 0, "window": 12, "remember": True},
)
REGRESSORS = [
    value
    for name in skgru.__all__
    if name.endswith("Regressor")
    for value in [getattr(skgru, name)]
]


def main():
    """Fit, predict and look into each variant in both precisions."""
    recorder = event.RecordingListener()
    event.register("numba:compile", recorder)
    series = np.sin(np.arange(200) / 9)[:, np.newaxis]
    for estimator, dtype, variant in itertools.product(
        REGRESSORS, ("float32", "float64"), VARIANTS
    ):
        assert variant.keys() <= PARAMETERS.keys()
        if not variant.keys() <= estimator().get_params().keys():
            continue
        parameters = {"window": 8, "max_iter": 2, "random_state": 0} | variant
        if parameters.get("loss") == "quantile":
            parameters.setdefault("quantile", 0.9)
        X = series.astype(dtype)
        model = estimator(**parameters).fit(X, np.abs(series[:, 0]))
        model.predict(X)
        inspection.hidden_states(model, X)
        if parameters.get("loss") != "quantile":
            inspection.input_gradients(model, X)
    assert not recorder.buffer, [each.data for _, each in recorder.buffer]
    info = skgru.kernel_info()
    assert info["shipped"], info["reason"]
    assert set(info["kernels"].values()) == {f"shipped for {info['shipped']}"}
    print(f"{len(info['kernels'])} kernels {info['reason']}; nothing was compiled")


if __name__ == "__main__":
    main()
