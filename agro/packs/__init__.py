"""City packs: a city is a folder of plain files, read here into records and checked whole."""

from agro.packs.read import available, languages, read_pack

__all__ = ["available", "languages", "read_pack"]
