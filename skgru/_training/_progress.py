"""What training tells while it runs: a line for each epoch, on standard output."""

import math
import sys
import time


class Silence:
    """Tells nothing."""

    def begin(self):
        """An epoch begins."""

    def end(self, epoch, number):
        """It has ended."""


class Progress:
    """Tells of each epoch, and how long the others may take.

    Parameters
    ----------
    n_epochs : int or None
        How many there will be at most; None where each is a call of its own.
    n_before : int
        Epochs of earlier calls.
    """

    def __init__(self, n_epochs, n_before):
        self._n_epochs, self._n_before = n_epochs, n_before
        self._has_begun = self._compiles = False
        self._compiling_since = self._training_since = 0.0

    def compiling(self):
        """Tell that kernels are being compiled, which lasts until the first epoch."""
        self._compiles, self._compiling_since = True, time.perf_counter()
        _write("compiling: some seconds, once for this kind of network and precision")

    def begin(self):
        """An epoch begins: the clock runs from the first one."""
        if self._has_begun:
            return
        self._has_begun, self._training_since = True, time.perf_counter()
        if self._compiles:
            seconds = self._training_since - self._compiling_since
            _write(f"compiled in {seconds:.1f} s")

    def end(self, epoch, number):
        """Tell of an epoch that has ended.

        Parameters
        ----------
        epoch : skgru._training._problem.Epoch
        number : int
            From 1 in each call.
        """
        # Each column is as wide as its widest number can be: lines stay aligned.
        parts = [self._place(number), f"loss {epoch.loss:<10.4g}"]
        if epoch.validation_loss is not None:
            parts.append(f"validation {epoch.validation_loss:<10.4g}")
        if not math.isnan(epoch.learning_rate):  # L-BFGS has none
            parts.append(f"rate {epoch.learning_rate:<9.3g}")
        if self._n_epochs is not None:
            parts.append(f"{self._time_left(number)} left")
        _write("  ".join(parts).rstrip())

    def _place(self, number):
        """Which epoch it is, and of how many where that is known."""
        if self._n_epochs is None:
            return f"epoch {self._n_before + number:>4}"
        return f"epoch {number:>{len(str(self._n_epochs))}}/{self._n_epochs}"

    def _time_left(self, number):
        """How long the other epochs take at most, if they take as long."""
        seconds = time.perf_counter() - self._training_since
        minutes, seconds = divmod(
            round(seconds / number * (self._n_epochs - number)), 60
        )
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"


def _write(line):
    """Write a line, and at once: output may be piped."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
