from hypothesis import given
from hypothesis import strategies as st

from pipeline.states import ACTIVE, ENDS, MOVES, JobStatus, sources


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(JobStatus)


def test_every_status_can_be_reached_from_the_first() -> None:
    reached = {JobStatus.AWAITING_UPLOAD}
    while more := {target for status in reached for target in MOVES[status]} - reached:
        reached |= more
    assert reached == set(JobStatus)


def test_a_job_is_active_until_it_has_ended() -> None:
    assert {status for status in JobStatus if not MOVES[status]} <= ENDS
    assert set(JobStatus) - ENDS == ACTIVE


def test_an_end_can_be_reached_from_every_active_state() -> None:
    for status in ACTIVE:
        reached = {status}
        while more := {target for each in reached for target in MOVES[each]} - reached:
            reached |= more
        assert reached & ENDS


@given(st.lists(st.integers(0, 10), max_size=20))
def test_no_path_comes_back_to_where_it_was_but_a_retrys(choices: list[int]) -> None:
    status = JobStatus.AWAITING_UPLOAD
    path = [status]
    for choice in choices:
        targets = sorted(MOVES[status]) if status not in ENDS else []
        if not targets:
            break
        status = targets[choice % len(targets)]
        assert status not in path
        path.append(status)


def test_only_a_completed_job_may_be_taken_up_again() -> None:
    assert {end: MOVES[end] for end in ENDS if MOVES[end]} == {
        JobStatus.COMPLETED: {JobStatus.PROCESSING}
    }


def test_the_sources_of_a_state_are_those_that_may_move_there() -> None:
    for target in JobStatus:
        assert set(sources(target)) == {each for each in JobStatus if target in MOVES[each]}
