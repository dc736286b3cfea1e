"""TokenSequencer: turn strings into sequences of tokens, as categories."""

from numbers import Integral

from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._attributes import published
from skgru._estimators._doc_links import DocLinkMixin
from skgru._estimators._state import KeepsParts
from skgru._estimators._token_tables import (
    names_of_steps,
    pandas_table,
    polars_table,
    texts_of_table,
)
from skgru._reading._strings import read_strings
from skgru._reading._token_reader import TokenReader, choose_vocabulary
from skgru._reading._tokens import Tokenizer


class TokenSequencer(KeepsParts, DocLinkMixin, TransformerMixin, BaseEstimator):
    r"""Turn strings into sequences of tokens, such as characters or words.

    Each string becomes a row of a table with one column for each step, oldest first.
    All columns are categorical with the same categories, the tokens. Strings that are
    shorter than the longest one are padded in front: their first steps are missing.
    That is how a recurrent network reads sequences of different lengths.

    Read more in the :ref:`User Guide <text>`.

    Parameters
    ----------
    token_pattern : str, default=None
        Regular expression of a token: its matches are the tokens of a string, or its
        group, if it has one. ``r"\w+"`` makes words. None: each character is a token.
    lowercase : bool, default=True
        Whether strings are converted to lower case first.
    strip_accents : {"ascii", "unicode"}, default=None
        Whether accents are removed from characters, as in scikit-learn's
        `CountVectorizer`: ``"unicode"`` for characters of any language; ``"ascii"``
        also drops all characters that are not in ASCII then.
    max_features : int, default=None
        How many tokens get a category of their own: the ones that are most frequent in
        the strings of `fit`. Of tokens that are equally frequent, the first ones in
        sorted order are kept. None: all.
    min_df : int or float, default=1
        In how many strings a token has to occur to get a category of its own; a float
        is a fraction of all strings.
    max_len : int, default=None
        Number of steps. Longer strings are cut. None: the number of tokens of the
        longest string of `fit`; `transform` then warns if it cuts longer strings.
    keep : {"first", "last"}, default="first"
        Which tokens of strings longer than `max_len` are kept.
    unknown_token : str, default="<unknown>"
        The category of all tokens that are too rare for one of their own, or were not
        seen in `fit`. A string without any token becomes one unknown token. If the
        strings hold this text as a token, that is read as unknown too.

    Attributes
    ----------
    vocabulary_ : dict
        The code of each token that has a category of its own. The tokens are sorted.
    categories_ : ndarray of shape (n_categories,)
        The categories of all columns: the tokens in the order of their codes, then
        `unknown_token`.
    max_len_ : int
        Number of steps.
    n_truncated_ : int
        How many strings of `fit` had more than `max_len_` tokens and were cut.

    See Also
    --------
    sklearn.feature_extraction.text.CountVectorizer : Counts tokens, whatever their
        order.

    Notes
    -----
    A network learns what an unknown token means only if there are some in `fit`: with
    `min_df` or `max_features`, rare tokens are unknown ones.

    The columns are not named by lags. `GRURegressor` reads names such as ``token_1`` as
    lags, newest first, if the values allow it; ``token1`` has no such meaning.

    Examples
    --------
    >>> from skgru import TokenSequencer
    >>> names = ["Anna", "Bo", "Noa"]
    >>> sequencer = TokenSequencer().fit(names)
    >>> sequencer.transform(names)
      token0 token1 token2 token3
    0      a      n      n      a
    1    NaN    NaN      b      o
    2    NaN      n      o      a
    >>> sequencer.vocabulary_
    {'a': 0, 'b': 1, 'n': 2, 'o': 3}
    >>> sequencer.inverse_transform(sequencer.transform(["Nina"]))
    ['n<unknown>na']
    """

    _parameter_constraints = {
        "token_pattern": [str, None],
        "lowercase": ["boolean"],
        "strip_accents": [StrOptions({"ascii", "unicode"}), None],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "min_df": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="both"),
        ],
        "max_len": [Interval(Integral, 1, None, closed="left"), None],
        "keep": [StrOptions({"first", "last"})],
        "unknown_token": [str],
    }

    _fitted_class = TokenReader
    _fitted: TokenReader

    vocabulary_ = published(
        TokenReader.code_of_token, "The code of each token of the vocabulary."
    )
    categories_ = published(
        lambda reader: reader.categories, "The categories of all columns."
    )
    max_len_ = published(lambda reader: reader.max_len, "Number of steps.")
    n_truncated_ = published(
        lambda reader: reader.n_truncated, "How many strings of `fit` were cut."
    )

    def __init__(
        self,
        *,
        token_pattern=None,
        lowercase=True,
        strip_accents=None,
        max_features=None,
        min_df=1,
        max_len=None,
        keep="first",
        unknown_token="<unknown>",
    ):
        self.token_pattern = token_pattern
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.max_features = max_features
        self.min_df = min_df
        self.max_len = max_len
        self.keep = keep
        self.unknown_token = unknown_token

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the tokens, and the number of steps.

        Parameters
        ----------
        X : iterable of str, or table of one column
            The strings: a list, an array, a Series of pandas or polars.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._learn(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Learn the tokens, and turn the strings into sequences of them.

        Parameters
        ----------
        X : iterable of str, or table of one column
            The strings.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_strings, max_len)
            As from `transform`.
        """
        return self._table(*self._learn(X))

    def transform(self, X):
        """Turn strings into sequences of tokens.

        Parameters
        ----------
        X : iterable of str, or table of one column
            The strings.

        Returns
        -------
        DataFrame of shape (n_strings, max_len)
            One categorical column for each step, oldest first, with NaN before the
            first token of a string. The index of a pandas Series is kept. It is a
            DataFrame of pandas, also without `set_output`; with
            ``set_output(transform="polars")`` one of polars, whose type is Enum.

        Warns
        -----
        UserWarning
            If without `max_len` strings are longer than the longest one of `fit`.
        """
        check_is_fitted(self)
        reader = self._fitted  # read once: another thread may replace it by a fit
        strings = read_strings(X, type(self).__name__)
        tokens = reader.tokenizer.cut_all(strings.values)
        if self.max_len is None:
            reader.warn_of_cuts(tokens)
        return self._table(reader, strings, tokens)

    def inverse_transform(self, X):
        """Join the tokens of sequences.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_strings, max_len)
            Tokens, as from `transform`.

        Returns
        -------
        list of str
            The tokens of each row, joined by spaces, or by nothing if they are
            characters. Unknown tokens are `unknown_token`; what lies between tokens,
            and upper case, is lost.
        """
        check_is_fitted(self)
        reader = self._fitted
        separator = "" if reader.tokenizer.token_pattern is None else " "
        return texts_of_table(X, reader, separator, type(self).__name__)

    def get_feature_names_out(self, input_features=None):
        """Name the steps, ``token0`` for the oldest one.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (max_len,)
        """
        check_is_fitted(self)
        return names_of_steps(self._fitted.max_len)

    def _learn(self, X):
        """Fit, and return what was learned, the strings, and their tokens."""
        strings = read_strings(X, type(self).__name__)
        pattern = None if self.token_pattern is None else str(self.token_pattern)
        tokenizer = Tokenizer(pattern, bool(self.lowercase), self.strip_accents)
        tokens = tokenizer.cut_all(strings.values)
        if not tokens.distinct:
            raise ValueError(tokenizer.why_none(strings.values))
        vocabulary = choose_vocabulary(
            tokens,
            unknown_token=str(self.unknown_token),
            min_df=self.min_df,
            max_features=self.max_features,
        )
        max_len = self.max_len
        max_len = int(tokens.lengths.max() if max_len is None else max_len)
        n_truncated = int((tokens.lengths > max_len).sum())
        reader = TokenReader(
            tokenizer,
            vocabulary,
            str(self.unknown_token),
            max_len,
            self.keep,
            n_truncated,
        )
        self._fitted = reader
        return reader, strings, tokens

    def _table(self, reader, strings, tokens):
        """Make the table that was asked for by `set_output`."""
        rows = reader.sequences(tokens)
        if _get_output_config("transform", self)["dense"] == "polars":
            return polars_table(rows, reader.categories)
        return pandas_table(rows, reader.categories, strings.labels)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
