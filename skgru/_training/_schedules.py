"""How the learning rate changes in the course of training.

A schedule gives the learning rates of an epoch's mini-batches (``rates``). When the
loss no longer falls, ``slow_down`` either lowers the rate or says that it is time to
stop.
"""

import numpy as np


class Constant:
    """The same rate at every step.

    Parameters
    ----------
    initial : float
        The first learning rate.
    """

    # Whether the schedule itself says when training is over.
    has_end = False

    def __init__(self, initial):
        self.initial = initial

    def rates(self, epoch, n_batches):
        """Learning rates of an epoch, (n_batches,); `epoch` counts from 0."""
        return np.full(n_batches, self.initial)

    def slow_down(self):
        """Lower the rate and return True, or return False if it is time to stop."""
        return False


class InverseScaling(Constant):
    """``initial / sqrt(number of the epoch)``, where epochs are numbered from 1.

    Parameters
    ----------
    initial : float
    n_before : int
        Number of epochs of earlier calls, which are counted as well.
    """

    def __init__(self, initial, n_before):
        super().__init__(initial)
        self.n_before = n_before

    def rates(self, epoch, n_batches):
        """Learning rates of an epoch, as in `Constant`."""
        rate = self.initial / np.sqrt(self.n_before + epoch + 1)
        return np.full(n_batches, rate)


class Adaptive(Constant):
    """The rate is divided by 5 each time the loss no longer falls, three times."""

    def __init__(self, initial):
        super().__init__(initial)
        self._rate = initial

    def rates(self, epoch, n_batches):
        """Learning rates of an epoch, as in `Constant`."""
        return np.full(n_batches, self._rate)

    def slow_down(self):
        """Lower the rate and return True, or return False after the third time."""
        self._rate /= 5
        # Steps with a rate below 1/200 of the first one would change hardly anything in
        # the epochs that they would take.
        return self._rate > self.initial / 200


class Cosine(Constant):
    """Half a wave of the cosine, from the initial rate at the first step down to 0.

    Parameters
    ----------
    initial : float
    n_epochs : int
        Number of epochs until the rate is 0.

    References
    ----------
    Loshchilov, I. and Hutter, F. (2017). SGDR: stochastic gradient descent with warm
    restarts. ICLR. https://arxiv.org/abs/1608.03983
    """

    has_end = True

    def __init__(self, initial, n_epochs):
        super().__init__(initial)
        self.n_epochs = n_epochs

    def rates(self, epoch, n_batches):
        """Learning rates of an epoch, as in `Constant`."""
        done = (epoch + np.arange(n_batches) / n_batches) / self.n_epochs
        return self.initial / 2 * (1 + np.cos(np.pi * done))
