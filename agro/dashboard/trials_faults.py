"""What keeps a trial from being drawn, as sentences."""

from collections.abc import Sequence

import streamlit as st

from agro.dashboard import parts
from agro.words import Words
from models.trials.faults import Fault


def show(words: Words, wrong: Sequence[Fault]) -> None:
    """A line for each."""
    for one in wrong:
        st.html(parts.notice(sentence(words, one)))


def sentence(words: Words, fault: Fault) -> str:
    """What is wrong, and what to do."""
    facts: dict[str, str | float] = dict(fault.facts)
    if "design" in facts:
        facts["design"] = words.code("trial_design.name", str(facts["design"]))
    argument, _, of = fault.argument.partition(", ")
    facts["of"] = of or words.code("trial_design.argument", argument)
    return words.t(f"trial_design.fault.{fault.code}", **facts)
