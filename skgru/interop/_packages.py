"""Import the packages that only an export or import needs, or say how to get them."""

import importlib


def needed(name, purpose, instead=""):
    """Import a package that skgru itself does not need.

    Parameters
    ----------
    name : str
        The module to import; its package is what stands before the first dot.
    purpose : str
        What needs it, for the message.
    instead : str, default=""
        What can be done without it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not installed; the message holds the command that installs it.
    """
    package = name.split(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != package:
            raise
        raise ImportError(
            f"{purpose} needs the package {package}, which is not installed. "
            f"Install it: pip install {package}{instead}"
        ) from error
