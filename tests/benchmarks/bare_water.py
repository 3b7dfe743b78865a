"""The limits the kernel is measured against: the book's arithmetic with nothing around it.

One crop growing all season, one station, no options, no check that the balance closes.
"""

from typing import Any

import numba

from models.water.vectors import exp2, log2_ratio, workspace

LANES = 128
STRIDE = LANES + 8
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}
NAMES = (
    "planted", "kcb_ini", "kcb_mid", "kcb_end", "height", "length_ini", "length_past",
    "per_dev", "per_late", "per_growth", "rise", "root_depth_min", "reach", "held", "p", "tew",
    "per_reduced",
)  # fmt: skip


@numba.njit(**_OPTIONS)
def scalar(table, climate, et0, rain, depletion):  # type: ignore[no-untyped-def]
    """A bed at a time, a day at a time, powers by the C library."""
    for bed in range(depletion.size):
        planted, tall, p, rise = table[0, bed], table[4, bed], table[14, bed], table[10, bed]
        ini, mid, end = table[1, bed], table[2, bed], table[3, bed]
        length_ini, past, per_dev = table[5, bed], table[6, bed], table[7, bed]
        per_late, per_growth, per_reduced = table[8, bed], table[9, bed], table[16, bed]
        root_min, reach, held = table[11, bed], table[12, bed], table[13, bed]
        tew = table[15, bed]
        d, surface = depletion[bed], min(depletion[bed], tew)
        for day in range(et0.size):
            since = day - planted
            grown = min(max(since * per_growth, 0.0), 1.0)
            height = grown * tall
            top, last = mid + climate[day] * rise, end + climate[day] * rise
            growing = min(max((since - length_ini) * per_dev, 0.0), 1.0)
            ripening = min(max((since - past) * per_late, 0.0), 1.0)
            kcb = max(ini + (top - ini) * growing + (last - top) * ripening, 0.0)
            lift = (min(max(height, 0.1), 10.0) / 3.0) ** 0.3
            most = max(1.2 + climate[day] * lift, kcb + 0.05)
            ratio = max(min((kcb - 0.15) / (most - 0.15), 1.0), 1e-300)
            cover = min(ratio ** (1.0 + 0.5 * height), 0.99)
            exposed = max(1.0 - cover, 0.01)
            surface = max(surface - rain[day], 0.0)
            kr = min(max((tew - surface) * per_reduced, 0.0), 1.0)
            ke = max(min(kr * (most - kcb), exposed * most), 0.0)
            taw = held * (root_min + reach * grown)
            raw = min(max(p + 0.04 * (5.0 - (kcb + ke) * et0[day]), 0.1), 0.8) * taw
            before = d - rain[day]
            ks = min(max((taw - max(before, 0.0)) / max(taw - raw, 1e-9), 0.0), 1.0)
            left = max(taw - before, 0.0)
            evaporation = min(ke * et0[day], left)
            transpiration = min(ks * kcb * et0[day], left - evaporation)
            d = max(before + evaporation + transpiration, 0.0)
            surface = min(surface + evaporation / exposed, max(tew, surface))
        depletion[bed] = d


@numba.njit(**_OPTIONS)
def blocked(table, climate, et0, rain, depletion):  # type: ignore[no-untyped-def]
    """The same in blocks, day outside and bed inside: vector instructions, powers by bits."""
    w = workspace(19 * STRIDE)
    for first in range(0, depletion.size, LANES):
        for k in range(17):
            for i in range(LANES):
                w[k * STRIDE + i] = table[k, first + i]
        for i in range(LANES):
            w[17 * STRIDE + i] = depletion[first + i]
            w[18 * STRIDE + i] = min(depletion[first + i], w[15 * STRIDE + i])
        for day in range(et0.size):
            air, water, demand = climate[day], rain[day], et0[day]
            for i in range(LANES):
                ini, mid, end = w[STRIDE + i], w[2 * STRIDE + i], w[3 * STRIDE + i]
                rise, tew = w[10 * STRIDE + i], w[15 * STRIDE + i]
                since = day - w[i]
                x = since * w[9 * STRIDE + i]
                x = x if x > 0.0 else 0.0
                grown = x if x < 1.0 else 1.0
                height = grown * w[4 * STRIDE + i]
                top, last = mid + air * rise, end + air * rise
                x = (since - w[5 * STRIDE + i]) * w[7 * STRIDE + i]
                x = x if x > 0.0 else 0.0
                growing = x if x < 1.0 else 1.0
                x = (since - w[6 * STRIDE + i]) * w[8 * STRIDE + i]
                x = x if x > 0.0 else 0.0
                ripening = x if x < 1.0 else 1.0
                x = ini + (top - ini) * growing + (last - top) * ripening
                kcb = x if x > 0.0 else 0.0
                x = height if height > 0.1 else 0.1
                x = x if x < 10.0 else 10.0
                x = 1.2 + air * exp2(0.3 * log2_ratio(x, 3.0))
                most = x if x > kcb + 0.05 else kcb + 0.05
                above, span = kcb - 0.15, most - 0.15
                above = above if above > 1e-300 else 1e-300
                cover = exp2((1.0 + 0.5 * height) * log2_ratio(above, span))
                exposed = 1.0 - cover if cover < 0.99 else 0.01
                surface = w[18 * STRIDE + i] - water
                surface = surface if surface > 0.0 else 0.0
                kr = (tew - surface) * w[16 * STRIDE + i]
                kr = kr if kr < 1.0 else 1.0
                x, y = kr * (most - kcb), exposed * most
                ke = x if x < y else y
                ke = ke if ke > 0.0 else 0.0
                taw = w[13 * STRIDE + i] * (w[11 * STRIDE + i] + w[12 * STRIDE + i] * grown)
                x = w[14 * STRIDE + i] + 0.04 * (5.0 - (kcb + ke) * demand)
                x = x if x > 0.1 else 0.1
                raw = (x if x < 0.8 else 0.8) * taw
                before = w[17 * STRIDE + i] - water
                x = before if before > 0.0 else 0.0
                y = taw - raw if taw - raw > 1e-9 else 1e-9
                x = (taw - x) / y
                x = x if x > 0.0 else 0.0
                ks = x if x < 1.0 else 1.0
                left = taw - before if taw > before else 0.0
                evaporation = ke * demand if ke * demand < left else left
                x, y = ks * kcb * demand, left - evaporation
                transpiration = x if x < y else y
                d = before + evaporation + transpiration
                w[17 * STRIDE + i] = d if d > 0.0 else 0.0
                x = surface + evaporation / exposed
                y = tew if tew > surface else surface
                w[18 * STRIDE + i] = x if x < y else y
        for i in range(LANES):
            depletion[first + i] = w[17 * STRIDE + i]
