"""The photographs that everything is measured on."""

from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat

from bench import corpus


def test_a_photograph_is_the_same_each_time() -> None:
    first, again = (corpus.photograph(120, 80, seed=3) for _ in range(2))
    assert ImageChops.difference(first, again).getbbox() is None


def test_each_seed_makes_another_photograph() -> None:
    one, other = (corpus.photograph(120, 80, seed=seed) for seed in (3, 4))
    assert ImageStat.Stat(ImageChops.difference(one, other)).mean[1] > 5


def test_a_generated_file_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def jpeg(number: int) -> bytes:
        made.append(number)
        return b"jpeg"

    monkeypatch.setattr(corpus, "COUNT", 3)
    monkeypatch.setattr(corpus, "jpeg", jpeg)
    assert corpus.generated(tmp_path) == corpus.generated(tmp_path)
    assert made == [0, 1, 2]


def test_a_folder_of_ones_own_is_searched_for_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b/two.PNG", "one.jpg", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.setenv("BENCH_CORPUS", str(tmp_path))
    assert [path.name for path in corpus.photographs()] == ["two.PNG", "one.jpg"]


def test_a_folder_without_images_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_CORPUS", str(tmp_path))
    with pytest.raises(SystemExit, match="no images"):
        corpus.photographs()


@pytest.mark.parametrize(
    ("count", "size", "kept"),
    [(10, 1_000, 10), (61, 1_000, 31), (10, 90_000_000, 4), (1, 10**9, 1)],
)
def test_a_large_folder_is_sampled(count: int, size: int, kept: int) -> None:
    files = [Path(f"{n}.jpg") for n in range(count)]
    assert len(corpus.sample(files, size)) == kept
