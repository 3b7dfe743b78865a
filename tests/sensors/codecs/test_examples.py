"""Every example beside this test decodes to its readings and problems, or to its reason.

A reading's name is its quantity, `/level` and `@offset` where they are not 0; null is missing.
"""

import json
from datetime import datetime
from math import nan
from pathlib import Path
from typing import Any

import pytest

from sensors import codecs
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Reading

EXAMPLES: list[dict[str, Any]] = [
    example
    for file in sorted(Path(__file__).with_name("examples").glob("*.json"))
    for example in json.loads(file.read_text(encoding="utf-8"))
]
GOOD = [pytest.param(one, id=one["id"]) for one in EXAMPLES if "readings" in one]
BAD = [pytest.param(one, id=one["id"]) for one in EXAMPLES if "reason" in one]


def _name(reading: Reading) -> str:
    level = f"/{reading.level}" if reading.level else ""
    offset = f"@{reading.offset_s}" if reading.offset_s else ""
    return reading.quantity + level + offset


def _time(example: dict[str, Any]) -> datetime | None:
    stated = example.get("received_at")
    return datetime.fromisoformat(stated) if stated else None


@pytest.mark.parametrize("example", GOOD)
def test_a_payload_reads_as_written(example: dict[str, Any]) -> None:
    decoded = codecs.decode(
        example["model"],
        example["port"],
        bytes.fromhex(example["payload"]),
        received_at=_time(example),
    )
    found = {_name(reading): reading.value for reading in decoded.readings}
    expected = {
        name: nan if value is None else value for name, value in example["readings"].items()
    }
    tolerance = example.get("tolerance", 1e-9)
    assert found == pytest.approx(expected, rel=0, abs=tolerance, nan_ok=True)
    assert len(found) == len(decoded.readings)
    assert [problem.reason for problem in decoded.problems] == example.get("problems", [])
    model = codecs.MODELS[example["model"]]
    assert {reading.quantity for reading in decoded.readings} <= set(model.quantities)
    assert set(model.quantities) <= set(QUANTITIES)


@pytest.mark.parametrize("example", BAD)
def test_a_bad_payload_is_refused_with_its_reason(example: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match=example["reason"]) as refusal:
        codecs.decode(example["model"], example["port"], bytes.fromhex(example["payload"]))
    assert refusal.value.reason == example["reason"]
    assert refusal.value.detail


@pytest.mark.parametrize("model", sorted(codecs.MODELS))
def test_every_model_has_an_example(model: str) -> None:
    same = {
        "dragino/lsn50v2-s31": "dragino/lsn50v2",
        "milesight/wts305": "milesight/wts505",
        "sensecap/s2102": "sensecap/s2101",
        "sensecap/s2103": "sensecap/s2101",
        "enginko/mcf-lwws01": "enginko/mcf-lwws00",
        "enginko/mcf-lwws03": "enginko/mcf-lwws02",
    }
    good = {example["model"] for example in EXAMPLES if "readings" in example}
    assert same.get(model, model) in good
