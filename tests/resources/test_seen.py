"""The memory of handled notices: each step at once, bounded by age and number."""

import pytest

from wxdist import FakeClock, InvalidInput, NoticeClaim, SeenNotices

NEW, RUNNING, DONE = NoticeClaim.NEW, NoticeClaim.RUNNING, NoticeClaim.DONE


@pytest.fixture
def clock():
    """Make a clock that only `advance` moves."""
    return FakeClock()


@pytest.fixture
def store(clock):
    """Make a store for three notices."""
    return SeenNotices(clock, most=3)


async def test_claims(store):
    """The first gets it; while it is held it is running, and done when it was finished."""
    claims = [await store.claim("1", "a", 60), await store.claim("1", "b", 60)]
    await store.finish("1", 60)
    claims += [await store.claim("1", "b", 60), await store.claim("2", "b", 60)]

    assert [NEW, RUNNING, DONE, NEW] == claims


@pytest.mark.parametrize(
    ("by", "done", "left"),
    [
        ("a", False, NEW),
        ("b", False, RUNNING),
        (None, False, NEW),
        ("a", True, DONE),
        ("b", True, DONE),
        (None, True, NEW),
    ],
)
async def test_releases(store, by, done, left):
    """It is given back by whom it is held, unfinished; by nobody in particular, always."""
    await store.claim("1", "a", 60)
    if done:
        await store.finish("1", 60)

    await store.release("1", by)

    assert left is await store.claim("1", "c", 60)


async def test_a_release_of_nothing(store):
    """What nobody holds can be given back."""
    await store.release("1", None)

    assert 0 == len(store)


@pytest.mark.parametrize(("seconds", "claim"), [(59, RUNNING), (60, NEW)])
async def test_a_claim_ends(store, clock, seconds, claim):
    """A claim is void once its time is over."""
    await store.claim("1", "a", 60)
    await clock.advance(seconds)

    assert claim is await store.claim("1", "b", 60)


@pytest.mark.parametrize(("seconds", "claim"), [(99, DONE), (100, NEW)])
async def test_done_ends(store, clock, seconds, claim):
    """What is done is remembered for its time, counted from its end."""
    await store.claim("1", "a", 60)
    await clock.advance(50)
    await store.finish("1", 100)
    await clock.advance(seconds)

    assert claim is await store.claim("1", "b", 60)


async def test_the_oldest_are_forgotten(store):
    """No more are remembered than there is room for; those done last stay."""
    for key in ("1", "2", "3", "1", "4"):
        await store.finish(key, 60)

    assert 3 == len(store)
    assert [DONE, DONE, DONE, NEW] == [await store.claim(key, "a", 60) for key in "1342"]


async def test_what_is_over_takes_no_room(store, clock):
    """What is too old goes as others come."""
    await store.finish("1", 10)
    await store.finish("2", 60)
    await clock.advance(10)
    await store.finish("3", 60)

    assert 2 == len(store)


async def test_for_no_time(store):
    """What is to be remembered for no time is over at once."""
    await store.finish("1", 0)

    assert NEW is await store.claim("1", "a", 60)


@pytest.mark.parametrize("most", [0, -1, 1.0, True, "3"])
def test_no_room(clock, most):
    """There is room for one at least."""
    with pytest.raises(InvalidInput, match=r"^most: must be a whole number of at least 1"):
        SeenNotices(clock, most=most)
