from chaos.fates import DEADLY, OTHER, SEND, SHARES, Fates


def fates(seed: int) -> Fates:
    made = Fates(seed)
    made.calm = False
    return made


def test_the_same_seed_has_the_same_fates() -> None:
    first, second = fates(7), fates(7)
    drawn = [first.draw("recorder", "sqs", SEND)[0] for _ in range(500)]
    assert drawn == [second.draw("recorder", "sqs", SEND)[0] for _ in range(500)]
    assert set(drawn) >= set(SHARES[SEND])


def test_an_outage_refuses_everything_and_calm_lets_everything_pass() -> None:
    drawn = fates(7)
    drawn.take_away("s3", 60)
    assert {drawn.draw("api", "s3", OTHER)[0] for _ in range(50)} == {"answered 500 or 503"}
    drawn.calm = True
    assert {drawn.draw("api", "s3", OTHER)[0] for _ in range(50)} == {"passed on"}


def test_a_function_that_makes_many_calls_lives_to_make_its_last() -> None:
    """As ingest must, which sends a large job's images in one run."""
    for seed in range(20):
        drawn = fates(seed)
        runs = [
            {drawn.draw("ingest", "sqs", SEND)[0] for _ in range(250)}.isdisjoint(DEADLY)
            for _ in range(20)
        ]
        assert any(runs)
