"""Compare TokenSequencer with CountVectorizer and a naive loop, and use it."""

import copy
import pickle
import re
import threading

import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skgru import GRURegressor, TokenSequencer

WORDS = r"\w+"
TEXTS = [
    "The cat sat on the mat",
    "a dog, a cat & the Élan of déjà vu",
    "İstanbul straße ΣΊΣΥΦΟΣ naïve",
    "cat cat dog",
    "e\u0301te\u0301 \N{FAMILY} \U0001f469\u200d\U0001f680 \U0001f600!",
    "日本語 テキスト",
]


def naive_rows(texts, vocabulary, max_len, keep="first"):
    """Rows of the tokens of texts as lists, with None before the first one."""
    rows = []
    for text in texts:
        tokens = [token if token in vocabulary else "<unknown>" for token in text]
        tokens = tokens or ["<unknown>"]
        tokens = tokens[:max_len] if keep == "first" else tokens[-max_len:]
        rows.append([None] * (max_len - len(tokens)) + tokens)
    return rows


def as_lists(table):
    """Rows of a table as lists, with None where something is missing."""
    values = np.asarray(table, dtype=object)
    return [[None if pd.isna(value) else value for value in row] for row in values]


def reference(texts, pattern, **settings):
    """CountVectorizer of the same tokens, fitted."""
    if pattern is None:
        # CountVectorizer's own characters have white space squeezed.
        settings["analyzer"] = list
        return CountVectorizer(**settings).fit([text.lower() for text in texts])
    return CountVectorizer(token_pattern=pattern, **settings).fit(texts)


@pytest.mark.parametrize("settings", [{}, {"min_df": 2}, {"min_df": 0.3}])
@pytest.mark.parametrize("pattern", [None, WORDS, r"(\w)\w*", r"[^\W\d_]+|[^\w\s]"])
def test_vocabulary_and_counts_are_those_of_count_vectorizer(pattern, settings):
    expected = reference(TEXTS, pattern, **settings)
    found = TokenSequencer(token_pattern=pattern, **settings)
    table = found.fit_transform(TEXTS)
    assert found.vocabulary_ == expected.vocabulary_
    assert list(found.categories_) == [*expected.get_feature_names_out(), "<unknown>"]
    texts = [text.lower() for text in TEXTS] if pattern is None else TEXTS
    counts = np.stack([(table == token).sum(axis=1) for token in found.categories_], 1)
    np.testing.assert_array_equal(counts[:, :-1], expected.transform(texts).toarray())


@pytest.mark.parametrize("strip_accents", [None, "ascii", "unicode"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_case_and_accents_are_treated_as_by_count_vectorizer(strip_accents, lowercase):
    settings = {"lowercase": lowercase, "strip_accents": strip_accents}
    expected = CountVectorizer(token_pattern=WORDS, **settings).fit(TEXTS)
    found = TokenSequencer(token_pattern=WORDS, **settings).fit(TEXTS)
    assert found.vocabulary_ == expected.vocabulary_


def test_the_most_frequent_tokens_are_kept_and_ties_in_sorted_order():
    texts = ["d d d c b a", "c b a a"]
    found = {
        n: list(
            TokenSequencer(token_pattern=WORDS, max_features=n).fit(texts).vocabulary_
        )
        for n in range(1, 6)
    }
    assert found == {
        1: ["a"],
        2: ["a", "d"],
        3: ["a", "b", "d"],
        4: ["a", "b", "c", "d"],
        5: ["a", "b", "c", "d"],
    }


def test_min_df_comes_before_max_features():
    texts = ["d d d d a", "a b", "b c"]
    sequencer = TokenSequencer(token_pattern=WORDS, min_df=2, max_features=1)
    assert sequencer.fit(texts).vocabulary_ == {"a": 0}


@pytest.mark.parametrize("keep", ["first", "last"])
@pytest.mark.parametrize("max_len", [None, 1, 3, 7, 40])
@pytest.mark.parametrize("pattern", [None, WORDS])
def test_rows_are_those_of_a_naive_loop(pattern, max_len, keep):
    texts = [*TEXTS, "", "  ", "!?", "x"]
    sequencer = TokenSequencer(
        token_pattern=pattern, max_len=max_len, keep=keep, min_df=2
    )
    table = sequencer.fit_transform(texts)
    lowered = [text.lower() for text in texts]
    tokens = lowered if pattern is None else [re.findall(pattern, t) for t in lowered]
    longest = max(map(len, tokens))
    expected_len = longest if max_len is None else max_len
    expected = naive_rows(tokens, sequencer.vocabulary_, expected_len, keep)
    assert as_lists(table) == expected
    assert sequencer.max_len_ == expected_len
    assert sequencer.n_truncated_ == sum(len(t) > expected_len for t in tokens)
    pd.testing.assert_frame_equal(sequencer.transform(texts), table)


def test_all_columns_have_the_same_categories_in_every_table():
    sequencer = TokenSequencer().fit(["abc", "de"])
    for table in (sequencer.transform(["abc"]), sequencer.transform(["zzz", ""])):
        (dtype,) = set(table.dtypes)
        assert isinstance(dtype, pd.CategoricalDtype)
        assert list(dtype.categories) == [*"abcde", "<unknown>"]
        assert not dtype.ordered


@pytest.mark.parametrize("n_tokens", [126, 127, 128, 129, 300, 40_000])
def test_codes_are_right_whatever_integers_they_need(n_tokens):
    words = [f"w{i:05}" for i in range(n_tokens)]
    sequencer = TokenSequencer(token_pattern=WORDS).fit(words)
    table = sequencer.transform([*words, "unseen", ""])
    assert table["token0"].tolist() == [*words, "<unknown>", "<unknown>"]


def test_one_character_is_one_code_point():
    """Combining accents and joined emojis are several tokens, as in a str."""
    text = "e\u0301\U0001f469\u200d\U0001f680\x00\ud800"
    table = TokenSequencer().fit_transform([text])
    assert as_lists(table) == [list(text)]
    assert (
        TokenSequencer(strip_accents="unicode")
        .fit_transform(["é"])
        .equals(TokenSequencer(strip_accents="unicode").fit_transform(["e\u0301"]))
    )


def test_tokens_that_the_fit_has_not_seen_are_unknown():
    sequencer = TokenSequencer(unknown_token="?").fit(["ab"])
    assert as_lists(sequencer.transform(["ac"])) == [["a", "?"]]


def test_the_unknown_token_in_a_text_is_read_as_unknown():
    texts = ["the <unk> sat", "<unk>"]
    sequencer = TokenSequencer(token_pattern=r"\S+", unknown_token="<unk>").fit(texts)
    assert sequencer.vocabulary_ == {"sat": 0, "the": 1}
    assert sequencer.inverse_transform(sequencer.transform(texts)) == texts


@pytest.mark.parametrize("pattern", [r"x*", r"(x)?y?"])
def test_matches_of_no_text_are_no_tokens(pattern):
    sequencer = TokenSequencer(token_pattern=pattern).fit(["ax", "x"])
    assert sequencer.vocabulary_ == {"x": 0}
    assert sequencer.max_len_ == 1


def test_empty_strings_become_one_unknown_token():
    table = TokenSequencer().fit_transform(["ab", ""])
    assert as_lists(table) == [["a", "b"], [None, "<unknown>"]]
    table = TokenSequencer(token_pattern=WORDS).fit_transform(["a b", "..."])
    assert as_lists(table) == [["a", "b"], [None, "<unknown>"]]


# What X may be, and what comes out of it.


def kinds_of_strings():
    texts = ["bee", "", "Ant"]
    labels = ["r", "s", "t"]
    yield "list", texts
    yield "tuple", tuple(texts)
    yield "generator", (text for text in texts)
    yield "array of str", np.array(texts)
    yield "array of objects", np.array(texts, dtype=object)
    yield "column of an array", np.array(texts, dtype=object)[:, np.newaxis]
    yield "Series", pd.Series(texts, index=labels)
    yield "Series of objects", pd.Series(texts, index=labels, dtype=object)
    yield "Series of categories", pd.Series(texts, index=labels, dtype="category")
    yield "DataFrame", pd.DataFrame({"name": texts}, index=labels)


@pytest.mark.parametrize(("kind", "X"), list(kinds_of_strings()))
def test_strings_come_in_many_kinds(kind, X):
    has_index = isinstance(X, pd.Series | pd.DataFrame)
    table = TokenSequencer().fit_transform(X)
    assert as_lists(table) == [[*"bee"], [None, None, "<unknown>"], [*"ant"]]
    assert list(table.index) == (["r", "s", "t"] if has_index else [0, 1, 2])


def test_strings_of_polars():
    pl = pytest.importorskip("polars", reason="polars is not installed")
    series = pl.Series("name", ["bee", "", "Ant"])
    expected = TokenSequencer().fit_transform(series.to_list())
    for X in (series, series.to_frame()):
        pd.testing.assert_frame_equal(TokenSequencer().fit_transform(X), expected)
    with pytest.raises(ValueError, match="Entry 1 of X is None"):
        TokenSequencer().fit(pl.Series(["a", None]))


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_output_is_a_data_frame_with_named_columns(output):
    sequencer = TokenSequencer().set_output(transform=output)
    table = sequencer.fit_transform(pd.Series(["abc", "d"], index=[7, 3]))
    assert isinstance(table, pd.DataFrame)
    assert list(table) == ["token0", "token1", "token2"]
    assert list(sequencer.get_feature_names_out()) == list(table)
    assert list(table.index) == [7, 3]
    pd.testing.assert_frame_equal(
        sequencer.transform(pd.Series(["abc", "d"], index=[7, 3])), table
    )


def test_output_of_polars_is_of_one_enum():
    pl = pytest.importorskip("polars", reason="polars is not installed")
    sequencer = TokenSequencer().set_output(transform="polars")
    table = sequencer.fit_transform(["abc", "d", ""])
    assert isinstance(table, pl.DataFrame)
    assert table.schema == dict.fromkeys(
        ["token0", "token1", "token2"], pl.Enum([*"abcd", "<unknown>"])
    )
    expected = TokenSequencer().fit_transform(["abc", "d", ""])
    assert as_lists(table) == as_lists(expected)
    assert sequencer.inverse_transform(table) == ["abc", "d", "<unknown>"]


def test_an_empty_list_of_strings_is_transformed_to_an_empty_table():
    table = TokenSequencer().fit(["abc"]).transform([])
    assert table.shape == (0, 3)
    assert list(table) == ["token0", "token1", "token2"]


@pytest.mark.filterwarnings("ignore:The 8 columns of X:UserWarning")
@pytest.mark.parametrize("prefix", ["", "name__", "t__", "lag__"])
def test_names_of_steps_are_never_read_as_lags(prefix):
    """In these names each column is the one before it, shifted by a row."""
    names = ["abababab", "babababa"] * 10
    table = TokenSequencer().fit_transform(names)
    codes = table.apply(lambda column: column.cat.codes.astype(float))

    def described(name):
        columns = [f"{prefix}{name}{step}" for step in range(8)]
        return str(GRURegressor().describe_input(codes.set_axis(columns, axis=1)))

    assert re.search(rf"{prefix}token0 +step 1 of 8", described("token"))
    # With an underscore such columns are lags, and the newest one comes first.
    assert re.search(rf"{prefix}token_0 +step 8 of 8", described("token_"))


@pytest.mark.parametrize("pattern", [None, r"\S+"])
def test_inverse_transform_joins_the_tokens(pattern):
    texts = ["the cat", "a dog sat", "x"]
    sequencer = TokenSequencer(token_pattern=pattern).fit(texts)
    table = sequencer.transform(texts)
    for X in (table, table.astype(object), table.to_numpy(), as_lists(table)):
        assert sequencer.inverse_transform(X) == texts
    assert sequencer.inverse_transform(table[:0]) == []


def test_inverse_transform_refuses_what_is_no_table_of_tokens():
    sequencer = TokenSequencer().fit(["abc"])
    with pytest.raises(ValueError, match=r"shape \(1, 2\), but .* of 3 steps"):
        sequencer.inverse_transform([["a", "b"]])
    with pytest.raises(ValueError, match="holds 'z' .* neither a token"):
        sequencer.inverse_transform([["a", "b", "z"]])
    with pytest.raises(ValueError, match="holds 2 .* not their codes"):
        sequencer.inverse_transform([[None, 2, 1]])


# Warnings and errors.


def test_longer_strings_than_in_fit_are_cut_with_one_warning():
    sequencer = TokenSequencer().fit(["abc"])
    with pytest.warns(UserWarning, match="2 of 3 .* of fit, 3: the longest has 5") as w:
        table = sequencer.transform(["abcab", "bcab", "a"])
    assert len(w) == 1
    assert w[0].filename == __file__
    assert "only their first 3 tokens" in str(w[0].message).lower()
    assert as_lists(table) == [[*"abc"], [*"bca"], [None, None, "a"]]


def test_a_length_that_was_asked_for_cuts_without_a_warning():
    sequencer = TokenSequencer(max_len=2).fit(["abc", "a"])
    assert sequencer.n_truncated_ == 1
    assert as_lists(sequencer.transform(["cab"])) == [["c", "a"]]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (["a", None, "b", 3], r"Entry 1 of X is None .*first of 2 .*empty string"),
        (["a", np.nan], r"Entry 1 of X is nan \(float\).*Series\(X\).fillna"),
        (pd.Series(["a", None], index=["x", "y"]), r"Entry 1 \(label 'y'\).*fillna"),
        (["a", b"b"], r"Entry 1 of X is b'b' \(bytes\).*decode"),
        ([3, "a"], r"Entry 0 of X is 3 \(int\), but .*str\(value\)"),
        (pd.Series([1.5, 2.5]), r"Entry 0 \(label 0\) of X is 1.5.*astype\(str\)"),
        ([["the", "cat"]], r"is \['the', 'cat'\] \(list\).*Join .*token_pattern"),
        ("text", r"a single value, 'text' \(str\).*Pass a list"),
        (b"text", r"a single value, b'text' \(bytes\)"),
        (np.array("text"), "a single value"),
        ({"a": 1}, "X is a dict"),
        ({"a"}, "X is a set"),
        (3, "X is a int"),
        (np.array([["a", "b"]]), r"shape \(1, 2\).*ColumnTransformer"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), r"shape \(1, 2\).*ColumnTransformer"),
        ([], "X is empty"),
        (["", ""], "All 2 strings of X are empty"),
    ],
)
def test_what_is_no_column_of_strings_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        TokenSequencer().fit(X)


@pytest.mark.parametrize("X", ["text", [None], {"a"}, np.array([["a", "b"]])])
def test_transform_refuses_what_fit_refuses(X):
    messages = []
    sequencer = TokenSequencer().fit(["text"])
    for method in (sequencer.transform, TokenSequencer().fit):
        with pytest.raises(ValueError, match="X") as refused:
            method(X)
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"token_pattern": "("}, "not a regular expression"),
        ({"token_pattern": "(a)(b)"}, "has 2 groups"),
        ({"token_pattern": r"\b"}, "matches nothing in the 2 strings"),
        ({"token_pattern": "z"}, "'z' matches nothing in the 2 strings"),
        ({"min_df": 3}, "min_df=3 leaves none of the 3 tokens: .* in 2 of 2 strings"),
        ({"unknown_token": ""}, "unknown_token is empty"),
        ({"token_pattern": "b", "unknown_token": "b"}, "only token of the strings is"),
        ({"token_pattern": 3}, "The 'token_pattern' parameter of TokenSequencer"),
        ({"strip_accents": "all"}, "The 'strip_accents' parameter"),
        ({"max_features": 0}, "The 'max_features' parameter"),
        ({"min_df": 1.5}, "The 'min_df' parameter"),
        ({"max_len": 0}, "The 'max_len' parameter"),
        ({"max_len": 2.5}, "The 'max_len' parameter"),
        ({"keep": "end"}, "The 'keep' parameter"),
        ({"unknown_token": None}, "The 'unknown_token' parameter"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_bad_parameters_are_refused(settings, message, method):
    with pytest.raises(ValueError, match=message):
        getattr(TokenSequencer(**settings), method)(["ab", "bc"])


def test_letters_that_ascii_does_not_have_leave_nothing():
    with pytest.raises(ValueError, match="Pass strip_accents='unicode'"):
        TokenSequencer(strip_accents="ascii").fit(["日本", "語"])


def test_a_fit_that_is_refused_leaves_what_was_there():
    sequencer = TokenSequencer().fit(["ab"])
    with pytest.raises(ValueError, match="Entry 0"):
        sequencer.fit([None])
    assert sequencer.vocabulary_ == {"a": 0, "b": 1}
    # Parameters that are changed later count in the next fit.
    sequencer.set_params(lowercase=False, token_pattern=WORDS)
    assert as_lists(sequencer.transform(["BA"])) == [["b", "a"]]


def test_before_a_fit_there_is_nothing():
    for method in ("transform", "inverse_transform"):
        with pytest.raises(NotFittedError):
            getattr(TokenSequencer(), method)(["a"])
    with pytest.raises(NotFittedError):
        TokenSequencer().get_feature_names_out()


def test_what_a_fit_has_found_cannot_be_changed_from_outside():
    sequencer = TokenSequencer().fit(["ab"])
    sequencer.vocabulary_["a"] = 7
    sequencer.categories_[0] = "z"
    assert sequencer.vocabulary_ == {"a": 0, "b": 1}
    assert as_lists(sequencer.transform(["ab"])) == [["a", "b"]]
    with pytest.raises(AttributeError, match="vocabulary_ of TokenSequencer cannot"):
        sequencer.vocabulary_ = {}


# In scikit-learn.


def names_and_labels():
    """Names whose last letter tells the class."""
    stems = ["mar", "jul", "pet", "ann", "lud", "em"] * 5
    names = [stem + end for stem in stems for end in ("a", "o")]
    return np.array(names, dtype=object), np.arange(len(names)) % 2


def test_pipelines_and_searches_read_the_columns_as_categories():
    names, y = names_and_labels()
    model = make_pipeline(
        TokenSequencer(),
        HistGradientBoostingClassifier(
            categorical_features="from_dtype", min_samples_leaf=2, max_iter=3
        ),
    )
    grid = {"tokensequencer__min_df": [1, 2], "tokensequencer__keep": ["last"]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise")
    # Threads that wait for each other are slow where tests share the processors.
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        assert search.fit(names, y).score(names, y) == 1
    classifier = search.best_estimator_[-1]
    assert classifier.is_categorical_.all()
    assert len(classifier.is_categorical_) == 4


def test_a_column_of_a_table_is_passed_by_its_name():
    names, y = names_and_labels()
    table = pd.DataFrame({"name": names, "age": y}, index=np.arange(len(y)) + 100)
    columns = make_column_transformer(
        (TokenSequencer(), "name"), ("passthrough", ["age"])
    ).set_output(transform="pandas")
    found = columns.fit_transform(table)
    assert found.columns[0] == "tokensequencer__token0"
    assert isinstance(found.dtypes.iloc[0], pd.CategoricalDtype)
    assert found.index.equals(table.index)
    as_table = make_column_transformer((TokenSequencer(), ["name"]))
    expected = found.iloc[:, :-1].to_numpy(dtype=object)
    pd.testing.assert_frame_equal(
        pd.DataFrame(as_table.fit_transform(table)), pd.DataFrame(expected)
    )


def test_fitted_parts_are_plain_in_a_pickle_and_checked_when_loaded():
    sequencer = TokenSequencer(token_pattern=r"(\w)\w+", max_len=2, keep="last")
    sequencer.fit(["The cat", "sat on the mat"])
    again = pickle.loads(pickle.dumps(sequencer))
    expected = sequencer.transform(["cat on sofa"])
    for other in (again, copy.copy(sequencer), copy.deepcopy(sequencer)):
        pd.testing.assert_frame_equal(other.transform(["cat on sofa"]), expected)
    assert b"skgru._" not in pickle.dumps(sequencer)
    assert not hasattr(clone(sequencer), "vocabulary_")
    state = sequencer.__getstate__()
    fitted = state["_fitted"]
    for wrong in (
        {"vocabulary": ("t", "c")},
        {"vocabulary": ("<unknown>", "a")},
        {"vocabulary": (1, 2)},
        {"vocabulary": ()},
        {"max_len": 0},
        {"keep": "end"},
        {"n_truncated": -1},
        {"tokenizer": {**fitted["tokenizer"], "strip_accents": "all"}},
        {"tokenizer": {**fitted["tokenizer"], "token_pattern": "("}},
        {"tokenizer": None},
    ):
        tampered = state | {"_fitted": fitted | wrong}
        with pytest.raises(ValueError, match="model|regular expression"):
            TokenSequencer.__new__(TokenSequencer).__setstate__(tampered)


def test_a_fit_meanwhile_does_not_mix_two_vocabularies():
    sequencer = TokenSequencer().fit(["ab"])
    expected = {"ab": [["a", "b"]], "abc": [[None, "a", "b"]]}
    stop = threading.Event()

    def fit_again():
        while not stop.is_set():
            sequencer.fit(["abc"]).fit(["ab"])

    thread = threading.Thread(target=fit_again)
    thread.start()
    try:
        for _ in range(100):
            assert as_lists(sequencer.transform(["ab"])) in list(expected.values())
    finally:
        stop.set()
        thread.join()
