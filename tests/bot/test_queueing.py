"""Which message goes next, by a clock that only the test moves."""

import random
from math import inf

from bot.services.queueing import Pace, Queue
from storage.outbox import ANSWER, CAMPAIGN, NOTICE, Call, Parcel

METHODS = ("sendMessage", "sendPhoto", "editMessageText", "answerCallbackQuery", "deleteMessage")


def parcel(row: int, chat: int = 1, priority: int = ANSWER, method: str = "sendMessage") -> Parcel:
    return Parcel(row, chat, Call(method, {}), priority=priority)


def drain(queue: Queue, now: float = 0.0, until: float = inf) -> list[tuple[float, int]]:
    """Send whatever goes, each taking no time; gives (when, row)."""
    went: list[tuple[float, int]] = []
    while True:
        found = queue.next(now)
        if found is None:
            return went
        if isinstance(found, Parcel):
            went.append((round(now, 3), found.id))
            queue.end(found, now)
        elif now + found > until:
            return went
        else:
            now += found


def rows(queue: Queue, now: float = 0.0) -> list[int]:
    return [row for _, row in drain(queue, now)]


def test_the_urgent_goes_before_the_old_and_the_old_before_the_new() -> None:
    queue = Queue(Pace())
    for row, chat, priority in (
        (1, 1, CAMPAIGN),
        (2, 2, NOTICE),
        (3, 3, ANSWER),
        (4, 1, ANSWER),
        (5, 2, CAMPAIGN),
    ):
        queue.put(parcel(row, chat, priority))
    assert rows(queue) == [3, 4, 2, 1, 5]


def test_an_answer_overtakes_an_alert_of_the_same_chat_and_order_stays_among_equals() -> None:
    queue = Queue(Pace())
    for row in (3, 1, 2):
        queue.put(parcel(row, priority=NOTICE))
    queue.put(parcel(9))
    queue.put(parcel(8))
    assert rows(queue) == [8, 9, 1, 2, 3]


def test_a_chat_has_one_message_on_its_way_and_others_do_not_wait_for_it() -> None:
    queue = Queue(Pace())
    for row, chat in ((1, 1), (2, 1), (3, 2)):
        queue.put(parcel(row, chat))
    first, second = queue.next(0), queue.next(0)
    assert [one.id for one in (first, second) if isinstance(one, Parcel)] == [1, 3]
    assert queue.next(0) is None
    assert isinstance(first, Parcel)
    queue.end(first, 0)
    assert rows(queue) == [2]


def test_pressed_buttons_and_secrets_do_not_wait_for_the_messages_before_them() -> None:
    queue = Queue(Pace())
    queue.put(parcel(1))
    assert isinstance(queue.next(0), Parcel)  # on its way
    queue.put(parcel(2))
    queue.put(parcel(3, method="deleteMessage"))
    queue.put(parcel(4, method="answerCallbackQuery"))
    assert rows(queue) == [3, 4]


def test_a_resting_chat_holds_everything_of_its_own_and_nothing_of_others() -> None:
    queue = Queue(Pace())
    queue.put(parcel(1, priority=NOTICE))
    queue.rest(1, 31.0)
    queue.put(parcel(2))
    queue.put(parcel(3, method="editMessageText"))
    queue.put(parcel(4, method="deleteMessage"))
    queue.put(parcel(5, chat=2, priority=CAMPAIGN))
    assert drain(queue) == [(0, 5), (31, 2), (31, 3), (31, 4), (31, 1)]


def test_a_rest_is_never_shortened() -> None:
    queue = Queue(Pace())
    queue.rest(1, 31.0)
    queue.rest(1, 2.0)
    queue.put(parcel(1))
    assert drain(queue) == [(31, 1)]


def test_what_failed_keeps_its_place_among_equals_and_lets_the_urgent_by() -> None:
    queue = Queue(Pace())
    queue.put(parcel(1, priority=NOTICE), due=8.0)
    queue.put(parcel(2, priority=NOTICE))
    queue.put(parcel(3))
    assert drain(queue) == [(0, 3), (8, 1), (8, 2)]


def test_a_group_never_gets_more_than_its_share_of_any_minute() -> None:
    queue = Queue(Pace(per_chat_per_second=1, burst=5, per_group_per_minute=20))
    for row in range(1, 121):
        queue.put(parcel(row, chat=-100))
    went = drain(queue)
    assert [row for _, row in went] == list(range(1, 121))
    assert [when for when, _ in went[:5]] == [0] * 5, "some may come together"
    times = [when for when, _ in went]
    assert max(sum(start <= when <= start + 60 for when in times) for start in times) == 20
    assert times[-1] < 120 * 60 / 20 * 1.5, "and not much less"
    queue.put(parcel(500, chat=7))
    assert drain(queue, times[-1]) == [(round(times[-1], 3), 500)], "people have a pace of their own"


def test_a_burst_to_one_chat_then_one_a_second_and_edits_are_free() -> None:
    queue = Queue(Pace(per_chat_per_second=1, burst=3))
    for row in range(1, 7):
        queue.put(parcel(row))
    queue.put(parcel(7, method="editMessageText"))
    assert drain(queue) == [(0, 1), (0, 2), (0, 3), (1, 4), (2, 5), (3, 6), (3, 7)]
    queue.put(parcel(8))
    assert drain(queue, 100.0) == [(100, 8)], "who was quiet may burst again"


def test_all_together_keep_the_pace_and_the_urgent_go_first() -> None:
    queue = Queue(Pace(per_second=30))
    for row in range(1, 101):
        queue.put(parcel(row, chat=row, priority=CAMPAIGN))
    went = drain(queue, 50.0, until=50.99)
    queue.put(parcel(500, chat=500))
    went += drain(queue, 51.0)
    times = [when for when, _ in went]
    assert max(sum(start <= when < start + 1 for when in times) for start in times) <= 31
    assert times[-1] - 50 < 3.4
    assert next(row for when, row in went if when >= 51.0) == 500


def test_whatever_happens_everything_goes_once_and_equals_in_order() -> None:
    rng = random.Random(5)  # noqa: S311 - a test is to be repeatable
    for _ in range(60):
        queue = Queue(Pace(rng.choice((inf, 30)), rng.choice((inf, 1)), rng.randint(1, 4)))
        went: list[Parcel] = []
        waiting: dict[int, Parcel] = {}
        now, row = 0.0, 0
        for _ in range(120):
            match rng.randrange(5):
                case 0 | 1:
                    row += 1
                    one = parcel(row, rng.randint(1, 4), rng.randint(0, 2), rng.choice(METHODS))
                    waiting[row] = one
                    queue.put(one)
                case 2:
                    queue.rest(rng.randint(1, 4), now + rng.random() * 3)
                case 3:
                    now += rng.random()
                case _:
                    found = queue.next(now)
                    if isinstance(found, Parcel):
                        failed = rng.random() < 0.3
                        if failed:
                            queue.put(found, now + rng.random() * 4)
                        else:
                            went.append(found)
                        queue.end(found, now)
        went += [waiting[row] for _, row in drain(queue, now)]
        assert sorted(one.id for one in went) == sorted(waiting)
        for chat in range(1, 5):
            for priority in range(3):
                lane = [
                    one.id
                    for one in went
                    if (one.chat_id, one.priority) == (chat, priority) and "send" in one.call.method
                ]
                assert lane == sorted(lane)
