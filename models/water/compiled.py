"""The season's balance compiled: the equations of `balance.step`, `LANES` beds at a time.

Beds go through in blocks that fit the nearest cache: one work array holds, row by row, a block's
parameters, its state and the day's quantities, each row `LANES` long. Every inner loop has that
fixed length, so it becomes vector instructions and each bed gets the same number whatever its
neighbours. What depends on the crop alone is computed once a day for all members of the weather.

The whole balance is in this one file: the compiled code on disk is refreshed when it changes.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 7 to 10.
"""

import numpy as np
from numpy.typing import NDArray

from models.water.vectors import (
    LANES,
    STRIDE,
    compiled,
    copy,
    exp2,
    fill,
    least,
    log2_ratio,
    most,
    share,
    workspace,
)

# Rows of the work array. The first are the parameters, in the order of PARAMETERS.
PARAMETERS = (
    "planted", "removed", "first_cut", "cutting_interval", "pace",
    "length_ini", "length_past", "per_dev", "per_late", "per_growth",
    "kcb_ini", "kcb_mid", "kcb_end", "rise_mid", "rise_end",
    "height_min", "height_span", "root_depth_min", "reach", "held", "pores",
    "depletion_fraction", "tew", "half_rew", "per_runoff_span", "per_reduced",
    "wetted_fraction", "per_wetted", "drip_shade", "rain_share", "et0_share", "evaporates", "salt",
    "drained_share", "dry_number", "wet_number", "water_table", "capillary_a", "capillary_b",
)  # fmt: skip
(
    PLANTED, REMOVED, FIRST_CUT, CUTTING_INTERVAL, PACE,
    LENGTH_INI, LENGTH_PAST, PER_DEV, PER_LATE, PER_GROWTH,
    KCB_INI, KCB_MID, KCB_END, RISE_MID, RISE_END,
    HEIGHT_MIN, HEIGHT_SPAN, ROOT_DEPTH_MIN, REACH, HELD, PORES,
    DEPLETION_FRACTION, TEW, HALF_REW, PER_RUNOFF_SPAN, PER_REDUCED,
    SYSTEM_FRACTION, PER_WETTED, DRIP_SHADE, RAIN_SHARE, ET0_SHARE, EVAPORATES, SALT,
    DRAINED_SHARE, DRY_NUMBER, WET_NUMBER, WATER_TABLE, CAPILLARY_A, CAPILLARY_B,
    DEPLETION, SURFACE, WETTED,
    CLIMATE, ET0, RAIN, IRRIGATION, RUNOFF, RISEN, FALLS,
    CYCLE, HEIGHT, RISE, KCB, KC_MAX, COVER, ROOT_DEPTH, TAW,
    KE, KS, CROP_ET, ACTUAL_ET, EVAPORATION, TRANSPIRATION, PERCOLATION, RAW, CLOSURE, WORST,
    _END,
) = range(0, 68 * STRIDE, STRIDE)  # fmt: skip

# Where each quantity of `balance.Season` stands at the end of a day.
ROWS = {
    "depletion": DEPLETION, "surface_depletion": SURFACE, "wetted_fraction": WETTED,
    "kcb": KCB, "ke": KE, "ks": KS, "crop_et": CROP_ET, "actual_et": ACTUAL_ET,
    "evaporation": EVAPORATION, "transpiration": TRANSPIRATION, "rain": FALLS,
    "irrigation": IRRIGATION, "runoff": RUNOFF, "capillary_rise": RISEN,
    "deep_percolation": PERCOLATION, "taw": TAW, "raw": RAW, "root_depth": ROOT_DEPTH,
    "canopy_cover": COVER, "closure": CLOSURE,
}  # fmt: skip

# The checksum of vectors.py: a change there must change this file, and so what is kept on disk.
VECTORS = 3883382055
Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@compiled
def _age(w: Array, day: float) -> None:
    """Days since planting."""
    for i in range(LANES):
        w[CYCLE + i] = day - w[PLANTED + i]


@compiled
def _cut(w: Array, day: float) -> None:
    """The day of a forage's stages, which begin again after each cut."""
    for i in range(LANES):
        since, first, interval = day - w[PLANTED + i], w[FIRST_CUT + i], w[CUTTING_INTERVAL + i]
        into = since - first
        into = (into - np.floor(into / interval) * interval) * w[PACE + i]
        w[CYCLE + i] = into if since >= first else since


@compiled
def _cut_on(w: Array, cuts: Array, day: float, first: int, width: int) -> None:
    """The day of the stages after cuts of any day; the last bed fills the lanes."""
    for k in range(cuts.shape[1]):
        for i in range(LANES):
            bed = first + least(i, width - 1)
            since, cut = day - w[PLANTED + i], cuts[0, k, bed]
            if since >= cut:
                w[CYCLE + i] = (since - cut) * cuts[1, k, bed]


@compiled
def _grow(w: Array, day: float) -> tuple[int, int]:
    """The stage, roots and height of a day; says how many heights changed and how many leaf."""
    changed, leafy = 0, 0
    for i in range(LANES):
        since = day - w[PLANTED + i]
        grows = (since >= 0.0) & (day < w[REMOVED + i])
        cycle = w[CYCLE + i]
        tall = w[HEIGHT_MIN + i] + w[HEIGHT_SPAN + i] * share(cycle * w[PER_GROWTH + i])
        height = most(tall, 0.0) if grows else 0.0
        changed += height != w[HEIGHT + i]
        w[HEIGHT + i] = height
        mid = w[KCB_MID + i] + w[CLIMATE + i] * w[RISE_MID + i]
        end = w[KCB_END + i] + w[CLIMATE + i] * w[RISE_END + i]
        growing = share((cycle - w[LENGTH_INI + i]) * w[PER_DEV + i])
        ripening = share((cycle - w[LENGTH_PAST + i]) * w[PER_LATE + i])
        kcb = w[KCB_INI + i] + (mid - w[KCB_INI + i]) * growing + (end - mid) * ripening
        kcb = most(kcb, 0.0) if grows else 0.0
        leafy += kcb > 0.15
        w[KCB + i] = kcb
        root_depth = w[ROOT_DEPTH_MIN + i] + w[REACH + i] * share(since * w[PER_GROWTH + i])
        w[ROOT_DEPTH + i] = root_depth
        w[TAW + i] = w[HELD + i] * root_depth
    return changed, leafy


@compiled
def _cover(w: Array, changed: int, leafy: int) -> None:
    """Greatest coefficient and cover of the ground; powers only where something grows."""
    if changed:
        for i in range(LANES):
            tall = least(most(w[HEIGHT + i], 0.1), 10.0)
            w[RISE + i] = exp2(0.3 * log2_ratio(tall, 3.0))
    for i in range(LANES):
        energy = 1.2 + w[CLIMATE + i] * w[RISE + i]
        w[KC_MAX + i] = most(energy, w[KCB + i] + 0.05)
        w[COVER + i] = 0.0
    if leafy:
        for i in range(LANES):
            above = most(w[KCB + i] - 0.15, 0.0)
            span = most(w[KC_MAX + i] - 0.15, 0.01)
            power = 1.0 + 0.5 * w[HEIGHT + i]
            ratio = most(least(above, span), 1e-300)
            cover = least(exp2(power * log2_ratio(ratio, span)), 0.99)
            w[COVER + i] = cover if above > 0.0 else 0.0


@compiled
def _run_off(w: Array) -> None:
    """Runoff at the curve number of the surface's moisture; a number of 0 stands for none."""
    for i in range(LANES):
        falls = w[RAIN + i] * w[RAIN_SHARE + i]
        dryness = share((w[SURFACE + i] - w[HALF_REW + i]) * w[PER_RUNOFF_SPAN + i])
        wet = w[WET_NUMBER + i]
        number = wet + (w[DRY_NUMBER + i] - wet) * dryness
        storage = 254.0 * (100.0 / most(number, 1e-9) - 1.0)
        excess = most(falls - 0.2 * storage, 0.0)
        w[RUNOFF + i] = excess * excess / most(falls + 0.8 * storage, 1e-9)


@compiled
def _rise(w: Array) -> None:
    """Capillary rise into the root zone; a water table below 0 stands for none."""
    for i in range(LANES):
        falls = w[RAIN + i] * w[RAIN_SHARE + i]
        before = w[DEPLETION + i] - (falls - w[RUNOFF + i]) - w[IRRIGATION + i]
        missing = most(before, 0.0)
        distance = most(w[WATER_TABLE + i] - w[ROOT_DEPTH + i], 0.02)
        natural = 0.6931471805599453 * log2_ratio(distance, 1.0)
        exponent = least((natural - w[CAPILLARY_B + i]) / w[CAPILLARY_A + i], 100.0)
        greatest = exp2(1.4426950408889634 * exponent)
        wetness = 1.0 - share(missing / most(w[TAW + i], 1e-9))
        wetness = wetness * wetness
        wetness = wetness * wetness
        wetness = wetness * wetness
        risen = least(greatest * (1.0 - wetness * wetness), missing)
        w[RISEN + i] = risen if w[WATER_TABLE + i] >= 0.0 else 0.0


@compiled
def _water(w: Array, out: Array | None) -> None:
    """The day's water of a block: `balance.step` after the crop of the day is known."""
    for i in range(LANES):
        et0 = w[ET0 + i] * w[ET0_SHARE + i]
        falls, given = w[RAIN + i] * w[RAIN_SHARE + i], w[IRRIGATION + i]
        seeps = falls - w[RUNOFF + i]
        system, kept = w[SYSTEM_FRACTION + i], w[WETTED + i]
        kept = system if given > 0.0 else kept
        rained = falls > most(0.2 * et0, 1e-9)
        wetted = 1.0 if rained else kept
        reaches = given if rained else given * w[PER_WETTED + i]
        surface = most(w[SURFACE + i] - (seeps + reaches), 0.0)
        kcb, kc_max, cover, taw = w[KCB + i], w[KC_MAX + i], w[COVER + i], w[TAW + i]
        shaded = (1.0 - w[DRIP_SHADE + i] * cover) * wetted
        exposed = least(1.0 - cover, shaded if wetted < 1.0 else wetted)
        exposed = most(exposed, 0.01)
        kr = least((w[TEW + i] - surface) * w[PER_REDUCED + i], 1.0)
        ke = most(least(kr * (kc_max - kcb), exposed * kc_max), 0.0) * w[EVAPORATES + i]
        crop_et = (kcb + ke) * et0
        fraction = w[DEPLETION_FRACTION + i] + 0.04 * (5.0 - crop_et)
        raw = least(most(fraction, 0.1), 0.8) * taw
        before = w[DEPLETION + i] - seeps - given - w[RISEN + i]
        ks = share((taw - most(before, 0.0)) / most(taw - raw, 1e-9)) * w[SALT + i]
        left = most(taw - before, 0.0)
        evaporation = least(ke * et0, left)
        transpiration = least(ks * kcb * et0, left - evaporation)
        unlimited = before + evaporation + transpiration
        excess = most(-unlimited, 0.0)
        held = excess - w[PORES + i] * w[ROOT_DEPTH + i]
        percolation = most(excess * w[DRAINED_SHARE + i], held)
        depletion = unlimited + percolation
        closure = depletion - w[DEPLETION + i] + seeps + given + w[RISEN + i]
        closure = closure - evaporation - transpiration - percolation
        w[WORST + i] = most(abs(closure), w[WORST + i])
        w[DEPLETION + i] = depletion
        dried = surface + evaporation / exposed
        w[SURFACE + i] = least(dried, most(w[TEW + i], surface))
        w[WETTED + i] = wetted
        if out is not None:
            w[FALLS + i], w[KE + i], w[KS + i], w[CROP_ET + i] = falls, ke, ks, crop_et
            w[EVAPORATION + i], w[TRANSPIRATION + i] = evaporation, transpiration
            w[ACTUAL_ET + i], w[RAW + i] = evaporation + transpiration, raw
            w[PERCOLATION + i], w[CLOSURE + i] = percolation, closure


@compiled
def _begin(w: Array, table: Array, first: int, width: int) -> None:
    """Parameters of a block into its work array, the rest at 0; the last bed fills the lanes."""
    for i in range(_END):
        w[i] = 0.0
    for k in range(table.shape[0]):
        row = k * STRIDE
        copy(w[row : row + LANES], table[k, first : first + width], width)
    for i in range(LANES):
        w[HEIGHT + i] = -1.0


@compiled
def _growing_days(w: Array) -> tuple[float, float]:
    """The first day on which a bed of the block grows, and the day from which none does."""
    wakes, sleeps = w[PLANTED], w[REMOVED]
    for i in range(LANES):
        wakes = least(wakes, w[PLANTED + i])
        rooted = w[PLANTED + i] + 1.0 / w[PER_GROWTH + i] + 1.0
        sleeps = most(sleeps, most(w[REMOVED + i], rooted))
    return wakes, sleeps


@compiled
def _load(w: Array, state: Array, member: int, first: int, width: int) -> None:
    for k in range(3):
        row = DEPLETION + k * STRIDE
        copy(w[row : row + LANES], state[k, member, first : first + width], width)


@compiled
def _store(w: Array, state: Array, member: int, first: int, width: int) -> None:
    for k in range(3):
        row = DEPLETION + k * STRIDE
        copy(state[k, member, first : first + width], w[row : row + width], width)


@compiled
def _one_station(stations: Indices, first: int, width: int) -> bool:
    """Whether all beds of the block share their weather."""
    others = 0
    for i in range(width):
        others += stations[first + i] != stations[first]
    return others == 0


@compiled
def _gather(row: Array, values: Array, stations: Indices) -> None:
    """A row from the stations of the block's beds; the last bed fills the lanes."""
    for i in range(LANES):
        row[i] = values[stations[least(i, stations.size - 1)]]


@compiled
def _give(row: Array, values: Array, first: int, width: int) -> None:
    """The day's irrigation of the block's beds, or of all beds."""
    if values.size == 1:
        fill(row, values[0])
    else:
        copy(row, values[first : first + width], width)


@compiled
def _keep(
    w: Array, kept: Indices, out: Array, day: int, member: int, first: int, width: int
) -> None:
    for k in range(kept.size):
        copy(out[k, day, member, first : first + width], w[kept[k] : kept[k] + width], width)


@compiled
def season(
    table: Array,
    features: tuple[bool, ...],
    cuts: Array,
    climate: Array,
    et0: Array,
    rain: Array,
    stations: Indices,
    irrigation: Array | None,
    state: Array,
    kept: Indices,
    out: Array | None,
) -> float:
    """Every day of every bed and member; the state is changed in place.

    Parameters
    ----------
    table : (parameters, beds)  In the order of PARAMETERS.
    features : Whether any bed is cut at an interval, has a curve number, a water table.
    cuts : (2, cuts, beds)  Days of cuts from planting, and the pace of the stages after each.
    climate : (days, 1, stations)  0.04 (u₂ − 2) − 0.004 (RH_min − 45).
    et0, rain : (days, members, stations)  [mm]
    stations : (beds,)
    irrigation : (days, members or 1, beds or 1) or None  [mm]
    state : (3, members, beds)  Depletion, surface depletion, wetted fraction.
    kept : (quantities,)  Rows to keep of each day.
    out : (quantities, days, members, beds) or None

    Returns
    -------
    float  The greatest miss of any day's balance. [mm]
    """
    beds, members, worst = table.shape[1], state.shape[1], 0.0
    w = workspace(_END)
    climate_row, et0_row = w[CLIMATE : CLIMATE + LANES], w[ET0 : ET0 + LANES]
    rain_row, given_row = w[RAIN : RAIN + LANES], w[IRRIGATION : IRRIGATION + LANES]
    for first in range(0, beds, LANES):
        width = least(LANES, beds - first)
        _begin(w, table, first, width)
        here = stations[first : first + width]
        alone = _one_station(stations, first, width)
        wakes, sleeps = _growing_days(w)
        bare, leafy = False, 0
        if members == 1:
            _load(w, state, 0, first, width)
        for day in range(climate.shape[0]):
            if alone:
                fill(climate_row, climate[day, 0, here[0]])
            else:
                _gather(climate_row, climate[day, 0], here)
            if features[0]:
                _cut(w, float(day))
            else:
                _age(w, float(day))
            _cut_on(w, cuts, float(day), first, width)
            fallow = not wakes <= day < sleeps
            if fallow and bare:
                changed = 0
            else:
                changed, leafy = _grow(w, float(day))
            _cover(w, changed, leafy)
            bare = fallow
            for member in range(members):
                if members > 1:
                    _load(w, state, member, first, width)
                if alone:
                    fill(et0_row, et0[day, member, here[0]])
                    fill(rain_row, rain[day, member, here[0]])
                else:
                    _gather(et0_row, et0[day, member], here)
                    _gather(rain_row, rain[day, member], here)
                if irrigation is not None:
                    source = least(member, irrigation.shape[1] - 1)
                    _give(given_row, irrigation[day, source], first, width)
                if features[1]:
                    _run_off(w)
                if features[2]:
                    _rise(w)
                _water(w, out)
                if members > 1:
                    _store(w, state, member, first, width)
                if out is not None:
                    _keep(w, kept, out, day, member, first, width)
        if members == 1:
            _store(w, state, 0, first, width)
        for i in range(width):
            worst = most(w[WORST + i], worst)
    return worst
