"""An alert, said: a title, a whole sentence with its number, and where to read more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agro.words.advice import Sentence
from agro.words.catalogue import Words


@dataclass(frozen=True, slots=True)
class AlertText:
    """A message in words."""

    title: str
    body: str


def alert_text(
    words: Words,
    kind: str,
    facts: Mapping[str, Any],
    *,
    site: str,
    plot: str = "",
    link: str = "",
    advice: Sentence | None = None,
) -> AlertText:
    """Say one event. `site` and `plot` are names; an irrigation is said as the page's `advice`."""
    sentence = _said(words, kind, facts, site=site, plot=plot, advice=advice)
    title = words.t(f"alert.{kind}.title", site=site, plot=plot or site)
    return AlertText(title, "\n".join(filter(None, (sentence, _link(words, link)))))


def alert_digest(words: Words, texts: Sequence[AlertText], day: date) -> AlertText:
    """Several events in one message."""
    title = words.t("alert.digest", n=len(texts), day=words.day(day))
    return AlertText(title, "\n\n".join(f"{one.title}\n{one.body}" for one in texts))


def alert_again(words: Words, text: AlertText) -> AlertText:
    """A message that goes to the second channel."""
    return AlertText(words.t("alert.again", title=text.title), text.body)


def alert_trial(words: Words, place: str) -> AlertText:
    """A message that only shows that the channel works."""
    return AlertText(words.t("alert.trial_title"), words.t("alert.trial", place=place))


def calendar_title(words: Words, plot: str, litres: float) -> str:
    """What a calendar shows of a watering."""
    if litres != litres:
        return words.t("alert.calendar_entry_plain", plot=plot)
    return words.t("alert.calendar_entry", plot=plot, litres=words.litres(litres))


def calendar_note(words: Words, minutes: float, link: str) -> str:
    """What a calendar's entry tells below its title."""
    told = words.t("alert.calendar_note")
    if minutes == minutes and minutes > 0.0:
        told = words.t("alert.calendar_note_minutes", duration=words.duration(minutes))
    return "\n".join(filter(None, (told, _link(words, link))))


def _link(words: Words, link: str) -> str:
    return words.t("alert.link", link=link) if link else ""


def _said(
    words: Words,
    kind: str,
    facts: Mapping[str, Any],
    *,
    site: str,
    plot: str,
    advice: Sentence | None,
) -> str:
    if kind == "irrigation":
        return _irrigation(words, facts, plot, advice)
    if kind in ("frost", "heat"):
        day = words.day(date.fromisoformat(str(facts["day"])))
        degrees = words.number(float(facts["temperature"]), 1)
        return words.t(f"alert.{kind}.say", site=site, day=day, degrees=degrees)
    if kind == "drought_order":
        return _order(words, facts, site)
    if kind == "sensor_silent":
        return _silence(words, facts, site)
    if kind == "tank_low":
        return words.t("alert.tank_low.say", site=site, tank=str(facts.get("tank") or site))
    if kind == "valve_stuck":
        return _water(words, facts, plot or site)
    name = str(facts.get(f"name_{words.language}") or facts.get("name_en") or "")
    metres = float(facts["metres"])
    return words.t("alert.report_nearby.say", site=site, what=name or "–", metres=metres) + (
        f" {facts['address']}" if facts.get("address") else ""
    )


def _irrigation(words: Words, facts: Mapping[str, Any], plot: str, advice: Sentence | None) -> str:
    if advice is not None:
        told = words.t("alert.irrigation.say", plot=plot, headline=advice.headline)
        return " ".join(filter(None, (told, advice.when and f"{advice.when}.", advice.why)))
    litres = facts.get("litres")
    amount = "–" if litres is None else words.litres(float(litres))
    when = words.stamp(datetime.fromisoformat(str(facts["when"])))
    return words.t("alert.irrigation.say_plain", plot=plot, amount=amount, when=when)


def _order(words: Words, facts: Mapping[str, Any], site: str) -> str:
    water = words.code("control_post.water", str(facts["resource"]))
    if facts["level"] == "free":
        return words.t("alert.drought_order.lifted", site=site, water=water)
    level = words.code("drought", str(facts["level"]))
    told = words.t("alert.drought_order.say", site=site, water=water, level=level)
    if until := facts.get("valid_until"):
        day = words.long_day(date.fromisoformat(str(until)))
        told = f"{told} {words.t('alert.drought_order.until', day=day)}"
    return " ".join(filter(None, (told, str(facts.get("link") or ""))))


def _silence(words: Words, facts: Mapping[str, Any], site: str) -> str:
    since = words.stamp(datetime.fromisoformat(str(facts["seen"])))
    if "count" in facts:
        told = {"n": float(facts["count"]), "heard": float(facts["heard"])}
        return words.t("alert.sensor_silent.all", site=site, since=since, **told)
    return words.t("alert.sensor_silent.say", site=site, name=str(facts["name"]), since=since)


def _water(words: Words, facts: Mapping[str, Any], place: str) -> str:
    since = words.stamp(datetime.fromisoformat(str(facts["since"])))
    if "hours" not in facts:
        return words.t("alert.valve_stuck.say", place=place, name=str(facts["name"]), since=since)
    hours = words.duration(60.0 * float(facts["hours"]))
    amount, unit = facts.get("amount"), str(facts.get("unit") or "")
    if amount is None or unit != "L":
        return words.t("alert.valve_stuck.ran", place=place, hours=hours, since=since)
    litres = words.litres(float(amount))
    return words.t(
        "alert.valve_stuck.ran_litres", place=place, hours=hours, since=since, litres=litres
    )
