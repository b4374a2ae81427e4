import pytest

from localcloud.proxies import past_proxies

DIRECT = "127.0.0.1,localhost"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({}, DIRECT),
        ({"NO_PROXY": "shop.example"}, f"{DIRECT},shop.example"),
        ({"no_proxy": "shop.example", "NO_PROXY": "other.example"}, f"{DIRECT},shop.example"),
    ],
    ids=["nothing", "capitals", "both"],
)
def test_this_machine_is_asked_directly_in_both_spellings(
    given: dict[str, str], value: str
) -> None:
    assert past_proxies(given) == {"no_proxy": value, "NO_PROXY": value}
