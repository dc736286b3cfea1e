"""Messages during training: a line for each epoch, on standard output."""

import math
import sys
import time

from skgru._numerics._kernel_info import describe_kernels


class Silence:
    """Writes nothing; used in place of `Progress`."""

    def begin(self):
        """Do nothing when an epoch begins."""

    def end(self, epoch, number):
        """Do nothing when an epoch has ended."""


class Progress:
    """Writes a line for each epoch, with the time that the remaining epochs may take.

    Parameters
    ----------
    n_epochs : int or None
        How many epochs there will be at most; None where each epoch is a call of
        `partial_fit`.
    n_before : int
        Number of epochs of earlier calls.
    tells_kernels : bool, default=False
        Whether to say first where compiled kernels come from.
    """

    def __init__(self, n_epochs, n_before, *, tells_kernels=False):
        self._tells_kernels = tells_kernels
        self._n_epochs, self._n_before = n_epochs, n_before
        self._has_begun = self._compiles = False
        self._compiling_since = self._training_since = 0.0

    def compiling(self):
        """Write that kernels are being compiled, which lasts until the first epoch."""
        self._compiles, self._compiling_since = True, time.perf_counter()
        _write(
            "compiling: some seconds, once for each kind of network, loss and precision"
        )

    def begin(self):
        """Take note that an epoch begins. The clock starts with the first epoch."""
        if self._has_begun:
            return
        self._has_begun, self._training_since = True, time.perf_counter()
        if self._compiles:
            seconds = self._training_since - self._compiling_since
            _write(f"compiled in {seconds:.1f} s")
        if self._tells_kernels:
            _write(describe_kernels())

    def end(self, epoch, number):
        """Write the line of an epoch that has ended.

        Parameters
        ----------
        epoch : skgru._training._problem.Epoch
        number : int
            Number of the epoch in this call, from 1.
        """
        # Each column is as wide as its widest number can be, so the lines stay aligned.
        parts = [self._place(number), f"loss {epoch.loss:<10.4g}"]
        if epoch.validation_loss is not None:
            parts.append(f"validation {epoch.validation_loss:<10.4g}")
        if not math.isnan(epoch.learning_rate):  # L-BFGS has none
            parts.append(f"rate {epoch.learning_rate:<9.3g}")
        if self._n_epochs is not None:
            parts.append(f"{self._time_left(number)} left")
        _write("  ".join(parts).rstrip())

    def _place(self, number):
        """Number of the epoch, and the number of all epochs if it is known."""
        if self._n_epochs is None:
            return f"epoch {self._n_before + number:>4}"
        return f"epoch {number:>{len(str(self._n_epochs))}}/{self._n_epochs}"

    def _time_left(self, number):
        """Time for all remaining epochs, at the mean speed of the epochs so far."""
        seconds = time.perf_counter() - self._training_since
        minutes, seconds = divmod(
            round(seconds / number * (self._n_epochs - number)), 60
        )
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"


def _write(line):
    """Write a line without a delay, also when output is piped."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
