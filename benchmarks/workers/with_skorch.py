"""skorch's worker: PyTorch's network as a scikit-learn estimator, in a grid search."""

import torch
from sklearn.model_selection import GridSearchCV
from skorch import NeuralNetRegressor
from workloads import GRID, grid_data

from workers.protocol import seconds_of, serve
from workers.with_torch import TorchNetwork


def prepare_grid(threads, n_epochs):
    """The whole grid search, without printing and without rows held out."""
    torch.set_num_threads(threads)
    X, y = grid_data(GRID)
    network = NeuralNetRegressor(
        TorchNetwork,
        module__n_features=X.shape[2],
        module__sizes=(GRID.n_hidden,),
        optimizer=torch.optim.Adam,
        batch_size=GRID.batch_size,
        max_epochs=n_epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    search = GridSearchCV(
        network, {"lr": list(GRID.learning_rates)}, cv=GRID.n_folds, refit=False
    )
    return lambda: {"seconds": seconds_of(search.fit, X, y[:, None])}


if __name__ == "__main__":
    serve({"grid": prepare_grid})
