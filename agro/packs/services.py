"""The kinds of report that a city takes, and which of them another system means by its own name."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from agro.packs.cells import Name, listed, shaped
from agro.records import ReportService

_CODE = shaped(
    "[a-z0-9]+(_[a-z0-9]+)*", "must be lower-case letters, digits and _, as in water_leak"
)


class ServiceRow(BaseModel):
    """`report_services.csv`: a service of Open311; `keywords` divided by semicolons."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)

    code: Annotated[str, _CODE]
    group: Annotated[str, _CODE]
    name_fr: Name
    name_en: Name
    description_fr: str = ""
    description_en: str = ""
    contact: Literal["none", "asked", "needed"] = "asked"
    visible: Literal["all", "city"] = "all"
    keywords: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()


def service_meant(
    services: Sequence[ReportService], code: str, name: str = ""
) -> ReportService | None:
    """Which of our kinds another system's service is; None where none or several could be meant.

    Its code or its name may be ours; else its name holds a keyword of one kind alone.
    """
    told = f" {_plain(name)} "
    for one in services:
        if code == one.code or told.strip() in (_plain(one.name_fr), _plain(one.name_en)):
            return one
    meant = [
        one for one in services if any(f" {_plain(word)} " in told for word in one.keywords if word)
    ]
    return meant[0] if len(meant) == 1 else None


def may_be_personal(services: Sequence[ReportService], code: str, name: str) -> bool:
    """Whether another system's service could be a kind that the city's own role alone reads."""
    told = f" {_plain(name)} {_plain(code)} "
    return any(
        code == one.code or any(f" {_plain(word)} " in told for word in (*one.keywords, one.code))
        for one in services
        if one.visible == "city"
    )


def _plain(text: str) -> str:
    """Lower-case words without accents and without the s of a plural, one space between."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"(?<=...)s$", "", word) for word in re.findall(r"[a-z0-9]+", bare))
