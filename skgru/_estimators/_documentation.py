"""The docstrings of the estimators, put together from descriptions that they share.

Each estimator has its own signature; what its parameters and fitted attributes mean is
in ``_described_parameters.py`` and ``_described_attributes.py``. Its docstring is put
together when its class is created, so that ``help``, the documentation and
scikit-learn's display in a notebook all show the complete text.
"""

import inspect
import textwrap

from skgru._estimators._described_attributes import (
    ATTRIBUTES,
    ATTRIBUTES_OF_CLASSIFIERS,
    ONLY_CLASSIFIERS,
    ONLY_REGRESSORS,
)
from skgru._estimators._described_parameters import (
    GROUPS,
    PARAMETERS,
    PARAMETERS_OF_CLASSIFIERS,
)

# Longest line of a docstring, not counting its indentation in a class.
_WIDTH = 84


# Paragraphs that the docstrings of all estimators have.
_SHARED = {
    "reading": """
X may be 3-D, ``(n_samples, n_timesteps, n_features)``, or 2-D. With `window`, the
rows of a 2-D X are consecutive observations; otherwise each row is one sequence,
whose steps are in its columns. See the user guide, "How X is read".
""",
    "weights": """
The attributes that hold weights (`kernels_`, `recurrent_kernels_`, `biases_`,
`coefs_`, `intercepts_`) are views of the parameters of the network: if you write
into them in place, `predict` uses the new values, and `partial_fit` trains on from
them. Each fit makes new parameters, which older views do not show.

A missing step, all of whose features are NaN, is skipped; only the first steps of a
sequence may be missing. Weights start as in Keras: Glorot uniform, orthogonal for
the recurrent weights, and zero for biases but those of `gate_init`. The weights of
static features start at zero.
""",
}

# References by the marks with which docstrings cite them.
_REFERENCES = {
    "[3]_": """
.. [3] Zeng, A., Chen, M., Zhang, L. and Xu, Q. (2023). Are transformers effective
   for time series forecasting? AAAI. https://arxiv.org/abs/2205.13504. NLinear.
""",
    "[4]_": """
.. [4] Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
   Mathematical Statistics 35, 73-101. https://doi.org/10.1214/aoms/1177703732
""",
    "[5]_": """
.. [5] Loshchilov, I. and Hutter, F. (2017). SGDR: stochastic gradient descent with
   warm restarts. ICLR. https://arxiv.org/abs/1608.03983
""",
    "[6]_": """
.. [6] Gal, Y. and Ghahramani, Z. (2016). A theoretically grounded application of
   dropout in recurrent neural networks. NeurIPS. https://arxiv.org/abs/1512.05287
""",
    "[7]_": """
.. [7] Lai, G., Chang, W.-C., Yang, Y. and Liu, H. (2018). Modeling long- and
   short-term temporal patterns with deep neural networks. SIGIR.
   https://arxiv.org/abs/1703.07015. Equation 9, the autoregressive component.
""",
    "[8]_": """
.. [8] Tallec, C. and Ollivier, Y. (2018). Can recurrent neural networks warp time?
   ICLR. https://arxiv.org/abs/1804.11188. Section 2; here, for half of the units, and
   with biases at equal distances.
""",
}


def documented(init, text):
    """Put together the docstring of an estimator.

    Parameters
    ----------
    init : callable
        The ``__init__`` of the estimator. The parameters are described in the order
        of this signature, and with its defaults.
    text : str
        The rest of the docstring, with ``{parameters}`` and ``{attributes}`` on lines
        of their own, where the descriptions will stand; likewise ``{groups}``, the
        paragraphs that are shared, and ``{references}`` that these cite.

    Returns
    -------
    str
    """
    signature = inspect.signature(init).parameters
    names = [name for name in signature if name != "self"]
    is_classifier = "loss" not in names
    described = PARAMETERS | ATTRIBUTES
    if is_classifier:
        described |= PARAMETERS_OF_CLASSIFIERS | ATTRIBUTES_OF_CLASSIFIERS
    parameters = [
        _item(
            name,
            _with_default(described[name].kind, signature[name].default),
            described[name].text,
        )
        for name in names
    ]
    left_out = ONLY_REGRESSORS if is_classifier else ONLY_CLASSIFIERS
    attributes = [
        _item(name, *described[name]) for name in ATTRIBUTES if name not in left_out
    ]
    shared = _SHARED | {"groups": _groups(set(names))}
    if "gate_init" not in names:
        # The equations of such cells have no gate whose first bias could be chosen.
        shared["weights"] = shared["weights"].replace(" but those of `gate_init`", "")
    shared |= {"parameters": "\n".join(parameters), "attributes": "\n".join(attributes)}
    whole = inspect.cleandoc(text).rstrip()
    for name, paragraph in shared.items():
        whole = whole.replace(f"{{{name}}}", paragraph.strip())
    cited = [said.strip() for mark, said in _REFERENCES.items() if mark in whole]
    whole = whole.replace("{references}", "\n".join(cited))
    return textwrap.indent(whole, "    ").lstrip() + "\n    "


def _groups(names):
    """What the parameters are for, as a list."""
    lines = []
    for purpose, members in GROUPS.items():
        shown = ", ".join(f"`{name}`" for name in members if name in names)
        lines.append(
            textwrap.fill(
                f"- {purpose}: {shown};",
                _WIDTH,
                subsequent_indent="  ",
                break_on_hyphens=False,
            )
        )
    return "\n".join(lines).removesuffix(";") + "."


def _with_default(kind, default):
    """The type of a parameter followed by its default, in the form of numpydoc."""
    if isinstance(default, str):
        shown = f'"{default}"'
    else:
        shown = repr(default).replace("e-0", "e-")
    return f"{kind}, default={shown}"


def _item(name, kind, text):
    """A parameter or an attribute, in the form of numpydoc."""
    body = textwrap.fill(
        inspect.cleandoc(text),
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{name} : {kind}\n{body}"
