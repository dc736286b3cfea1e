"""scikit-learn's callbacks: what they are told of a fit and its epochs."""

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing: scikit-learn before 1.9 has no callbacks, and no `set_callbacks`."""


def tasks_of_fit(estimator, n_epochs, X, y, sample_weight):
    """The tasks that the callbacks of an estimator are told of, while it is fitted.

    Parameters
    ----------
    estimator : estimator
    n_epochs : int
        How many there will be at most.
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
    """A fit without callbacks: nobody is told."""

    def visitor(self, watch, as_if_ended):
        """The watch alone visits the epochs."""
        return watch

    def end(self, as_it_is):
        """The fit has ended."""


class FitTasks:
    """A task "fit" with a task "epoch" for each epoch.

    Parameters are those of `tasks_of_fit`.
    """

    def __init__(self, estimator, n_epochs, X, y, sample_weight):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._estimator = estimator
        self._data = {"X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self._epoch = None
        self._fit.call_on_fit_task_begin(estimator=estimator, **self._data)

    def visitor(self, watch, as_if_ended):
        """A visitor of epochs that tells of them, and lets a callback end training.

        Parameters
        ----------
        watch : Watch
        as_if_ended : callable
            Returns what makes a copy of the estimator one that stopped here; called
            only if a callback asks for it.
        """
        self._watch, self._as_if_ended = watch, as_if_ended
        return self

    def begin(self):
        """Tell that an epoch begins."""
        self._watch.begin()
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._tell("begin", self._epoch, self._as_if_ended)

    def __call__(self, epoch):
        """Tell that it has ended; return whether to stop."""
        stops = self._watch(epoch)
        task, self._epoch = self._epoch, None
        return self._tell("end", task, self._as_if_ended) or stops

    def end(self, as_it_is):
        """Tell that the fit has ended.

        Parameters
        ----------
        as_it_is : callable
            Returns what makes a copy of the estimator one that stays as it is.
        """
        if self._epoch is not None:
            # It was cut short, or no step was possible: there is nothing to show of it.
            self._epoch.call_on_fit_task_end(estimator=self._estimator)
        self._tell("end", self._fit, as_it_is)

    def _tell(self, when, task, attributes):
        """Call a hook of all callbacks; return whether one wants to stop."""
        call = getattr(task, f"call_on_fit_task_{when}")
        return call(
            estimator=self._estimator,
            **self._data,
            reconstruction_attributes=attributes,
        )
