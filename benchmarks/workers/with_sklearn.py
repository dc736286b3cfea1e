"""scikit-learn's worker: a network without memory, and a linear model."""

from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from workloads import GRID, TRAINING, grid_data, sequences

from workers.protocol import repeated, seconds_of, serve


def prepare_prediction(workload, threads, seconds, n_rows, **request):
    """`predict` of the first rows of flattened sequences."""
    X, y = sequences(TRAINING[workload], 8)
    X = X.reshape(len(X), -1)
    model = LinearRegression().fit(X, y)
    X = X[:n_rows]
    return repeated(lambda: model.predict(X), seconds)


def prepare_grid(threads, n_epochs):
    """The whole grid search, on windows as rows of a table."""
    X, y = grid_data(GRID)
    network = MLPRegressor(
        hidden_layer_sizes=(GRID.n_hidden,),
        batch_size=GRID.batch_size,
        max_iter=n_epochs,
        n_iter_no_change=n_epochs + 1,  # it trains every epoch
        random_state=0,
    )
    search = GridSearchCV(
        network,
        {"learning_rate_init": list(GRID.learning_rates)},
        cv=GRID.n_folds,
        refit=False,
    )
    return lambda: {"seconds": seconds_of(search.fit, X.reshape(len(X), -1), y)}


if __name__ == "__main__":
    serve({"prediction": prepare_prediction, "grid": prepare_grid})
