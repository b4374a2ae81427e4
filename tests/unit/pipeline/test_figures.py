import json
from typing import Any

import pytest

from pipeline.figures import Figures


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "recorder")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Darkroom/test")


def written(figures: Figures, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    figures.write()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_amounts_are_summed_and_told_apart_by_their_dimensions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = Figures()
    for code in ("succeeded", "not_found", "succeeded"):
        figures.add("Images", code=code)
    lines = written(figures, capsys)
    assert {line["code"]: line["Images"] for line in lines} == {"succeeded": [2], "not_found": [1]}
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Darkroom/test"
        assert sorted(directive["Dimensions"][0]) == ["code", "service"]
        assert directive["Metrics"] == [{"Name": "Images", "Unit": "Count"}]


def test_of_times_each_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures()
    for milliseconds in range(150):
        figures.add("FetchTime", milliseconds)
    kept = [value for line in written(figures, capsys) for value in line["FetchTime"]]
    assert kept == list(range(150))


def test_what_was_written_is_not_written_again(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures()
    figures.add("Rows", 3)
    assert len(written(figures, capsys)) == 1
    assert written(figures, capsys) == []


def test_a_figure_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="Imags"):
        Figures().add("Imags")
