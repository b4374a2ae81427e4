from hypothesis import given
from hypothesis import strategies as st

from pipeline.states import ACTIVE, MOVES, JobStatus, sources

FINAL = {JobStatus.COMPLETED, JobStatus.REJECTED, JobStatus.CANCELLED, JobStatus.EXPIRED}

NOT_YET = {JobStatus.CANCELLED}
"""In the contract, but nothing moves there so far."""


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(JobStatus)


def test_every_status_can_be_reached_from_the_first() -> None:
    reached = {JobStatus.AWAITING_UPLOAD}
    while more := {target for status in reached for target in MOVES[status]} - reached:
        reached |= more
    assert reached == set(JobStatus) - NOT_YET


def test_final_states_have_no_moves_and_all_others_are_active() -> None:
    assert {status for status in JobStatus if not MOVES[status]} == FINAL
    assert set(JobStatus) - FINAL == ACTIVE


def test_an_end_can_be_reached_from_every_active_state() -> None:
    for status in ACTIVE:
        reached = {status}
        while more := {target for each in reached for target in MOVES[each]} - reached:
            reached |= more
        assert reached & FINAL


@given(st.lists(st.integers(0, 10), max_size=20))
def test_no_path_comes_back_to_where_it_was(choices: list[int]) -> None:
    status = JobStatus.AWAITING_UPLOAD
    path = [status]
    for choice in choices:
        targets = sorted(MOVES[status])
        if not targets:
            break
        status = targets[choice % len(targets)]
        assert status not in path
        path.append(status)


def test_the_sources_of_a_state_are_those_that_may_move_there() -> None:
    for target in JobStatus:
        assert set(sources(target)) == {each for each in JobStatus if target in MOVES[each]}
