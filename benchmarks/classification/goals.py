"""What the classifiers are to reach: each goal bounds a measure of a model on a set."""

from typing import NamedTuple

import numpy as np
from classification.measures import ACCURACY, LOG_LOSS, MORE_IS_BETTER, RECALL
from classification.summary import values
from classification.timing import NAMES, SOFTMAX

GRU, BOTH_WAYS = "GRUClassifier", "GRUClassifier, both ways"
FOR_NAMES = "GRUClassifier, settings for names"
SKGRU, RATIO = "skgru", "ratio"


class Goal(NamedTuple):
    """At least, or at most, so much: in the median over seeds, or of the worst one."""

    dataset: str
    model: str
    measure: str
    limit: float
    of_worst: bool = False

    @property
    def sign(self):
        """Of which side of the limit is right."""
        return "≥" if self.measure in MORE_IS_BETTER else "≤"

    @property
    def what(self):
        """The measure in words."""
        return f"{self.measure}, worst seed" if self.of_worst else self.measure

    @property
    def wanted(self):
        """The limit in words."""
        return f"{self.sign} {self.limit:.3g}"

    def reached(self, results):
        """The number that is bounded, or None where it was not measured."""
        numbers = values(results, self.dataset, self.model, self.measure)
        if not len(numbers):
            return None
        if self.of_worst:
            return float(min(numbers) if self.sign == "≥" else max(numbers))
        return float(np.median(numbers))

    def is_met(self, reached):
        """Whether that keeps to the limit; a rounding error is no reason to miss it."""
        over = reached - self.limit
        return bool(over >= -1e-9 if self.sign == "≥" else over <= 1e-9)


GOALS = (
    Goal("GunPoint", GRU, ACCURACY, 0.95),
    Goal("GunPoint", GRU, ACCURACY, 0.85, of_worst=True),
    Goal("ItalyPowerDemand", GRU, ACCURACY, 0.965),
    Goal("BasicMotions", GRU, ACCURACY, 0.975),
    Goal("BasicMotions", GRU, LOG_LOSS, 0.25),
    Goal("JapaneseVowels", GRU, ACCURACY, 0.975),
    Goal("JapaneseVowels", GRU, LOG_LOSS, 0.10),
    Goal("JapaneseVowels", BOTH_WAYS, ACCURACY, 0.98),
    Goal("names", GRU, ACCURACY, 0.81),
    Goal("names", GRU, LOG_LOSS, 0.62),
    Goal("names", FOR_NAMES, ACCURACY, 0.84),
    Goal("names", FOR_NAMES, LOG_LOSS, 0.56),
    Goal("digits by row", GRU, ACCURACY, 0.93),
    Goal("rare class", GRU, RECALL, 0.8),
    Goal(SOFTMAX, SKGRU, RATIO, 1.05),
    Goal(NAMES, SKGRU, RATIO, 1 / 6),
)
