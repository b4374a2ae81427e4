import re

from api.console import page
from tests.unit.api.test_swagger import Scripts

ORIGINS = ("https://uploads.s3.eu-central-1.amazonaws.com",)


def directives() -> dict[str, list[str]]:
    policy = page.content_security_policy(ORIGINS)
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


def test_the_page_is_one_document_that_weighs_less_than_200_kb() -> None:
    html = page.page()
    assert len(html.encode()) < 200_000
    scripts = Scripts(html)
    assert [each for each in scripts.addresses if each and not each.startswith("data:")] == ["docs"]
    assert scripts.inline == [page.scripts()]
    assert html.count("<style>") == 1
    assert page.styles() in html


def test_nothing_in_the_script_or_the_styles_ends_their_element() -> None:
    assert "</script" not in page.scripts().lower()
    assert "<!--" not in page.scripts()
    assert "</style" not in page.styles().lower()


def test_the_styles_and_the_script_load_nothing() -> None:
    assert not re.search(r"url\(|@import", page.styles())
    assert "import(" not in re.sub(r"/\*.*?\*/", "", page.scripts(), flags=re.DOTALL)


def test_the_script_never_writes_markup() -> None:
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "srcdoc",
        "eval(",
    ):
        assert way not in page.scripts()


def test_only_the_pages_own_script_and_styles_run() -> None:
    policy = directives()
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == [page._digest(page.scripts())]
    assert policy["style-src"] == [page._digest(page.styles())]
    for closed in ("base-uri", "form-action", "frame-ancestors", "trusted-types"):
        assert policy[closed] == ["'none'"]
    assert policy["require-trusted-types-for"] == ["'script'"]


def test_it_talks_to_its_own_host_and_to_the_storage_alone() -> None:
    assert directives()["connect-src"] == ["'self'", *ORIGINS]


def test_no_module_and_no_style_sheet_is_longer_than_a_person_reads() -> None:
    for file in page.STATIC.rglob("*.js"):
        assert len(file.read_text("utf-8").splitlines()) < 200, file
