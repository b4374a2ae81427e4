import base64
import hashlib
from html.parser import HTMLParser

from api import swagger


class Scripts(HTMLParser):
    """The scripts of a page, and every address it would fetch from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str | None] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in {"src", "href", "srcset"}]
        if tag == "script":
            self._inside = True
            self.inline.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[-1] += data


def test_the_policy_lets_exactly_the_pages_own_scripts_run() -> None:
    html = swagger.page('{"info": {"description": "</script><script>alert(1)</script>"}}')
    scripts = Scripts(html)
    assert scripts.addresses == []
    assert len(scripts.inline) == 2
    policy = swagger.content_security_policy(html)
    for script in scripts.inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "connect-src 'self'" in policy
