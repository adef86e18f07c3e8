import threading

import numpy as np
import pytest

from edgebokeh.draft import Draft
from edgebokeh.images import Photo
from edgebokeh.serve.refusal import RefusedError
from edgebokeh.serve.store import MOST_DRAFTS, Kept, Store


def kept(size: int = 100) -> Kept:
    return Kept("photo.jpg", bytes(size), (10, 10))


def draft(size: int) -> Draft:
    return Draft(Photo(np.zeros((1, size // 3, 3), np.uint8)), (10, 10))


def test_ids_are_long_and_differ() -> None:
    ids = {kept().id for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 20


def test_those_not_used_for_longest_go_first() -> None:
    store, photos = Store(2, 10_000), [kept() for _ in range(3)]
    store.add(photos[0])
    store.add(photos[1])
    assert store.get(photos[0].id) is photos[0]
    store.add(photos[2])
    assert len(store) == 2
    with pytest.raises(RefusedError) as refused:
        store.get(photos[1].id)
    assert (refused.value.status, refused.value.kind) == (404, "photo_unknown")


def test_memory_is_bounded_and_drafts_go_before_photos() -> None:
    store, first, second = Store(9, 1000), kept(), kept()
    store.add(first)
    first.draft("a", lambda: draft(600))
    store.add(second)
    second.draft("a", lambda: draft(600))
    store.trim()
    assert (len(store), store.drafts, first.drafts, second.drafts) == (2, 1, 0, 1)
    assert store.bytes <= 1000
    store.add(kept(900))
    assert (len(store), store.drafts, store.bytes) == (2, 0, 1000)
    assert store.get(second.id) is second


def test_a_photo_that_needs_more_than_all_there_is() -> None:
    with pytest.raises(RefusedError) as refused:
        Store(9, 1000).add(kept(1001))
    assert refused.value.status == 413


def test_a_photo_is_let_go_once() -> None:
    store, photo = Store(9, 1000), kept()
    store.add(photo)
    store.remove(photo.id)
    assert store.bytes == 0
    with pytest.raises(RefusedError):
        store.remove(photo.id)


def test_a_draft_is_made_once_and_only_so_many_stay() -> None:
    photo, made = kept(), []

    def make() -> Draft:
        made.append(threading.current_thread())
        return draft(30)

    threads = [threading.Thread(target=photo.draft, args=("a", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    for key in range(MOST_DRAFTS + 3):
        photo.draft(key, make)
    assert photo.drafts == MOST_DRAFTS
