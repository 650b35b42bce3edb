"""Makes the pictures of the README: what the App says, as a reader on GitHub sees it.

    python docs/pictures/make.py [--db URL] [--chromium PROGRAM]

Runs the App's own code on the example repository of `thoth-bot local --example`, so it asks PyPI; `--db`
names a knowledge base with advisories. The texts go through GitHub's own Markdown parser (cmark-gfm, as
cmarkgfm has it: `pip install .[test]`) and a style sheet like GitHub's, and headless Chromium takes the
pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cmarkgfm
from cmarkgfm.cmark import Options

from bot.jobs.background import in_thread
from bot.jobs.dashboard import update_and_tell
from bot.local.command import advise
from bot.local.example import make_example
from bot.local.forge import LocalForge
from bot.local.repository import open_repository
from bot.managers.update import UpdateEvent

if TYPE_CHECKING:
    from bot.forge import PullRequest

HERE = Path(__file__).parent
WIDTH = 900

STYLE = (HERE / "github.css").read_text(encoding="utf-8")


class Watching(LocalForge):
    """A local forge that keeps the dashboard, which is an issue on GitHub."""

    dashboard = ""

    async def put_dashboard(self, title: str, body: str) -> None:  # noqa: ARG002 - the port's
        """Keep it."""
        self.dashboard = body


async def look(folder: Path, db: str | None) -> tuple[PullRequest, str]:
    """Return the pull request and the dashboard of the example after one run."""
    forge = Watching(open_repository(str(folder)), time.time)
    propose = in_thread(partial(advise, offline=False, learnt=[], db=db))
    with forge.store.locked():
        await update_and_tell(forge, event=UpdateEvent("push"), propose=propose)
        return (await forge.pull_requests())[0], forge.dashboard


def render(markdown: str) -> str:
    """Return Markdown as GitHub shows it."""
    options = Options.CMARK_OPT_UNSAFE
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options)


def page(title: str, number: int, state: str, body: str, *, height: int) -> str:
    """Return the page of one thread, its text cut at a height in pixels."""
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE.replace('HEIGHT', str(height))}</style>"
        f"<h1>{html.escape(title)} <span>#{number}</span></h1><div class=state>Open</div>"
        f"<em>{state}</em><div class=box><div class=head><b>thoth</b> <i>bot</i> commented</div>"
        f"<div class=body>{render(body)}<div class=fade></div></div></div>"
    )


def take(text: str, name: str, *, chromium: str, height: int) -> None:
    """Take the picture of a page."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(text, encoding="utf-8")
        subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--virtual-time-budget=2000", f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{height}", f"--screenshot={HERE / name}", source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )  # fmt: skip


def main() -> int:
    """Make both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    options = parser.parse_args()
    folder = make_example(None)
    pull, dashboard = asyncio.run(look(folder, options.db))
    wants = f"wants to merge 1 commit into <code>{pull.base}</code> from <code>{pull.branch}</code>"
    pages = {
        "pull-request.png": (pull.title, 1, wants, pull.body, 900),
        "dashboard.png": ("Thoth dashboard", 2, "kept true by Thoth", dashboard, 900),
    }
    for name, (title, number, state, body, height) in pages.items():
        text = page(title, number, state, body, height=height - 175)
        take(text, name, chromium=options.chromium, height=height)
    return 0


if __name__ == "__main__":
    sys.exit(main())
