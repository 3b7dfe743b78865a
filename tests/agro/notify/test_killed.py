"""Sixty events, three kills: each delivered once, on either database."""

import pytest
from sqlalchemy import Engine

from tests.alerting import Mailbox, Sending, endure

pytestmark = pytest.mark.service


def test_each_event_is_delivered_once_whatever_is_killed(
    store: Engine, sending: Sending, mailbox: Mailbox
) -> None:
    endure(store, sending, mailbox, 60)
