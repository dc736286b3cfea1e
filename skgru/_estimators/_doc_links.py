"""What makes scikit-learn's HTML of an estimator show what its parameters mean."""


class DocLinkMixin:
    """Descriptions of parameters and fitted attributes, in the HTML of an estimator.

    scikit-learn takes them from the docstring, and shows them only where there is a
    link to go with them. The documentation has no public address, so the link leads to
    no other page: it names the class, as an anchor of the page that shows it. Whoever
    publishes the documentation puts its address here.
    """

    _doc_link_module = "skgru"
    _doc_link_template = "#{estimator_module}.{estimator_name}"
