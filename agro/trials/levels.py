"""The levels of a factor as a sheet spells them: the same one in two spellings, one misspelt.

No list of levels is given, so the sheet itself tells: a spelling that is rare beside another one,
and that together with it makes as many plots as the other levels have, is a slip.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agro.trials.findings import Finding
from agro.trials.spelling import level_text, plain_level

_ALIKE = 0.75  # share of letters that a slip leaves in place
_SHORTEST = 4  # letters; of shorter names too many are alike
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d?[-/]\d\d?[-/]\d{4}|\d\d?-[A-Za-zéû]{3,5}\.?(-\d\d)?")
_ERROR = re.compile(r"#[A-Z/0!?]+")


@dataclass(frozen=True, slots=True)
class Levels:
    """The level of each row as it is meant, empty where there is none, and what was found."""

    names: tuple[str, ...]
    findings: tuple[Finding, ...]


def levels(column: str, cells: Sequence[tuple[int, str]]) -> Levels:
    """The levels of one column, each cell with its row."""
    cells = [(row, level_text(text)) for row, text in cells]
    count = Counter(text for _, text in cells if text)
    same = _respelled(count)
    merged: Counter[str] = Counter()
    for text, rows in count.items():
        merged[same.get(text, text)] += rows
    wrong = _misspelt(merged)
    dates = _turned_to_dates(count)
    names, found = [], []
    for row, text in cells:
        name = same.get(text, text)
        told = _finding(row, column, text, name, wrong, dates)
        found += [told] if told else []
        names.append("" if told and not told.used else name)
    return Levels(tuple(names), tuple(found))


def _finding(
    row: int, column: str, text: str, name: str, wrong: Mapping[str, str], dates: set[str]
) -> Finding | None:
    if not text:
        return Finding(row, column, "", "level_missing")
    if _ERROR.fullmatch(text):
        return Finding(row, column, text, "spreadsheet_error")
    if text in dates:
        return Finding(row, column, text, "level_date")
    if name in wrong:
        return Finding(row, column, text, "level_misspelt", {"near": wrong[name]})
    if name != text:
        return Finding(row, column, text, "level_spelled", {"level": name}, used=True)
    return None


def _respelled(count: Mapping[str, int]) -> dict[str, str]:
    """Rare spellings of a level to the usual one."""
    groups: dict[str, list[str]] = defaultdict(list)
    for text in count:
        groups[plain_level(text)].append(text)
    same = {}
    for texts in groups.values():
        usual = max(texts, key=lambda text: count[text])
        for text in texts:
            if text != usual and 2 * count[text] <= count[usual]:
                same[text] = usual
    return same


def _misspelt(count: Mapping[str, int]) -> dict[str, str]:
    """Rare levels that are one slip away from a level which lacks just these plots."""
    full = max(count.values(), default=0)
    near: dict[str, str] = {}
    larger = {
        rows: [one for one in count if count[one] >= 2 * rows] for rows in set(count.values())
    }
    for rare, rows in count.items():
        known = [one for one in larger[rows] if _slip(rare, one)]
        if known:
            near[rare] = max(known, key=lambda one: _likeness(rare, one))
    together: Counter[str] = Counter()
    for rare, known_as in near.items():
        together[known_as] += count[rare]
    return {
        rare: known_as
        for rare, known_as in near.items()
        if known_as not in near and count[known_as] + together[known_as] <= full
    }


def _slip(one: str, other: str) -> bool:
    """Whether one name may be the other with a letter wrong; digits tell levels apart."""
    plain, known = plain_level(one), plain_level(other)
    letters = re.sub(r"\d", "", known)
    same_digits = re.findall(r"\d+", plain) == re.findall(r"\d+", known)
    signs = [re.sub(r"[^+-]", "", text) for text in (plain, known)]
    alike = same_digits and signs[0] == signs[1] and len(letters) >= _SHORTEST
    return alike and _likeness(one, other) >= _ALIKE


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, plain_level(one), plain_level(other), autojunk=False).ratio()


def _turned_to_dates(count: Mapping[str, int]) -> set[str]:
    """Levels that a spreadsheet has made dates of, among others that are none."""
    dates = {text for text in count if _DATE.fullmatch(text)}
    return dates if len(dates) < len(count) else set()


def alone(column: str, names: Sequence[str]) -> Iterator[Finding]:
    """A factor of one level compares nothing."""
    left = {name for name in names if name}
    if len(left) == 1:
        yield Finding(0, column, next(iter(left)), "one_level")
