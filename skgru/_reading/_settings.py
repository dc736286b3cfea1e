"""The parameters of an estimator that say how X is read, after their checks."""

from dataclasses import dataclass, fields
from numbers import Integral

from skgru._checks import as_int
from skgru._reading._categories import plain_categories
from skgru._reading._columns import as_list


@dataclass(frozen=True)
class ReadingSettings:
    """How X is read: the estimator's parameters of the same names.

    Whole numbers are Python's int, and `static_features` is a list of names and
    indices, whatever types the user passed; so is `categorical_features`, if it is not
    "from_dtype" or None.
    """

    window: int | None = None
    remember: bool = False
    group_column: int | str | None = None
    n_timesteps: int | None = None
    time_order: str = "auto"
    static_features: list | None = None
    categorical_features: list | str | None = None

    @classmethod
    def of(cls, estimator):
        """Take the parameters of an estimator, and check them.

        Raises
        ------
        ValueError
            If they contradict each other.
        """
        asked = cls(
            window=_int_or_none("window", estimator.window),
            remember=bool(estimator.remember),
            group_column=plain_column(estimator.group_column),
            n_timesteps=_int_or_none("n_timesteps", estimator.n_timesteps),
            time_order=estimator.time_order,
            static_features=[
                plain_column(j) for j in as_list(estimator.static_features)
            ],
            categorical_features=plain_categories(estimator.categorical_features),
        )
        asked._check()
        return asked

    @classmethod
    def of_windows(cls, transformer):
        """Take the parameters of a `WindowTransformer`."""
        return cls(
            window=as_int("window", transformer.window),
            remember=bool(transformer.remember),
            group_column=plain_column(transformer.group_column),
        )

    def _check(self):
        if self.window is not None and self.n_timesteps is not None:
            raise ValueError(
                f"window={self.window} and n_timesteps={self.n_timesteps} exclude each "
                "other: window reads rows as consecutive observations, n_timesteps "
                "reads each row as one sequence. Pass one of them."
            )
        if self.remember and self.window is None:
            raise ValueError(
                "remember=True needs window=: it puts the last rows of fit before the "
                "rows passed to predict, which only windows look back to."
            )
        if self.group_column is not None and self.window is None:
            raise ValueError(
                f"group_column={self.group_column!r} needs window=: it keeps the "
                "windows of one series apart from those of the next, and without "
                "window every row is a sequence of its own. Pass window=, or leave "
                "group_column out and that column out of X."
            )
        if self.time_order == "newest_first" and self.window is not None:
            raise ValueError(
                "time_order='newest_first' cannot be combined with window=, which "
                "reads rows in their order, oldest first. Reverse the rows of X and y "
                "instead."
            )

    def kind_of(self, n_dims):
        """The kind of an X of so many dimensions: see the table in ``_reader.py``.

        Raises
        ------
        ValueError
            If a parameter has no meaning for an X of this kind.
        """
        if n_dims < 3:
            return "rows" if self.window is None else "series"
        for name in ("window", "n_timesteps"):
            if getattr(self, name) is not None:
                raise ValueError(
                    "X is 3-D, (n_samples, n_timesteps, n_features), so its steps are "
                    f"known and {name}={getattr(self, name)} has no meaning. Pass "
                    f"{name}=None, or a 2-D X."
                )
        return "samples"

    def changes(self, before):
        """Settings that differ from earlier ones: {name: (value now, value before)}.

        `remember` is left out, since it may change from call to call.
        """
        return {
            name: (getattr(self, name), getattr(before, name))
            for name in (field.name for field in fields(self))
            if name != "remember" and getattr(self, name) != getattr(before, name)
        }


def plain_column(column):
    """A column as the user gave it, with an index converted to Python's int."""
    is_index = isinstance(column, Integral) and not isinstance(column, bool)
    return int(column) if is_index else column


def _int_or_none(name, value):
    return None if value is None else as_int(name, value)
