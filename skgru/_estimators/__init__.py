"""The estimators: scikit-learn's interface to reading, scaling and training."""
