from dataclasses import replace

import pytest

from bench import cost, prices
from bench.cost import Measured


def test_a_million_uploads_to_s3_cost_what_amazon_says() -> None:
    assert cost.storing(Measured())["S3"]["S3: PUT"] == pytest.approx(5.00)


def test_twice_the_time_costs_twice_as_much_where_time_is_paid() -> None:
    once = cost.processing(Measured())
    twice = cost.processing(replace(Measured(), slower=2))
    for name, dollars in once.items():
        paid_by_time = name.startswith("Lambda: ") and name != "Lambda: requests"
        assert twice[name] == pytest.approx(dollars * (2 if paid_by_time else 1))


def test_a_second_of_a_function_is_paid_by_its_memory() -> None:
    gigabytes = 1769 / 1024
    expected = 1_000 * gigabytes * prices.LAMBDA_GB_SECOND
    assert cost.lambda_cost("processor", 1_000) == pytest.approx(expected)


def test_a_request_counts_for_each_64_kilobytes() -> None:
    assert cost.sqs_cost(1_000_000, 0, kilobytes=64) == pytest.approx(0.40)
    assert cost.sqs_cost(1_000_000, 0, kilobytes=65) == pytest.approx(0.80)
    assert cost.sqs_cost(0, 1_000_000) == pytest.approx(0.80)  # received, and deleted


def test_what_was_measured_takes_the_place_of_what_is_assumed() -> None:
    assert cost.of({"processor_images_per_s": 7, "codec_cpu_ms": 1}).processor_images_per_s == 7


def test_the_total_is_the_sum_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    figures = cost.measure({})
    lines = sum(cost.processing(Measured()).values()) + 5.00
    assert figures["usd_per_million_images"] == pytest.approx(lines)
    assert f"{lines:.2f}" in capsys.readouterr().out
