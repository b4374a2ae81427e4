"""Where things are, and where the bench keeps what it makes."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "bench"
LOCAL = ROOT / ".local"
WORK = LOCAL / "bench"
CORPUS = WORK / "corpus"
FIGURES = LOCAL / "bench.json"
