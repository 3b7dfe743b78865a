"""The compiled kernel is the readable balance: same numbers, any size, any order, any members."""

import subprocess
import sys
import zlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BalanceError
from models.water import balance, kernel, tables, vectors
from models.water.balance import Bed, Beds, DailyWeather, Season, State

CROPS, SOILS = sorted(tables.CROPS), sorted(tables.SOILS)
_maybe = st.one_of(st.just(float("nan")), st.floats(0.3, 5.0))


@st.composite
def _bed(draw: st.DrawFn) -> Bed:
    salt = draw(_maybe)
    cuts = draw(st.sampled_from([(), (), (15.0,), (10.0, 31.5, 40.0), (5.0, 600.0)]))
    return Bed(
        tables.crop(draw(st.sampled_from(CROPS))),
        tables.soil(draw(st.sampled_from(SOILS))),
        planted=draw(st.sampled_from([-400.0, -20.0, 0.0, 3.0, 12.5, 500.0])),
        removed=draw(st.sampled_from([20.0, 45.0, np.inf])),
        wetted_fraction=draw(st.sampled_from([1.0, 0.4, 0.1])),
        drip=draw(st.booleans()),
        covered=draw(st.booleans()),
        root_limit=draw(st.sampled_from([np.inf, 0.25])),
        curve_number=draw(st.sampled_from([np.nan, 60.0, 85.0])),
        et0_share=draw(st.sampled_from([1.0, 0.64])),
        mulch_cover=draw(st.sampled_from([0.0, 0.5, 1.0])),
        kcb_reduction=draw(st.sampled_from([0.0, 0.1])),
        water_table=draw(_maybe),
        drainage_tau=draw(_maybe),
        saturation=draw(st.sampled_from([np.nan, 0.5])),
        soil_salinity=salt,
        salt_threshold=1.7,
        salt_slope=12.0,
        first_cut=np.inf if cuts else draw(st.sampled_from([np.inf, 15.0, 30.0])),
        cutting_interval=np.inf if cuts else draw(st.sampled_from([np.inf, 10.0])),
        cuts=cuts,
        canopy_cover=draw(st.sampled_from([np.nan, 0.3])),
        constant_height=draw(st.booleans()),
    )


def _weather(seed: int, days: int, *shape: int) -> DailyWeather:
    rng = np.random.default_rng(seed)
    place = (days, *shape[:1])
    return DailyWeather(
        rng.uniform(0, 9, (days, *shape)),
        rng.gamma(0.25, 14.0, (days, *shape)) * (rng.random((days, *shape)) < 0.4),
        wind_2m=np.where(rng.random(place) < 0.1, np.nan, rng.uniform(0, 8, place)),
        rh_min=np.where(rng.random(place) < 0.1, np.nan, rng.uniform(5, 95, place)),
    )


def _many(count: int, seed: int = 0) -> Beds:
    rng = np.random.default_rng(seed)
    rows = [
        Bed(
            tables.CROPS[CROPS[rng.integers(len(CROPS))]],
            tables.SOILS[SOILS[rng.integers(len(SOILS))]],
            planted=float(rng.integers(-30, 60)),
            removed=float(rng.integers(60, 150)),
            wetted_fraction=float(rng.choice([0.3, 1.0])),
            drip=bool(rng.integers(2)),
            curve_number=float(rng.choice([np.nan, 75.0])),
        )
        for _ in range(count)
    ]
    return balance.beds(rows)


def _plain(weather: DailyWeather, beds: Beds, size: int, irrigation: object = 0.0) -> Season:
    first = balance.first_state(beds, 20.0, size)
    return balance.plain(weather, beds, first, irrigation=irrigation, size=size)  # type: ignore[arg-type]


def _assert_equal(found: Season, expected: Season) -> None:
    for f in fields(Season):
        np.testing.assert_allclose(
            getattr(found, f.name),
            getattr(expected, f.name),
            rtol=1e-12,
            atol=1e-12,
            err_msg=f.name,
        )


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(_bed(), min_size=1, max_size=6), seed=st.integers(0, 10**6))
def test_equals_the_reference_to_1e_12(rows: list[Bed], seed: int) -> None:
    days, beds = 60, balance.beds(rows)
    weather = _weather(seed, days)
    rng = np.random.default_rng(seed)
    irrigation = rng.choice([0.0, 0.0, 12.0], (days, len(rows)))
    found = kernel.run(weather, beds, irrigation=irrigation, initial_depletion=20.0)
    _assert_equal(found, _plain(weather, beds, len(rows), irrigation))
    assert np.abs(found.closure).max() <= 1e-9


def test_a_bed_has_the_same_bits_whatever_its_neighbours() -> None:
    """Blocks, padding, sorting and what is kept change no bit: workers may share a city as is."""
    beds, weather = _many(300), _weather(1, 120)
    whole = kernel.stream(weather, beds).last
    kept = kernel.stream(weather, beds, keep=("depletion", "actual_et"))
    np.testing.assert_array_equal(whole.depletion, kept.last.depletion)
    np.testing.assert_array_equal(whole.depletion, kept.daily["depletion"][-1])
    for part in (slice(0, 1), slice(7, 140), slice(250, 300)):
        some = replace(
            beds,
            **{
                f.name: getattr(beds, f.name)[part]
                for f in fields(beds)
                if np.ndim(getattr(beds, f.name))
            },
        )
        alone = kernel.stream(weather, some).last
        for f in fields(State):
            np.testing.assert_array_equal(getattr(alone, f.name), getattr(whole, f.name)[part])


@pytest.mark.parametrize("keep", [(), ("depletion",)])
def test_every_member_and_station_is_its_own_season(keep: tuple[str, ...]) -> None:
    days, stations, members, size = 40, 3, 4, 150
    weather, beds = _weather(2, days, stations, members), _many(size)
    where = np.random.default_rng(3).integers(0, stations, size)
    irrigation = np.random.default_rng(4).choice([0.0, 9.0], (days, size, members))
    done = kernel.stream(
        weather, beds, stations=where, irrigation=irrigation, initial_depletion=20.0, keep=keep
    )
    assert done.last.depletion.shape == (size, members)
    for member in range(members):
        one = DailyWeather(
            np.asarray(weather.et0)[:, where, member],
            np.asarray(weather.rain)[:, where, member],
            np.asarray(weather.wind_2m)[:, where],
            np.asarray(weather.rh_min)[:, where],
        )
        expected = _plain(one, beds, size, irrigation[:, :, member])
        np.testing.assert_allclose(
            done.last.depletion[:, member], expected.depletion[-1], rtol=1e-12, atol=1e-12
        )
        if keep:
            np.testing.assert_allclose(
                done.daily["depletion"][:, :, member], expected.depletion, rtol=1e-12, atol=1e-12
            )


def test_a_run_goes_on_from_the_state_of_another() -> None:
    beds, weather = _many(140), _weather(5, 80)
    whole = kernel.stream(weather, beds, initial_depletion=10.0).last
    half = DailyWeather(*(np.asarray(getattr(weather, f.name))[:50] for f in fields(weather)))
    first = kernel.stream(half, beds, initial_depletion=10.0).last
    rest = DailyWeather(*(np.asarray(getattr(weather, f.name))[50:] for f in fields(weather)))
    later = replace(beds, planted=beds.planted - 50, removed=beds.removed - 50)
    second = kernel.stream(rest, later, initial_state=first).last
    np.testing.assert_allclose(second.depletion, whole.depletion, rtol=1e-12, atol=1e-12)


def test_cuts_are_those_of_their_own_bed_in_any_order() -> None:
    """More beds than a block, of which some are cut once, some often, most never."""
    rng = np.random.default_rng(9)
    cuts = [(), (20.0,), (12.0, 30.0, 55.0)]
    rows = [
        Bed(
            tables.CROPS["alfalfa"],
            tables.SOILS["loam"],
            planted=float(rng.integers(-30, 30)),
            cuts=cuts[rng.integers(3)],
        )
        for _ in range(200)
    ]
    beds, weather = balance.beds(rows), _weather(9, 90)
    expected = _plain(weather, beds, 200)
    _assert_equal(kernel.run(weather, beds, initial_depletion=20.0), expected)
    sorted_ = kernel.stream(weather, beds, initial_depletion=20.0).last
    np.testing.assert_allclose(sorted_.depletion, expected.depletion[-1], rtol=1e-12, atol=1e-12)


def test_large_runs_are_compiled_and_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    beds, weather = _many(60), _weather(6, 50)
    plain = balance.run(weather, beds, initial_depletion=20.0)
    monkeypatch.setattr(balance, "COMPILED_FROM", 1)
    _assert_equal(balance.run(weather, beds, initial_depletion=20.0), plain)


def test_read_only_weather_needs_no_second_compilation() -> None:
    weather, beds = _weather(7, 30), _many(5)
    frozen = np.asarray(weather.et0).copy()
    frozen.flags.writeable = False
    given = replace(weather, et0=frozen)
    kernel.stream(weather, beds)
    forms = len(kernel_signatures())
    kernel.stream(given, beds)
    assert len(kernel_signatures()) == forms


def kernel_signatures() -> list[object]:
    from models.water import compiled

    return list(compiled.season.signatures)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"et0": [4.0, np.nan]}, "et0 must be 0 or more on every day: nan mm on day 1 of bed 0"),
        ({"rain": [-1.0, 0.0]}, "rain must be 0 or more on every day: -1 mm on day 0"),
        ({"irrigation": [[1.0, 2.0]]}, "irrigation must be"),
        ({"keep": ("depth",)}, r"keep knows .* not \['depth'\]"),
        ({"stations": [0, 1, 0]}, "stations must be 0 to 0: 0 to 1"),
        ({"kcb_mid": np.nan}, "kcb_mid must be a number: nan in bed 0"),
    ],
)
def test_what_cannot_be_is_named(change: dict[str, object], message: str) -> None:
    weather = DailyWeather(change.pop("et0", [4.0, 4.0]), change.pop("rain", [0.0, 0.0]))  # type: ignore[arg-type]
    beds = _many(3)
    if "kcb_mid" in change:
        beds = replace(beds, kcb_mid=change.pop("kcb_mid"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        kernel.stream(weather, beds, **change)  # type: ignore[arg-type]


def test_a_balance_that_does_not_close_is_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "TOLERANCE", 1e-30)
    with pytest.raises(BalanceError, match="the water balance of a day misses"):
        kernel.stream(_weather(8, 60), _many(20))


def test_what_is_compiled_follows_its_parts() -> None:
    """The cache on disk sees only the file of the outer function; its checksum brings the rest."""
    from models.water import compiled, et0_compiled

    checksum = zlib.crc32(Path(vectors.__file__).read_bytes())
    assert compiled.VECTORS == et0_compiled.VECTORS == checksum, f"write {checksum} in both"


@settings(deadline=None, max_examples=200)
@given(a=st.floats(1e-12, 1e6), b=st.floats(1e-6, 1e6), power=st.floats(0.3, 6.0))
def test_powers_by_bits(a: float, b: float, power: float) -> None:
    found = vectors.exp2(power * vectors.log2_ratio(a, b))
    assert found == pytest.approx((a / b) ** power, rel=1e-13)


@given(x=st.floats(-1, 1))
def test_arc_cosine(x: float) -> None:
    assert vectors.acos(x) == pytest.approx(np.arccos(x), abs=1e-15, rel=1e-15)


def test_the_compiler_is_not_loaded_on_import() -> None:
    code = "import sys, models.water.kernel, models.water.et0_kernel\n"
    code += "assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_installation_that_cannot_be_written_still_computes(tmp_path: Path) -> None:
    """Neither the package's folder nor the user's: compiled for this process alone."""
    code = (
        "from numba.core import caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from models.water import vectors\n"
        "assert vectors.least(2.0, 1.0) == 1.0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
