"""Panels: several series for one network, measured ones and made-up ones."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from evidence.recorded import packaged, shared, sktime, statsmodels

# Series of a panel at most.
N_MOST = 40


class Panel(NamedTuple):
    """A line of the register. `make` gives the series, 1-D, of any lengths."""

    kind: str
    source: str
    window: int
    make: Callable[[], list[np.ndarray]]


PANELS: dict[str, Panel] = {}


def panel(kind, source, window):
    """Register the function that makes a panel under its name."""

    def register(make):
        PANELS[make.__name__.replace("_", "-")] = Panel(kind, source, window, make)
        return make

    return register


def load_panel(name):
    """The series of a panel without what is missing at their ends; none is constant."""
    series = [
        pd.Series(values, dtype=float).interpolate(limit_area="inside").dropna()
        for values in PANELS[name].make()
    ]
    return some([values.to_numpy() for values in series])


def is_telling(values):
    """Whether there is something to predict: changes in all parts of the series."""
    parts = np.array_split(values, 5)
    return len(values) >= 10 and all(np.ptp(part) > 0 for part in parts)


def columns(table):
    """Each column as a series."""
    return [table[name].to_numpy(dtype=float) for name in table]


def archive(path):
    """The first dimension of rows of a .ts file, each a series."""
    text = path.read_text(encoding="utf-8", errors="replace").split("@data\n", 1)[1]
    rows = text.strip().splitlines()
    return [np.array(row.split(":")[0].split(","), dtype=float) for row in rows]


def some(series):
    """As many as a panel has at most, spread evenly over those that tell something."""
    telling = [values for values in series if is_telling(values)]
    chosen = np.linspace(0, len(telling) - 1, min(N_MOST, len(telling))).astype(int)
    return [telling[number] for number in chosen]


# Measured: of one quantity in several places, or of several quantities.


@panel("one quantity", "statsmodels: investments of 11 firms by year, 1935–54", 4)
def grunfeld():
    table = pd.read_csv(statsmodels("grunfeld", "grunfeld.csv"))
    return columns(table.pivot(index="year", columns="firm", values="invest"))


@panel(
    "several quantities", "statsmodels: 12 quantities of the US economy by quarter", 8
)
def macrodata():
    table = pd.read_csv(statsmodels("macrodata", "macrodata.csv"))
    return columns(table.drop(columns=["year", "quarter"]))


@panel(
    "one quantity", "statsmodels: the sea off Peru, each month by year, 1950–2010", 6
)
def elnino_months():
    return columns(pd.read_csv(statsmodels("elnino", "elnino.csv"), index_col="YEAR"))


@panel(
    "several quantities",
    "statsmodels: Danish money, income, prices, rates by quarter",
    4,
)
def danish_money():
    return columns(pd.read_csv(statsmodels("danish_data", "data.csv"), index_col=0))


@panel("several quantities", "statsmodels: German interest and inflation by quarter", 8)
def interest_inflation():
    table = pd.read_csv(statsmodels("interest_inflation", "E6.csv"))
    return columns(table[["Dp", "R"]])


@panel(
    "several quantities", "statsmodels: copper, aluminium, incomes by year, 1951–75", 4
)
def copper():
    table = pd.read_csv(statsmodels("copper", "copper.csv"))
    return columns(table.drop(columns=["YEAR", "TIME"]))


@panel(
    "several quantities", "sktime: changes of the US economy, five series by quarter", 8
)
def us_changes():
    table = pd.read_csv(sktime("Uschange", "Uschange.csv"), index_col="Quarter")
    return columns(table.iloc[:, 1:])


@panel("several quantities", "sktime, statsmodels: seven unrelated series by month", 12)
def months():
    co2 = pd.read_csv(
        statsmodels("co2", "co2.csv"), index_col="date", parse_dates=["date"]
    )
    elnino = pd.read_csv(statsmodels("elnino", "elnino.csv"), index_col="YEAR")
    return [
        pd.read_csv(sktime("Airline", "Airline.csv"))["Passengers"],
        pd.read_csv(sktime("ShampooSales", "ShampooSales.csv"))["Sales"],
        pd.read_csv(sktime("PBS_dataset", "PBS_dataset.csv"))["Scripts"],
        pd.read_csv(sktime("seatbelts", "seatbelts.csv"))["KSI"],
        pd.read_csv(statsmodels("elec_equip", "elec_equip.csv")).iloc[:, 1],
        co2["co2"].groupby(co2.index.to_period("M")).mean().to_numpy(),
        elnino.to_numpy().ravel()[:360],
    ]


@panel(
    "several quantities",
    "sktime, statsmodels: sunspots, lynx, Nile, sea off Peru by year",
    8,
)
def years():
    elnino = pd.read_csv(statsmodels("elnino", "elnino.csv"), index_col="YEAR")
    return [
        pd.read_csv(statsmodels("sunspots", "sunspots.csv"))["SUNACTIVITY"],
        pd.read_csv(sktime("Lynx", "Lynx.csv"), index_col=0).iloc[:, 0].to_numpy(),
        pd.read_csv(statsmodels("nile", "nile.csv"))["volume"],
        elnino.mean(axis=1).to_numpy(),
    ]


@panel("one quantity", "sktime: new cases of Covid-19 in 40 countries by day", 8)
def covid():
    series = archive(sktime("Covid3Month", "Covid3Month_TRAIN.ts"))
    return [np.trim_zeros(values, "f") for values in series]


@panel("one quantity", "sktime: people in a street of Melbourne by hour, 20 days", 8)
def pedestrians():
    return archive(sktime("UnitTest", "UnitTest_TRAIN.ts"))


@panel("one quantity", "sktime: electricity in Italy by hour, 40 days, standardised", 8)
def italy_power():
    return archive(sktime("ItalyPowerDemand", "ItalyPowerDemand_TRAIN.ts"))


@panel("one quantity", "sktime: a vowel by nine speakers, first coefficient", 4)
def vowels():
    return archive(sktime("JapaneseVowels", "JapaneseVowels_TRAIN.ts"))


@panel("one quantity", "sktime: acceleration of a wrist, 40 motions", 8)
def motions():
    return archive(sktime("BasicMotions", "BasicMotions_TRAIN.ts"))


@panel("one quantity", "sktime: currents of 40 appliances, first 100 values", 12)
def appliances():
    return [row[:100] for row in archive(sktime("PLAID", "PLAID_TRAIN.ts"))]


@panel("one quantity", "sktime: spectra of absorbance of 40 pieces of meat", 8)
def spectra():
    return archive(sktime("Tecator", "Tecator_TRAIN.ts"))


@panel(
    "one quantity", "sktime: outlines of arrowheads, every third value, standardised", 8
)
def arrowheads():
    return [row[::3] for row in archive(sktime("ArrowHead", "ArrowHead_TRAIN.ts"))]


@panel("one quantity", "matplotlib: ten prices of stocks by month, 1990–2022", 8)
def stocks():
    # Not in a folder of data sets, as with the others.
    path = packaged("matplotlib").parent / "mpl-data" / "sample_data" / "Stocks.csv"
    table = pd.read_csv(path, comment="#", index_col="Date", parse_dates=["Date"])
    # Dividends are rows between the months, and empty.
    return columns(table[table.index.day == 1])


@panel(
    "several quantities",
    "shared: ETTh1, loads and oil of a transformer, every third hour",
    8,
)
def transformer():
    table = pd.read_csv(shared("ETTh1.csv"), index_col="date")
    return columns(table.iloc[:1500:3])


@panel(
    "one quantity",
    "shared: boardings of Chicago's trains and buses by day, 2016–17",
    14,
)
def chicago():
    table = pd.read_csv(
        shared("chicago_ridership_daily.csv"), parse_dates=["service_date"]
    )
    days = table.drop_duplicates("service_date").set_index("service_date").sort_index()
    return columns(days.loc["2016":"2017", ["bus", "rail_boardings"]])


# Made up: of each it is known whether levels and scales say something.


@panel("only the scale differs", "sales by day: one week's shape, scales 1 to 10⁴", 14)
def retail():
    rng = np.random.default_rng(0)
    week = np.array([0.8, 0.7, 0.8, 1.0, 1.4, 1.8, 0.5])
    scales = 10 ** rng.uniform(0, 4, 30)
    noise = 1 + 0.15 * rng.standard_normal((30, 120))
    drift = np.exp(0.03 * rng.standard_normal((30, 120)).cumsum(axis=1))
    return list(scales[:, np.newaxis] * week[np.arange(120) % 7] * noise * drift)


@panel("only the scale differs", "random walks, scales 1 to 10⁴: no signal", 8)
def walks():
    rng = np.random.default_rng(1)
    scales = 10 ** rng.uniform(0, 4, 20)
    return list(scales[:, np.newaxis] * rng.standard_normal((20, 120)).cumsum(axis=1))


@panel("only the level differs", "a damped swing around levels 0 to 1000", 8)
def levels():
    rng = np.random.default_rng(2)
    return [level + swing(rng, 120) for level in rng.uniform(0, 1000, 20)]


@panel("nothing differs", "the same damped swing 20 times", 8)
def alike():
    rng = np.random.default_rng(3)
    return [swing(rng, 120) for _ in range(20)]


def swing(rng, n_rows):
    """An autoregression of second order with a period of about nine."""
    values = np.zeros(n_rows + 50)
    for now in range(2, len(values)):
        past = 1.4 * values[now - 1] - 0.85 * values[now - 2]
        values[now] = past + rng.standard_normal()
    return values[50:]


@panel("the level says something", "growth to one capacity, harvested at times", 8)
def logistic():
    rng = np.random.default_rng(4)
    found = []
    for rate, size in zip(
        rng.uniform(0.01, 0.4, 25), rng.lognormal(1, 1, 25), strict=True
    ):
        values = [size]
        for _ in range(99):
            now = values[-1]
            now += rate * now * (1 - now / 100) + 0.01 * now * rng.standard_normal()
            values.append(now * (0.3 if rng.random() < 0.03 else 1))
        found.append(np.array(values))
    return found


@panel("the level says something", "rooms that are heated below 18, not above 22", 8)
def rooms():
    rng = np.random.default_rng(5)
    found = []
    for outside, loss, power in zip(
        rng.uniform(-5, 25, 25),
        rng.uniform(0.03, 0.2, 25),
        rng.uniform(2, 5, 25),
        strict=True,
    ):
        values, heats = [20.0], False
        for _ in range(119):
            now = values[-1]
            heats = now < 18 or (heats and now < 22)
            now += loss * (outside - now) + power * heats + 0.1 * rng.standard_normal()
            values.append(now)
        found.append(np.array(values))
    return found


@panel(
    "the level says something", "the way back to one mean, from far, 24 rows each", 4
)
def way_back():
    rng = np.random.default_rng(6)
    found = []
    for begin in rng.uniform(0, 100, 60):
        values = [begin]
        for _ in range(23):
            values.append(50 + 0.9 * (values[-1] - 50) + rng.standard_normal())
        found.append(np.array(values))
    return found


@panel("short", "60 damped swings of 24 rows, scales 1 to 10⁴", 6)
def short_scales():
    rng = np.random.default_rng(7)
    return [10 ** rng.uniform(0, 4) * swing(rng, 24) for _ in range(60)]


@panel("short", "60 damped swings of 24 rows, one scale", 6)
def short_alike():
    rng = np.random.default_rng(8)
    return [swing(rng, 24) for _ in range(60)]
