"""Generated catalogues: CSVs of any number of rows, always the same."""

from pathlib import Path

from bench.places import WORK

VERSION = 1
HEAD = "S. No.,Product Name,Input Image Urls,Colour\r\n"
COLOURS = ("oak", "ash", "night blue", "sand", "brick", "moss")


def catalogue(rows: int) -> Path:
    """A file of so many rows and as many different images: most rows show their own and, as
    variants of a product do, one that the row before shows too."""
    path = WORK / "catalogues" / f"{VERSION}-{rows}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8", newline="") as out:
            out.write(HEAD)
            out.writelines(_row(number) for number in range(1, rows + 1))
        unfinished.rename(path)
    return path


def _row(number: int) -> str:
    own = url(number - 1)
    cell = own if number % 3 else f'"{own}, {url(number - 2)}"'
    name = f"Chair model {number // 4}"
    return f"{number},{name},{cell},{COLOURS[number % len(COLOURS)]}\r\n"


def url(position: int) -> str:
    """The image at this place among the file's different URLs."""
    return f"https://images.shop.example/catalogue/2026/{position:07d}/front-large.jpg"
