"""Tables as text, for a terminal, and as HTML, for a notebook."""

from html import escape

_ALIGN = {"<": "left", ">": "right"}


def text_lines(rows, alignment):
    """Lines of text with aligned columns.

    Parameters
    ----------
    rows : list of sequence of str
    alignment : str
        One sign for each column: "<" to align it left, ">" to align it right.

    Returns
    -------
    list of str
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{cell:{side}{width}}"
            for cell, side, width in zip(row, alignment, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def html_table(header, rows, alignment, footer=None):
    """An HTML table without colours of its own, so that it takes those of the page.

    Parameters
    ----------
    header : sequence of str
    rows : list of sequence of str
    alignment : str
        As in `text_lines`.
    footer : sequence of str, default=None
        The last row.

    Returns
    -------
    str
    """
    parts = [("thead", "th", [header]), ("tbody", "td", rows)]
    if footer is not None:
        parts.append(("tfoot", "th", [footer]))
    inside = "".join(
        f"<{part}>{_html_rows(cell, of_part, alignment)}</{part}>"
        for part, cell, of_part in parts
    )
    return f"<table>{inside}</table>"


def _html_rows(element, rows, alignment):
    """Rows of one part of a table.

    Each cell states its alignment, since notebooks would otherwise set their own.
    """
    return "".join(
        "<tr>"
        + "".join(
            f'<{element} style="text-align: {_ALIGN[side]}">{escape(text)}</{element}>'
            for text, side in zip(row, alignment, strict=True)
        )
        + "</tr>"
        for row in rows
    )
