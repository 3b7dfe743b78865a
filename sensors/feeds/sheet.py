"""Text tables as people send them: comma, semicolon or tab, decimal comma, BOM, blank lines."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo

import numpy as np
import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.weather_table import Fault

LARGEST = 500_000_000
"""Bytes of a text once it is unpacked: a century of hours of a whole region."""

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "–", "mq", "m"})
_NUMBER = re.compile(r"[-+−]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d?)[:hH](\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?"
)
_DAY_OF_YEAR = re.compile(r"(\d{4})-?(\d{3})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d\d?)[/.](\d\d?)(?!\d)")
_YEAR_LAST = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?")


@dataclass(frozen=True)
class Sheet:
    """A table of text: `cells` by column name, and the line of the file each row stands on."""

    cells: pd.DataFrame
    rows: tuple[int, ...]
    delimiter: str
    faults: tuple[Fault, ...]

    @property
    def header(self) -> list[str]:
        """The column names, in the file's order."""
        return [str(name) for name in self.cells.columns]

    def where(self, column: str, value: str) -> "Sheet":
        """Only the rows that have `value` in `column`."""
        keep = (self.cells[column] == value).to_numpy()
        rows = tuple(row for row, kept in zip(self.rows, keep, strict=True) if kept)
        return Sheet(self.cells[keep], rows, self.delimiter, self.faults)


def text_of(body: bytes, name: str, *, largest: int = LARGEST) -> str:
    """The text of a file, unpacked when it is gzip, in the encoding it was saved in.

    Raises
    ------
    FeedError  It is empty or broken, or unpacked of more than `largest` bytes.
    """
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(body, name, largest)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = body.decode("utf-16", "replace")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("cp1252", "replace")
    if not text.strip():
        raise FeedError("file", name, "is empty; export it again")
    if "\x00" in text:
        raise FeedError("file", name, "is not text; give a CSV, JSON or EPW file")
    return text


def _unpacked(body: bytes, name: str, largest: int) -> bytes:
    """The bytes of a gzip, of which no more is unpacked than may be."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            text = packed.read(largest + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError("file", name, "the gzip is broken; fetch it again") from error
    if len(text) > largest:
        reason = f"is of more than {largest / 1e6:.0f} MB once it is unpacked; split it"
        raise FeedError("file", name, reason)
    return text


def read_sheet(text: str, name: str) -> Sheet:
    """The rows of a delimited text; a row with too many or too few cells is a fault.

    Raises
    ------
    FeedError  There is no row, or a column name is there twice.
    """
    lines = text.splitlines()
    told = (i for i, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#")
    start = next(told, None)
    if start is None:  # nothing but remarks
        raise FeedError("file", name, "is empty; export it again")
    delimiter = max(";\t,", key=lines[start].count)
    reader = csv.reader(io.StringIO("\n".join(lines[start:])), delimiter=delimiter)
    table: list[list[str]] = []
    rows: list[int] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped) and not stripped[0].startswith("#"):
                table.append(stripped)
                rows.append(start + reader.line_num)
    except csv.Error as error:
        raise FeedError("file", name, f"cannot be read as a table ({error})") from error
    header = _header(table[0], name)
    if len(table) < 2:
        raise FeedError("file", name, "has a header and no rows; export it again")
    return _sheet(header, table[1:], rows[1:], delimiter)


def _header(cells: list[str], name: str) -> list[str]:
    width = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    cells = cells[:width]
    twice = sorted(cell for cell, times in Counter(cells).items() if times > 1)
    if twice:
        reason = f"column {twice[0]!r} is there twice; rename or remove one"
        raise FeedError("file", name, reason)
    return cells


def _sheet(header: list[str], table: list[list[str]], rows: list[int], delimiter: str) -> Sheet:
    width, faults, kept, numbers = len(header), [], [], []
    for cells, row in zip(table, rows, strict=True):
        if len(cells) < width or any(cells[width:]):
            reason = f"has {len(cells)} cells where the header has {width}"
            remedy = "give each column its cell, empty where missing"
            faults.append(Fault(row, "", "", reason, remedy))
        else:
            kept.append(cells[:width])
            numbers.append(row)
    cells_by_name = pd.DataFrame(kept, columns=header, dtype=object)
    return Sheet(cells_by_name, tuple(numbers), delimiter, tuple(faults))


def numbers(
    cells: "pd.Series[str]", rows: Sequence[int], *, delimiter: str = ","
) -> tuple["pd.Series[float]", list[Fault]]:
    """The numbers of a column, NaN where nothing stands; what is no number is a fault."""
    text = cells.str.strip()
    missing = text.str.lower().isin(_MISSING)
    plain = text.str.replace("−", "-", regex=False)
    if delimiter != ",":
        plain = plain.str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain.mask(missing), errors="coerce").astype(float)
    values = values.where(np.isfinite(values))
    wrong = ~missing & (values.isna() | ~text.str.fullmatch(_NUMBER))
    faults = [
        Fault(
            rows[i],
            str(cells.name),
            repr(str(text.iloc[i])),
            "is not a number",
            "write a number, or leave the cell empty where nothing was measured",
        )
        for i in np.flatnonzero(wrong).tolist()
    ]
    return values.mask(wrong), faults


@dataclass(frozen=True)
class Times:
    """A column of dates or times: aware UTC, whether they are days, and the faults."""

    times: "pd.Series[pd.Timestamp]"
    are_days: bool
    faults: tuple[Fault, ...]
    naive: bool


def times(cells: "pd.Series[str]", rows: Sequence[int], zone: tzinfo = UTC) -> Times:
    """Dates (`2026-07-20`, `20260720`, `2026-201`, `20/07/2026`) or times of these.

    A time has `Z`, an offset, or is of the clock of `zone`. Days become midnights UTC, which stand
    for the date.
    """
    text = iso(cells.str.strip())
    full = text.str.fullmatch(_TIME)
    parts = text.str.extract(_TIME).where(
        full, text.str.extract(_COMPACT).set_axis(range(5), axis=1)
    )
    clock = parts[3].notna()
    are_days = not bool(clock.any() or text.str.contains(":").any())
    stamp = parts[0] + "-" + parts[1] + "-" + parts[2]
    clocks = parts[3].fillna("0").str.zfill(2) + ":" + parts[4].fillna("00")
    naive_times = pd.to_datetime(
        stamp + " " + clocks + ":" + parts[5].fillna("00"),
        errors="coerce",
        format="%Y-%m-%d %H:%M:%S",
    )
    offset = parts[6]
    naive = bool((offset.isna() & clock).any())
    aware = _aware(naive_times, offset, UTC if are_days else zone)
    wrong = aware.isna().to_numpy()
    noun, sample = ("date", "2026-07-20") if are_days else ("time", "2026-07-20T05:00Z")
    faults = tuple(
        Fault(
            rows[i],
            str(cells.name),
            repr(str(cells.iloc[i]).strip()),
            f"is not a {noun}",
            f"write {sample}",
        )
        for i in np.flatnonzero(wrong).tolist()
    )
    return Times(aware, are_days, faults, naive)


def iso(text: "pd.Series[str]") -> "pd.Series[str]":
    """Dates written in other orders as ISO 8601; what is no date stays as it is."""
    of_year = text.str.fullmatch(_DAY_OF_YEAR)
    if of_year.any():
        plain = text.where(of_year).str.replace("-", "", regex=False)
        day = pd.to_datetime(plain, format="%Y%j", errors="coerce").dt.strftime("%Y-%m-%d")
        text = day.where(day.notna(), text)
    text = text.str.replace(_YEAR_FIRST, _padded(1, 2, 3), regex=True)
    if not text.str.match(_YEAR_LAST).all():  # one among others is a slip, not an order
        return text
    orders = [text.str.replace(_YEAR_LAST, _padded(3, *o), regex=True) for o in ((2, 1), (1, 2))]
    return min(orders, key=_disorder)  # day first where both are as good


def _padded(*groups: int) -> Callable[[re.Match[str]], str]:
    return lambda found: "-".join(found[group].zfill(2) for group in groups)


def _disorder(text: "pd.Series[str]") -> tuple[int, float]:
    """How little sense these dates make: how many there cannot be, and how far apart they lie."""
    days = pd.to_datetime(text.str[:10], format="%Y-%m-%d", errors="coerce")
    apart = (days.max() - days.min()) / pd.Timedelta(days=1)
    return int(days.isna().sum()), float(apart) if apart == apart else 0.0


def _aware(
    clock: "pd.Series[pd.Timestamp]", offset: "pd.Series[str]", zone: tzinfo
) -> "pd.Series[pd.Timestamp]":
    stated = offset.notna() & (offset != "Z")
    sign = np.where(offset.str[0] == "-", -1.0, 1.0)
    hours = pd.to_numeric(offset.str[1:3], errors="coerce").where(stated, 0.0)
    minutes = pd.to_numeric(offset.str[-2:], errors="coerce").where(stated, 0.0)
    away = pd.to_timedelta(sign * (hours * 60.0 + minutes), unit="min")
    with_offset = (clock - away).dt.tz_localize(UTC)
    local = offset.isna()
    if not local.any() or zone is UTC:
        return with_offset
    return with_offset.where(~local, _localised(clock, zone))


def _localised(clock: "pd.Series[pd.Timestamp]", zone: tzinfo) -> "pd.Series[pd.Timestamp]":
    """Times of a clock that is moved in spring and autumn, or of one that is not.

    Whoever writes the hour that the spring skips does not move the clock. An autumn hour that is
    there twice is summer time first.
    """
    first = (~clock.duplicated()).to_numpy()
    aware = clock.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    if (aware.isna() & clock.notna()).any():
        standard = _standard_offset(clock, zone)
        return (clock - standard).dt.tz_localize(UTC)
    return aware.dt.tz_convert(UTC)


def _standard_offset(clock: "pd.Series[pd.Timestamp]", zone: tzinfo) -> timedelta:
    year = int(clock.dropna().dt.year.iloc[0])
    winter = pd.Timestamp(year, 1, 1, tz=zone)
    summer = pd.Timestamp(year, 7, 1, tz=zone)
    return min(winter.utcoffset() or timedelta(), summer.utcoffset() or timedelta())
