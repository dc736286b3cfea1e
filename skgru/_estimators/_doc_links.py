"""Descriptions of the parameters in scikit-learn's HTML display of an estimator."""


class DocLinkMixin:
    """Makes scikit-learn show parameter descriptions in the HTML of an estimator.

    scikit-learn takes the descriptions of parameters and fitted attributes from the
    docstring, and shows them only if the estimator has a link to its documentation. The
    documentation has no public address, so the link is only an anchor that names the
    class, and leads to no other page. Whoever publishes the documentation puts its
    address here.
    """

    _doc_link_module = "skgru"
    _doc_link_template = "#{estimator_module}.{estimator_name}"
