"""Data sets that were measured, or written down, by others."""

import pathlib
import unicodedata

import numpy as np
from classification.datasets import RECORDED, Dataset, Missing, dataset

# Beside the checkout: the project itself holds none of it.
FOLDER = pathlib.Path(__file__).resolve().parents[3] / "shared/data/classification"
UCR, UEA = "UCR archive, a univariate series", "UEA archive, several series"
N_DIGITS = 1000


def arrays(name):
    """The arrays of a file beside the checkout."""
    path = FOLDER / f"{name}.npz"
    if not path.exists():
        raise Missing("the folder of shared data is not beside this checkout")
    with np.load(path) as file:
        return dict(file)


def joined(X_train, y_train, X_test, y_test):
    """One data set of the four arrays of a split."""
    y = np.concatenate([y_train, y_test])
    return Dataset(np.concatenate([X_train, X_test]), y, len(y_train))


def of_file(name):
    """A data set of sequences beside the checkout."""
    found = arrays(name)
    parts = [found[key] for key in ("X_train", "y_train", "X_test", "y_test")]
    return joined(*parts)


@dataset("GunPoint", RECORDED, UCR)
def gun_point():
    return of_file("gun_point")


@dataset("ItalyPowerDemand", RECORDED, UCR)
def italy_power_demand():
    return of_file("italy_power_demand")


@dataset("BasicMotions", RECORDED, UEA)
def basic_motions():
    return of_file("basic_motions")


@dataset("JapaneseVowels", RECORDED, "UCI, Kudo et al. 1999: speakers, unequal lengths")
def japanese_vowels():
    return of_file("japanese_vowels")


def plain(text):
    """Without accents, in lower case."""
    letters = unicodedata.normalize("NFD", str(text))
    return "".join(c for c in letters if unicodedata.category(c) != "Mn").lower()


@dataset("names", RECORDED, "family names by language, of a tutorial of PyTorch's")
def names():
    found = arrays("names")
    X = np.array(
        [plain(n) for part in ("train", "test") for n in found[f"name_{part}"]]
    )
    y = np.concatenate([found["language_train"], found["language_test"]])
    return Dataset(X, y, len(found["language_train"]))


@dataset(
    "digits by row", RECORDED, "sklearn.datasets.load_digits, an image as 8 rows of 8"
)
def digits_by_row():
    from sklearn.datasets import load_digits

    images, y = load_digits(return_X_y=True)
    return Dataset(images.reshape(-1, 8, 8).astype(np.float32), y, N_DIGITS)


def of_sktime(name):
    """A data set that sktime's package brings."""
    try:
        import sktime
        from sktime.datasets import load_from_tsfile
    except ImportError as error:
        raise Missing("sktime is not installed") from error
    folder = pathlib.Path(sktime.__file__).parent / "datasets" / "data" / name
    parts = []
    for part in ("TRAIN", "TEST"):
        X, y = load_from_tsfile(
            str(folder / f"{name}_{part}.ts"),
            return_y=True,
            return_data_type="numpy3d",
        )
        # There a feature is a row.
        parts += [X.transpose(0, 2, 1).astype(np.float32), y]
    return joined(*parts)


@dataset("ArrowHead", RECORDED, f"{UCR}, from sktime")
def arrow_head():
    return of_sktime("ArrowHead")


@dataset("OSULeaf", RECORDED, f"{UCR}, from sktime")
def osu_leaf():
    return of_sktime("OSULeaf")


@dataset("UnitTest", RECORDED, "sktime's UnitTest, the first rows of Chinatown")
def unit_test():
    return of_sktime("UnitTest")
