"""Cut strings into tokens: characters, or what a regular expression matches."""

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode

WITHOUT_ACCENTS = {
    None: None,
    "ascii": strip_accents_ascii,
    "unicode": strip_accents_unicode,
}


@dataclass(frozen=True)
class Tokenizer:
    """How a string is cut into tokens: `TokenSequencer`'s parameters of these names."""

    token_pattern: str | None
    lowercase: bool
    strip_accents: str | None

    def cutter(self):
        """Make the function from a string to the sequence of its tokens.

        Raises
        ------
        ValueError
            If the pattern is no regular expression, or has several groups.
        """
        steps = [str.lower] if self.lowercase else []
        if self.strip_accents is not None:
            steps.append(WITHOUT_ACCENTS[self.strip_accents])
        if self.token_pattern is not None:
            steps.append(_matches(_compiled(self.token_pattern)))

        def tokens_of(text):
            for step in steps:
                text = step(text)
            return text

        # Without a pattern the string itself is the sequence of its characters.
        return tokens_of

    def cut_all(self, strings):
        """Cut strings into tokens.

        Parameters
        ----------
        strings : list of str

        Returns
        -------
        Tokens
        """
        tokens_of = self.cutter()
        codes: defaultdict[str, int] = defaultdict()
        codes.default_factory = codes.__len__
        code_of = codes.__getitem__
        of_all, lengths = array("i"), array("q")
        for text in strings:
            tokens = tokens_of(text)
            of_all.extend(map(code_of, tokens))
            lengths.append(len(tokens))
        return Tokens(list(codes), np.array(of_all), np.array(lengths))

    def why_none(self, strings):
        """Say why no string has a token, and what to do about it."""
        if not strings:
            return "X is empty, but tokens are learned from its strings. Pass some."
        if not any(strings):
            return (
                f"All {len(strings)} strings of X are empty, but tokens are learned "
                "from them. Pass strings with text in them."
            )
        if self.token_pattern is None:
            return (
                f"Without their accents, all {len(strings)} strings of X are empty. "
                "Pass strip_accents='unicode', which keeps characters that are not in "
                "ASCII."
            )
        return (
            f"token_pattern={self.token_pattern!r} matches nothing in the "
            rf"{len(strings)} strings of X. Pass one that does, such as r'\w+' for "
            "words, or None for characters."
        )


class Tokens(NamedTuple):
    """The tokens of many strings, one string behind the other.

    Attributes
    ----------
    distinct : list of str
        All different tokens, in the order of their first occurrence.
    codes : ndarray of shape (n_tokens,)
        Positions in `distinct`.
    lengths : ndarray of shape (n_strings,)
        How many tokens each string has.
    """

    distinct: list
    codes: np.ndarray
    lengths: np.ndarray

    def counts(self):
        """How often each distinct token occurs."""
        return np.bincount(self.codes, minlength=len(self.distinct))

    def counts_of_strings(self):
        """In how many strings each distinct token occurs."""
        # A sparse table of strings and tokens, each pair of them once, is an order of
        # magnitude faster than finding the distinct pairs in an array.
        stops = np.concatenate([[0], np.cumsum(self.lengths)])
        shape = len(self.lengths), len(self.distinct)
        occurs = np.ones(len(self.codes), dtype=bool)
        pairs = csr_array((occurs, self.codes, stops), shape=shape)
        pairs.sum_duplicates()
        return np.bincount(pairs.indices, minlength=len(self.distinct))


def _matches(pattern):
    """Make the function from a string to the list of all matches of a pattern."""

    def matches(text):
        tokens = pattern.findall(text)
        # A pattern such as "x*" also matches where there is no text.
        return [token for token in tokens if token] if "" in tokens else tokens

    return matches


def _compiled(token_pattern):
    """Compile the pattern of a token."""
    try:
        pattern = re.compile(token_pattern)
    except re.error as error:
        raise ValueError(
            f"token_pattern={token_pattern!r} is not a regular expression: {error}. "
            r"Pass one such as r'\w+' for words, or None for characters."
        ) from None
    if pattern.groups > 1:
        raise ValueError(
            f"token_pattern={token_pattern!r} has {pattern.groups} groups, but the "
            "text of one is to be the token. Leave one group or none, and write the "
            "others as (?:…)."
        )
    return pattern
