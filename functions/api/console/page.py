"""The console's page, and what it may do."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from api.console.modules import joined

STATIC = Path(__file__).parent / "static"
ENTRY = "main.js"


@cache
def page() -> str:
    """One document with its styles and scripts inside: it needs nothing else to be usable."""
    html = (STATIC / "index.html").read_text("utf-8")
    html = html.replace("></style>", f">{styles()}</style>", 1)
    return html.replace("></script>", f">{scripts()}</script>", 1)


@cache
def styles() -> str:
    """All styles, in the order of their file names."""
    return "".join(file.read_text("utf-8") for file in sorted((STATIC / "styles").glob("*.css")))


@cache
def scripts() -> str:
    """All modules as one script."""
    folder = STATIC / "scripts"
    sources = {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*.js"))
    }
    return joined(sources, ENTRY)


def content_security_policy(storage_origins: Iterable[str]) -> str:
    """Lets the page's own script and styles run, by their digests, and nothing write markup.

    Args:
        storage_origins: where CSVs are sent to and come from.

    Images may come from anywhere, because "before" is shown from where users say their images are.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(scripts())}",
            f"style-src {_digest(styles())}",
            "img-src https: http: data:",
            " ".join(("connect-src 'self'", *storage_origins)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
