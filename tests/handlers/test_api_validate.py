"""Dry runs of CSVs through the api function."""

import pytest

from database.connection import Connection
from tests.api_requests import CSV, Answer, Call, assert_problem, form, request

HEADER = b"sku,Product Name,Input Image Urls,Colour\r\n"


def validate(call: Call, content: bytes, kind: str = "text/csv") -> Answer:
    headers = {"content-type": kind}
    return call(request("POST", "/v1/validate", headers=headers, body=content))


def test_a_good_file_is_valid_and_leaves_no_job(call: Call, connection: Connection) -> None:
    answer = validate(
        call, HEADER + b'1,Cup,"https://a.example/1.jpg https://a.example/2.jpg",\r\n'
    )
    assert answer["statusCode"] == 200
    assert answer["body"] == {
        "valid": True,
        "usable": True,
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": [
            {"name": "sku", "role": "serial"},
            {"name": "Product Name", "role": "product_name"},
            {"name": "Input Image Urls", "role": "image_urls"},
            {"name": "Colour", "role": None},
        ],
        "rows": {"total": 1, "rejected": 0},
        "images": {"total": 2, "invalid": 0},
        "errors": [],
        "errors_total": 0,
    }
    assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_each_error_names_its_row_and_column(call: Call) -> None:
    body = validate(
        call,
        HEADER
        + b"1,Cup,https://a.example/1.jpg,\r\n"
        + b"2,,https://a.example/2.jpg,\r\n"
        + b"3,Pot,https://a.example/1.jpg nope,red\r\n"
        + b"4,Pan\r\n",
    )["body"]
    assert (body["valid"], body["usable"]) == (False, True)
    assert body["rows"] == {"total": 4, "rejected": 2}
    assert body["images"] == {"total": 2, "invalid": 1}
    assert [
        (each["row"], each["column"], each["code"], each["url"]) for each in body["errors"]
    ] == [
        (2, "Product Name", "missing_name", None),
        (3, "Input Image Urls", "invalid_url", "nope"),
        (4, "Input Image Urls", "ragged_row", None),
    ]
    assert all(each["message"] for each in body["errors"])
    assert body["errors_total"] == 3


UNUSABLE = [
    (b"", "empty_file", None),
    (b"PK\x03\x04 and so on", "not_a_csv", None),
    (b"name,price\r\nCup,1\r\n", "missing_column", None),
    (HEADER, "no_valid_rows", None),
    (HEADER + b"1,,,\r\n", "no_valid_rows", None),
    (HEADER + b'1,Cup,https://a.example/1.jpg,\r\n2,"Pan', "unclosed_quote", 2),
]


def test_what_spoils_the_whole_file_comes_first_in_the_same_shape(call: Call) -> None:
    for content, code, row in UNUSABLE:
        answer = validate(call, content)
        assert answer["statusCode"] == 200
        body = answer["body"]
        assert (body["valid"], body["usable"]) == (False, False)
        assert (body["errors"][0]["code"], body["errors"][0]["row"]) == (code, row)


def test_a_long_list_of_errors_is_cut_and_says_so(call: Call) -> None:
    body = validate(call, HEADER + CSV.splitlines()[1] + b",\r\n" + b"2,,x,\r\n" * 1_500)["body"]
    assert (len(body["errors"]), body["errors_total"]) == (1_000, 1_500)
    assert body["usable"]


def test_a_form_brings_any_encoding(call: Call) -> None:
    content = "name;image_url\r\nStühle;https://a.example/1.jpg\r\n".encode("utf-16")
    headers, body = form(file=("x.csv", content), quality="33")
    answer = call(request("POST", "/v1/validate", headers=headers, body=body))
    assert (answer["body"]["valid"], answer["body"]["encoding"]) == (True, "utf-16")
    assert answer["body"]["delimiter"] == ";"


def test_the_largest_answer_fits_into_lambdas_six_megabytes(call: Call) -> None:
    header = ("name,images," + ",".join("ü" * 200 for _ in range(1_500)) + "\r\n").encode()
    cells = "Cup," + "\N{GRINNING FACE}" * 500 + "," * 1_500 + "\r\n"
    headers, body = form(file=("x.csv", header + cells.encode() * 1_000))
    answer = call(request("POST", "/v1/validate", headers=headers, body=body))
    assert answer["statusCode"] == 200
    assert len(str(answer["body"]).encode("unicode_escape")) < 6_000_000


@pytest.mark.parametrize(
    ("kind", "content", "status", "code"),
    [
        ("text/csv", b"x" * (4 * 1024 * 1024 + 1), 413, "body_too_large"),
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("text/csv", "name,image_url".encode("utf-16"), 422, "unreadable_text"),
        ("multipart/form-data; boundary=x", b"--x", 400, "malformed_request"),
    ],
    ids=["too large", "JSON", "UTF-16", "half a form"],
)
def test_what_is_no_csv_in_a_request_is_refused(
    call: Call, kind: str, content: bytes, status: int, code: str
) -> None:
    assert_problem(validate(call, content, kind), status, code)
