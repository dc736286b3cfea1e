"""skgru's worker: training steps, prediction, the grid search, and weights for others.

The defaults that other libraries do not have (scaling, clipping, stopping) are off.
"""

import numpy as np
from sklearn.model_selection import GridSearchCV
from workloads import AGREEMENT, GRID, TRAINING, grid_data, plan, sequences

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru._network._layers import predict_sequences
from skgru._network._workspace import make_workspace
from skgru._reading._build import read_samples
from workers.networks import network_of, save
from workers.protocol import repeated, seconds_of, serve

ESTIMATORS = {"gru": GRURegressor, "lstm": LSTMRegressor, "rnn": RNNRegressor}


def make_model(sizes, batch_size, cell="gru", **parameters):
    """An estimator that does what the peers do."""
    return ESTIMATORS[cell](
        sizes,
        batch_size=batch_size,
        clip_norm=None,
        standardize=False,
        learning_rate="constant",
        n_iter_no_change=None,
        early_stopping=False,
        anchor=None,
        random_state=0,
        **parameters,
    )


def model_of(workload, **parameters):
    """The estimator of a workload."""
    return make_model(workload.sizes, workload.batch_size, workload.cell, **parameters)


def prepare_agreement(workload, threads, path):
    """Leave weights, and the predictions after ten steps from there, for the others."""
    workload = AGREEMENT[workload]
    X, y = sequences(workload)
    model = model_of(workload, shuffle=False, max_iter=2, n_jobs=threads)
    # A step so short that no weight moves: the weights that training starts from.
    start = network_of(model.set_params(learning_rate_init=1e-30).fit(X, y))
    trained = model.set_params(learning_rate_init=0.01).fit(X, y).predict(X)
    save(path, start, X=X, y=y, predictions=trained)
    return lambda: {"difference": 0.0}


def prepare_training(workload, threads, seconds, fewest_batches, dtype="float32"):
    """A training step: what more epochs cost, without what a fit costs once."""
    workload = TRAINING[workload]

    def fit(X, y, n_epochs):
        model_of(workload, max_iter=n_epochs, n_jobs=threads).fit(X, y)

    def step_seconds(X, y, n_epochs):
        one, more = (seconds_of(fit, X, y, 1 + n) for n in (0, n_epochs))
        return (more - one) / n_epochs / (len(X) // workload.batch_size)

    X, y = sequences(workload, min(workload.n_batches, 4), dtype)
    fit(X, y, 1)
    n_epochs = 1
    # Nothing can be planned with a difference of short times: more epochs until it is
    # long enough.
    while (trial := step_seconds(X, y, n_epochs)) * n_epochs * len(X) < (
        0.1 * workload.batch_size
    ):
        n_epochs *= 4
    n_batches, n_epochs = plan(workload, trial, seconds, fewest_batches)
    X, y = sequences(workload, n_batches, dtype)
    return lambda: {"seconds": step_seconds(X, y, n_epochs)}


def fitted(workload, threads, path, X):
    """A fitted estimator; its weights and predictions of X are left for the others."""
    # Trained on one thread whatever the threads of prediction: the same weights.
    model = model_of(workload, max_iter=1, n_jobs=1)
    model.fit(*sequences(workload, 4)).set_params(n_jobs=threads)
    save(path, network_of(model), X=X, predictions=model.predict(X))
    return model


def prepare_prediction(workload, threads, seconds, path, n_rows):
    """`predict` of the first rows, in one call."""
    workload = TRAINING[workload]
    X = sequences(workload)[0][:n_rows]
    model = fitted(workload, threads, path, X)
    return repeated(lambda: model.predict(X), seconds)


def prepare_prediction_of_table(workload, threads, seconds, path, n_rows):
    """`predict` of the first rows of flattened sequences."""
    workload = TRAINING[workload]
    X, y = sequences(workload, 4)
    table = X.reshape(len(X), -1)
    model = model_of(workload, max_iter=1)
    model.set_params(n_timesteps=X.shape[1]).fit(table, y)
    return repeated(lambda: model.predict(table[:n_rows]), seconds)


def prepare_kernel_of_one_row(workload, threads, seconds, path):
    """The kernel alone for one row: what `predict` calls once X has been checked."""
    workload = TRAINING[workload]
    X = sequences(workload)[0][:1]
    model = fitted(workload, threads, path, X)
    return repeated(kernel_of_one_row(model, X), seconds)


def kernel_of_one_row(model, row):
    """A function without arguments that calls the compiled prediction of one row."""
    fitted = model._fitted
    network = fitted.model.network(fitted.scaler.features)
    sequences = read_samples(row)
    out = np.empty((1, 1), dtype=row.dtype)
    space = make_workspace(
        network.cell, network.layout, row.shape[1], 1, row.dtype, training=False
    )
    return lambda: predict_sequences(
        network, fitted.model.parameters, space, sequences, np.arange(1), out
    )


def prepare_grid(threads, n_epochs):
    """The whole grid search, with the folds and candidates one after another."""
    X, y = grid_data(GRID)
    search = GridSearchCV(
        make_model(GRID.n_hidden, GRID.batch_size, max_iter=n_epochs, n_jobs=threads),
        {"learning_rate_init": list(GRID.learning_rates)},
        cv=GRID.n_folds,
        refit=False,
    )
    make_model(GRID.n_hidden, GRID.batch_size, max_iter=1).fit(X, y).predict(X)
    return lambda: {"seconds": seconds_of(search.fit, X, y)}


if __name__ == "__main__":
    serve(
        {
            "agreement": prepare_agreement,
            "training": prepare_training,
            "prediction": prepare_prediction,
            "prediction of a table": prepare_prediction_of_table,
            "kernel of one row": prepare_kernel_of_one_row,
            "grid": prepare_grid,
        }
    )
