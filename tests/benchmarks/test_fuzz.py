"""A million random payloads over every model: nothing but `DecodeError` comes out."""

import random
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from sensors import codecs
from sensors.errors import DecodeError

PAYLOADS = 1_000_000
AT = datetime(2026, 7, 1, tzinfo=UTC)


def test_random_payloads(capsys: pytest.CaptureFixture[str]) -> None:
    luck, told = random.Random(20260701), Counter[str]()
    models = list(codecs.MODELS.values())
    began = time.perf_counter()
    for number in range(PAYLOADS):
        model = models[number % len(models)]
        payload = _payload(luck, model.key)
        try:
            codecs.decode(model.key, luck.choice(model.ports), payload, received_at=AT)
        except DecodeError as error:
            told[error.reason] += 1
        else:
            told["decoded"] += 1
    rate = PAYLOADS / (time.perf_counter() - began)
    with capsys.disabled():
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in told.most_common())
        print(f"\n{PAYLOADS:,} payloads, {len(models)} models, {rate:,.0f} a second: {reasons}")
    assert told.total() == PAYLOADS


def _payload(luck: random.Random, key: str) -> bytes:
    """Random bytes; every other time behind a beginning that the family knows."""
    body = luck.randbytes(luck.choice((0, 1, 7, 10, 11, 12, 18, luck.randrange(60), 255)))
    if luck.random() < 0.5:
        return body
    if key.startswith("decentlab/"):
        return b"\x02" + body[:2].ljust(2, b"\0") + bytes([0, luck.randrange(8)]) + body[2:]
    return bytes([luck.choice((0x01, 0x03, 0x04, 0x05)), luck.choice((0x75, 0x67, 0x68))]) + body
