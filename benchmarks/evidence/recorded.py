"""Series that were measured: from packages, from the examples, from the shared data."""

import functools
import importlib
import pathlib

import numpy as np
import pandas as pd
from evidence.datasets import Dataset, Missing, dataset, next_value

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"
# Beside the checkout, as for the tests.
SHARED = CHECKOUT.parent / "shared" / "data"


def packaged(package, *path):
    """A file inside an installed package."""
    try:
        folder = pathlib.Path(importlib.import_module(package).__file__).parent
    except ImportError:
        raise Missing(f"{package} is not installed") from None
    return folder.joinpath("datasets", *path)


statsmodels = functools.partial(packaged, "statsmodels")
sktime = functools.partial(packaged, "sktime", "data")


def shared(name):
    """A file of the folder of shared data."""
    path = SHARED / name
    if not path.exists():
        raise Missing(f"{name} is not in the folder of shared data beside the checkout")
    return path


@dataset("few rows", "statsmodels: US employment and five indicators, 1947–62")
def longley():
    table = pd.read_csv(statsmodels("longley", "longley.csv"))
    return next_value(table.drop(columns=["Obs", "YEAR"]), window=3)


@dataset("few rows", "statsmodels: world consumption of copper, prices, 1951–75")
def copper():
    table = pd.read_csv(statsmodels("copper", "copper.csv"))
    return next_value(table.drop(columns=["YEAR", "TIME"]), window=4)


@dataset("few rows", "sktime: monthly sales of a shampoo")
def shampoo():
    return next_value(
        pd.read_csv(sktime("ShampooSales", "ShampooSales.csv"))["Sales"], window=6
    )


@dataset("few rows", "statsmodels: Danish money, income and rates, by quarter")
def danish_money():
    table = pd.read_csv(statsmodels("danish_data", "data.csv"), index_col=0)
    return next_value(table, window=4)


@dataset("few rows", "statsmodels: yearly mean of the sea off Peru, 1950–2010")
def elnino_yearly():
    table = pd.read_csv(statsmodels("elnino", "elnino.csv"), index_col="YEAR")
    return next_value(table.mean(axis=1), window=6)


@dataset("trend", "sktime: airline passengers by month, 1949–60 (Box and Jenkins)")
def airline():
    table = pd.read_csv(sktime("Airline", "Airline.csv"))
    return next_value(table["Passengers"], window=12)


@dataset("trend", "statsmodels: turnover of electrical equipment by month, 1995–2016")
def electrical_equipment():
    table = pd.read_csv(statsmodels("elec_equip", "elec_equip.csv"), index_col="DATE")
    return next_value(table, window=12)


@dataset("trend", "statsmodels: US gross domestic product by quarter, 1959–2009")
def gdp():
    table = pd.read_csv(statsmodels("macrodata", "macrodata.csv"))
    return next_value(table["realgdp"], window=8)


@dataset("trend", "statsmodels: carbon dioxide on Mauna Loa by week; gaps filled")
def co2():
    table = pd.read_csv(statsmodels("co2", "co2.csv"), index_col="date")
    return next_value(table["co2"].interpolate(), window=52)


@dataset("season", "statsmodels: temperature of the sea off Peru by month, 1950–2010")
def elnino():
    table = pd.read_csv(statsmodels("elnino", "elnino.csv"), index_col="YEAR")
    return next_value(table.to_numpy().ravel(), window=12)


@dataset("season", "sktime: killed and injured by month, and whether belts were a must")
def seatbelts():
    table = pd.read_csv(sktime("seatbelts", "seatbelts.csv"), index_col=0)
    return next_value(table, window=12)


@dataset("season", "sktime: solar power in Britain by half-hour, one week")
def solar():
    return next_value(pd.read_csv(sktime("solar", "solar.csv"))["solar_gen"], window=48)


@dataset(
    "season", "examples: boardings of Chicago's trains by day; the type of the next"
)
def chicago_rail():
    table = pd.read_csv(EXAMPLES / "chicago_rail_daily.csv")
    tomorrow = pd.get_dummies(table["day_type"].shift(-1)).iloc[:-1]
    X = np.column_stack([table["rail_boardings"].iloc[:-1], tomorrow]).astype(float)
    y = table["rail_boardings"].to_numpy(dtype=float)[1:]
    return Dataset(X, y, 14, (len(y) * 5) // 6, 0)


@dataset("season", "shared: boardings of Chicago's trains by day, 2016 to May 2019")
def chicago_rail_alone():
    table = pd.read_csv(
        shared("chicago_ridership_daily.csv"), parse_dates=["service_date"]
    )
    days = table.drop_duplicates("service_date").set_index("service_date").sort_index()
    rail = days.loc["2016":"2019-05", "rail_boardings"] / 1e6
    data = next_value(rail, window=56)
    return data._replace(first_test=int((rail.index < "2019").sum()) - 1)


@dataset("cycles and chaos", "statsmodels: sunspots by year, 1700–2008")
def sunspots():
    table = pd.read_csv(statsmodels("sunspots", "sunspots.csv"))
    return next_value(table["SUNACTIVITY"], window=24)


@dataset("cycles and chaos", "sktime: lynx trapped in Canada by year, 1821–1934")
def lynx():
    return next_value(
        pd.read_csv(sktime("Lynx", "Lynx.csv"), index_col=0).iloc[:, 0], window=12
    )


@dataset("cycles and chaos", "reservoirpy: the laser of the Santa Fe competition")
def laser():
    values = np.load(packaged("reservoirpy", "santafe_laser.npy"))
    return next_value(values[:2000], window=16)


@dataset("cycles and chaos", "sktime: an electrocardiogram, MIT-BIH, ten seconds")
def heart():
    return next_value(
        pd.read_csv(sktime("mitdb", "mitdb.csv"))["data"].iloc[:3600], window=24
    )


@dataset("inputs", "statsmodels: US unemployment and eight indicators by quarter")
def unemployment():
    table = pd.read_csv(statsmodels("macrodata", "macrodata.csv"))
    table = table.drop(columns=["year", "quarter", "realdpi", "pop", "realint"])
    return next_value(table, window=8, target=table.columns.get_loc("unemp"))


@dataset("inputs", "sktime: changes of US consumption and four indicators by quarter")
def us_changes():
    table = pd.read_csv(sktime("Uschange", "Uschange.csv"), index_col="Quarter")
    return next_value(table.iloc[:, 1:], window=8)


@dataset("inputs", "shared: ETTh1, a transformer's oil temperature and loads by hour")
def oil_temperature():
    table = pd.read_csv(shared("ETTh1.csv"), index_col="date")
    data = next_value(table.iloc[: 20 * 30 * 24], window=24, target=6)
    return data._replace(first_test=16 * 30 * 24)


@dataset("no signal", "statsmodels: volume of the Nile by year, 1871–1970")
def nile():
    return next_value(pd.read_csv(statsmodels("nile", "nile.csv"))["volume"], window=8)
