"""Weights of classes, from the parameter `class_weight`."""

import numpy as np

from skgru._checks import shortened
from skgru._estimators._labels import shown_labels


def refuse_class_weight(class_weight, owner):
    if class_weight is not None:
        raise ValueError(
            f"class_weight={shortened(class_weight)} weighs the rows of a class, but "
            f"each row of y has several labels, and {owner} has one weight for each "
            "row. Set class_weight=None, and pass sample_weight."
        )


def weights_of_classes(class_weight, classes, sums):
    """Weight of each class.

    Parameters
    ----------
    class_weight : None, "balanced" or dict
    classes : ndarray of shape (n_classes,)
    sums : ndarray of shape (n_classes,)
        Sum of the weights of the rows of each class.
    """
    weights = np.ones(len(classes))
    if class_weight is None:
        return weights
    if isinstance(class_weight, str):
        there = sums > 0
        weights[there] = sums.sum() / (np.count_nonzero(there) * sums[there])
        return weights
    known = classes.tolist()
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(
            f"class_weight holds weights for {shown_labels(unknown)}, but the classes "
            f"of y are {shown_labels(known)}. Name classes as y does."
        )
    for label, weight in class_weight.items():
        try:
            weights[known.index(label)] = weight
        except (TypeError, ValueError, OverflowError):
            weights[known.index(label)] = np.nan
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError(
            f"class_weight={shortened(class_weight)}, but its values must be 0 or more "
            "and finite, and not all of them 0."
        )
    # The rows of one call of `partial_fit` may be of a single class.
    n_there = int(np.count_nonzero(sums))
    n_left = int(np.count_nonzero((sums > 0) & (weights > 0)))
    if n_left < min(2, n_there):
        raise ValueError(
            f"class_weight={shortened(class_weight)} leaves {n_left} of the {n_there} "
            "classes in y: the rows of all others have the weight 0. Give two classes "
            "or more a weight."
        )
    return weights
