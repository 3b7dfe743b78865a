"""The devices that send but are registered nowhere: what they may be, and letting them in."""

from dataclasses import dataclass
from html import escape
from itertools import pairwise

import streamlit as st

from agro.access import may
from agro.dashboard import data, parts
from agro.dashboard.frame import Frame
from agro.packs.rows import NEEDS_DEPTH
from agro.records import Device
from agro.store.quarantine import Guess, Waiting
from agro.words import Words
from sensors.codecs import MODELS

_SHOWN = 6  # a flood of names is no page
_DEEPEST_CM = 1000.0
_TOLD = "waiting_told"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says of a device that waits, as it was written."""

    name: str
    site: str
    plot: str
    model: str
    depths: str


def draw(frame: Frame) -> None:
    """Draw those that wait, the one heard last first; nothing when none does."""
    _panel(frame)


@st.fragment
def _panel(frame: Frame) -> None:
    with parts.answering(frame.words):
        known, count = data.waiting(_SHOWN)
        found = [pair for pair in known if _may_stand(frame, pair[1])]
        count -= len(known) - len(found)
        told = st.session_state.pop(_TOLD, "")
        if not found and not told:
            return
        words = frame.words
        parts.section(words.t("waiting.title"), words.t("waiting.caption") if found else "")
        if told:
            st.html(parts.notice(told))
        for one, guess in found:
            with st.container(border=True, key=f"waiting_{_safe(one.device)}"):
                _one(frame.refreshed(), one, guess)
        if count > len(found):
            parts.caption(words.t("waiting.more", n=count - len(found)))


def _may_stand(frame: Frame, guess: Guess) -> bool:
    """Whether a device is for who looks to let in: it names no garden of ours, or one of theirs."""
    is_ours = guess.site in {site.slug for site in data.sites()}
    return not is_ours or may(frame.actor, "device.write", guess.site)


def _safe(device: str) -> str:
    """A key of letters and digits that no other device has."""
    return device.encode("utf-8", "replace").hex()


def _one(frame: Frame, one: Waiting, guess: Guess) -> None:
    words = frame.words
    st.html(card(frame, one, guess))
    with st.expander(words.t("waiting.accept")):
        _form(frame, one, guess)
    if not may(frame.actor, "device.write"):  # it stands nowhere: only the city's may delete it
        return
    with st.popover(words.t("waiting.forget")):
        parts.caption(words.t("waiting.forget_ask", n=one.messages))
        if st.button(words.t("waiting.forget_yes"), key=f"waiting_forget_{_safe(one.device)}"):
            gone = data.forget(one.device)
            _finish(words.t("waiting.forgotten" if gone else "waiting.gone", name=one.device))


def card(frame: Frame, one: Waiting, guess: Guess) -> str:
    """A device that waits, as HTML: its names, its messages, what it may be."""
    words, now = frame.words, frame.now
    names = " · ".join(
        escape(part) for part in (one.eui, words.code("network", one.network)) if part
    )
    count = escape(words.t("waiting.messages", n=one.messages))
    first, last = words.age(now - one.first), words.age(now - one.last)
    alone = words.t("waiting.came", age=last)
    span = escape(words.t("waiting.span", first=first, last=last) if one.messages > 1 else alone)
    return (
        f'<article class="waits"><div class="head"><h3>{escape(one.device)}</h3>'
        f'<span class="badge unknown">{count}</span></div>'
        f'<p class="place">{names}</p><p>{span}</p><p>{escape(_may_be(words, guess))}</p>'
        "</article>"
    )


def _may_be(words: Words, guess: Guess) -> str:
    if not guess.needs_model:
        return words.t("waiting.model_plain")
    if not guess.models:
        return words.t("waiting.model_unknown")
    names = words.t("waiting.model_or").join(_model(key) for key in guess.models[:3])
    return words.t("waiting.model", models=names)


def _model(key: str) -> str:
    model = MODELS.get(key)
    return f"{model.vendor} {model.name}" if model else key


def _form(frame: Frame, one: Waiting, guess: Guess) -> None:
    """What must be known of a device to let it in."""
    words, key = frame.words, _safe(one.device)
    sites = {
        site.slug: site.name for site in data.sites() if may(frame.actor, "device.write", site.slug)
    }
    here = guess.site if guess.site in sites else frame.site.slug if frame.site else ""
    left, right = st.columns(2)
    name = left.text_input(words.t("waiting.name"), value=one.device, key=f"waiting_name_{key}")
    site = left.selectbox(
        words.t("waiting.site"),
        list(sites),
        index=list(sites).index(here) if here in sites else None,
        format_func=lambda slug: sites[slug],
        key=f"waiting_site_{key}",
    )
    plots = {"": words.t("stations.place_site")}
    plots |= {plot.slug: plot.name for plot in (data.plots(site) if site else [])}
    plot = left.selectbox(
        words.t("waiting.plot"),
        list(plots),
        format_func=lambda slug: plots.get(slug, slug),
        key=f"waiting_plot_{key}_{site}",
    )
    model, depths = "", ""
    if guess.needs_model:
        with right:
            model = _choose_model(words, guess.models, key) or ""
    if not model or NEEDS_DEPTH & set(MODELS[model].quantities):
        depths = right.text_input(
            words.t("waiting.depths"),
            placeholder=words.t("waiting.depths_hint"),
            key=f"waiting_depths_{key}",
        )
    if st.button(words.t("waiting.save"), type="primary", key=f"waiting_save_{key}"):
        asked = Asked(name.strip(), site or "", plot or "", model, depths)
        _accept(words, one, asked, needs_model=guess.needs_model)


def _choose_model(words: Words, models: tuple[str, ...], key: str) -> str | None:
    """The candidates first; one alone is chosen already."""
    others = sorted(set(MODELS) - set(models), key=lambda one: _model(one).lower())
    return st.selectbox(
        words.t("waiting.model_label"),
        [*models, *others],
        index=0 if len(models) == 1 else None,
        placeholder=words.t("waiting.model_choose"),
        format_func=_model,
        key=f"waiting_model_{key}",
    )


def _accept(words: Words, one: Waiting, asked: Asked, *, needs_model: bool) -> None:
    depths = depths_of(asked.depths)
    wrong = fault(words, asked, depths, needs_model=needs_model)
    if wrong or depths is None:
        st.html(parts.notice(wrong))
        return
    name = asked.name or one.device
    device = Device(one.device, one.eui, asked.model, asked.site, asked.plot, name, depths)
    try:
        done = data.accept(device)
    except ValueError:  # somebody took the plot out of the register meanwhile
        st.html(parts.notice(words.t("waiting.place_gone")))
        return
    _finish(words.t("waiting.accepted", name=name, n=done.rows))


def _finish(told: str) -> None:
    """Draw the page again, as it is now, and say what was done."""
    st.session_state[_TOLD] = told
    st.rerun(scope="app")


def depths_of(text: str) -> tuple[float, ...] | None:
    """Depths as people write them: "20" or "10, 20, 30"; None when they are none. [cm]"""
    cleaned = text.replace("cm", "").replace(";", ",")
    try:
        found = tuple(float(part) for part in cleaned.split(",") if part.strip())
    except ValueError:
        return None
    goes_down = all(low < high for low, high in pairwise(found))
    return found if goes_down and all(0 <= depth <= _DEEPEST_CM for depth in found) else None


def fault(
    words: Words, asked: Asked, depths: tuple[float, ...] | None, *, needs_model: bool
) -> str:
    """What of these answers cannot be, in words; "" when all can."""
    model = MODELS.get(asked.model)
    if depths is None:
        return words.t("waiting.wrong_depths", text=asked.depths)
    if needs_model and model is None:
        return words.t("waiting.needs_model")
    if model is None:
        return ""
    if not depths and not model.depths and NEEDS_DEPTH & set(model.quantities):
        return words.t("waiting.needs_depth")
    if model.depths and len(depths) > len(model.depths):
        return words.t("waiting.too_many_depths", n=len(model.depths))
    return ""
