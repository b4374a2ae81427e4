"""Draws lines into an SVG file; what and where is told on the standard input, as JSON."""

import json
import sys

import matplotlib as mpl  # type: ignore[import-not-found] # only its own environment has it

mpl.use("svg")
mpl.rcParams["svg.fonttype"] = "none"  # text stays text
mpl.rcParams["svg.hashsalt"] = "darkroom"  # the same file for the same figures

from matplotlib import pyplot as plt  # noqa: E402 (the settings come first)


def main() -> None:
    asked = json.load(sys.stdin)
    figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
    for style, (name, points) in zip(("-", "--", "-.", ":"), asked["lines"].items(), strict=False):
        axes.plot(*zip(*points, strict=True), style, label=name, linewidth=2)
    if asked["log"]:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel(asked["x"])
    axes.set_ylabel(asked["y"])
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(asked["file"], metadata={"Date": None})


if __name__ == "__main__":
    main()
