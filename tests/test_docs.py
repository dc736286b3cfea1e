"""What the README and the docs promise runs as it stands."""

import pathlib
import re
import subprocess
import sys

import skgru

ROOT = pathlib.Path(__file__).parents[1]


def test_quick_start_of_the_readme_runs_in_at_most_15_lines(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
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
