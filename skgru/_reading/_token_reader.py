"""From the tokens of strings to sequences of codes, by a vocabulary."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from skgru._reading._tokens import WITHOUT_ACCENTS, Tokenizer
from skgru._warnings import warn_user

# The code of a step at which there is no token, as pandas has it for categories.
MISSING = -1


@dataclass(frozen=True)
class TokenReader:
    """What a fit of `TokenSequencer` has learned, and how later strings are read.

    Attributes
    ----------
    tokenizer : Tokenizer
    vocabulary : tuple of str
        The tokens that have codes of their own, sorted: code 0, 1, …
    unknown_token : str
        What stands for all other tokens. Its code is the last one.
    max_len : int
        Number of steps of a sequence.
    keep : {"first", "last"}
        Which tokens of longer strings are kept.
    n_truncated : int
        How many strings of the fit were longer.
    """

    tokenizer: Tokenizer
    vocabulary: tuple[str, ...]
    unknown_token: str
    max_len: int
    keep: str
    n_truncated: int

    @property
    def categories(self):
        """The vocabulary and the unknown token, in the order of their codes."""
        return np.array([*self.vocabulary, self.unknown_token], dtype=object)

    def code_of_token(self):
        """Dict from each token of the vocabulary to its code."""
        return {token: code for code, token in enumerate(self.vocabulary)}

    def sequences(self, tokens):
        """Write the tokens of each string into a row, padded in front.

        Parameters
        ----------
        tokens : Tokens

        Returns
        -------
        ndarray of int of shape (n_strings, max_len)
            Codes of the categories, and `MISSING` in front of the first token.
        """
        code_of, unknown = self.code_of_token(), len(self.vocabulary)
        dtype = np.min_scalar_type(-(unknown + 1))
        recoded = np.array(
            [code_of.get(token, unknown) for token in tokens.distinct], dtype=dtype
        )
        lengths = tokens.lengths
        starts = np.cumsum(lengths) - lengths
        if self.keep == "last":
            starts = starts + np.maximum(lengths - self.max_len, 0)
        kept_lengths = np.minimum(lengths, self.max_len)
        position = np.arange(len(tokens.codes)) - np.repeat(starts, lengths)
        is_kept = (position >= 0) & (position < self.max_len)
        # Columns are read one by one, so that each shall be contiguous.
        rows = np.full((len(lengths), self.max_len), MISSING, dtype=dtype, order="F")
        is_token = np.arange(self.max_len) >= self.max_len - kept_lengths[:, np.newaxis]
        rows[is_token] = recoded[tokens.codes[is_kept]]
        # A string without tokens shall be a sequence too, and not a row of nothing.
        rows[lengths == 0, -1] = unknown
        return rows

    def warn_of_cuts(self, tokens):
        """Warn if strings are longer than those of the fit, and lose tokens."""
        max_len, lengths = self.max_len, tokens.lengths
        longest = lengths.max(initial=0)
        if longest > max_len:
            warn_user(
                f"{(lengths > max_len).sum()} of {len(lengths)} strings have more "
                f"tokens than the longest string of fit, {max_len}: the longest has "
                f"{longest}. Only their {self.keep} {max_len} tokens are read. Pass "
                f"max_len={longest} and fit anew to have room for all of them, or "
                f"max_len={max_len} to cut without a warning."
            )

    def check(self):
        """Refuse what does not fit together, as in an edited file.

        Raises
        ------
        ValueError
        """
        are_strings = type(self.vocabulary) is tuple and all(
            isinstance(token, str) for token in (*self.vocabulary, self.unknown_token)
        )
        if not (
            are_strings
            and list(self.vocabulary) == sorted(set(self.vocabulary))
            and self.vocabulary
            and self.unknown_token
            and self.unknown_token not in self.vocabulary
            and self.max_len > 0
            and self.keep in ("first", "last")
            and self.tokenizer.strip_accents in WITHOUT_ACCENTS
            and self.n_truncated >= 0
        ):
            raise ValueError(
                "What the fitted model says of its tokens is not possible: "
                f"{len(self.vocabulary)} tokens, unknown_token={self.unknown_token!r}, "
                f"max_len={self.max_len}, keep={self.keep!r}, {self.tokenizer}. Fit or "
                "load the model anew."
            )
        self.tokenizer.cutter()

    def copy(self):
        """Return the reader itself: no part of it can be changed."""
        return self


def choose_vocabulary(tokens, *, unknown_token, min_df, max_features):
    """Choose the tokens that get codes of their own, as `CountVectorizer` does.

    Parameters
    ----------
    tokens : Tokens
    unknown_token : str
        Is never chosen.
    min_df, max_features
        As in `TokenSequencer`.

    Returns
    -------
    tuple of str
        In sorted order.

    Raises
    ------
    ValueError
        If no token is left, or `unknown_token` is empty.
    """
    if not unknown_token:
        raise ValueError(
            "unknown_token is empty, but stands for tokens in a table. Pass a text, "
            "such as '<unknown>'."
        )
    is_fraction = not isinstance(min_df, Integral)
    fewest = min_df * len(tokens.lengths) if is_fraction else min_df
    chosen, of_strings = list(range(len(tokens.distinct))), None
    if fewest > 1:
        of_strings = tokens.counts_of_strings()
        chosen = np.flatnonzero(of_strings >= fewest).tolist()
    chosen = [code for code in chosen if tokens.distinct[code] != unknown_token]
    if not chosen:
        raise ValueError(_why_none(tokens, of_strings, min_df, unknown_token))
    if max_features is not None:
        # The sort is stable: of tokens that are as frequent, the first ones in sorted
        # order are kept.
        counts = tokens.counts().tolist()
        chosen.sort(key=tokens.distinct.__getitem__)
        chosen.sort(key=lambda code: -counts[code])
    return tuple(sorted(tokens.distinct[code] for code in chosen[:max_features]))


def _why_none(tokens, of_strings, min_df, unknown_token):
    """Say why no token got a code of its own."""
    if of_strings is None:
        return (
            f"The only token of the strings is unknown_token={unknown_token!r}, which "
            "stands for all that is unknown. Pass another unknown_token or other "
            "strings."
        )
    return (
        f"min_df={min_df!r} leaves none of the {len(tokens.distinct)} tokens: the most "
        f"widespread is in {of_strings.max()} of {len(tokens.lengths)} strings. Pass a "
        "lower min_df."
    )
