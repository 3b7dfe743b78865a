"""Poste de pilotage: the city's communes at a moment, layer by layer, with where it comes from."""

from agro.dashboard import (
    control_post_alerts,
    control_post_data,
    control_post_explore,
    control_post_live,
    control_post_sun,
    data,
    parts,
)
from agro.dashboard.frame import current


def main() -> None:
    """Draw the page."""
    frame = current()
    words, city = frame.words, data.city()
    title = words.t("control_post.title")
    if city is None:
        parts.title(title)
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    found = control_post_data.state("hours", 0)
    people = words.number(sum(one.population for one in found.communes))
    lead = words.t("control_post.lead", n=len(found.communes), people=people, city=city.name)
    parts.title(title, lead)
    control_post_live.draw(frame)
    if found.communes:
        control_post_explore.draw(frame)
    control_post_sun.draw(frame)
    control_post_alerts.draw(frame)
    parts.caption(words.t("control_post.foot"))


main()
