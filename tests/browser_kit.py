"""Headless Chromium for tests of pages: their text after scripts have run, their picture, what axe-core says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

#: Puts into the page what axe-core finds in it.
_AXE = """
<script>%s</script>
<script>axe.run({resultTypes: ["violations"]}).then(({ violations }) => {
  const found = document.createElement("pre");
  found.id = "axe";
  found.textContent = JSON.stringify(violations);
  document.body.append(found);
})</script></body>
"""

#: What a picture with a label consists of is nobody's content, and a third of axe-core's time.
_INSIDE_OF_PICTURES = re.compile(r'(<svg[^>]*role="img"[^>]*>).*?</svg>', re.DOTALL)


class Texts(HTMLParser):
    """Id of an element -> the text in it, blanks between its parts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.of: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input"):
            self._open.append(dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in self._open:
            self.of.setdefault(name, []).extend(data.split())


class Browser:
    """Headless Chromium; time on the page is virtual, so a page that has settled costs no waiting."""

    def __init__(self, program: str, profile: Path) -> None:
        switches = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,800")
        self._profile = profile
        self._command = [program, *switches, "--virtual-time-budget=4000", f"--user-data-dir={profile}"]

    def text(self, url: str, *switches: str) -> dict[str, str]:
        """Id of an element -> its text."""
        command = [*self._command, *switches, "--dump-dom", url]
        page = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        return {name: " ".join(words) for name, words in Texts(page).of.items()}

    def picture(self, url: str, file: Path) -> np.ndarray:
        """The page as (800, 1280, 3) shares of red, green and blue."""
        subprocess.run([*self._command, f"--screenshot={file}", url], capture_output=True, check=True, timeout=60)
        return np.asarray(imread(file))[..., :3]

    def violations(self, page: Path, *, dark: bool) -> list[dict[str, Any]]:
        """What axe-core finds in a page of one file: rules that it breaks, with their ``impact`` and ``nodes``."""
        checked = self._profile / page.name
        axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        text = _INSIDE_OF_PICTURES.sub(r"\1</svg>", page.read_text(encoding="utf-8"))
        checked.write_text(text.replace("</body>", _AXE % axe), encoding="utf-8")
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        found: list[dict[str, Any]] = json.loads(self.text(f"file://{checked}", scheme)["axe"])
        return found


def find_browser(profile: Path) -> Browser:
    """The machine's Chromium; skips the test where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on the PATH: chromium, chromium-browser or google-chrome")
    return Browser(program, profile)
