"""What the drills of the server share."""

from collections.abc import Iterator

import pytest
import streamlit as st


@pytest.fixture
def fresh_pages() -> Iterator[None]:
    """What pages have kept is of another test's store: they forget it, before and after."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
