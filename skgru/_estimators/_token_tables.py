"""From the codes of tokens to tables with categorical columns, and back."""

from itertools import islice

import numpy as np
import pandas as pd

from skgru._checks import shortened
from skgru._reading._token_reader import MISSING


def names_of_steps(max_len):
    """Name the steps, oldest first.

    The names have no underscore before the number: ``token_1`` may be read as a lag.
    """
    return np.array([f"token{step}" for step in range(max_len)], dtype=object)


def pandas_table(rows, categories, index):
    """Make a DataFrame of pandas whose columns all have the same categories.

    Parameters
    ----------
    rows : ndarray of int of shape (n_strings, max_len)
        Codes of the categories, or `MISSING`.
    categories : ndarray of str
    index : pandas.Index or None

    Returns
    -------
    pandas.DataFrame
    """
    # Of dtype object, because pandas' own type of strings may refuse lone surrogates.
    dtype = pd.CategoricalDtype(pd.Index(categories, dtype=object))
    columns = {
        name: pd.Categorical.from_codes(codes, dtype=dtype)
        for name, codes in zip(names_of_steps(rows.shape[1]), rows.T, strict=True)
    }
    return pd.DataFrame(columns, index=index, copy=False)


def polars_table(rows, categories):
    """Make a DataFrame of polars whose columns are all of the same Enum.

    Parameters
    ----------
    rows : ndarray of int of shape (n_strings, max_len)
        Codes of the categories, or `MISSING`.
    categories : ndarray of str

    Returns
    -------
    polars.DataFrame
    """
    # polars is not needed elsewhere: whoever asks for its tables has it.
    import polars as pl

    # How to make an Enum from codes differs between releases of polars, but values can
    # be picked by their positions in all of them. The last one stands for missing.
    values = pl.Series([*categories, None], dtype=pl.Enum(categories.tolist()))
    positions = np.where(rows == MISSING, len(categories), rows.astype(np.int64))
    return pl.DataFrame(
        [
            values.gather(column).alias(name)
            for name, column in zip(
                names_of_steps(rows.shape[1]), positions.T, strict=True
            )
        ]
    )


def texts_of_table(X, reader, separator, transformer):
    """Join the tokens in each row of a table.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_strings, max_len)
    reader : TokenReader
    separator : str
    transformer : str
        Name of the class, for messages.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If X has another number of columns, or holds what is not a category.
    """
    table = np.asarray(X, dtype=object)
    if table.ndim != 2 or table.shape[1] != reader.max_len:
        raise ValueError(
            f"X has the shape {table.shape}, but {transformer} was fitted to sequences "
            f"of {reader.max_len} steps. Pass a table such as transform returns, with "
            f"{reader.max_len} columns of tokens."
        )
    is_token = ~pd.isna(table)
    tokens = table[is_token].tolist()
    categories = set(reader.categories)
    wrong = next((token for token in tokens if not _is_in(token, categories)), None)
    if wrong is not None:
        raise ValueError(
            f"X holds {shortened(wrong)} ({type(wrong).__name__}), which is neither a "
            f"token that {transformer} knows nor missing. Pass a table such as "
            "transform returns, with tokens and not their codes."
        )
    # An iterator, from which each row takes as many tokens as it has.
    following = iter(tokens)
    return [
        separator.join(islice(following, n_tokens))
        for n_tokens in is_token.sum(axis=1).tolist()
    ]


def _is_in(token, categories):
    return isinstance(token, str) and token in categories
