"""What the simulated meter and valve send decodes to what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import codecs
from sensors.simulated.water import elt_2_pulses, pm_io_5_valve


def _read(model: str, sent: tuple[int, bytes]) -> dict[str, float]:
    port, payload = sent
    decoded = codecs.decode(model, port, payload)
    assert not decoded.problems
    return {reading.quantity: reading.value for reading in decoded.readings}


@given(st.integers(0, 2**32 - 1))
def test_pulses_decode_to_themselves(total: int) -> None:
    said = _read("elsys/elt-2", elt_2_pulses(total))
    assert said["pulse_total"] == total
    assert said["battery_voltage"] == pytest.approx(3.612)


@pytest.mark.parametrize("is_open", [False, True])
def test_a_valve_decodes_to_its_state(is_open: bool) -> None:
    said = _read("tinovi/pm-io-5-sm", pm_io_5_valve(is_open=is_open))
    assert said == {"battery_level": 96.0, "valve_open": float(is_open), "water_detected": 0.0}
