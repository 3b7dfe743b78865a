"""The number pad: big keys for a thumb, answered on the phone itself.

Every press changes the figure at once, without waiting for the network, and sends the whole figure:
two quick presses of one key are two digits, however slow the answer.
"""

from collections.abc import Callable

import streamlit as st

from agro.words import Words

_KEYS = (*"123456789", ",", "0", "⌫")
_BUTTONS = "".join(f'<button type="button" data-key="{key}">{key}</button>' for key in _KEYS)
_HTML = (
    '<div class="pad"><div class="pad-figure"><input type="text" inputmode="none" '
    f'autocomplete="off" placeholder="0" maxlength="9"><span></span></div>{_BUTTONS}</div>'
)
_JS = """
export default function ({ data, parentElement, setStateValue }) {
  const pad = parentElement.querySelector(".pad");
  const figure = pad.querySelector("input");
  const comma = pad.querySelector('[data-key=","]');
  figure.setAttribute("aria-label", data.label);
  pad.querySelector("span").textContent = data.unit;
  comma.textContent = data.comma;
  pad.querySelector('[data-key="⌫"]').setAttribute("aria-label", data.erase);
  if (pad.dataset.ready) return;
  pad.dataset.ready = "1";
  const allowed = /^\\d{0,6}([.,]\\d{0,3})?$/;
  let kept = figure.value;
  const put = (text) => {
    if (!allowed.test(text)) { figure.value = kept; return; }
    figure.value = kept = text;
    setStateValue("text", text);
  };
  figure.addEventListener("input", () => put(figure.value));
  for (const button of pad.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const key = button.dataset.key;
      if (key === "⌫") put(kept.slice(0, -1));
      else put(kept + (key === "," ? comma.textContent : key));
    });
  }
}
"""
_pad = st.components.v2.component("agro_number_pad", html=_HTML, js=_JS, isolate_styles=False)


def number_pad(words: Words, key: str, *, unit: str, on_change: Callable[[], None]) -> None:
    """Draw the pad; `st.session_state[key]["text"]` holds what is typed when `on_change` runs."""
    _pad(
        key=key,
        data={
            "label": words.t("logbook.amount"),
            "unit": unit,
            "comma": words.t("logbook.comma"),
            "erase": words.t("logbook.erase"),
        },
        default={"text": ""},
        on_text_change=on_change,
    )
