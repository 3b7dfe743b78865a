"""The README names every model and every reason there is, and no other model."""

import re
from pathlib import Path

import pytest

from sensors import codecs

SENSORS = Path(__file__).parents[3] / "sensors"
README = (SENSORS / "README.md").read_text(encoding="utf-8")
_VENDORS = "|".join(sorted({key.split("/")[0] for key in codecs.MODELS}))
_MODEL = re.compile(rf"`((?:{_VENDORS})/[a-z0-9-]+)`")
_REASON = re.compile(r'(?:Problem|DecodeError|_problem)\((?:\w+, |"", )?"([a-z_]+)"')


def test_the_table_of_devices_is_the_register() -> None:
    assert set(_MODEL.findall(README)) == set(codecs.MODELS)


def _reasons() -> set[str]:
    files = [*SENSORS.glob("codecs/*.py"), *SENSORS.glob("envelopes/*.py")]
    return {reason for file in files for reason in _REASON.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("reason", sorted(_reasons() | {"sensor_error", "out_of_range"}))
def test_every_reason_is_explained(reason: str) -> None:
    assert f"`{reason}`" in README
