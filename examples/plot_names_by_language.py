"""
=================
Names by language
=================

Which language is a name from? The letters tell, and their order:
:class:`skgru.TokenSequencer` turns each name into a sequence of letters, and
:class:`skgru.GRUClassifier` reads it, the letters as categories. Then the network is
asked which letters spoke for its answer.

The names are those of PyTorch's `tutorial
<https://github.com/spro/practical-pytorch>`__ "Classifying Names with a Character-Level
RNN" (MIT licence), if the file lies in the folder of shared data beside the checkout.
Otherwise they are the few dozen surnames of each of five languages that stand in this
script. The first line of the output says which.
"""

# %%
# Names
# -----
#
# A name counts once in each language. Those of the shared data are divided by the name,
# so that one that is known in two languages is never in both parts; of the names below
# every fourth of each language is for the test.
#
# They are sorted by the alphabet. Of 10,000 names or fewer the last of each class are
# held out to tell when training should stop: these would all begin with a late letter.
# So names are shuffled first, which rows that are sequences of their own allow.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, balanced_accuracy_score, log_loss
from sklearn.pipeline import make_pipeline

from skgru import GRUClassifier, TokenSequencer
from skgru.inspection import integrated_gradients

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
shared = folder.resolve().parents[1] / "shared" / "data" / "classification"

SURNAMES = {
    "Dutch": """
        de Vries, van Dijk, Bakker, Janssen, Visser, Smit, Meijer, de Boer, Mulder,
        de Groot, Bos, Vos, Peeters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit,
        Dijkstra, Smeets, de Graaf, van der Meer, van der Linden, Kok, Jacobs,
        de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, Schouten,
        Willems, Hoekstra, Koster, Verhoeven, Prins, Huisman, Postma, van Beek,
        Kuijpers, van der Heijden, Zijlstra, Wouters, Gerritsen, Kuiper, van Vliet""",
    "Finnish": """
        Korhonen, Virtanen, Makinen, Nieminen, Makela, Hamalainen, Laine, Heikkinen,
        Koskinen, Jarvinen, Lehtonen, Lehtinen, Saarinen, Salminen, Heinonen, Niemi,
        Heikkila, Kinnunen, Salonen, Turunen, Salo, Laitinen, Tuominen, Rantanen,
        Karjalainen, Jokinen, Mattila, Savolainen, Lahtinen, Ahonen, Ojala, Leppanen,
        Vaisanen, Hiltunen, Kallio, Miettinen, Leinonen, Pitkanen, Aaltonen, Manninen,
        Hakala, Koivisto, Anttila, Laaksonen, Hirvonen, Raisanen""",
    "Italian": """
        Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco,
        Bruno, Gallo, Conti, Mancini, Costa, Giordano, Rizzo, Lombardi, Moretti,
        Barbieri, Fontana, Santoro, Mariani, Rinaldi, Caruso, Ferrara, Galli, Martini,
        Leone, Longo, Gentile, Martinelli, Vitale, Lombardo, Serra, Coppola, Marchetti,
        Parisi, Villa, Conte, Ferraro, Ferri, Fabbri, Bianco, Marini, Grasso""",
    "Japanese": """
        Sato, Suzuki, Takahashi, Tanaka, Watanabe, Ito, Yamamoto, Nakamura, Kobayashi,
        Kato, Yoshida, Yamada, Sasaki, Yamaguchi, Matsumoto, Inoue, Kimura, Hayashi,
        Shimizu, Yamazaki, Mori, Abe, Ikeda, Hashimoto, Yamashita, Ishikawa, Nakajima,
        Maeda, Fujita, Ogawa, Goto, Okada, Hasegawa, Murakami, Kondo, Ishii, Saito,
        Sakamoto, Endo, Aoki, Fujii, Nishimura, Fukuda, Ota, Miura, Takeuchi""",
    "Polish": """
        Nowak, Kowalski, Wisniewski, Wojcik, Kowalczyk, Kaminski, Lewandowski,
        Zielinski, Szymanski, Wozniak, Dabrowski, Kozlowski, Jankowski, Mazur,
        Wojciechowski, Kwiatkowski, Krawczyk, Kaczmarek, Piotrowski, Grabowski,
        Zajac, Pawlowski, Michalski, Krol, Wieczorek, Jablonski, Wrobel, Nowakowski,
        Majewski, Olszewski, Stepien, Malinowski, Jaworski, Adamczyk, Dudek,
        Nowicki, Pawlak, Gorski, Witkowski, Walczak, Sikora, Baran, Rutkowski,
        Michalak, Szewczyk, Ostrowski""",
}

if (shared / "names.npz").exists():
    print("the names of the tutorial")
    with np.load(shared / "names.npz") as file:
        names_train, y_train = file["name_train"], file["language_train"]
        names_test, y_test = file["name_test"], file["language_test"]
else:
    print("the names of this script, since those of the tutorial are not there")
    names, y = zip(
        *[
            (" ".join(name.split()), language)
            for language, names in SURNAMES.items()
            for name in names.split(",")
        ],
        strict=True,
    )
    names, y = np.array(names), np.array(y)
    is_test = np.arange(len(y)) % 4 == 3
    names_train, y_train = names[~is_test], y[~is_test]
    names_test, y_test = names[is_test], y[is_test]
order = np.random.default_rng(0).permutation(len(y_train))
names_train, y_train = names_train[order], y_train[order]
languages, counts = np.unique(y_train, return_counts=True)
print(f"{len(y_train)} names to learn from, {len(y_test)} to test")
print(f"{len(languages)} languages; {languages[counts.argmax()]} has the most names,")
print(f"{counts.max() / counts.sum():.0%}, and {languages[counts.argmin()]} the fewest")

# %%
# Letter by letter
# ----------------
#
# A name becomes a row of categories, one column for each letter, the missing ones in
# front. The pipeline takes and returns strings. Beside it stands a logistic regression
# that counts single letters, pairs and triples.

gru = make_pipeline(
    TokenSequencer(strip_accents="unicode"),
    GRUClassifier(random_state=0),
)
gru.fit(names_train, y_train)
counting = make_pipeline(
    TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), strip_accents="unicode"),
    LogisticRegression(C=10, solver="saga", tol=0.01, random_state=0),
)
counting.fit(names_train, y_train)
print("the last eight letters of three names")
print(gru[:-1].transform(names_train[:3]).iloc[:, -8:].to_string(index=False))
print(f"\n{'':24}accuracy  balanced  log loss")
for name, model in {"GRU": gru, "counts of 1 to 3 letters": counting}.items():
    p = model.predict_proba(names_test)
    predicted = model.classes_[p.argmax(axis=1)]
    print(
        f"{name:24}{np.mean(predicted == y_test):8.3f}"
        f"{balanced_accuracy_score(y_test, predicted):10.3f}"
        f"{log_loss(y_test, p, labels=model.classes_):10.3f}"
    )

# %%
# The counts are better, in every column: what tells a language is mostly which letters
# stand beside each other, and three of them say it. Balanced accuracy, the mean over
# the languages of how often each is found, is far lower where some have few names.
#
# Which letters spoke
# -------------------
#
# The longest name of each of the eight languages with the most names, of those test
# names that were told right. Blue letters spoke for the language, and red ones against
# it, compared with a letter that is not known.

predicted = gru.predict(names_test)
probability = gru.predict_proba(names_test).max(axis=1)
lengths = np.array([len(name) for name in names_test])
shown = []
for language in languages[np.argsort(-counts)][:8]:
    right = np.flatnonzero((predicted == language) & (y_test == language))
    if len(right):
        shown.append(right[lengths[right].argmax()])

letters = gru[:-1].transform(names_test[shown])
attributions = integrated_gradients(gru[-1], letters, tol=0.01)
attributions -= attributions.mean(axis=-1, keepdims=True)
column = np.searchsorted(gru.classes_, predicted[shown])
of_letters = attributions[np.arange(len(shown)), :, column]
of_letters = np.ma.masked_where(letters.isna(), of_letters)

n_letters = letters.notna().sum(axis=1).max()
of_letters, letters = of_letters[:, -n_letters:], letters.iloc[:, -n_letters:]
largest = np.abs(of_letters).max()
fig, ax = plt.subplots(figsize=(9, 0.42 * len(shown) + 1), layout="constrained")
image = ax.imshow(of_letters, cmap="RdBu", vmin=-largest, vmax=largest, aspect="auto")
for (i, j), letter in np.ndenumerate(letters.to_numpy(dtype=object)):
    if not np.ma.is_masked(of_letters[i, j]):
        is_dark = abs(of_letters[i, j]) > 0.6 * largest
        ax.text(
            j,
            i,
            "␣" if letter == " " else letter,
            ha="center",
            va="center",
            color="w" if is_dark else "k",
        )
ax.set_yticks(
    range(len(shown)), [f"{predicted[k]}, {probability[k]:.0%}" for k in shown]
)
ax.set_xticks([])
ax.spines[:].set_visible(False)
ax.tick_params(length=0)
fig.colorbar(image, label="speaks for the language\n(decision value)", pad=0.01)

# %%
# Which languages are taken for which
# -----------------------------------
#
# Each row adds up to 1. Those with many names are at the top.

fig, ax = plt.subplots(figsize=(7.5, 6.5), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    y_test,
    predicted,
    labels=languages[np.argsort(-counts)],
    normalize="true",
    include_values=False,
    xticks_rotation="vertical",
    cmap="Blues",
    im_kw={"vmin": 0, "vmax": 1},
    ax=ax,
)
ax.images[0].colorbar.set_label("part of the names of a language")
ax.set(xlabel="predicted language", ylabel="true language")
