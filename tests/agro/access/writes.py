"""Every function by which a page writes, as it is called for a record of a garden."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from agro.config import now
from agro.dashboard import (
    alerts_data,
    chain_data,
    crops_data,
    data,
    indicators_entering_data,
    indicators_survey_data,
    logbook_data,
    reports_data,
    trials_data,
    trials_entry_data,
    trials_results_data,
)
from agro.notify import subscribing
from agro.pocket import noting
from agro.pocket.noting import Tapped
from agro.records import Device, Planting
from agro.store import reports, trials
from agro.store.alerts.subscriptions import AlertSubscription
from agro.store.trials import PlotValue, Trait
from agro.trials.judging import Options, judge
from agro.words import say
from tests.agro.access import gardens
from tests.agro.access.gardens import NOW, STRANGER, VERSION, Kept

NOTE = "0f8fad5b-d9cb-469f-a165-70867728950e"  # the name that a phone gave its note


class Write(NamedTuple):
    """A write of a page: its right, and how it is done to what a garden holds."""

    action: str
    do: Callable[[Kept], object]
    is_of_city: bool = False  # of no garden
    is_of_farmer: bool = False  # their own, in our garden; who looks after accounts may too


def _import(kept: Kept) -> object:
    with data.engine().connect() as c:
        found = gardens.preview(c, kept.site, 9.0)
    return logbook_data.bring(found, who="", told=lambda _done, _of: None)


def _correct_delivery(kept: Kept) -> object:
    said = gardens.delivery(kept.site, 1.5)
    return chain_data.revise(kept.delivery, said, who="", reason="weighed again")


def _judge(kept: Kept) -> object:
    with data.engine().connect() as c:
        trial = trials.trial_of(c, kept.site, "mulch")
        values = trials.values(c, kept.site, "mulch")
    found = judge(trial, values, gardens.TRAIT.name, Options())
    return trials_results_data.keep(trial, found, who="")


def _measure(kept: Kept) -> object:
    trial = gardens.planned(kept.site, "mulch")
    number = next(one.number for one in trial.plots if one.number is not None)
    return trials_entry_data.enter(trial, [PlotValue(number, "yield", 99.0)], who="")


def _answer(_kept: Kept) -> object:
    with data.engine().connect() as c:
        one = reports.reports(c, reports.Wanted(), limit=1)[0]
    return reports_data.answer(one, status="closed", notes="mended", who="")


def _plant(kept: Kept) -> Planting:
    days = date(2026, 2, 20), date(2026, 5, 20)  # before what stands there now
    return Planting(kept.site, "p2", "carrot", "", *days, source="person")


def _told(kept: Kept, channel: str = "ntfy://garden") -> AlertSubscription:
    """Somebody who is told of a garden."""
    return AlertSubscription("anne", channel, NOW, sites=(kept.site,))


WRITES: Mapping[str, Write] = {
    "alerts_data.subscribe": Write("alert.write", lambda k: alerts_data.subscribe(_told(k))),
    "alerts_data.change": Write(
        "alert.write",
        lambda k: alerts_data.change(k.subscription, _told(k, "ntfy://other")),
        is_of_farmer=True,
    ),
    "alerts_data.rest": Write(
        "alert.write",
        lambda k: alerts_data.rest(k.subscription, is_resting=True),
        is_of_farmer=True,
    ),
    "alerts_data.remove": Write(
        "alert.write", lambda k: alerts_data.remove(k.subscription), is_of_farmer=True
    ),
    "alerts_data.restore": Write(
        "alert.write",
        lambda k: alerts_data.restore(replace(_told(k), number=k.unsubscribed)),
        is_of_farmer=True,
    ),
    "alerts_data.try_out": Write(
        "alert.write", lambda k: alerts_data.try_out(k.subscription), is_of_farmer=True
    ),
    "alerts_data.open_calendar": Write(
        "alert.write", lambda k: alerts_data.open_calendar(k.site, "en")
    ),
    "alerts_data.close_calendar": Write(
        "alert.write", lambda k: alerts_data.close_calendar(k.site)
    ),
    "data.accept": Write(
        "device.write",
        lambda k: data.accept(Device(STRANGER, "", "", k.site, "p1", STRANGER, ())),
    ),
    "data.forget": Write("device.write", lambda _: data.forget(STRANGER), is_of_city=True),
    "logbook_data.note": Write(
        "logbook.write", lambda k: logbook_data.note([gardens.entry(k.site, quantity=77.0)])
    ),
    "logbook_data.correct": Write(
        "logbook.write",
        lambda k: logbook_data.correct(
            k.entry, gardens.entry(k.site, quantity=78.0), who="", reason="misread"
        ),
    ),
    "logbook_data.plant": Write("planting.write", lambda k: logbook_data.plant(_plant(k), who="")),
    "logbook_data.unplant": Write(
        "planting.write", lambda k: logbook_data.unplant(k.planting, k.planted_at)
    ),
    "logbook_data.strike": Write(
        "logbook.write", lambda k: logbook_data.strike([k.entry], who="", reason="wrong")
    ),
    "logbook_data.restore": Write(
        "logbook.write", lambda k: logbook_data.restore(k.struck, who="")
    ),
    "logbook_data.undo": Write("logbook.write", lambda k: logbook_data.undo(k.batch, who="")),
    "logbook_data.redo": Write("logbook.write", lambda k: logbook_data.redo(k.undone, who="")),
    "logbook_data.bring": Write("logbook.write", _import),
    "crops_data.add": Write("planting.write", lambda k: crops_data.add(_plant(k), "")),
    "crops_data.end": Write(
        "planting.write", lambda k: crops_data.end(k.planting, date(2026, 7, 20), "")
    ),
    "chain_data.deliver": Write(
        "chain.write",
        lambda k: chain_data.deliver(
            gardens.delivery(k.site, 0.5), reason="", outlet=gardens.outlet(k.site)
        ),
    ),
    "chain_data.undo": Write("chain.write", lambda k: chain_data.undo([k.delivery], who="")),
    "chain_data.revise": Write("chain.write", _correct_delivery),
    "chain_data.strike": Write(
        "chain.write", lambda k: chain_data.strike(k.delivery, who="", reason="wrong")
    ),
    "chain_data.restore": Write(
        "chain.write", lambda k: chain_data.restore(k.struck_delivery, who="")
    ),
    "chain_data.write_off": Write(
        "chain.write",
        lambda k: chain_data.write_off(k.site, "self", crop="", day=NOW.date(), who=""),
    ),
    "chain_data.assign": Write(
        "chain.write", lambda k: chain_data.assign(k.site, who="", reason="oldest first")
    ),
    "chain_data.offer": Write(
        "chain.write", lambda k: chain_data.offer(replace(k.offer, number=0, crop="leek"))
    ),
    "chain_data.give": Write(
        "chain.write",
        lambda k: chain_data.give(
            k.offer, replace(gardens.delivery(k.site), channel="donation", outlet=""), who=""
        ),
    ),
    "chain_data.withdraw": Write("chain.write", lambda k: chain_data.withdraw(k.offer)),
    "trials_data.create": Write(
        "trial.write", lambda k: trials_data.create(gardens.planned(k.site, "new"))
    ),
    "trials_data.put_away": Write("trial.write", lambda k: trials_data.put_away(k.site, "mulch")),
    "trials_data.bring_back": Write(
        "trial.write", lambda k: trials_data.bring_back(k.site, "mulch")
    ),
    "trials_data.place": Write(
        "trial.write",
        lambda k: trials_data.place(
            replace(gardens.planned(k.site, "mulch"), latitude=47.3, longitude=5.0)
        ),
    ),
    "trials_data.measure": Write(
        "trial.write", lambda k: trials_data.measure(k.site, "mulch", [Trait("height")])
    ),
    "trials_results_data.keep": Write("trial.write", _judge),
    "trials_entry_data.enter": Write("trial.write", _measure),
    "trials_entry_data.undo": Write("trial.write", lambda k: trials_entry_data.undo(k.sheet)),
    "trials_entry_data.redo": Write(
        "trial.write", lambda k: trials_entry_data.redo(k.undone_sheet)
    ),
    "trials_entry_data.strike": Write(
        "trial.write", lambda k: trials_entry_data.strike(k.plot_value)
    ),
    "indicators_entering_data.enter": Write(
        "figure.write",
        lambda k: indicators_entering_data.enter([gardens.figure(k.site, 8.0)], who=""),
    ),
    "indicators_entering_data.correct": Write(
        "figure.write",
        lambda k: indicators_entering_data.correct(k.figure, gardens.figure(k.site, 9.0), who=""),
    ),
    "indicators_entering_data.take_back": Write(
        "figure.write", lambda k: indicators_entering_data.take_back([k.figure], who="")
    ),
    "indicators_entering_data.restore": Write(
        "figure.write", lambda k: indicators_entering_data.restore(k.taken_back)
    ),
    "indicators_survey_data.begin": Write(
        "survey.write",
        lambda k: indicators_survey_data.begin(k.site, VERSION, NOW.date(), who=""),
    ),
    "indicators_survey_data.answer": Write(
        "survey.write",
        lambda k: indicators_survey_data.answer(k.draft, *_question(), 3.0, who=""),
    ),
    "indicators_survey_data.confirm": Write(
        "survey.write", lambda k: indicators_survey_data.confirm(k.complete, who="")
    ),
    "indicators_survey_data.take_back": Write(
        "survey.write", lambda k: indicators_survey_data.take_back(k.draft, who="")
    ),
    "indicators_survey_data.reopen": Write(
        "survey.write", lambda k: indicators_survey_data.reopen(k.retracted, who="")
    ),
    "reports_data.answer": Write("report.answer", _answer, is_of_city=True),
}


def _tap(kept: Kept) -> object:
    form = {"type": "irrigation", "amount": "12", "unit": "min", "id": NOTE}
    tapped, at = Tapped.of(form, "p1"), now()
    who = data.actor()
    return noting.note(data.engine(), who, kept.site, tapped, words=say("en"), now=at)


def _subscribe(kept: Kept) -> object:
    return subscribing.subscribe(data.engine(), data.actor(), _told(kept))


# What is written beside the pages of Streamlit: the pocket page, alerts and calendars.
BESIDE: Mapping[str, Write] = {
    "noting.note": Write("logbook.write", _tap),
    "subscribing.subscribe": Write("alert.write", _subscribe),
    "subscribing.open_calendar": Write(
        "alert.write",
        lambda k: subscribing.open_calendar(data.engine(), data.actor(), k.site, "en"),
    ),
    "subscribing.close_calendar": Write(
        "alert.write", lambda k: subscribing.close_calendar(data.engine(), data.actor(), k.site)
    ),
}


def _question() -> tuple[str, str]:
    element, listed = next(iter(gardens.complete().items()))
    return element, next(iter(listed))
