"""The README names all that there is to find: each folder, page, command and option."""

import re
from pathlib import Path

from pipeline.options import ImageOptions
from pipeline.states import JobEvent

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"# {title}\n")[2].partition("\n#")[0]


def test_every_folder_has_its_line() -> None:
    made = (ROOT / ".gitignore").read_text("utf-8").split()
    folders = {
        each.name for each in ROOT.glob("[!.]*") if each.is_dir() and f"{each.name}/" not in made
    }
    lines = re.findall(r"^    (\S.*?)  ", section("Where things are"), re.MULTILINE)
    named = {part.split("/")[0] for line in lines for part in line.split(", ")}
    assert folders <= named
    assert all((ROOT / part).exists() for line in lines for part in line.split(", "))


def test_every_page_has_its_line() -> None:
    named = re.findall(r"\(docs/([\w-]+\.md)\)", section("Where things are"))
    assert sorted(named) == sorted(file.name for file in (ROOT / "docs").glob("*.md"))


def test_every_make_command_in_it_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name in re.findall(r"^    make (\w+)|`make (\w+)", PAGE, re.MULTILINE):
        assert re.search(rf"^{''.join(name)}:.*##", makefile, re.MULTILINE), name


def test_every_option_and_event_is_explained() -> None:
    options = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)))
    assert set(ImageOptions.model_fields) <= set(options)
    assert set(re.findall(r"`(job\.\w+)`", section("Webhooks"))) == set(JobEvent)
