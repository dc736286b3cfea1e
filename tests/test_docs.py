"""The examples of the README run, and the names in the documentation exist."""

import pathlib
import re
import subprocess
import sys

import pytest

import skgru

ROOT = pathlib.Path(__file__).parents[1]


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "code", re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
)
def test_quick_start_of_the_readme_runs_in_at_most_15_lines(code, tmp_path):
    assert len(code.strip().splitlines()) <= 15
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_in_the_api_pages():
    folder = ROOT / "docs" / "api"
    pages = "".join(page.read_text(encoding="utf-8") for page in folder.glob("*.rst"))
    for name in skgru.__all__:
        assert re.search(rf"\b{name}\b", pages), name


def test_every_file_that_a_page_or_a_comment_names_is_there():
    """Pages and comments must be changed when a file that they name is moved."""
    package = ROOT / "skgru"
    # These files do not exist: the pages on adding something say how to write them.
    to_be_written = {"_log_cosh.py", "_rmsprop.py", "_update_gate.py"}
    there = {path.name for path in ROOT.rglob("*.py") if ".venv" not in str(path)}
    pages = [ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
    pages += [ROOT / "pyproject.toml", *(ROOT / "docs").glob("*/*.rst")]
    pages += [*package.rglob("*.py"), *(ROOT / "tests").glob("*.py")]
    n_named = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(
            r"`{1,2}((?:\w+/)*_?\w+\.py|(?:\w+/)*_\w+/)`{1,2}", text
        ):
            n_named += 1
            if name.startswith("sphx_glr") or name.split("/")[-1] in to_be_written:
                continue
            if "/" in name:
                assert (ROOT / name).exists() or (package / name).exists(), (page, name)
            else:
                assert name in there, (page, name)
        for name in re.findall(r"\bskgru(?:\._\w+)+", text):
            # The name of a module, or of something in a module.
            parts = name.split(".")
            places = [ROOT.joinpath(*parts[:n]) for n in (len(parts), len(parts) - 1)]
            assert any(p.is_dir() or p.with_suffix(".py").exists() for p in places), (
                page,
                name,
            )
    assert n_named > 50
