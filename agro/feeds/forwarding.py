"""Reports that came to us, handed on to the city's own Open311 system, each at most once.

Only what all may read goes out; what only the city's own role reads (food help, isolated persons)
is never sent by itself. Contact data go only where the operator says so, in the standard's own
fields. What may have arrived without our hearing of it is looked for over there by the name that
its text ends with, and not sent again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds.asking import Outcome, State, ask, kept_values, place_of
from agro.feeds.reports import city_site, endpoint_of
from agro.packs.services import service_meant
from agro.records import ReportService, Site
from agro.store import farms, problems, report_contacts, report_forwards, report_sources, writing
from agro.store.problems import ProblemRow
from agro.store.report_forwards import Forward
from agro.store.reports import Report, by_number
from agro.store.values import time_zone
from sensors.errors import FeedError
from sensors.feeds import open311
from sensors.feeds.fetching import Fetcher
from sensors.feeds.open311 import Endpoint, Service
from sensors.feeds.source import Observed

log = logging.getLogger(__name__)

YOUNGEST = timedelta(days=30)  # an older report is the past's
AT_ONCE = 20
CUT_AFTER = timedelta(minutes=10)  # longer than any question takes
SOUGHT_FOR = timedelta(days=7)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)
_SEEK_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class _Sending:
    """Who is given what: the system, its services, ours, and when."""

    engine: Engine
    fetcher: Fetcher
    endpoint: Endpoint
    site: Site
    zone: tzinfo
    at: datetime
    with_contacts: bool
    ours: Sequence[ReportService]
    theirs: Sequence[Service]


def is_asked(settings: Settings) -> bool:
    """Whether the operator wants reports to be handed on."""
    return settings.open311_forward != "none" and bool(settings.open311_url)


def forward_reports(
    engine: Engine, fetcher: Fetcher, settings: Settings, at: datetime
) -> list[Outcome]:
    """Send what waits, and look for what is in doubt; one outcome where anything was done."""
    endpoint = endpoint_of(settings)
    if endpoint is None or not is_asked(settings):
        return []
    with writing(engine) as c:
        report_forwards.doubt(c, at - CUT_AFTER)
        report_forwards.queue(c, open311.KEY, at - YOUNGEST, AT_ONCE)
        waiting = report_forwards.due(c, "waiting", at, AT_ONCE)
        doubtful = report_forwards.due(c, "doubtful", at, AT_ONCE)
        nameless = [
            one for one in report_forwards.due(c, "taken", at, AT_ONCE) if _is_nameless(one)
        ]
        site, zone, ours = city_site(farms.sites(c)), time_zone(c), report_sources.services(c)
    if site is None or not (waiting or doubtful or nameless):
        return []
    known = kept_values(engine, open311.services(endpoint), site, zone, at)
    theirs = known or _asked_services(engine, fetcher, endpoint, site, zone, at)
    if theirs is None:
        return []  # until its services are known, nobody can tell which one is meant
    contacts = settings.open311_forward == "contacts"
    sending = _Sending(engine, fetcher, endpoint, site, zone, at, contacts, ours, theirs.value)
    done = [_send(sending, one) for one in waiting]
    done += [_seek(sending, one) for one in doubtful]
    done += [_name(sending, one) for one in nameless]
    told = ", ".join(f"{done.count(state)} {state}" for state in sorted(set(done)))
    state: State = "failed" if {"waiting", "refused", "doubtful"} & set(done) else "new"
    return [Outcome(site.slug, open311.POST_KEY, state, None, endpoint.terms().name, told)]


def _is_nameless(one: Forward) -> bool:
    return not one.reference and bool(one.token)


def _asked_services(
    engine: Engine, fetcher: Fetcher, endpoint: Endpoint, site: Site, zone: tzinfo, at: datetime
) -> Observed[tuple[Service, ...]] | None:
    feed = open311.services(endpoint)
    return ask(engine, fetcher, feed, site, zone, at=at, every=_SEEK_EVERY).found


def _send(sending: _Sending, one: Forward) -> str:
    """Send one report; its state afterwards."""
    with writing(sending.engine) as c:
        report = by_number(c, one.report_id)
        code = _code(sending, report)
        if report is None or not code:
            reason = "refused: no service there, or several, could be meant"
            report_forwards.settle(c, one.report_id, "refused", reason=reason)
            return "refused"
        if not report_forwards.claim(c, one.report_id, sending.at):
            return "sending"
        form = _form(report, code)
        contact = report_contacts.read(c, one.report_id, sending.at)
        if sending.with_contacts and contact is not None:
            form |= _contact(contact.name, contact.email, contact.phone)
    try:
        answer = sending.fetcher.post(open311.POST_KEY, open311.posting(sending.endpoint), form)
        receipt = _receipt(sending, answer.body)
    except FeedError as error:
        return _failed(sending, one, error)
    with writing(sending.engine) as c:
        told = {"reference": receipt.reference, "token": receipt.token, "reason": ""}
        report_forwards.settle(c, one.report_id, "taken", **told, next_try=None)
    return "taken"


def _receipt(sending: _Sending, body: bytes) -> open311.Receipt:
    """What was answered; a yes that cannot be read may well be one."""
    try:
        return open311.read_receipt(body, place_of(sending.site, sending.zone))
    except FeedError as error:
        url = sending.endpoint.base
        raise FeedError(error.feed, url, error.reason, may_have_done=True) from error


def _code(sending: _Sending, report: Report | None) -> str:
    """The one service there that means what ours does; empty where none or several do."""
    if report is None:
        return ""
    own = report.service_code
    if any(one.code == own for one in sending.theirs):
        return own
    meant = [
        one.code
        for one in sending.theirs
        if (ours := service_meant(sending.ours, one.code, one.name)) and ours.code == own
    ]
    return meant[0] if len(meant) == 1 else ""


def mark(report: Report) -> str:
    """What a report's text ends with over there, by which it is found again."""
    return f"[{report.reference}]"


def _form(report: Report, code: str) -> dict[str, str]:
    told = {
        "service_code": code,
        "description": f"{report.description} {mark(report)}".strip(),
        "address_string": report.address,
        "media_url": report.media_url,
    }
    if report.is_placed:
        told |= {"lat": f"{report.latitude:.6f}", "long": f"{report.longitude:.6f}"}
    return {name: value for name, value in told.items() if value}


def _contact(name: str, email: str, phone: str) -> dict[str, str]:
    first, _, last = name.partition(" ")
    told = {"first_name": first, "last_name": last, "email": email, "phone": phone}
    return {key: value for key, value in told.items() if value}


def _failed(sending: _Sending, one: Forward, error: FeedError) -> str:
    """What a fault makes of a report: it waits, is refused for good, or is in doubt."""
    pause = min(_FIRST_PAUSE * 2 ** min(one.tries, 10), _LONGEST_PAUSE)
    pause = max(pause, timedelta(seconds=(error.wait_s or 0.0) + 1.0))
    code = error.reason.partition(":")[0]
    state: report_forwards.State = "waiting"
    if error.may_have_done:
        state = "doubtful"
    elif code == "refused":  # of what it says no to it will say no to again
        state = "refused"
    row = ProblemRow(
        sending.at, open311.POST_KEY, sending.site.slug, "feed_failed", value=code,
        detail=error.reason,
    )  # fmt: skip
    log.warning("report %s was not handed on: %s", one.report_id, error.reason)
    with writing(sending.engine) as c:
        report_forwards.settle(
            c, one.report_id, state, reason=error.reason, next_try=sending.at + pause
        )
        problems.count_up(c, [row])
    return state


def _seek(sending: _Sending, one: Forward) -> str:
    """Look over there for a report of which nobody knows whether it arrived."""
    with sending.engine.connect() as c:
        report = by_number(c, one.report_id)
    sent_at = one.sent_at or sending.at
    code = _code(sending, report)
    if report is None or not code or sending.at - sent_at > SOUGHT_FOR:
        return "doubtful"
    start, end = sent_at - _SEEK_EVERY, sent_at + _SEEK_EVERY
    feed = open311.sent_between(sending.endpoint, code, start, end)
    place = place_of(sending.site, sending.zone)
    try:
        told = feed.read(sending.fetcher.get(feed.key, feed.ask(place)).body, place).value
    except FeedError as error:
        log.warning("report %s cannot be looked for: %s", report.reference, error.reason)
        told = ()
    found = next((each for each in told if mark(report) in each.description), None)
    with writing(sending.engine) as c:
        if found is None:
            later = sending.at + _SEEK_EVERY
            report_forwards.settle(c, one.report_id, "doubtful", next_try=later)
            return "doubtful"
        known = {"reference": found.reference, "reason": ""}
        report_forwards.settle(c, one.report_id, "taken", **known, next_try=None)
    return "taken"


def _name(sending: _Sending, one: Forward) -> str:
    """Ask for the name of a report that was taken under a token."""
    feed = open311.of_token(sending.endpoint, one.token)
    place = place_of(sending.site, sending.zone)
    try:
        answer = sending.fetcher.get(feed.key, feed.ask(place))
        reference = feed.read(answer.body, place).value.reference
    except FeedError as error:
        log.warning("token of report %s: %s", one.report_id, error.reason)
        reference = ""
    with writing(sending.engine) as c:
        later = None if reference else sending.at + _SEEK_EVERY
        report_forwards.settle(c, one.report_id, "taken", reference=reference, next_try=later)
    return "taken"
