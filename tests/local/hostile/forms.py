"""Forms that are not what RFC 7578 says, and what the API answers."""

from tests.local.hostile.calls import BAD, CSV, Call

MALFORMED = "malformed_request"
NAME = 'Content-Disposition: form-data; name="file"; filename="a.csv"'


def part(head: str = NAME, content: bytes = CSV) -> bytes:
    return b"--x\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"


def call(
    *parts: bytes,
    code: str | None = MALFORMED,
    end: bytes = b"--x--\r\n",
    content_type: str = "multipart/form-data; boundary=x",
) -> Call:
    status = {None: 202, MALFORMED: 400}.get(code, 422)
    body = b"".join(parts) + end
    return Call("POST", "/v1/jobs", status, code, body, {"Content-Type": content_type})


def field(name: str, value: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', value.encode())


def file(filename: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="file"; {filename}')


FORMS = {
    "no boundary": call(part(), content_type="multipart/form-data"),
    "empty boundary": call(part(), content_type="multipart/form-data; boundary="),
    "boundary of another form": call(part(), content_type="multipart/form-data; boundary=y"),
    "boundary of 71 characters": call(
        part(), content_type="multipart/form-data; boundary=" + "x" * 71
    ),
    "boundary whole and in pieces": call(
        part(), content_type="multipart/form-data; boundary*=x; boundary*0=y"
    ),
    "boundary in a codec without characters": call(
        part(), content_type="multipart/form-data; boundary*=undefined''x"
    ),
    "boundary beside 5,000 delimiters": call(
        part(), content_type=f'multipart/form-data; boundary=x; a="{";" * 5_000}"'
    ),
    "boundary like an expression": call(
        part(), content_type='multipart/form-data; boundary="(.*)+"'
    ),
    "two boundaries": call(part(), content_type="multipart/form-data; boundary=y; boundary=x"),
    "nothing": call(end=b""),
    "no parts": call(),
    "no last boundary": call(part(), end=b""),
    "half a last boundary": call(part(), end=b"--x-"),
    "line feeds only": call(part().replace(b"\r\n", b"\n"), end=b"--x--\n"),
    "part without headers": call(b"--x\r\n" + CSV + b"\r\n"),
    "part without a disposition": call(part("Content-Type: text/csv")),
    "part without a name": call(part("Content-Disposition: form-data")),
    "disposition of another kind": call(part('Content-Disposition: attachment; name="file"')),
    "fifty-one parts": call(*[field("quality", "50")] * 51, part()),
    "a hundred thousand parts": call(*[b"--x\r\n\r\n\r\n"] * 100_000),
    "no file": call(field("quality", "50"), code=BAD),
    "two files": call(part(), part(), code=BAD),
    "empty file": call(part(content=b""), code="empty_file"),
    "file that is only a field": call(field("file", CSV.decode()), code=None),
    "unknown field": call(field("admin", "true"), part(), code=BAD),
    "field out of range": call(field("quality", "101"), part(), code=BAD),
    "field twice": call(field("quality", "1"), field("quality", "0"), part(), code=BAD),
    "field that is no text": call(
        part('Content-Disposition: form-data; name="quality"', b"\xff\0"), part(), code=BAD
    ),
    "name of 3,000 characters": call(field("a" * 3_000, "1"), part(), code=BAD),
    "name of 10,000 characters": call(field("a" * 10_000, "1"), part()),
    "webhook_url: line break and a header": call(
        field("webhook_url", "https://shop.invalid/\r\nX-Injected: 1"), part(), code=BAD
    ),
    "webhook_url: line feed at the end": call(
        field("webhook_url", "https://shop.invalid/\n"), part(), code=BAD
    ),
    "filename: path upwards": call(file('filename="../../etc/passwd"'), code=None),
    "filename: path of Windows": call(file('filename="C:\\\\fakepath\\\\a.csv"'), code=None),
    "filename: empty": call(file('filename=""'), code=None),
    "filename: 300 characters": call(file(f'filename="{"a" * 300}"'), code=BAD),
    "filename: line break, encoded": call(file("filename*=UTF-8''a%0d%0ab.csv"), code=BAD),
    "filename: NUL": call(file('filename="a\0.csv"'), code=BAD),
    "filename: quote": call(file('filename="a\\".csv"'), code=None),
    "filename: encoding that is not": call(file("filename*=evil''a.csv"), code=None),
    "filename: codec without characters": call(file("filename*=undefined''a.csv")),
    "filename: codec that it does not fit": call(file("filename*=idna''xn--a-%80")),
    "filename: codec with NUL in its name": call(file("filename*=a%00''a.csv")),
    "filename: half a character": call(file("filename*=unicode_escape''%5Cud800.csv"), code=BAD),
    "filename: whole and in pieces": call(file("filename*=x; filename*0=y")),
    "filename: piece number of 5,000 digits": call(file(f"filename*{'9' * 5_000}*=x")),
    "filename: no UTF-8": call(file("filename*=UTF-8''%ff.csv"), code=None),
    "filename: twice": call(file('filename="a.csv"; filename="b.csv"'), code=None),
    "header folded": call(part("Content-Disposition: form-data;\r\n name=file"), code=MALFORMED),
    "headers of 4,000 characters": call(part(f"X: {'y' * 3_900}\r\n{NAME}"), code=None),
    "header of 60,000 characters": call(part(f"X: {'y' * 60_000}\r\n{NAME}")),
    "quote left open before a million delimiters": call(part(f'{NAME}; a="{";" * 1_000_000}')),
    "form in a form": call(
        part("Content-Type: multipart/mixed; boundary=y", b"--y\r\n\r\n\r\n--y--")
    ),
    "preamble and epilogue": call(b"Hello\r\n", part(), end=b"--x--\r\nBye", code=None),
    "white space behind the boundary": call(
        part().replace(b"--x\r\n", b"--x \t\r\n"), end=b"--x-- \r\n", code=None
    ),
    "boundary inside the file": call(part(content=CSV + b" --x--\r\n--xy\r\n"), code=None),
}
