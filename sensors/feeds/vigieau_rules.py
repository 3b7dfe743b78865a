"""What a drought order says of one usage: forbidden, only at some hours, less, or allowed.

The text is cut into clauses, a clause into words that are known; a clause in which a word is not
known is `unknown`, and so is whatever it was about. Nothing is guessed.

    text    = clause { (";" | "." | new line | a comma between two verbs) clause }
    clause  = { verb | hours | days | share | scope | filler } { except { hours | days | scope } }

Hours are those of a week: 0 is Monday's first, 167 Sunday's last. Of a ban every hour counts that
it touches, of a permission only whole ones.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, floor
from typing import Literal

from sensors.feeds.vigieau_text import plain, vocabulary, words

Verb = Literal["ban", "allow", "reduce", "advice", "unknown"]
WEEK = frozenset(range(7 * 24))
LONGEST = 3000  # characters: a longer text is no rule for a gardener
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a clause leaves out: what it names (empty: everything) at these hours."""

    scopes: frozenset[str]
    hours: frozenset[int]


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is said: of what it names (empty: of all the usage is about), at which hours.

    `share` is by how much less may be taken, 0–1. [-]
    """

    verb: Verb
    scopes: frozenset[str] = frozenset()
    hours: frozenset[int] = WEEK
    exceptions: tuple[LeftOut, ...] = ()
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds: `forbidden`, `windows`, `allowed` or `unknown`; at which hours it is allowed."""

    kind: Literal["forbidden", "windows", "allowed", "unknown"]
    hours: frozenset[int]
    share: float = 0.0


_BLANKS = {
    "{hour}": r"(\d{1,2}) ?(?:heures?|h|:)(?: ?(\d{2})(?!\d| ?h))?",
    "{number}": r"(\d{1,2})(?: ?(?:heures?|h|:)(?: ?(\d{2})(?!\d| ?h))?)?",
    "{day}": "|".join(_DAYS),
    "{rest}": (
        r"(?:(?!interdi|prohib|proscri|suspen|autoris|sauf|hormis|excep|\d|reduction|limitation"
        r"|\bpas\b)[\w' /-])*"
    ),
}
_ONLY = re.compile(r"\b(?:uniquement|seulement|exclusivement|que)\b")


@dataclass
class _Part:
    """What was read between two exceptions of a clause."""

    hours: list[tuple[int, int]] = field(default_factory=list)
    days: set[int] = field(default_factory=set)
    scopes: set[str] = field(default_factory=set)
    granted: bool = False


def _filled(alternatives: Iterable[str]) -> str:
    pattern = "|".join(alternatives)
    for blank, with_ in _BLANKS.items():
        pattern = pattern.replace(blank, with_)
    return pattern


_TOKENS = tuple((one["kind"], _filled(one["patterns"])) for one in vocabulary()["tokens"])
_INNER = tuple(re.compile(pattern) for _, pattern in _TOKENS)
_FILLERS = frozenset(words("fillers", "words"))


def _lexer() -> re.Pattern[str]:
    parts = [f"(?P<t{n}>{_uncaptured(pattern)})" for n, (_, pattern) in enumerate(_TOKENS)]
    parts += [f"(?P<s_{code}>{'|'.join(told)})" for code, told in vocabulary()["scopes"].items()]
    return re.compile(rf"(?<![\w'])(?:{'|'.join(parts)})(?![\w%])|(?P<word>[^\s,:()*-]+|[,:()*-])")


def _uncaptured(pattern: str) -> str:
    """The same pattern, whose groups catch nothing: they do once the kind of word is known."""
    return re.sub(r"\((?!\?)", "(?:", pattern)


_LEXER = _lexer()


@lru_cache(maxsize=4096)
def clauses(description: str) -> tuple[Clause, ...]:
    """The clauses of what an order says of a usage; none where it says nothing."""
    if len(description) > LONGEST:
        return (Clause("unknown"),)
    text = plain(description)
    parts = (part.strip(" -") for part in _cut(text))
    return tuple(one for part in parts if (one := _clause(part)) is not None)


def _cut(text: str) -> Iterator[str]:
    """The clauses: at stops, and at commas and "mais" between two verbs."""
    for sentence in re.split(r"[;•]|\.(?!\d)", text):
        held = ""
        for piece in re.split(r", |\b(?:mais|toutefois|cependant|neanmoins)\b", sentence):
            if held and _has_verb(held) and _has_verb(piece):
                yield held
                held = piece
            else:
                held = f"{held}, {piece}" if held else piece
        if held.strip():
            yield held


def _has_verb(text: str) -> bool:
    kinds = {kind for kind, _ in _words(text)}
    return bool(kinds & {"ban", "allow", "share", "advice"})


def _words(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    for found in _LEXER.finditer(text):
        name = found.lastgroup or "word"
        if name.startswith("s_"):
            yield f"scope:{name[2:]}", found
        elif name == "word":
            yield "word", found
        else:
            number = int(name[1:])
            inner = _INNER[number].fullmatch(found.group())
            yield (_TOKENS[number][0], inner) if inner else ("word", found)


def _clause(text: str) -> Clause | None:
    verbs: list[str] = []
    share, is_odd, must_look = 0.0, False, False
    main = part = _Part()
    excepted: list[_Part] = []
    for kind, found in _words(text):
        if kind in ("ban", "allow", "advice"):
            if part is main:
                verbs.append(kind)
        elif kind == "share":
            verbs.append("reduce")
            share = max(share, int(found.group(1)) / 100.0)
        elif kind == "except":
            part = _Part()
            excepted.append(part)
        elif kind == "granted":
            part.granted = True
        elif kind == "see":
            must_look = True
        elif kind == "odd":
            is_odd = True
        elif kind.startswith("scope:"):
            part.scopes.add(kind[6:])
        elif kind == "word":
            is_odd |= found.group() not in _FILLERS
        else:
            is_odd |= not _told_time(kind, found, part)
    return _made(text, verbs, share, main, excepted, is_odd=is_odd, must_look=must_look)


def _made(
    text: str,
    verbs: list[str],
    share: float,
    main: _Part,
    excepted: list[_Part],
    *,
    is_odd: bool,
    must_look: bool,
) -> Clause | None:
    said = set(verbs)
    if not said and not is_odd and not must_look and not main.hours and not main.scopes:
        return None  # a heading, or nothing at all
    scopes = frozenset(main.scopes)
    unknown = Clause("unknown", scopes)
    if is_odd or must_look or len(said) != 1 or (main.granted and "ban" not in said):
        if said == {"ban", "reduce"} and not is_odd and not must_look:
            said = {"ban"}  # a ban at some hours and less at the others: both hold
        else:
            return unknown
    verb: Verb = "ban" if "ban" in said else next(iter(said))  # type: ignore[arg-type]
    if verb == "ban" and main.hours and _ONLY.search(text) and not excepted:
        return unknown  # "interdit … uniquement de 20 h à 8 h": of which of the two?
    hours = _week(main, widely=verb != "allow")
    left_out = [_left_out(one, widely=verb == "allow") for one in excepted]
    if hours is None or None in left_out:
        return unknown
    kept = tuple(one for one in left_out if one is not None and one.hours)
    return Clause(verb, scopes, hours, kept, share)


def _left_out(part: _Part, *, widely: bool) -> LeftOut | None:
    """None where it is not said what is left out; no hours where only with leave."""
    if part.granted:
        return LeftOut(frozenset(part.scopes), frozenset())
    if not part.scopes and not part.hours and not part.days:
        return None
    hours = _week(part, widely=widely)
    return None if hours is None else LeftOut(frozenset(part.scopes), hours)


def _told_time(kind: str, found: re.Match[str], part: _Part) -> bool:
    """Note hours or days; whether they can be."""
    if kind == "days":
        part.days |= {n for n, day in enumerate(_DAYS) if day in found.group()}
        return True
    if kind == "span":
        first, last = (_DAYS.index(found.group(n)) for n in (1, 2))
        part.days |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
        return True
    minutes = [
        int(found.group(n)) * 60 + int(found.group(n + 1) or 0)
        for n in range(1, (found.re.groups or 0), 2)
    ]
    if any(one > 24 * 60 for one in minutes):
        return False
    if kind == "both":
        minutes = [minutes[1], minutes[0]]
    if kind == "after":
        minutes = [minutes[0], 24 * 60]
    if kind == "before":
        minutes = [0, minutes[0]]
    start, end = minutes[0] % (24 * 60), minutes[1]
    if start == end % (24 * 60) and end != 24 * 60:
        return False
    part.hours.append((start, end))
    return True


def _week(part: _Part, *, widely: bool) -> frozenset[int] | None:
    """The hours of a week that a part tells of; None where it can mean none."""
    days = part.days or set(range(7))
    if not part.hours:
        return frozenset(24 * day + hour for day in days for hour in range(24))
    found: set[int] = set()
    for start, end in part.hours:
        last = end if end > start else end + 24 * 60
        first_hour, stop = (
            (floor(start / 60), ceil(last / 60)) if widely else (ceil(start / 60), floor(last / 60))
        )
        found |= {(24 * day + hour) % len(WEEK) for day in days for hour in range(first_hour, stop)}
    return frozenset(found) or None


def verdict(said: Iterable[Clause], own: frozenset[str]) -> Verdict:
    """What clauses mean for what is known as `own`: its use, its method, where it stands."""
    concerning = [one for one in said if not one.scopes or one.scopes & own]
    if not concerning or any(one.verb == "unknown" for one in concerning):
        return Verdict("unknown", WEEK)
    bans = [one for one in concerning if one.verb == "ban"]
    allowed = WEEK
    for ban in bans:
        allowed &= (WEEK - ban.hours) | _left_of(ban, own)
    bars_all = any(ban.hours == WEEK for ban in bans)
    for permission in (one for one in concerning if one.verb == "allow"):
        granted = permission.hours - _left_of(permission, own)
        # "Interdit. Autorisé de 20 h à 8 h" permits; "autorisé de 20 h à 8 h" alone limits.
        adds = bars_all or (bans and permission.scopes)
        allowed = allowed | granted if adds else allowed & granted
    return _of_hours(allowed, max(one.share for one in concerning))


def _left_of(clause: Clause, own: frozenset[str]) -> frozenset[int]:
    """The hours at which a clause does not hold for what is ours."""
    of_ours = (one.hours for one in clause.exceptions if not one.scopes or one.scopes & own)
    return frozenset[int]().union(*of_ours)


def _of_hours(hours: frozenset[int], share: float) -> Verdict:
    if not hours:
        return Verdict("forbidden", hours, share)
    return Verdict("allowed" if hours == WEEK else "windows", hours, share)


def strictest(several: Iterable[Verdict]) -> Verdict:
    """What holds where each of them does; unknown where one is, unless another forbids all."""
    found = list(several)
    if any(one.kind == "forbidden" for one in found):
        return Verdict("forbidden", frozenset())
    if not found or any(one.kind == "unknown" for one in found):
        return Verdict("unknown", WEEK)
    hours = frozenset.intersection(*(one.hours for one in found))
    return _of_hours(hours, max(one.share for one in found))
