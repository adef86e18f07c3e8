from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from edgebokeh.batch.cluster.blocks import DEATHS, MOST, Blocks


@given(st.integers(0, 200), st.integers(1, 5), st.sets(st.integers(0, 199), max_size=4), st.data())
def test_only_poison_is_given_up_and_all_else_is_done_once(
    count: int, workers: int, poison: set[int], data: st.DataObject
) -> None:
    """Each block that holds poison kills its worker; others die by chance, so often that nobody is blamed for it."""
    poison = {number for number in poison if number < count}
    blocks, done, given_up, accidents = Blocks(range(count), workers), Counter[int](), list[int](), Counter[int]()
    while blocks:
        block = blocks.take(idle=True)
        assert block
        assert 1 <= len(block.photos) <= MOST
        assert not block.alone or len(block.photos) == 1
        accident = max(accidents[one] for one in block.photos) < DEATHS - 2 and data.draw(st.booleans())
        if accident or poison.intersection(block.photos):
            accidents.update(block.photos)
            given_up += blocks.suspect(block.photos)
        else:
            done.update(block.photos)
            blocks.timed("make", len(block.photos), data.draw(st.floats(0, 10)))
    assert sorted(given_up) == sorted(poison)
    assert done == Counter(set(range(count)) - poison)


def test_blocks_take_a_second_and_less_towards_the_end() -> None:
    blocks = Blocks(range(1000), 2)
    blocks.timed("make", 10, 1.0)
    assert blocks.size == 10
    blocks.timed("make", 0, 0.0)
    assert blocks.size == 10
    blocks.timed("place", 10, 1.0)
    assert blocks.size == 5
    blocks.timed("place", 10_000, 0.001)
    blocks.timed("make", 10_000, 0.001)
    sizes = []
    while block := blocks.take(idle=False):
        sizes.append(len(block.photos))
        blocks.timed("make", len(block.photos), 0.0001)
        blocks.timed("place", len(block.photos), 0.0001)
    assert max(sizes) == MOST
    assert sizes[-1] == 1


def test_what_was_not_begun_comes_first_and_is_not_blamed() -> None:
    blocks = Blocks(range(4), 1)
    first, second = blocks.take(idle=True), blocks.take(idle=False)
    assert first
    assert second
    blocks.put_back(second.photos)
    assert blocks.suspect(first.photos) == []
    alone = blocks.take(idle=True)
    assert alone
    assert (alone.photos, alone.alone) == ([first.photos[0]], True)
    following = blocks.take(idle=False)
    assert following
    assert following.photos[0] == second.photos[0]
    assert not following.alone
