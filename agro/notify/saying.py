"""An event in the words of who is told: names instead of slugs, and the address of its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from agro.notify.kinds import IRRIGATION
from agro.records import Advice, City, Plot, Site
from agro.store import decisions, farms
from agro.store.alerts.events import AlertEvent
from agro.words import advice_sentence, say
from agro.words.alerts import AlertText, alert_text
from agro.words.catalogue import Words

_PAGES: Mapping[str, str] = {
    "irrigation": "bed",
    "sensor_silent": "stations",
    "valve_stuck": "logbook",
    "report_nearby": "reports",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentences need of the register: read once for a round."""

    city: City | None
    sites: Mapping[str, Site]
    plots: Mapping[tuple[str, str], Plot]
    advice: Mapping[tuple[str, str], Advice]
    origin: str

    @classmethod
    def read(cls, c: Connection, origin: str) -> "Known":
        """As it stands now; `origin` is where people reach the pages."""
        return cls(
            farms.city(c),
            {one.slug: one for one in farms.sites(c)},
            {(one.site, one.slug): one for one in farms.plots(c)},
            {(one.site, one.plot): one for one in decisions.latest(c)},
            origin.rstrip("/"),
        )

    def words(self, language: str) -> Words:
        """The words of a subscriber, else of the city, in the city's time."""
        own = language or (self.city.language if self.city else "")
        return say(own, self.city.timezone if self.city and self.city.timezone else "UTC")

    def site_name(self, site: str) -> str:
        """A site's name."""
        return self.sites[site].name if site in self.sites else site

    def link(self, page: str, site: str, plot: str = "") -> str:
        """The address of a page."""
        asked = {"site": site} | ({"plot": plot} if plot else {})
        return f"{self.origin}/{page}?{urlencode(asked)}" if self.origin else ""


def told(known: Known, event: AlertEvent, language: str, at: datetime) -> AlertText:
    """One event, said."""
    words = known.words(language)
    plot = known.plots.get((event.site, event.plot))
    advice = known.advice.get((event.site, event.plot)) if event.kind == IRRIGATION else None
    sentence = None
    if plot is not None and advice is not None and advice.decision == "irrigate":
        zone = str(words.zone)
        sentence = advice_sentence(advice, plot, words.language, zone=zone, now=at)
    return alert_text(
        words,
        event.kind,
        event.facts,
        site=known.site_name(event.site),
        plot=plot.name if plot else event.plot,
        link=known.link(_PAGES.get(event.kind, ""), event.site, event.plot),
        advice=sentence,
    )
