"""Series with published results: better than the bars that go with them."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRURegressor

pytestmark = pytest.mark.slow


def two_sines():
    """Géron, Hands-On Machine Learning, 2nd edition, chapter 15."""
    rng = np.random.RandomState(42)
    f1, f2, o1, o2 = rng.rand(4, 10000, 1)
    t = np.linspace(0, 1, 51)
    series = 0.5 * np.sin((t - o1) * (f1 * 10 + 10))
    series += 0.2 * np.sin((t - o2) * (f2 * 20 + 20))
    series += 0.1 * (rng.rand(10000, 51) - 0.5)
    return series.astype(np.float32)


def test_two_sines():
    series = two_sines()
    X, y = series[:, :50, np.newaxis], series[:, 50]
    # The last value's error, printed in the book: the split is the right one.
    naive = np.mean((X[7000:9000, -1, 0] - y[7000:9000]) ** 2)
    assert naive == pytest.approx(0.020211, abs=1e-6)
    errors = [
        GRURegressor(
            32,
            learning_rate_init=1e-3,
            batch_size=32,
            max_iter=20,
            n_iter_no_change=None,
            random_state=seed,
        )
        .fit(X[:7000], y[:7000], X_val=X[7000:9000], y_val=y[7000:9000])
        .validation_loss_curve_[-1]
        for seed in range(3)
    ]
    assert np.median(errors) <= 0.0028


def test_ridership(shared):
    frame = pd.read_csv(
        shared / "data" / "chicago_ridership_daily.csv", parse_dates=["service_date"]
    )
    frame = frame.drop_duplicates("service_date").sort_values("service_date")
    rail = frame.set_index("service_date")["rail_boardings"] / 1e6
    train, later = rail["2016-01":"2018-12"], rail["2019-01":"2019-05"]

    def windows(part):
        view = np.lib.stride_tricks.sliding_window_view(part.to_numpy(), 57)
        return view[:, :-1, np.newaxis], view[:, -1]

    (X, y), (X_later, y_later) = windows(train), windows(later)
    assert (len(X), len(X_later)) == (1040, 95)
    last_week = np.abs(X_later[:, -7, 0] - y_later).mean() * 1e6
    assert last_week == pytest.approx(41_274, abs=1)
    design = np.column_stack([X[:, :, 0], np.ones(len(X))])
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    linear = X_later[:, :, 0] @ coefficients[:-1] + coefficients[-1]
    linear_error = np.abs(linear - y_later).mean() * 1e6
    assert linear_error == pytest.approx(38_119, abs=1)
    errors = [
        np.abs(
            GRURegressor(
                32,
                learning_rate_init=1e-3,
                batch_size=32,
                max_iter=100,
                n_iter_no_change=None,
                random_state=seed,
            )
            .fit(X, y)
            .predict(X_later)
            - y_later
        ).mean()
        * 1e6
        for seed in range(5)
    ]
    assert np.median(errors) < linear_error
