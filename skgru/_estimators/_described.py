"""The form in which a parameter or an attribute is described."""

from typing import NamedTuple


class Described(NamedTuple):
    """A parameter or an attribute.

    Attributes
    ----------
    kind : str
        The type, in the form of numpydoc, without the default.
    text : str
        The description: a paragraph.
    """

    kind: str
    text: str
