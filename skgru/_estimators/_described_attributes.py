"""What each fitted attribute of the estimators holds, for their docstrings."""

from skgru._estimators._described import Described

ATTRIBUTES = {
    "classes_": Described(
        "ndarray of shape (n_classes,)",
        """
        The labels in rising order, which is that of the columns of `predict_proba`.
        If each row has several labels, their numbers.
        """,
    ),
    "class_weights_": Described(
        "ndarray of shape (n_classes,)",
        """
        What the weights of the rows of each class were multiplied by.
        """,
    ),
    "n_features_in_": Described(
        "int",
        """
        Length of the last axis of X in `fit`.
        """,
    ),
    "feature_names_in_": Described(
        "ndarray of shape (`n_features_in_`,)",
        """
        Names of the columns, if X had names that are all strings.
        """,
    ),
    "n_outputs_": Described(
        "int",
        """
        Number of targets.
        """,
    ),
    "n_timesteps_": Described(
        "int",
        """
        Number of steps of the sequences in `fit`; 0 before there were any, as with the
        weights of another framework.
        """,
    ),
    "n_iter_": Described(
        "int",
        """
        Epochs of the last `fit`, or iterations with ``solver="lbfgs"``.
        """,
    ),
    "best_iter_": Described(
        "int or None",
        """
        Index, in the curves, of the epoch whose weights were kept; None if no epoch
        had a finite loss, or none was better than predicting the mean.
        """,
    ),
    "loss_": Described(
        "float",
        """
        Training loss in the epoch whose weights were kept.
        """,
    ),
    "best_loss_": Described(
        "float or None",
        """
        With `early_stopping`, the loss of the held-out rows in the epoch whose
        weights were kept, else the lowest training loss of this call.
        """,
    ),
    "loss_curve_": Described(
        "list of float",
        """
        Running mean of the training loss during each epoch, in the (squared) units
        of y, without the L2 penalty.
        """,
    ),
    "validation_loss_curve_": Described(
        "list of float",
        """
        Loss of `predict` on the held-out rows after each epoch; empty if no rows
        were held out, and NaN in the epochs of calls that held out none.
        """,
    ),
    "history_": Described(
        "dict of list",
        """
        The two loss curves, and the learning rate at the beginning of each epoch,
        which is NaN with ``solver="lbfgs"``.
        """,
    ),
    "stop_reason_": Described(
        '{"max_iter", "no_improvement", "non_finite_loss", "diverged", '
        '"interrupted", "callback"}',
        """
        Why training ended. Ctrl-C interrupts training after the current epoch;
        ``"callback"`` means that a callback of `set_callbacks` returned True.
        """,
    ),
    "quantiles_": Described(
        "ndarray of shape (n_quantiles,)",
        """
        With ``loss="quantile"``: which quantiles are predicted, in order.
        """,
    ),
    "validation_score_": Described(
        "float or None",
        """
        `score` of the kept weights on the held-out rows; None if there are none.
        """,
    ),
    "baseline_score_": Described(
        "dict or None",
        """
        Scores of two simple predictions on the held-out rows; None if there is no
        `validation_score_`. ``"mean"`` predicts the mean of the training rows.
        ``"last_value"`` repeats the last value of the feature that holds the
        target's own past, where it is known which one that is (from `anchor`, or
        because the feature's next value is the target in all rows but a few, perhaps
        in other units). If the model is
        not better than the last value, and enough rows are held out, a warning says
        so.
        """,
    ),
    "anchor_": Described(
        "int, str, list or None",
        """
        The feature of a step whose last value predictions start from, by its name
        if it has one; None if there is none. A list, one for each target, where
        they differ. In predictions by a `loss` for counts there is none.
        """,
    ),
    "line_coefs_": Described(
        "list of ndarray of shape (n_inputs, n_outputs)",
        """
        Weights of the linear path beside the network, if there is one: where the
        level of a target drifts, those of the changes from earlier steps to the last
        one, the oldest first; where its last value alone is worse than the mean,
        that of the last value, in the last row. With a list of quantiles,
        n_quantiles for each output.
        """,
    ),
    "feature_mean_": Described(
        "ndarray of shape (n_features,)",
        """
        What is subtracted from the features of each step; categorical features come
        last, with a mean of 0 and a scale of 1.
        """,
    ),
    "feature_scale_": Described(
        "ndarray of shape (n_features,)",
        """
        What the features are divided by after `feature_mean_` is subtracted.
        """,
    ),
    "static_mean_": Described(
        "ndarray of shape (n_static_features,)",
        """
        What is subtracted from the static features.
        """,
    ),
    "static_scale_": Described(
        "ndarray of shape (n_static_features,)",
        """
        What the static features are divided by after `static_mean_` is subtracted.
        """,
    ),
    "target_mean_": Described(
        "ndarray of shape (`n_outputs_`,)",
        """
        What is subtracted from the targets.
        """,
    ),
    "target_scale_": Described(
        "ndarray of shape (`n_outputs_`,)",
        """
        What the targets are divided by after `target_mean_` is subtracted.
        """,
    ),
    "series_": Described(
        "list",
        """
        Names of the series in `fit`, in the order in which they appear. This
        attribute and those below whose names begin with ``series_`` exist only with
        `group_column` and ``standardize=True``.
        """,
    ),
    "series_mean_": Described(
        "ndarray of shape (n_series, n_features)",
        """
        What is subtracted from the features of each series, before all series are
        standardised together. Features that are constant within every series are
        not changed.
        """,
    ),
    "series_scale_": Described(
        "ndarray of shape (n_series, n_features)",
        """
        What the features of each series are divided by after `series_mean_` is
        subtracted.
        """,
    ),
    "series_static_mean_": Described(
        "ndarray of shape (n_series, n_static_features)",
        """
        `series_mean_` of the static features.
        """,
    ),
    "series_static_scale_": Described(
        "ndarray of shape (n_series, n_static_features)",
        """
        `series_scale_` of the static features.
        """,
    ),
    "series_target_mean_": Described(
        "ndarray of shape (n_series, n_outputs)",
        """
        `series_mean_` of the targets. Where it is known which feature holds a
        target's own past, the mean of that feature.
        """,
    ),
    "series_target_scale_": Described(
        "ndarray of shape (n_series, n_outputs)",
        """
        `series_scale_` of the targets. Where it is known which feature holds a
        target's own past, the scale of that feature.
        """,
    ),
    "categories_": Described(
        "list of list",
        """
        Where X has categorical features, the categories of each, in the order of
        their weights: first the features of a step, then static features, each in
        their order in X.
        """,
    ),
    "embeddings_": Described(
        "list of ndarray of shape (n_categories + 1, `embedding_size`)",
        """
        With `embedding_size`, the numbers of each categorical feature of a step: a
        row for each of its `categories_`, and one for what is missing or unknown.
        """,
    ),
    "kernels_": Described(
        "list of ndarray of shape (n_inputs, n_gates * n_hidden)",
        """
        Input weights of each layer, with the gates side by side in the order of the
        equations in the Notes. In the first layer, the rows of numeric features come
        first, in their order in X, and then for each categorical feature a row for
        each of its `categories_` and one for what is missing or unknown; or, with
        `embedding_size`, so many rows for each categorical feature. With
        `bidirectional`, this list and the next two hold two arrays for each layer:
        first that of the cell that reads forward, then that of the cell that reads
        backward.
        """,
    ),
    "recurrent_kernels_": Described(
        "list of ndarray of shape (n_hidden, n_gates * n_hidden)",
        """
        Recurrent weights of each layer.
        """,
    ),
    "biases_": Described(
        "list of ndarray of shape (n_gates * n_hidden,) or (2, n_gates * n_hidden)",
        """
        Biases of each layer. A GRU with ``reset_after=True`` has two rows, the bias of
        the inputs and that of the state.
        """,
    ),
    "coefs_": Described(
        "list of ndarray of shape (n_hidden, n_outputs)",
        """
        Weights of the dense head, a list of one array. With `bidirectional` its
        shape is (2 * n_hidden, n_outputs), with the weights of the forward cell
        first. Weights of static features are in additional rows at the end: first
        those of numeric features, then for each categorical feature a row for each of
        its `categories_` and one for what is missing or unknown.
        """,
    ),
    "intercepts_": Described(
        "list of ndarray of shape (n_outputs,)",
        """
        Intercepts of the dense head, a list of one array.
        """,
    ),
}

# What is otherwise where classes are predicted, and not numbers.
ATTRIBUTES_OF_CLASSIFIERS = {
    "n_outputs_": Described(
        "int",
        """
        Columns of y: 1, or the number of labels.
        """,
    ),
    "best_iter_": Described(
        "int or None",
        """
        Index, in the curves, of the epoch whose weights were kept; None if no epoch
        had a finite loss, or none was better than the frequencies of the classes.
        """,
    ),
    "loss_curve_": Described(
        "list of float",
        """
        Running mean of the log loss during each epoch, weighted as `class_weight`
        says, without the L2 penalty.
        """,
    ),
    "baseline_score_": Described(
        "dict or None",
        """
        Score of a simple prediction on the held-out rows; None if there is no
        `validation_score_`. ``"prior"`` predicts the most frequent class of the
        training rows. Both scores are weighted as `class_weight` says.
        """,
    ),
    "coefs_": Described(
        "list of ndarray of shape (n_hidden, n_decisions)",
        """
        Weights of the dense head, a list of one array with a column for each class, or
        a single one for two classes. With `bidirectional` its shape is
        (2 * n_hidden, n_decisions), with the weights of the forward cell first. Weights
        of static features are in additional rows at the end.
        """,
    ),
    "intercepts_": Described(
        "list of ndarray of shape (n_decisions,)",
        """
        Intercepts of the dense head, a list of one array. Before training they predict
        the frequencies of the classes.
        """,
    ),
}

ONLY_CLASSIFIERS = {"classes_", "class_weights_"}
ONLY_REGRESSORS = {
    "quantiles_",
    "anchor_",
    "line_coefs_",
    "target_mean_",
    "target_scale_",
    "series_target_mean_",
    "series_target_scale_",
}
