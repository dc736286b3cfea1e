"""What skgru is to reach: each goal compares two lines of a table, or bounds one."""

from typing import NamedTuple

from results import best_of, ratios, spread

SKGRU_1, SKGRU_2 = "skgru, n_jobs=1", "skgru, n_jobs=2"
PRODUCTS = "products in BLAS alone"
JAX = ("JAX",)
PYTORCH = ("PyTorch, 1 thread", "PyTorch, 2 threads")
TENSORFLOW = ("Keras (TensorFlow)",)
ONNX_1, ONNX_2 = "ONNX Runtime, 1 thread", "ONNX Runtime, 2 threads"
LINEAR = ("LinearRegression, predict",)
GRU = ("skgru's GRU, n_jobs=1",)
FIRST = "skgru, first fit and predict, cold"
SKORCH = ("skorch, 1 thread", "skorch, 2 threads")


class Goal(NamedTuple):
    """At most so many times the fastest of some entries, or so much by itself.

    Without `others` the numbers of `entry` themselves are bounded. `is_share`: what is
    bounded, from below, is the share of the time of `entry` that `others` need.
    `with_avx_512` is the limit on a machine with these instructions, if it is another.
    """

    comparison: str
    entry: str
    others: tuple[str, ...]
    limit: float
    quantity: str = "seconds"
    is_share: bool = False
    unit: str = ""
    with_avx_512: float | None = None

    def on(self, machine):
        """The goal as it is on a machine."""
        if self.with_avx_512 is not None and machine.get("vectors") == "AVX-512":
            return self._replace(limit=self.with_avx_512)
        return self

    @property
    def what(self):
        """Both sides in words."""
        if not self.others:
            return self.entry
        other = self.others[0]
        if len(self.others) > 1:
            other = f"the best of {other.split(',')[0]}"
        return f"{other} / {self.entry}" if self.is_share else f"{self.entry} / {other}"

    @property
    def wanted(self):
        """The limit in words."""
        if self.is_share:
            return f"≥ {self.limit:.0%}"
        if self.others and self.limit < 0.2 and (1 / self.limit).is_integer():
            return f"≤ 1/{1 / self.limit:.0f}"
        return f"≤ {self.limit:g}{self.unit}"

    @property
    def form(self):
        """How a number is written that this bounds."""
        return "{:.0%}" if self.is_share else "{:.3g}"

    def reached(self, measurements):
        """Median and range, or None where something was not measured."""
        numbers = measurements.get(self.entry, {}).get(self.quantity)
        if not numbers:
            return None
        if not self.others:
            return spread(numbers)
        other = best_of(measurements, self.others)
        if other is None:
            return None
        pair = (other, self.entry) if self.is_share else (self.entry, other)
        return ratios(measurements, *pair)

    def is_met(self, reached):
        """Whether the median keeps to the limit."""
        if self.is_share:
            return reached.median >= self.limit
        return reached.median <= self.limit


GOALS = (
    Goal("tutorial", SKGRU_1, JAX, 0.33),
    Goal("tutorial", SKGRU_1, PYTORCH, 1 / 100),
    Goal("tutorial", SKGRU_1, TENSORFLOW, 1 / 250),
    Goal("tiny", SKGRU_1, JAX, 0.22, with_avx_512=0.20),
    Goal("tiny", SKGRU_1, PYTORCH, 1 / 30),
    Goal("mid", SKGRU_1, JAX, 0.40, with_avx_512=0.46),
    Goal("mid", SKGRU_1, PYTORCH, 1 / 6),
    Goal("mid", SKGRU_2, JAX, 0.24, with_avx_512=0.26),
    Goal("mid", SKGRU_2, PYTORCH, 1 / 10),
    Goal("mid", SKGRU_1, (PRODUCTS,), 0.75, is_share=True),
    Goal("mid", "skgru, n_jobs=1, float64", (SKGRU_1,), 2.2),
    Goal("large", SKGRU_1, JAX, 0.95, with_avx_512=1.08),
    Goal("large", SKGRU_2, JAX, 0.55, with_avx_512=0.56),
    Goal("large", SKGRU_2, PYTORCH, 1 / 2),
    Goal("large", SKGRU_1, (PRODUCTS,), 0.88, is_share=True),
    Goal("large", "skgru, n_jobs=1, float64", (SKGRU_1,), 2.2),
    Goal("long", SKGRU_2, JAX, 0.5),
    Goal("stacked", SKGRU_2, JAX, 0.5),
    Goal("lstm-tiny", SKGRU_1, JAX, 0.22, with_avx_512=0.20),
    Goal("lstm-tiny", SKGRU_1, PYTORCH, 1 / 25),
    Goal("lstm-mid", SKGRU_1, JAX, 0.40, with_avx_512=0.46),
    Goal("lstm-mid", SKGRU_2, JAX, 0.24, with_avx_512=0.26),
    Goal("lstm-mid", SKGRU_2, PYTORCH, 1 / 8),
    Goal("lstm-mid", SKGRU_1, GRU, 1.40),
    Goal("lstm-large", SKGRU_1, JAX, 0.95, with_avx_512=1.08),
    Goal("lstm-large", SKGRU_2, JAX, 0.55, with_avx_512=0.56),
    Goal("lstm-large", SKGRU_2, PYTORCH, 1 / 2),
    Goal("lstm-large", SKGRU_1, GRU, 1.40),
    Goal("rnn-mid", SKGRU_1, GRU, 0.42),
    Goal("predict-mid", SKGRU_1, (ONNX_1,), 0.42, with_avx_512=0.34),
    Goal("predict-mid", SKGRU_2, (ONNX_2,), 0.28, with_avx_512=0.23),
    Goal("predict-large", SKGRU_1, (ONNX_1,), 0.80, with_avx_512=0.62),
    Goal("predict-large", SKGRU_2, (ONNX_2,), 0.60, with_avx_512=0.50),
    Goal("predict-large", SKGRU_1, (PRODUCTS,), 0.85, is_share=True),
    Goal("predict-one", "skgru, predict", LINEAR, 0.8),
    Goal("predict-one", "skgru, predict, a row of a table", LINEAR, 1.3),
    Goal("predict-one", "skgru, the kernel alone", ("ONNX Runtime, run",), 0.7),
    Goal("grid", SKGRU_1, ("MLPRegressor",), 1),
    Goal("grid", SKGRU_1, SKORCH, 1 / 20),
    Goal("windows", SKGRU_1, (), 4, quantity="series", unit=" series"),
    Goal("windows", SKGRU_2, (), 4, quantity="series", unit=" series"),
    Goal("memory", "skgru, array", (), 4, quantity="series", unit=" series"),
    Goal("memory", "skgru, memory map", (), 4, quantity="series", unit=" series"),
    Goal("start-up", FIRST, ("import scikit-learn and Numba",), 4),
    Goal("start-up", FIRST, (), 6, unit=" s"),
    Goal("start-up", "skgru, first fit and predict, cached", (), 0.3, unit=" s"),
)
