"""What the pages read, each in one transaction: gardens with their beds and newest advice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from agro.access import Actor, may
from agro.records import Advice, Noted, Planting, Plot, Site
from agro.store import decisions, farms, logbook

PAGE = "page.today"
_LATELY = timedelta(days=7)
_MOST = 5  # entries shown of a bed


@dataclass(frozen=True, slots=True)
class Garden:
    """A garden's day: its beds, the newest advice of each by the plot's slug."""

    site: Site
    plots: Sequence[Plot]
    advices: Mapping[str, Advice]

    def plot(self, slug: str) -> Plot | None:
        """The bed of this name."""
        return next((plot for plot in self.plots if plot.slug == slug), None)


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed with what grows on it and what was noted there lately, the newest first."""

    plot: Plot
    advice: Advice | None
    crops: Sequence[str]
    noted: Sequence[Noted]


def gardens(c: Connection, actor: Actor) -> list[Garden]:
    """The gardens with beds that somebody may see."""
    beds: dict[str, list[Plot]] = {}
    for plot in farms.plots(c):
        beds.setdefault(plot.site, []).append(plot)
    advised: dict[str, dict[str, Advice]] = {}
    for advice in decisions.latest(c):
        advised.setdefault(advice.site, {})[advice.plot] = advice
    seen = [site for site in farms.sites(c) if site.slug in beds and may(actor, PAGE, site.slug)]
    return [Garden(site, beds[site.slug], advised.get(site.slug, {})) for site in seen]


def garden(c: Connection, slug: str) -> Garden | None:
    """One garden; None: there is none of this name."""
    site = next((site for site in farms.sites(c) if site.slug == slug), None)
    if site is None:
        return None
    advices = {advice.plot: advice for advice in decisions.latest(c, slug)}
    return Garden(site, farms.plots(c, slug), advices)


def bed(c: Connection, garden: Garden, plot: Plot, *, now: datetime, today: date) -> Bed:
    """A bed of a garden; `today` is the garden's local date."""
    noted = logbook.noted(c, site=plot.site, plot=plot.slug, start=now - _LATELY, limit=_MOST)
    crops = _growing(farms.plantings(c, plot.site), plot, today)
    return Bed(plot, garden.advices.get(plot.slug), crops, noted)


def _growing(plantings: Sequence[Planting], plot: Plot, day: date) -> list[str]:
    """The crops that stand on a bed, the newest first."""
    standing = [
        one
        for one in plantings
        if one.plot == plot.slug
        and one.planted <= day
        and (one.removed is None or one.removed >= day)
    ]
    standing.sort(key=lambda one: one.planted, reverse=True)
    return list(dict.fromkeys(one.crop for one in standing))
