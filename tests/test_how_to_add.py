"""Follow the pages that say how to add a loss, an optimiser or a cell."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

import skgru

PACKAGE = pathlib.Path(skgru.__file__).parent
PAGES = PACKAGE.parent / "docs" / "development"


def blocks_of(page):
    """Captions and texts of the Python code on a page, in order."""
    text = (PAGES / page).read_text(encoding="utf-8")
    found = re.findall(
        r"^\.\. code-block:: python\n   :caption: ([^\n]+)\n\n((?:   [^\n]*\n|\n)+)",
        text,
        flags=re.MULTILINE,
    )
    return [(caption, textwrap.dedent(code).strip() + "\n") for caption, code in found]


def add_line(path, code):
    """Add an import below the others, and a line to the table."""
    imported, entry = code.strip().split("\n\n")
    text = path.read_text(encoding="utf-8")
    places = list(re.finditer(r"^from skgru[^\n]*\n", text, flags=re.MULTILINE))
    end = places[-1].end()
    text = f"{text[:end]}{imported}\n{text[end:]}"
    assert text.rstrip().endswith("}")
    path.write_text(f"{text.rstrip()[:-1]}    {entry}\n}}\n", encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["add_a_loss.rst", "add_an_optimizer.rst", "add_a_cell.rst"]
)
def test_following_the_page_adds_one(page, tmp_path):
    copy = tmp_path / "skgru"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (new_file, code), (table, line), (try_it, script) = blocks_of(page)
    assert not (tmp_path / new_file).exists()
    assert (tmp_path / new_file).parent.is_dir()
    (tmp_path / new_file).write_text(code, encoding="utf-8")
    add_line(tmp_path / table, line)
    assert try_it == "try it"
    place = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=os.environ | place,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # The code on the page keeps to the line length of the package.
    assert max(map(len, code.splitlines())) <= 88
