"""The plots of docs/, drawn from the simulation: ``python -m bench.plots``."""

import json
import subprocess
from collections import Counter

from bench import cost, environments, throughput
from bench.places import FIGURES, HERE, ROOT

PLOTS = ROOT / "docs" / "plots"
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
WINDOW = 5
"""Seconds over which a rate is averaged."""


def main() -> None:
    figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    measured = cost.of(figures)
    settings = throughput.SETTINGS.items()
    times = {
        name: [[size, throughput.simulate(size, measured, each).finished / 60] for size in SIZES]
        for name, each in settings
    }
    rates = {
        name: _rates(throughput.simulate(throughput.JOB, measured, each)) for name, each in settings
    }
    _draw("time.svg", times, x="images", y="minutes until the result is there", log=True)
    _draw("rate.svg", rates, x="seconds since the request", y="images a second", log=False)


def _rates(run: throughput.Run) -> list[list[float]]:
    done: Counter[int] = Counter()
    for end, size in run.ends:
        done[int(end // WINDOW)] += size
    return [[n * WINDOW, done[n] / WINDOW] for n in range(max(done) + 1)]


def _draw(name: str, lines: dict[str, list[list[float]]], *, x: str, y: str, log: bool) -> None:
    file = PLOTS / name
    python = environments.python("plots")
    question = {"file": str(file), "lines": lines, "x": x, "y": y, "log": log}
    subprocess.run([python, HERE / "draw.py"], input=json.dumps(question), text=True, check=True)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
