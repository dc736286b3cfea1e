"""What targets of every kind tell about the rows of a fit."""

from typing import NamedTuple


class Doubt(NamedTuple):
    """What speaks against stopping by the rows that are held out.

    Attributes
    ----------
    message : str
        What the user is told.
    refuses : bool
        Whether no rows are held out therefore.
    """

    message: str
    refuses: bool
