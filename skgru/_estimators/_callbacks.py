"""Report the progress of a fit and of its epochs to scikit-learn's callbacks."""

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An empty mixin: scikit-learn before 1.9 has no callbacks."""


def tasks_of_fit(estimator, n_epochs, X, y, sample_weight):
    """Make the object that reports a fit to the callbacks of the estimator.

    Parameters
    ----------
    estimator : estimator
    n_epochs : int
        The maximum number of epochs.
    X, y, sample_weight
        As the user passed them.

    Returns
    -------
    FitTasks or UnwatchedFit
    """
    if not hasattr(estimator, "_skl_callbacks"):
        return UnwatchedFit()
    return FitTasks(estimator, n_epochs, X, y, sample_weight)


class UnwatchedFit:
    """A fit of an estimator without callbacks: nothing is reported."""

    def visitor(self, watch, as_if_ended):
        """Return the watch, which is then the only visitor of the epochs."""
        return watch

    def end(self, as_it_is):
        """Do nothing at the end of the fit."""


class FitTasks:
    """Reports a task "fit" to the callbacks, and in it a task "epoch" for each epoch.

    The parameters are those of `tasks_of_fit`.
    """

    def __init__(self, estimator, n_epochs, X, y, sample_weight):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._estimator = estimator
        self._data = {"X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self._epoch = None
        self._fit.call_on_fit_task_begin(estimator=estimator, **self._data)

    def visitor(self, watch, as_if_ended):
        """Return a visitor that reports epochs, and lets a callback end training.

        Parameters
        ----------
        watch : Watch
        as_if_ended : callable
            Returns a dict of the attributes that the estimator would have if training
            ended now. It is called only if a callback asks for the fitted estimator.
        """
        self._watch, self._as_if_ended = watch, as_if_ended
        return self

    def begin(self):
        """Report that an epoch begins."""
        self._watch.begin()
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._tell("begin", self._epoch, self._as_if_ended)

    def __call__(self, epoch):
        """Report that the epoch has ended; return whether training is to stop."""
        stops = self._watch(epoch)
        task, self._epoch = self._epoch, None
        return self._tell("end", task, self._as_if_ended) or stops

    def end(self, as_it_is):
        """Report that the fit has ended.

        Parameters
        ----------
        as_it_is : callable
            Returns a dict of the attributes of the fitted estimator.
        """
        if self._epoch is not None:
            # The last epoch was interrupted, or no step was possible: it has no fitted
            # estimator to show.
            self._epoch.call_on_fit_task_end(estimator=self._estimator)
        self._tell("end", self._fit, as_it_is)

    def _tell(self, when, task, attributes):
        """Call a hook of all callbacks; return whether one asks to stop training."""
        call = getattr(task, f"call_on_fit_task_{when}")
        return call(
            estimator=self._estimator,
            **self._data,
            reconstruction_attributes=attributes,
        )
