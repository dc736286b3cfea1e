"""GRURegressor behind the lags of feature-engine, which are read by their names."""

import numpy as np
import pandas as pd
import pytest
from by_hand import cube, gru, pasts
from sklearn.pipeline import make_pipeline

pytest.importorskip("feature_engine", reason="feature-engine is not installed")

from feature_engine.pipeline import make_pipeline as make_pipeline_of_rows
from feature_engine.timeseries.forecasting import LagFeatures

PERIODS = [1, 2, 3]


@pytest.fixture
def table(y, exog):
    """What is known each day; the target is the series of the next day."""
    return pd.DataFrame({"y": y, "temp": exog["temp"][: len(y)]})


def test_first_rows_are_shorter_sequences(table):
    """Lags that are not there are missing first steps, and are skipped."""
    X, target = table.iloc[:-1], table["y"].to_numpy()[1:]
    pipeline = make_pipeline(LagFeatures(periods=PERIODS), gru()).fit(X, target)
    padded = np.vstack([np.full((3, 2), np.nan), X[["temp", "y"]]])
    sequences = cube(padded.T, range(4, len(padded) + 1), 4)
    model = gru().fit(sequences, target)
    expected = model.predict(sequences)
    np.testing.assert_allclose(pipeline.predict(X), expected, rtol=1e-7)
    np.testing.assert_allclose(
        expected[0], model.predict(sequences[:1, -1:])[0], rtol=1e-7
    )


def test_original_columns_dropped(table):
    X, target = table[["y"]], table["y"].to_numpy()
    lags = LagFeatures(periods=PERIODS, drop_original=True)
    # Without the value of the day, the first row has no past at all.
    with pytest.raises(ValueError, match="every step of row 0"):
        make_pipeline(lags, gru()).fit(X, target)
    pipeline = make_pipeline_of_rows(lags.set_params(drop_na=True), gru())
    pipeline.fit(X, pd.Series(target, index=X.index))
    rows = pasts(target, range(3, len(target)), 3)
    model = gru().fit(rows, target[3:])
    np.testing.assert_allclose(pipeline.predict(X), model.predict(rows), rtol=1e-7)


def test_a_forecast_needs_the_rows_before(table):
    X, target = table[["y"]].iloc[:-1], table["y"].to_numpy()[1:]
    pipeline = make_pipeline(LagFeatures(periods=PERIODS), gru()).fit(X, target)
    last = pipeline.predict(table[["y"]].iloc[-4:])[-1]
    padded = np.r_[np.full(3, np.nan), table["y"]]
    sequences = cube([padded], range(4, len(padded) + 1), 4)
    model = gru().fit(sequences[:-1], target)
    np.testing.assert_allclose(last, model.predict(sequences[-1:])[0], rtol=1e-7)
