"""What tests of labs share: a lab in a folder of its own."""

from __future__ import annotations

import pytest

from lab_runs import Written


@pytest.fixture
def lab(tmp_path) -> Written:
    """A lab in a folder of its own."""
    return Written(tmp_path)
