"""What few entries need: who, how it was known, variety, lot, a note, a picture."""

from dataclasses import dataclass

import streamlit as st

from agro.dashboard import logbook_choices as choices
from agro.dashboard.frame import Frame, current
from agro.dashboard.logbook_photo import MOST_MB, TYPES
from agro.words import Words

_WHO, _KEPT = "logbook_who", "logbook_who_kept"
_WITH_LOT = frozenset({"seeding", "transplanting", "harvest", "input"})


@dataclass(frozen=True, slots=True)
class Details:
    """What was said below; `photo` as it came."""

    method: str = ""
    who: str = ""
    variety: str = ""
    lot: str = ""
    notes: str = ""
    photo: bytes | None = None

    def said(self) -> dict[str, str]:
        """What of it a draft holds."""
        return {
            "method": self.method,
            "who": self.who,
            "variety": self.variety,
            "lot": self.lot,
            "notes": self.notes,
        }


def who_of() -> str:
    """Who notes: as said once on this phone, else the name of who signed in."""
    kept = st.session_state.get(_KEPT)
    return current().actor.name if kept is None else str(kept)


def details(frame: Frame, kind: str, unit: str, names: list[str]) -> Details:
    """Draw them, folded away but for the note where the note is the entry."""
    words, number = frame.words, st.session_state.get("logbook_n", 0)
    notes = _notes(words, number) if kind == "observation" else ""
    with st.expander(words.t("logbook.more")):
        if kind != "observation":
            notes = _notes(words, number)
        ask_who(words, names)
        method = _method(words, kind, unit)
        variety = lot = ""
        if kind in choices.WITH_CROP:
            variety = st.text_input(
                words.t("logbook.variety"), key=f"logbook_variety_{number}", max_chars=80
            )
        if kind in _WITH_LOT:
            lot = st.text_input(words.t("logbook.lot"), key=f"logbook_lot_{number}", max_chars=80)
        photo = st.file_uploader(
            words.t("logbook.photo"),
            type=list(TYPES),
            max_upload_size=MOST_MB,
            key=f"logbook_photo_{number}",
        )
    body = photo.getvalue() if photo else None
    return Details(method, who_of(), variety, lot, notes, body)


def _notes(words: Words, number: int) -> str:
    key = f"logbook_notes_{number}"
    return st.text_area(words.t("logbook.notes"), key=key, max_chars=1000, height=80)


def ask_who(words: Words, names: list[str], *, key: str = _WHO) -> None:
    """Who notes: a name of the garden or a new one; it stays for the visit."""

    def keep() -> None:
        st.session_state[_KEPT] = str(st.session_state[key] or "").strip()

    kept = who_of()
    options = list(dict.fromkeys([kept, *names] if kept else names))
    st.selectbox(
        words.t("logbook.who"),
        options,
        index=0 if kept else None,
        key=key,
        placeholder=words.t("logbook.who_hint"),
        accept_new_options=True,
        on_change=keep,
    )


def _method(words: Words, kind: str, unit: str) -> str:
    """How the amount is known; the unit tells the usual way."""
    offered = choices.METHODS.get(kind, ())
    if not offered:
        return ""
    key, usual = f"logbook_method_{kind}_{unit}", choices.usual_method(kind, unit)
    chosen = st.pills(
        words.t("logbook.method"),
        offered,
        default=usual,
        required=True,
        key=key,
        format_func=lambda name: words.t(f"logbook.method_{name}"),
    )
    return str(chosen or usual)
