"""The stores of cases that the tests run on: each test on both, each with a place of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from supportable.stores.case_places import open_store
from supportable.stores.cases import CaseStore

Opener = Callable[..., CaseStore]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store may be made: a path, or the URL of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "cases.sqlite")
    return request.getfixturevalue("server").new_database()


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Open stores that are closed when the test ends."""
    stores = []

    def opening(where: str, busy_s: float = 10.0) -> CaseStore:
        stores.append(open_store(where, busy_s))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(place: str, opened: Opener) -> CaseStore:
    """An empty store."""
    return opened(place)
