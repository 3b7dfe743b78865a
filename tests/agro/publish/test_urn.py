"""One URN for each plot, which leads back to it."""

from hypothesis import given
from hypothesis import strategies as st

from agro.publish.urn import farm, parcel, split, urn


def test_a_plot_s_urn() -> None:
    name = parcel("dijon", "potager-des-ducs", "planche-1")
    assert name == "urn:ngsi-ld:AgriParcel:dijon:potager-des-ducs:planche-1"
    assert farm("dijon", "potager-des-ducs") == "urn:ngsi-ld:AgriFarm:dijon:potager-des-ducs"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_it_leads_back_whatever_the_names_hold(path: list[str]) -> None:
    name = urn("AgriParcel", *path)
    assert split(name) == ("AgriParcel", *path)
    assert name.isascii()
    assert " " not in name


def test_other_texts_are_none_of_ours() -> None:
    assert split("urn:isbn:0451450523") == ()
