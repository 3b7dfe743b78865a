"""What the alerts' tests share: a real mailbox, and a mark of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agro.notify.mark import Mark
from tests.alerting import Mailbox, Sending


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server that takes everything."""
    started = Mailbox()
    yield started
    started.stop()


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[Mark]:
    """A mark that this process holds."""
    with Mark(tmp_path / "mark") as held:
        assert held.hold()
        yield held


@pytest.fixture
def sending(store_url: str, tmp_path: Path) -> Iterator[Sending]:
    """A starter of sending processes on this test's store."""
    started = Sending(store_url, tmp_path / "var")
    yield started
    started.stop()
