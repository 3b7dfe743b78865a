"""The collector's topics: each is one that the envelopes read, and no message comes twice."""

from datetime import UTC, datetime
from itertools import combinations

import pytest
from paho.mqtt.client import topic_matches_sub

from agro.collect import TOPICS
from sensors import envelopes
from sensors.errors import DecodeError

_EXAMPLES = {
    "v3/+/devices/+/up": "v3/app@ttn/devices/probe/up",
    "spBv1.0/+/+/+": "spBv1.0/garden/NDATA/node",
    "spBv1.0/+/+/+/+": "spBv1.0/garden/DDATA/node/probe",
}


def _example(topic: str) -> str:
    return _EXAMPLES.get(topic, topic.replace("+", "x"))


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_subscribed_is_read(topic: str) -> None:
    """Nothing of it is an unknown topic; an empty body is refused for itself."""
    try:
        envelopes.parse_all(_example(topic), b"", arrived_at=datetime.now(UTC))
    except DecodeError as error:
        assert error.reason != "unknown_topic"


@pytest.mark.parametrize(("one", "other"), list(combinations(TOPICS, 2)))
def test_no_two_topics_take_the_same_message(one: str, other: str) -> None:
    assert not topic_matches_sub(one, _example(other))
    assert not topic_matches_sub(other, _example(one))
