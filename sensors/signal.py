"""How well a device is heard, from what the gateways tell of its messages.

A LoRa receiver reads signals below the noise, down to a limit for each spreading factor [1, table
13]. A slower factor reaches further and keeps the air (and the battery) busy twice as long each
step, so a signal is judged by the factors that could carry it.

[1] Semtech (2020), SX1276/77/78/79 datasheet, rev. 7: demodulator SNR (table 13), sensitivity at
    125 kHz −123 dBm (SF7) to −136 dBm (SF12) (table 10)
"""

from math import isfinite, nan
from typing import Final, Literal

Grade = Literal["good", "fair", "weak", "unknown"]

SNR_LIMITS: Final = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
"""The lowest SNR a receiver reads, by spreading factor. [dB]"""

GOOD_SNR: Final = SNR_LIMITS[7]  # every factor carries it, the quickest too
FAIR_SNR: Final = SNR_LIMITS[10]  # below, only the two slowest are left
GOOD_RSSI: Final = -100.0  # 23 dB above what SF7 needs: rain and leaves may come
FAIR_RSSI: Final = -115.0  # 8 dB above; below, a wet hedge is enough to lose messages
_ORDER: Final = ("weak", "fair", "good")


def grade(rssi: float = nan, snr: float = nan) -> Grade:
    """The worse of what strength [dBm] and signal-to-noise ratio [dB] say; NaN = not told."""
    found: list[Grade] = []
    for value, good, fair in ((rssi, GOOD_RSSI, FAIR_RSSI), (snr, GOOD_SNR, FAIR_SNR)):
        if isfinite(value):
            found.append("good" if value >= good else "fair" if value >= fair else "weak")
    return min(found, key=_ORDER.index) if found else "unknown"
