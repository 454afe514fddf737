"""What tests of reports share: each judgement in turn."""

from __future__ import annotations

import pytest

from judgements import ALL


@pytest.fixture(params=list(ALL))
def judgement(request):
    """Each judgement in turn."""
    return ALL[request.param]()
