"""The stand-ins for what is far away, and the children that are asked in lines."""

import os
import sys
import time
from pathlib import Path

import pytest
import requests

from bench import servers, stream
from bench.processes import Child
from bench.tables import rounded
from infra.settings import STAGES


def test_the_origin_waits_and_the_store_counts(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"pixels")
    with stream.far_ends([tmp_path / "a.jpg"]) as far:
        began = time.monotonic()
        assert requests.get(far.urls(1)[0], timeout=30).content == b"pixels"
        assert time.monotonic() - began >= servers.ORIGIN_SECONDS
        requests.put(f"{far.store}/0.jpg", data=b"x", timeout=30).raise_for_status()
        assert far.servers.ask() == {"stored": 1}


def test_images_that_were_not_stored_are_no_result(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no image")
    with (
        stream.far_ends([tmp_path / "a.jpg"]) as far,
        stream.processor(far) as ours,
        pytest.raises(RuntimeError, match="only 0 of 2"),
    ):
        far.run(ours, 2, batch=2)


def test_a_child_stays_on_its_core() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("cores cannot be chosen here")
    (core, *_) = usual = sorted(os.sched_getaffinity(0))
    script = "import json, os; input(); print(json.dumps({'cores': [*os.sched_getaffinity(0)]}))"
    with Child([sys.executable, "-c", script], core=core) as child:
        assert child.ask() == {"cores": [core]}
    assert sorted(os.sched_getaffinity(0)) == usual


def test_a_child_that_ends_without_a_word_is_an_error() -> None:
    with (
        Child([sys.executable, "-c", "raise SystemExit(3)"], core=None) as child,
        pytest.raises(RuntimeError, match="ended with 3"),
    ):
        child.answer()


def test_figures_do_not_pretend_to_be_exact() -> None:
    assert [rounded(value) for value in (1.00019, 53.4861, 144190.1)] == [1.0, 53.49, 144200.0]


def test_batches_are_as_large_as_on_aws() -> None:
    assert {STAGES[name].images_batch for name in ("dev", "prod")} == {stream.BATCH}
