"""What the crop plan says of one planting: names, window, warnings, doubts."""

from collections.abc import Mapping, Sequence
from datetime import date

from agro.crop_plan import Fault, Outlook, Planned
from agro.dashboard.frame import crop_name
from agro.words import Words
from models.harvest.hazards import Hazard
from models.harvest.rotation import TooSoon


def name_of(words: Words, crop: str, variety: str) -> str:
    """`Tomate (Marmande)`."""
    name = crop_name(words, crop)
    return f"{name} ({variety})" if variety else name


def window(words: Words, one: Planned, today: date) -> str:
    """When its first harvest is expected, as a person says it."""
    if one.by == "none":
        return words.t("crops.no_harvest")
    if one.likely is None or one.earliest is None:
        return words.t("crops.not_ripe")
    near = {"likely": words.near_day(one.likely, today)}
    near["earliest"] = words.near_day(one.earliest, today)
    if one.latest is None:
        return words.t("crops.window_open", **near)
    return words.t("crops.window", **near, latest=words.near_day(one.latest, today))


def hazards(words: Words, found: Outlook, names: Mapping[str, str]) -> list[str]:
    """The frosts and heats ahead, one sentence for each day, with the crops that are in danger."""
    together: dict[tuple[str, date], list[tuple[Planned, Hazard]]] = {}
    for one in found.planned:
        for hazard, day in ((one.frost, one.frost_day), (one.heat, one.heat_day)):
            if hazard is not None and day is not None:
                together.setdefault((_kind(hazard), day), []).append((one, hazard))
    order = sorted(together, key=lambda key: (_GRAVEST.index(key[0]), key[1]))
    return [_hazard(words, *key, together[key], names) for key in order]


_GRAVEST = ("frost_kills", "frost", "heat")


def _kind(hazard: Hazard) -> str:
    kills = hazard.kind == "frost" and hazard.kills >= hazard.chance / 2.0
    return "frost_kills" if kills else hazard.kind


def _hazard(
    words: Words,
    kind: str,
    day: date,
    met: Sequence[tuple[Planned, Hazard]],
    names: Mapping[str, str],
) -> str:
    crops = [
        words.t(
            f"crops.{kind}_crop",
            plot=names[one.planting.plot],
            crop=crop_name(words, one.planting.crop).lower(),
            chance=words.percent(hazard.kills if kind == "frost_kills" else hazard.chance),
            threshold=words.number(hazard.threshold),
        )
        for one, hazard in met
    ]
    extremes = [hazard.extreme for _, hazard in met]
    extreme = max(extremes) if kind == "heat" else min(extremes)
    return words.t(
        f"crops.{kind}",
        day=words.day(day),
        extreme=words.number(extreme, 0),
        crops=words.t("writing.between").join(crops),
    )


def rotations(words: Words, found: Outlook, names: Mapping[str, str]) -> list[str]:
    """The families that come back too early."""
    return [
        rotation(
            words,
            one.rotation,
            {
                "crop": name_of(words, one.planting.crop, one.planting.variety),
                "plot": names[one.planting.plot],
            },
            found.today,
        )
        for one in found.planned
        if one.rotation is not None and one.stage != "ended"
    ]


def rotation(words: Words, soon: TooSoon, who: dict[str, str], today: date) -> str:
    """That a family comes back too early, and after what."""
    earlier = soon.earlier
    return words.t(
        "crops.rotation",
        **who,
        family=words.code("family", soon.family),
        earlier=name_of(words, earlier.crop, earlier.variety),
        removed=words.near_day(earlier.end, today),
        years=words.number(soon.years, 1),
        needed=words.number(soon.return_years),
    )


def fault(words: Words, one: Fault, today: date) -> str:
    """Why a planting cannot be as it is said."""
    said = {
        name: crop_name(words, str(value))
        if name == "crop"
        else words.near_day(value, today)
        if isinstance(value, date)
        else value
        for name, value in one.facts.items()
    }
    return words.t(f"crops.fault.{one.code}", **said)


def cautions(words: Words, one: Planned) -> list[str]:
    """What the dates do not know."""
    return [words.code("crops.caution", code) for code in one.cautions]
