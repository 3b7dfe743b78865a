"""City packs: a city is a folder of plain files, read here into records and checked whole."""

from agro.packs.read import available, read_pack

__all__ = ["available", "read_pack"]
