"""Logs of the processes: lines for a person, or one JSON object a line for a machine.

The JSON is python-json-logger's: it knows every attribute of a record, takes the fields of `extra`
as they are and writes what JSON cannot hold as text, where a formatter of our own would find these
out one by one. Whatever a library logs goes the same way, and no line shows a secret.
"""

import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

Style = Literal["text", "json"]

# `user:password@` of any URL (database, broker), and what is named like a secret.
_SECRETS = (
    (re.compile(r"(?P<keep>[a-z][a-z0-9+.-]*://)[^\s\"']*@"), r"\g<keep>***@"),
    (
        re.compile(
            r"(?P<keep>\b\w*(?:password|passwd|secret|token|api_?key|authorization|_session)\b"
            r"[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)[^\s\"',;&)]+",
            re.IGNORECASE,
        ),
        r"\g<keep>***",
    ),
    (re.compile(r"(?P<keep>\bbearer\s+)[^\s\"',;&)]+", re.IGNORECASE), r"\g<keep>***"),
    (re.compile(r"\bNNSXS\.[A-Z0-9.]+"), "***"),  # an API key of The Things Stack
    (re.compile(r"\bagro_[0-9a-f]{8}_[\w-]+"), "***"),  # one of ours
    (re.compile(r"(?P<keep>[?&](?:code|state|key)=)[^\s\"'&]+"), r"\g<keep>***"),
)
_ADORNED = ("color_message",)  # uvicorn's message again, for a terminal
_QUIET = {"alembic": logging.WARNING}


def without_secrets(text: str) -> str:
    """The text with passwords, keys and tokens struck out."""
    for pattern, kept in _SECRETS:
        text = pattern.sub(kept, text)
    return text


class _Text(logging.Formatter):
    """`12:00:01 agro.collect: cannot write 12 messages yet`."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as its line or lines."""
        return without_secrets(super().format(record))


class _Json(JsonFormatter):
    """One object a line: time, level, logger, process, message, and the fields of `extra`."""

    def __init__(self, process: str) -> None:
        super().__init__(json_ensure_ascii=False, reserved_attrs=[*RESERVED_ATTRS, *_ADORNED])
        self._process = process

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        """The fields in the order in which they are read."""
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["process"] = self._process
        super().add_fields(log_data, record, message_dict)

    def format(self, record: logging.LogRecord) -> str:
        """One record as one line."""
        return without_secrets(super().format(record))


class _Forwarded(logging.Logger):
    """A logger whose records go to the root's handler, whatever handlers a library gives it.

    Streamlit and uvicorn bring handlers and formats of their own, for each of their loggers.
    """

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Hand a record over."""
        logging.getLogger().callHandlers(record)


def configure(style: Style, level: int, process: str) -> None:
    """Log from `level` on, on standard error, under the name of this process.

    Call it before other libraries are imported: loggers made earlier keep their own handlers. A
    program around us that has set up its logging keeps it as it is.
    """
    root = logging.getLogger()
    if any(not isinstance(one.formatter, (_Text, _Json)) for one in root.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)  # libraries set levels of their own for their loggers
    if style == "json":
        handler.setFormatter(_Json(process))
        logging.setLoggerClass(_Forwarded)
        sys.excepthook = _log_uncaught
    else:
        handler.setFormatter(_Text("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(style == "json")
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def is_structured() -> bool:
    """Whether this process logs JSON, so that it says nothing beside it."""
    return any(isinstance(one.formatter, _Json) for one in logging.getLogger().handlers)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What ends a process is a line of its log too."""
    log = logging.getLogger(__name__)
    log.critical("ended by %s", kind.__name__, exc_info=(kind, error, trace))
