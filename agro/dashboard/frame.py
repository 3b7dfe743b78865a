"""What every page needs to know: which language, which garden, who looks, what time it is."""

from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from agro.access import PUBLIC, Actor, may
from agro.config import now
from agro.dashboard import data
from agro.dashboard.colours import LOOKS, Look
from agro.records import Advice, City, Plot, Site
from agro.words import LANGUAGES, Sentence, Words, advice_sentence, say

_KEY = "frame"


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around a page: set by `app.run()`, read by the page with `current()`."""

    words: Words
    site: Site | None
    now: datetime
    actor: Actor = PUBLIC

    def may(self, action: str) -> bool:
        """Whether who looks may do this in the garden of this frame."""
        return may(self.actor, action, self.site.slug if self.site else "")

    def refreshed(self) -> "Frame":
        """The same frame now: a fragment that runs again keeps the frame of its first run."""
        return replace(self, now=now())

    def sentence(self, advice: Advice, plot: Plot) -> Sentence:
        """Say an advice as seen from now, in this frame's language and time zone."""
        language, zone = self.words.language, self.words.zone.key
        return advice_sentence(advice, plot, language, zone=zone, now=self.now)


def current() -> Frame:
    """The frame of this run."""
    frame = st.session_state[_KEY]
    if not isinstance(frame, Frame):
        raise TypeError("pages run inside agro.dashboard.app.run()")
    return frame


def keep(frame: Frame) -> None:
    """Make `frame` the one that `current()` gives."""
    st.session_state[_KEY] = frame


def starting_language(city: City | None) -> str:
    """The address's language, else the city's, else the browser's, else the first we have."""
    asked = st.query_params.get("lang", "")
    browser = (st.context.locale or "").split("-")[0]
    for language in (asked, city.language if city else "", browser):
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def starting_look() -> Look:
    """The address's look, else the one that this browser chose before, else that of the day."""
    asked = (st.query_params.get("look", ""), st.context.cookies.get("agro_look", ""))
    return next((look for one in asked for look in LOOKS if look == one), LOOKS[0])


def words_of(language: str, city: City | None) -> Words:
    """The words of a language in the city's time zone."""
    return say(language, city.timezone) if city else say(language)


def crop_name(words: Words, key: str) -> str:
    """The crop's name in the page's language."""
    name = data.crop_names(words.language).get(key, key.replace("_", " "))
    return name[:1].upper() + name[1:]
