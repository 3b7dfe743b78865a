"""The one table of what the tests allow, by quantity, each with its source or its reason.

Range and step stand with the quantities themselves (`sensors.quantities`: `low`, `high`, `step`).
`*` holds for every quantity that has no row of its own. A test without a row is not made.

References
----------
[1] Dorigo et al. 2013, Global automated quality control of in situ soil moisture data from the
    International Soil Moisture Network, doi:10.2136/vzj2012.0097
[2] Zahumenský 2004, Guidelines on quality control procedures for data from automatic weather
    stations, WMO CBS/OPAG-IOS/ET AWS-3/Doc. 4(1)
[3] Long & Dutton 2002, BSRN Global Network recommended QC tests, version 2.0
[4] U.S. IOOS 2020, QARTOD Manual for Real-Time Quality Control of In-Situ Temperature and
    Salinity Data, doi:10.25923/x02m-m555
[5] Outcalt, Nelson & Hinkel 1990, The zero-curtain effect, doi:10.1029/WR026i007p01509
"""

from dataclasses import dataclass
from math import nan
from typing import Final, Literal

from sensors.quantities import QUANTITIES, Quantity

EVERY: Final = "*"
Name = Literal[
    "spike",
    "flat_hours",
    "flat_tolerance",
    "flat_resolution",
    "flat_power",
    "flat_depth",
    "flat_fewest",
    "saturated_from",
    "still_low",
    "still_high",
    "gap_hours",
    "gap_intervals",
    "season_below",
    "season_above",
    "rise",
    "rise_hours",
    "rise_rain",
    "rise_rain_hours",
    "rise_thaw",
    "above_porosity",
    "far_above_porosity",
    "below_wilting",
    "evaporation_depth",
    "air_dry",
    "frozen",
    "disagreement",
    "oversaturation",
    "rare_share",
    "rare_margin",
    "impossible_share",
    "impossible_margin",
    "gust_below_wind",
    "reach",
    "fewest",
    "shower",
    "shower_everywhere",
    "shower_share",
    "wettest_factor",
    "wettest_margin",
    "clog_days",
    "clog_rain",
    "clog_share",
    "ahead",
    "late_hours",
    "back",
]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row of the table."""

    quantity: str
    name: Name
    value: float
    unit: str
    reason: str


THRESHOLDS: Final = (
    # Spike: up and back, or down and back, by more than this within an hour on either side.
    Threshold(
        "soil_moisture",
        "spike",
        0.05,
        "m³ m⁻³",
        "Soil wets in minutes but drains slowly: an hour's fall is at most 0.031 in 19 864 h of"
        " 13 real probes (Sydney 2022); probes are accurate to 0.03",
    ),
    Threshold(
        "soil_temperature", "spike", 3.0, "°C", "Soil damps the air's spikes; as air, less noise"
    ),
    Threshold(
        "soil_conductivity", "spike", 1.0, "dS m⁻¹", "Salts move with water, which drains slowly"
    ),
    Threshold(
        "air_temperature",
        "spike",
        6.0,
        "°C",
        "2 × the 3 °C that [2] calls doubtful between two samples, as ours are up to an hour apart",
    ),
    Threshold(
        "relative_humidity", "spike", 30.0, "%", "3 × the 10 % that [2] calls doubtful; as above"
    ),
    Threshold(
        "vapour_pressure", "spike", 0.8, "kPa", "30 % of saturation at 22 °C, as relative_humidity"
    ),
    Threshold(
        "air_pressure", "spike", 0.3, "kPa", "6 × the 0.05 kPa that [2] calls doubtful; as above"
    ),
    Threshold("leaf_temperature", "spike", 10.0, "°C", "A leaf follows a cloud within minutes"),
    Threshold("external_temperature", "spike", 10.0, "°C", "May hang in the sun: as a leaf"),
    # Flat: unchanged for so long, where it should move.
    Threshold(
        "soil_moisture",
        "flat_hours",
        96.0,
        "h",
        "The stillest of 13 real probes moves by 0.0008 in any 72 h (Sydney 2022); daily means"
        " at 0.001 repeat for 6 days at most (USCRN Manhattan)",
    ),
    Threshold("soil_moisture", "flat_tolerance", 0.00011, "m³ m⁻³", "One step of an LSE01, 0.01 %"),
    Threshold(
        "soil_moisture",
        "flat_resolution",
        0.001,
        "m³ m⁻³",
        "flat_hours hold for probes this fine; a coarser one may stand still longer",
    ),
    Threshold(
        EVERY,
        "flat_power",
        0.75,
        "1",
        "Of the coarseness: rounded to 0.001, 0.005 and 0.01, daily means of 3 depths in 14 years"
        " stand still for 5, 16 and 26 d at most (USCRN Manhattan)",
    ),
    Threshold("soil_moisture", "flat_depth", 20.0, "cm", "Deeper soil moves the slower"),
    Threshold(EVERY, "flat_fewest", 8.0, "1", "Fewer alike prove nothing: 6 daily means are"),
    Threshold(
        "soil_moisture", "saturated_from", -0.02, "m³ m⁻³", "Of the porosity: air stays enclosed"
    ),
    Threshold("soil_moisture", "still_low", 0.45, "m³ m⁻³", "Saturated soil stands still"),
    Threshold("soil_temperature", "flat_hours", 96.0, "h", "Four days without a day's wave"),
    Threshold("soil_temperature", "flat_tolerance", 0.011, "°C", "One step of an LSE01"),
    Threshold("soil_temperature", "flat_resolution", 0.1, "°C", "As soil_moisture"),
    Threshold("soil_temperature", "flat_depth", 20.0, "cm", "The wave dies out with depth"),
    Threshold("soil_temperature", "still_low", -0.5, "°C", "Zero curtain: freezing holds 0 °C [5]"),
    Threshold("soil_temperature", "still_high", 0.5, "°C", "Zero curtain [5]"),
    Threshold(
        "air_temperature",
        "flat_hours",
        12.0,
        "h",
        "[2] asks for 0.1 °C an hour of minute data; 5 h is the longest of 21 189 real hours",
    ),
    Threshold("air_temperature", "flat_tolerance", 0.011, "°C", "The finest device's step"),
    Threshold("air_temperature", "flat_resolution", 0.1, "°C", "As soil_moisture"),
    Threshold(
        "relative_humidity", "flat_hours", 12.0, "h", "As air_temperature; [2] 1 % in an hour"
    ),
    Threshold("relative_humidity", "flat_tolerance", 0.011, "%", "The finest device's step"),
    Threshold("relative_humidity", "flat_resolution", 1.0, "%", "As soil_moisture"),
    Threshold("relative_humidity", "still_low", 92.0, "%", "Fog: 19 h at 95.0 % (Drummondville)"),
    Threshold("vapour_pressure", "flat_hours", 24.0, "h", "One air mass may last half a day"),
    Threshold("vapour_pressure", "flat_tolerance", 0.0011, "kPa", "The finest device's step"),
    Threshold("vapour_pressure", "flat_resolution", 0.01, "kPa", "As soil_moisture"),
    Threshold("air_pressure", "flat_hours", 12.0, "h", "4 h is the longest of 23 003 real hours"),
    Threshold("air_pressure", "flat_tolerance", 0.0011, "kPa", "The finest device's step"),
    Threshold("air_pressure", "flat_resolution", 0.01, "kPa", "As soil_moisture"),
    Threshold("wind_speed", "flat_hours", 24.0, "h", "A cup stuck at a speed; calm is excepted"),
    Threshold("wind_speed", "flat_tolerance", 0.011, "m s⁻¹", "The finest device's step"),
    Threshold("wind_speed", "still_low", 0.0, "m s⁻¹", "Calm: 43 h of 0 (Drummondville)"),
    Threshold("wind_speed", "still_high", 0.5, "m s⁻¹", "Below a cup's starting speed"),
    Threshold("solar_radiation", "flat_hours", 6.0, "h", "The sun moves; nights are excepted"),
    Threshold("solar_radiation", "flat_tolerance", 0.5, "W m⁻²", "Half the step of an ATM41"),
    Threshold("solar_radiation", "still_low", -10.0, "W m⁻²", "Night, and a sensor's own cooling"),
    Threshold("solar_radiation", "still_high", 10.0, "W m⁻²", "Night, twilight, snow on the dome"),
    Threshold("photon_flux", "flat_hours", 6.0, "h", "As solar_radiation"),
    Threshold("photon_flux", "flat_tolerance", 1.0, "µmol m⁻² s⁻¹", "As solar_radiation"),
    Threshold("photon_flux", "still_low", -20.0, "µmol m⁻² s⁻¹", "As solar_radiation"),
    Threshold("photon_flux", "still_high", 20.0, "µmol m⁻² s⁻¹", "As solar_radiation"),
    Threshold("rain", "flat_hours", 12.0, "h", "Rain changes with the minute; none is excepted"),
    Threshold("rain", "flat_tolerance", 0.001, "mm", "Less than a tip"),
    Threshold("rain", "still_low", 0.0, "mm", "No rain"),
    Threshold("rain", "still_high", 0.25, "mm", "A tip now and then, or dew"),
    # Gap: the first value after so long a silence.
    Threshold(EVERY, "gap_hours", 6.0, "h", "Soil and air have moved on; a radio loses 1 or 2"),
    Threshold("rain", "gap_hours", 3.0, "h", "What fell in the silence is not in the next value"),
    Threshold(EVERY, "gap_intervals", 3.5, "1", "Three lost in a row is no chance [4, test 1]"),
    # Season: beyond the month's normal lowest and highest of a day.
    Threshold(
        EVERY,
        "season_below",
        21.0,
        "°C",
        "1.4 × the 14.7 °C by which a day's mean fell below its month's in 20 years of a temperate"
        " climate (upper Seine, 1999–2018); a day's lowest strays further than its mean",
    ),
    Threshold(
        EVERY,
        "season_above",
        18.0,
        "°C",
        "1.5 × the 11.8 °C by which it rose above; the same",
    ),
    Threshold(
        "leaf_temperature",
        "season_above",
        28.0,
        "°C",
        "Judged: a sunlit leaf is up to 10 °C warmer",
    ),
    Threshold("soil_temperature", "season_above", 28.0, "°C", "Bare soil in the sun; as a leaf"),
    # Rain response: wetter without water.
    Threshold(
        "soil_moisture",
        "rise",
        0.06,
        "m³ m⁻³",
        "2 × a probe's accuracy of 0.03, as [1, D04] asks for twice a day's scatter",
    ),
    Threshold("soil_moisture", "rise_hours", 6.0, "h", "A jump; slower is seepage or a new day"),
    Threshold(
        "soil_moisture",
        "rise_rain",
        2.0,
        "mm",
        "0.06 over the 10 cm a probe feels are 6 mm; a third, as gauge and bed get different rain",
    ),
    Threshold("soil_moisture", "rise_rain_hours", 48.0, "h", "Water takes its time; [1] has 24"),
    Threshold("soil_moisture", "rise_thaw", 3.0, "°C", "Melting snow is water without rain"),
    # Consistency.
    Threshold(
        "soil_moisture",
        "above_porosity",
        0.03,
        "m³ m⁻³",
        "A probe's accuracy; the test is [1, C03]",
    ),
    Threshold(
        "soil_moisture",
        "far_above_porosity",
        0.10,
        "m³ m⁻³",
        "A probe's accuracy and that of a porosity from texture, twice",
    ),
    Threshold(
        "soil_moisture",
        "below_wilting",
        0.07,
        "m³ m⁻³",
        "A probe's accuracy of 0.03, and 0.04 by which soils of one texture differ (FAO-56 Table"
        " 19); 0.14 is the driest at 20 cm in 14 years of a silty clay loam (USCRN Manhattan)",
    ),
    Threshold(
        "soil_moisture",
        "evaporation_depth",
        15.0,
        "cm",
        "Above, the sun dries soil further (FAO-56: a surface layer of 10 to 15 cm)",
    ),
    Threshold("soil_moisture", "air_dry", 0.5, "1", "Of the wilting point, there (FAO-56, eq. 73)"),
    Threshold("soil_moisture", "frozen", 0.0, "°C", "A probe takes ice for dry soil [1, D01]"),
    Threshold(
        "relative_humidity",
        "disagreement",
        15.0,
        "%",
        "3 % of humidity, 0.3 °C and 5 % of vapour pressure add up to 8 near saturation; twice",
    ),
    Threshold("vapour_pressure", "oversaturation", 1.15, "1", "As relative_humidity"),
    Threshold("solar_radiation", "rare_share", 1.2, "1", "Of the sun above the air: [3]"),
    Threshold("solar_radiation", "rare_margin", 50.0, "W m⁻²", "Extremely rare [3]"),
    Threshold("solar_radiation", "impossible_share", 1.5, "1", "Of the sun above the air: [3]"),
    Threshold("solar_radiation", "impossible_margin", 100.0, "W m⁻²", "Not possible [3]"),
    Threshold("wind_gust", "gust_below_wind", 0.5, "m s⁻¹", "Rounding; the peak is not below"),
    # Neighbours: daily rain against the other gauges.
    Threshold("rain", "reach", 15.0, "km", "Judged: a city; showers differ beyond"),
    Threshold("rain", "fewest", 3.0, "1", "Below three a median proves nothing"),
    Threshold("rain", "shower", 8.0, "mm", "None here and so much there is no small shower"),
    Threshold("rain", "shower_everywhere", 4.0, "mm", "Everywhere else: not one street's shower"),
    Threshold("rain", "shower_share", 0.1, "1", "Of the least caught elsewhere: next to none"),
    Threshold(
        "rain", "wettest_factor", 4.0, "1", "Of the wettest neighbour; judged: room for a storm"
    ),
    Threshold("rain", "wettest_margin", 20.0, "mm", "And that much more"),
    Threshold("rain", "clog_days", 10.0, "d", "Long enough for rain, short enough to show soon"),
    Threshold("rain", "clog_rain", 15.0, "mm", "The neighbours' sum from which a share means much"),
    Threshold(
        "rain", "clog_share", 0.35, "1", "Judged: a poor site loses half, a clogged one most"
    ),
    # Clock.
    Threshold(EVERY, "ahead", 600.0, "s", "As the envelopes' `clock_ahead`: 10 minutes"),
    Threshold(EVERY, "late_hours", 168.0, "h", "A device's memory lasts days, a lost clock years"),
    Threshold(EVERY, "back", 1.0, "s", "Times are whole seconds"),
)
_VALUES: Final = {(row.quantity, row.name): row.value for row in THRESHOLDS}


def limits(quantity: str) -> Quantity:
    """The quantity's own row, with its range and step.

    Raises
    ------
    ValueError  There is none.
    """
    try:
        return QUANTITIES[quantity]
    except KeyError as error:
        raise ValueError(
            f"quantity must be one of {', '.join(QUANTITIES)}: {quantity!r}"
        ) from error


def threshold(quantity: str, name: Name) -> float:
    """The threshold of this quantity, else that of every quantity, else NaN: not tested.

    Raises
    ------
    ValueError  The quantity is not in `sensors.quantities`.
    """
    own = limits(quantity).name
    return _VALUES.get((own, name), _VALUES.get((EVERY, name), nan))
