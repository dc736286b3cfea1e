"""Data of the clients' tests.

Warnings are errors here too, also those that GRURegressor raises inside a client. What
a client is known to raise itself is ignored by its message, in the client's module.
"""

import by_hand
import pytest


@pytest.fixture
def data():
    """A series, and a table of two variables that reaches beyond it."""
    return by_hand.make_data()


@pytest.fixture
def y(data):
    return data[0]


@pytest.fixture
def exog(data):
    return data[1]
