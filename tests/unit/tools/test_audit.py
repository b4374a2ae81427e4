from pathlib import Path
from typing import Any

import audit
import pytest

GOOD = {"name": "pillow", "version": "13.0.0", "vulns": []}
BAD = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
UNANSWERED = {"name": "uv", "skip_reason": "Dependency not found on PyPI"}

REPORTS = {
    "good": ([GOOD], audit.CLEAN, "no known vulnerability"),
    "good and bad": ([GOOD, BAD], audit.VULNERABLE, "PYSEC-1, mended in 1.1"),
    "bad and no answer": ([BAD, UNANSWERED], audit.VULNERABLE, "PYSEC-2, mended in no version yet"),
    "good and no answer": ([GOOD, UNANSWERED], audit.UNKNOWN, "no answer about uv"),
    "no answer": ([UNANSWERED], audit.UNKNOWN, "none was looked up"),
}


@pytest.mark.parametrize(("packages", "code", "words"), REPORTS.values(), ids=REPORTS)
def test_only_an_answer_about_every_package_is_a_clean_one(
    packages: list[dict[str, Any]], code: int, words: str
) -> None:
    found, lines = audit.judged(packages)
    assert (found, words in "\n".join(lines)) == (code, True)


def test_an_audit_that_cannot_take_place_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.audit(tmp_path / "missing.txt") is None
    assert "The audit of missing.txt did not take place: " in capsys.readouterr().err


def test_every_file_of_pins_is_looked_at() -> None:
    compiled = {
        file
        for file in audit.ROOT.rglob("requirements*/*.txt")
        if not {".local", ".venv", "node_modules"} & set(file.parts)
    } | set(audit.ROOT.glob("layers/*/requirements.txt"))
    assert compiled <= set(audit.pin_files(audit.ROOT))
