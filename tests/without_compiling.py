"""Use every public estimator and all of their variants, and fail if one compiles.

Run by CI in an environment with a wheel that brings its kernels.
"""

import itertools

import numpy as np
from numba.core import event
from sklearn.base import clone

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
# Targets of classifiers by name: a softmax, a sigmoid, and several of these.
LABELS = {
    "classes": lambda y: np.digitize(y, [-0.5, 0.5]),
    "two classes": lambda y: y > 0,
    "labels": lambda y: np.column_stack([y > -0.5, y > 0.5]).astype(int),
}
ESTIMATORS = [
    (value, targets)
    for name in skgru.__all__
    if name.endswith(("Regressor", "Classifier"))
    for value in [getattr(skgru, name)]
    for targets in (["numbers"] if name.endswith("Regressor") else LABELS)
]


def main():
    """Fit, predict and look into each variant in both precisions."""
    recorder = event.RecordingListener()
    event.register("numba:compile", recorder)
    series = np.sin(np.arange(200) / 9)[:, np.newaxis]
    for (estimator, targets), dtype, variant in itertools.product(
        ESTIMATORS, ("float32", "float64"), VARIANTS
    ):
        assert variant.keys() <= PARAMETERS.keys()
        if not variant.keys() <= estimator().get_params().keys():
            continue
        parameters = {"window": 8, "max_iter": 2, "random_state": 0} | variant
        if parameters.get("loss") == "quantile":
            parameters.setdefault("quantile", 0.9)
        X = series.astype(dtype)
        y = LABELS.get(targets, np.abs)(series[:, 0])
        model = estimator(**parameters).fit(X, y)
        model.predict(X)
        skgru.Stream(model).step(X[0])
        if not parameters.get("bidirectional"):
            carried = clone(model)
            # Only regressors have an anchor, and with most anchors no state to carry.
            carried.set_params(
                **dict.fromkeys({"anchor"} & carried.get_params().keys())
            )
            skgru.Stream(carried.fit(X, y), "state").step(X[0])
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
