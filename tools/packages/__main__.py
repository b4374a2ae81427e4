"""``python -m packages``: what ``make packages`` calls."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from localcloud.errors import CloudError
from packages.comparison import differences
from packages.proof import Bench, Figures, Proof

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 40
"""Problems; one cause often makes thousands."""


def main() -> int:
    os.environ["NO_PROXY"] = ",".join(["127.0.0.1,localhost", os.environ.get("NO_PROXY", "")])
    try:
        return prove(ROOT)
    except CloudError as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except OSError as error:  # a full disk, a folder that somebody else owns
        print(f"darkroom: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndarkroom: interrupted.", file=sys.stderr)
        return 130
    return 1


def prove(root: Path) -> int:
    """Proves the packages of this checkout, and those of a fresh copy under umask 077."""
    with Bench(root, root / ".local" / "packages", say).ready() as bench:
        as_it_is = bench.as_it_is()
        proof = bench.prove(as_it_is, journey=False)
        closed = bench.of_a_closed_copy(downloaded=True)
        again = bench.prove(closed, journey=True)
        again.problems += differences(as_it_is, closed)
    say("\n".join(["", *table(proof.figures)]))
    for sentence in proof.not_proved:
        say(f"\nNOT PROVED: {sentence}")
    return told(proof, "this checkout") + told(again, "a fresh copy under umask 077")


def told(proof: Proof, where: str) -> int:
    """Says how a proof ended; 1 if anything was found."""
    for problem in proof.problems[:SHOWN]:
        say(f"PROBLEM in {where}: {problem}")
    if len(proof.problems) > SHOWN:
        say(f"… and {len(proof.problems) - SHOWN} more.")
    if not proof.problems:
        say(f"\nThe packages of {where} are sound.")
    return min(1, len(proof.problems))


def table(figures: list[Figures]) -> Iterator[str]:
    yield f"{'function':26}{'zipped':>10}{'unzipped':>10}{'layers':>8}{'import':>9}"
    for each in figures:
        took = "" if each.import_seconds is None else f"{each.import_seconds:.2f} s"
        sizes = f"{each.zipped / 1e6:7.1f} MB{each.unzipped / 1e6:7.1f} MB"
        yield f"{each.name:26}{sizes}{each.layers:8}{took:>9}"


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
