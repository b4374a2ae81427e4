"""CPU, bytes and likeness of our codec and of sharp's, at the same quality, on one core."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

from bench import environments
from bench.places import HERE, WORK
from bench.processes import FAR, MEASURED, Child, python
from bench.tables import Figures, table

ROUNDS = 7
"""Of each, in turns. The fastest counts: other programs only ever add time."""

OURS, SHARP, PLAIN = "darkroom", "sharp", "sharp, optimiseCoding: false"


@contextmanager
def codecs(files: list[Path]) -> Iterator[tuple[Child, Child]]:
    """Ours and sharp, each with the files in memory."""
    script = environments.node() / "codec.mjs"
    with (
        Child(python("bench.our_codec", *files), core=MEASURED) as ours,
        Child([environments.NODE, script, *files], core=MEASURED) as sharp,
    ):
        yield ours, sharp


def readable(files: list[Path]) -> list[Path]:
    """Without those that we or sharp refuse, which are named: they cannot be compared."""
    with codecs(files) as both:
        sizes = [child.ask(optimise=False, save=None)["bytes"] for child in both]
    kept = [file for file, one, other in zip(files, *sizes, strict=True) if one and other]
    for file in sorted(set(files) - set(kept)):
        print(f"left out, since one of the codecs refuses it: {file.name}")
    return kept


def measure(files: list[Path]) -> Figures:
    """Files in memory in, files in memory out, everything included: telling the format, reading
    the headers, decoding, encoding."""
    folders = {name: WORK / "codec" / f"{n}" for n, name in enumerate((OURS, SHARP, PLAIN))}
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with codecs(files) as (ours, sharp):

        def turn(name: str, *, save: bool = False) -> dict[str, Any]:
            child = ours if name == OURS else sharp
            return child.ask(
                optimise=name != PLAIN, save=str(folders[name].resolve()) if save else None
            )

        bytes_ = {name: sum(turn(name, save=True)["bytes"]) for name in folders}
        cpu = dict.fromkeys(folders, float("inf"))
        for _ in range(ROUNDS):
            for name in folders:
                cpu[name] = min(cpu[name], turn(name)["cpu"])
    scores = [_likeness(files, folder) for folder in folders.values()]
    likeness = dict(zip(folders, _means(scores), strict=True))
    table(
        "Codec, quality 50, one core",
        ("", "CPU ms/image", "kB/image", "SSIM"),
        [
            (
                name,
                f"{cpu[name] / len(files) * 1000:.2f}",
                f"{bytes_[name] / len(files) / 1000:.1f}",
                f"{likeness[name]:.4f}",
            )
            for name in folders
        ],
    )
    figures: Figures = {"codec_cpu_ms": cpu[OURS] / len(files) * 1000}
    for peer, suffix in ((SHARP, ""), (PLAIN, "_unoptimised")):
        figures[f"codec_cpu_over_sharp{suffix}"] = cpu[OURS] / cpu[peer]
        figures[f"codec_bytes_over_sharp{suffix}"] = bytes_[OURS] / bytes_[peer]
        figures[f"codec_ssim_minus_sharp{suffix}"] = likeness[OURS] - likeness[peer]
    return figures


def _means(scores: list[list[float | None]]) -> list[float]:
    """Each contender's mean over the images that could be compared for all of them."""
    comparable = [row for row in zip(*scores, strict=True) if None not in row]
    return [
        fmean(each for each in column if each is not None)
        for column in zip(*comparable, strict=True)
    ]


def _likeness(files: list[Path], folder: Path) -> list[float | None]:
    """SSIM of a folder's results to the files they were made of."""
    command = [environments.python("ssim"), HERE / "likeness.py"]
    pairs = [[str(file.resolve()), str(folder / f"{n}.jpg")] for n, file in enumerate(files)]
    with Child(command, core=MEASURED) as one, Child(command, core=FAR) as other:
        one.say(pairs=pairs[::2])
        other.say(pairs=pairs[1::2])
        found: list[float | None] = [None] * len(pairs)
        found[::2], found[1::2] = one.answer()["ssim"], other.answer()["ssim"]
        return found
