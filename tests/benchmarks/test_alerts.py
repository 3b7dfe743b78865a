"""A thousand events, the sender killed three times in between: each delivered once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.alerting import Mailbox, Sending, endure

COUNT = 1000


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    started = Mailbox()
    yield started
    started.stop()


def test_a_thousand_events_are_delivered_once_each(
    store: Engine, store_url: str, tmp_path: Path, mailbox: Mailbox
) -> None:
    sending = Sending(store_url, tmp_path / "var")
    try:
        took = endure(store, sending, mailbox, COUNT)
    finally:
        sending.stop()
    print(
        f"\n{store.dialect.name}: {COUNT} alerts by SMTP, 3 × kill -9: {len(mailbox.received)} "
        f"messages, none lost, none twice, {took:.1f} s, {COUNT / took:.0f} a second"
    )
