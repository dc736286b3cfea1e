"""From X to sequences: columns, lags, series, windows."""
