"""In which order the images of a batch are begun."""

from uuid import UUID

from pipeline.messages import ProcessImage
from pipeline.options import ImageOptions
from pipeline.queues import Received
from processor.order import Order


def image(host: str, position: int, *, receives: int = 1) -> Received[ProcessImage]:
    message = ProcessImage(
        tenant_id=UUID(int=1),
        job_id=UUID(int=2),
        position=position,
        url=f"https://{host}/{position}.jpg",
        options=ImageOptions().stored(),
    )
    return Received(str(position), "", receives, message)


def test_hosts_take_turns_whatever_order_the_batch_has() -> None:
    order = Order([image("a", n) for n in range(6)] + [image("b", n) for n in range(6, 9)])
    begun = [order.take().message.url[8] for _ in range(9)]
    assert begun == list("ababab") + list("aaa")


def test_a_host_that_answers_late_holds_its_share_and_no_more() -> None:
    order = Order([image("late", n) for n in range(90)] + [image("quick", n) for n in range(10)])
    under_way = [order.take() for _ in range(4)]
    for _ in range(8):
        done = next(each for each in under_way if "quick" in each.message.url)
        under_way.remove(done)
        order.end(done)
        under_way.append(order.take())
    assert sum("late" in each.message.url for each in under_way) == 2


def test_of_one_host_those_go_first_that_were_handed_out_most_often() -> None:
    order = Order([image("a", 0), image("a", 1, receives=3), image("a", 2, receives=2)])
    assert [order.take().message.position for _ in range(3)] == [1, 2, 0]


def test_what_is_no_url_has_its_turn_too() -> None:
    order = Order([image("[nope", 0), image("a", 1), image("", 2)])
    assert sorted(order.take().message.position for _ in range(3)) == [0, 1, 2]
