"""What is known of a soil from its texture.

References
----------
[1] Rawls, Brakensiek & Saxton 1982, Estimation of soil water properties, Transactions of the ASAE
    25(5), Table 2, doi:10.13031/2013.33720
"""

from math import nan
from typing import Final

_MOST: Final = {
    "sand": 0.500,
    "loamy sand": 0.506,
    "sandy loam": 0.555,
    "loam": 0.551,
    "silt loam": 0.582,
    "silt": 0.582,  # not in [1]: as silt loam
    "sandy clay loam": 0.464,
    "clay loam": 0.519,
    "silty clay loam": 0.524,
    "sandy clay": 0.490,
    "silty clay": 0.533,
    "clay": 0.523,
}  # total porosity, the mean and a standard deviation [1], m³ m⁻³
_AIR_AT_FIELD_CAPACITY = 0.15  # m³ m⁻³; roots need 0.10, and tilth has more


def porosity(texture: str, field_capacity: float = nan) -> float:
    """What a soil of this texture may hold at most, by its total porosity.

    That of five soils in six: a value above is doubted because of it, and a garden's soil is
    looser than most. At least its field capacity and air for the roots.

    Parameters
    ----------
    texture : USDA class in lower case; NaN for any other.
    field_capacity : [m³ m⁻³]

    Returns
    -------
    [m³ m⁻³]
    """
    least = field_capacity + _AIR_AT_FIELD_CAPACITY
    known = _MOST.get(texture, nan)
    return max(known, least) if least == least else known
