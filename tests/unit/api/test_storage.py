import pytest

from api.storage import attachment, download_name


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("products.csv", "products-result.csv"),
        ("Products.CSV", "Products-result.csv"),
        ("products", "products-result.csv"),
        ("a.b.tsv", "a.b-result.csv"),
        (".csv", "darkroom-result.csv"),
        ("../../etc/products.csv", "products-result.csv"),
        ("C:\\lists\\products.csv", "products-result.csv"),
        ("lists/", "darkroom-result.csv"),
        pytest.param(
            "products\u202evsc.exe.csv", "productsvsc.exe-result.csv", id="writing direction"
        ),
        (None, "darkroom-result.csv"),
    ],
)
def test_a_result_is_named_after_its_csv(filename: str | None, name: str) -> None:
    assert download_name(filename, "result") == name


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("a b.csv", 'attachment; filename="a b.csv"'),
        (
            "stühle.csv",
            "attachment; filename=\"stuhle.csv\"; filename*=UTF-8''st%C3%BChle.csv",
        ),
        ('a"; b.csv', "attachment; filename=\"a__ b.csv\"; filename*=UTF-8''a%22%3B%20b.csv"),
    ],
    ids=["ASCII", "not ASCII", "quote"],
)
def test_a_download_is_named_safely(filename: str, disposition: str) -> None:
    assert attachment(filename) == disposition
