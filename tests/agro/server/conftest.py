"""What the drills of the server share."""

import sys
from collections.abc import Iterator

import pytest
import streamlit as st


@pytest.fixture
def own_main() -> Iterator[None]:
    """A page under test takes the place of `__main__`; processes started later must not run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
    st.cache_data.clear()
    st.cache_resource.clear()
