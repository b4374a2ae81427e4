import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalogue import limits, urls

GOOD = [
    "https://example.com/a.jpg",
    "http://example.com",
    "HTTPS://EXAMPLE.COM/A.JPG",
    "https://example.com:8443/a.jpg?size=2&x=%20#top",
    "https://my_bucket.s3.amazonaws.com/a(1)~!*'.jpg",
    "https://example.com./a",
    "http://127.0.0.1:9000/a.png",
    "http://[2001:db8::1]:8080/a.png",
    pytest.param("https://münchen.example/bild-ä.jpg", id="German"),
    pytest.param("https://例え.jp/画像.png", id="Japanese"),
    "https://example.com:/empty-port.jpg",
    "https://example.com/{id}/^`.jpg",
    pytest.param(
        "https://example.com/" + "a" * (limits.URL_CHARACTERS - 20), id="2,048 characters"
    ),
]

BAD = {
    "word": ("not-a-url", "begin with http"),
    "FTP": ("ftp://example.com/a.jpg", "begin with http"),
    "any scheme": ("//example.com/a.jpg", "begin with http"),
    "script": ("javascript:alert(1)", "begin with http"),
    "data": ("data:image/png;base64,AAAA", "begin with http"),
    "one slash": ("http:/example.com/a.jpg", "begin with http"),
    "long host": ("https://shop." + "é" * 1900 + "/a.jpg", "longer than any name"),
    "host of many parts": ("https://" + "a." * 130 + "example/a.jpg", "longer than any name"),
    "long user": ("https://" + "ü" * 300 + "@shop.example/a.jpg", "user name"),
    "scheme alone": ("https://", "names no host"),
    "no host": ("https:///a.jpg", "names no host"),
    "port without a host": ("https://:443/a.jpg", "names no host"),
    "password": ("https://user:pass@example.com/a.jpg", "user name"),
    "user": ("https://user@example.com/a.jpg", "user name"),
    "port 0": ("https://example.com:0/a.jpg", "port"),
    "port 65536": ("https://example.com:65536/a.jpg", "port"),
    "word as port": ("https://example.com:http/a.jpg", "port"),
    "bell": ("https://exa\x07mple.com/a.jpg", "U+0007"),
    "zero byte": ("https://example.com/a\x00.jpg", "U+0000"),
    "zero-width space": ("https://example.com/a\u200b.jpg", "U+200B"),
    "writing direction": ("https://example.com/\u202egpj.exe", "U+202E"),
    "backslash": ("https://example.com\\@evil.example/a.jpg", "U+005C"),
    "angle brackets": ("https://example.com/<b>.jpg", "U+003C"),
    "two dots": ("https://example..com/a.jpg", "valid name"),
    "dot in front": ("https://.example.com/a.jpg", "valid name"),
    "encoded letter": ("https://exa%6dple.com/a.jpg", "valid name"),
    "long part": ("https://" + "a" * 64 + ".com/a.jpg", "valid name"),
    "open bracket": ("https://[::1/a.jpg", "cannot be understood"),
    "word in brackets": ("https://[zz]/a.jpg", ""),
    "interface": ("https://[fe80::1%25eth0]/a.jpg", "interface"),
    "numbered interface": ("https://[::1%1]/a.jpg", "interface"),
    "2,049 characters": (
        "https://example.com/" + "a" * (limits.URL_CHARACTERS - 19),
        "2,049 characters; at most 2,048",
    ),
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url_that_can_be_fetched_has_no_problem(url: str) -> None:
    assert urls.problem(url) is None


@pytest.mark.parametrize(("url", "words"), BAD.values(), ids=BAD)
def test_a_url_that_cannot_be_fetched_is_explained(url: str, words: str) -> None:
    problem = urls.problem(url)
    assert problem is not None
    assert words in problem
    assert problem.endswith(".")


@given(st.from_regex(urls._PLAIN, fullmatch=True))
@example("https://example.com/a.jpg")
def test_the_short_way_lets_nothing_through_that_the_close_look_refuses(url: str) -> None:
    if len(url) <= limits.URL_CHARACTERS:
        assert urls._text_problem(url) is None
        assert urls._authority_problem(url) is None


@given(st.text())
@example("https://[")
@example("http://℀.com")
def test_any_text_at_all_gets_a_verdict(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        problem = urls.problem(url)
        assert problem is None or problem.endswith(".")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", []),
        ("  ,; |\n", []),
        ("https://a/1.jpg", ["https://a/1.jpg"]),
        ("https://a/1.jpg,https://a/2.jpg", ["https://a/1.jpg", "https://a/2.jpg"]),
        ("https://a/1.jpg, https://a/2.jpg ,", ["https://a/1.jpg", "https://a/2.jpg"]),
        ("https://a/1.jpg;https://a/2.jpg", ["https://a/1.jpg", "https://a/2.jpg"]),
        ("https://a/1.jpg|https://a/2.jpg", ["https://a/1.jpg", "https://a/2.jpg"]),
        ("https://a/1.jpg\r\nhttps://a/2.jpg\t\xa0x", ["https://a/1.jpg", "https://a/2.jpg", "x"]),
        ("https://a/1.jpg,https://a/1.jpg", ["https://a/1.jpg", "https://a/1.jpg"]),
        ("https://a/1%2C2.jpg", ["https://a/1%2C2.jpg"]),
    ],
    ids=[
        "empty",
        "separators alone",
        "one",
        "comma",
        "comma and space",
        "semicolon",
        "pipe",
        "white space",
        "twice the same",
        "encoded comma",
    ],
)
def test_urls_are_separated_by_comma_semicolon_pipe_or_white_space(
    cell: str, expected: list[str]
) -> None:
    assert urls.split(cell) == expected
