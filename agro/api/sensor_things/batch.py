"""Several requests in one (18-088, clause 11): as JSON (OData 4.01, 19) or as multipart/mixed.

Requests with the same `atomicityGroup`, or in one change set, hold together: if one fails none of
them is done. `$1` stands for the address of what request 1 created.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.service import Answer

MOST = 100
"""Requests in one batch."""
_REFERENCE = re.compile(r"\$(\w+)(?=/|$)")
_BOUNDARY = "batch_agro"


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; `group` empty: it stands alone."""

    id: str
    method: str
    url: str
    body: Any
    group: str = ""
    type: str = "application/json"


Do = Callable[[Part], Answer]


def run(c: Connection, parts: list[Part], do: Do) -> list[tuple[str, Answer]]:
    """Every request in its order, each group in a transaction of its own.

    Raises
    ------
    ApiError  There are too many.
    """
    if len(parts) > MOST:
        raise bad(f"{len(parts)} requests in one batch; at most {MOST}")
    made: dict[str, str] = {}
    answers: list[tuple[str, Answer]] = []
    alone = ((part.group or f"\n{at}", part) for at, part in enumerate(parts))
    for _, group in groupby(alone, key=lambda pair: pair[0]):
        answers += _group(c, [part for _, part in group], do, made)
    return answers


class _FailedError(Exception):
    """A request of a group failed: the whole group is undone."""


def _group(
    c: Connection, parts: list[Part], do: Do, made: dict[str, str]
) -> list[tuple[str, Answer]]:
    answers: list[tuple[str, Answer]] = []
    try:
        with c.begin_nested():
            for part in parts:
                found = _one(part, do, made)
                answers.append((part.id, found))
                if found.status >= HTTPStatus.BAD_REQUEST:
                    raise _FailedError
                if "Location" in found.headers:
                    made[part.id] = found.headers["Location"]
    except _FailedError:
        failed = answers[-1]
        undone = Answer(424, {"code": 424, "type": "error", "message": f"{failed[0]} failed"})
        for part in parts:
            made.pop(part.id, None)
        return [failed if part.id == failed[0] else (part.id, undone) for part in parts]
    return answers


def _one(part: Part, do: Do, made: Mapping[str, str]) -> Answer:
    try:
        return do(_referred(part, made))
    except ApiError as error:
        return Answer(error.status, {"code": error.status, "type": "error", "message": error.told})


def _referred(part: Part, made: Mapping[str, str]) -> Part:
    """The request with the addresses and ids of what earlier ones created."""
    found = _REFERENCE.match(part.url)
    url = part.url
    if found is not None and found[1] in made:
        url = made[found[1]] + part.url[found.end() :]
    return Part(part.id, part.method, url, _linked(part.body, made), part.group, part.type)


def _linked(body: Any, made: Mapping[str, str]) -> Any:
    if isinstance(body, list):
        return [_linked(one, made) for one in body]
    if not isinstance(body, dict):
        return body
    told = {name: _linked(value, made) for name, value in body.items()}
    id_ = told.get("@iot.id")
    if isinstance(id_, str) and id_.startswith("$") and id_[1:] in made:
        told["@iot.id"] = int(made[id_[1:]].rpartition("(")[2].rstrip(")"))
    return told


def from_json(body: Any) -> list[Part]:
    """The requests of a JSON batch.

    Raises
    ------
    ApiError  It is none.
    """
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not all(isinstance(one, dict) for one in requests):
        raise bad('send {"requests": [{"id": "1", "method": "get", "url": "Things"}]}')
    parts = []
    for at, one in enumerate(requests, start=1):
        headers = one.get("headers")
        type_ = headers.get("content-type", "") if isinstance(headers, dict) else ""
        parts.append(
            Part(
                str(one.get("id", at)),
                str(one.get("method", "")).upper(),
                str(one.get("url", "")),
                one.get("body"),
                str(one.get("atomicityGroup") or ""),
                str(type_) or "application/json",
            )
        )
    return parts


def to_json(answers: list[tuple[str, Answer]]) -> Any:
    """The answers of a JSON batch."""
    told = []
    for id_, answer in answers:
        one: dict[str, Any] = {"id": id_, "status": answer.status}
        if answer.headers:
            one["headers"] = {name.lower(): value for name, value in answer.headers.items()}
        if answer.body is not None or answer.text is not None:
            one["body"] = answer.body if answer.text is None else answer.text
        told.append(one)
    return {"responses": told}


def from_multipart(content_type: str, body: bytes) -> list[Part]:
    """The requests of a multipart batch, change sets as groups.

    Raises
    ------
    ApiError  It is none.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser().parsebytes(head + body)
    if not message.is_multipart():
        raise bad("the batch has no parts; its Content-Type must name the boundary between them")
    parts: list[Part] = []
    for number, one in enumerate(_parts(message), start=1):
        if one.is_multipart() and one.get_content_maintype() == "multipart":
            inner = _parts(one)
            parts += [
                _http(part, f"{number}.{at}", f"set{number}") for at, part in enumerate(inner, 1)
            ]
        else:
            parts.append(_http(one, str(number), ""))
    return parts


def _parts(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _http(part: Message, id_: str, group: str) -> Part:
    """A part of type application/http: a request line, headers, an empty line, a body."""
    content = part.get_payload(decode=True)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    head, _, body = text.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    line, _, headers = head.partition("\n")
    words = line.split(" ")
    if len(words) < 2:
        raise bad(f"part {id_} has no request line, as `POST Things HTTP/1.1`")
    fields = dict(one.lower().split(":", 1) for one in headers.split("\n") if ":" in one)
    try:
        value = json.loads(body) if body.strip() else None
    except ValueError as error:
        raise bad(f"part {id_} has no JSON body: {error}") from error
    type_ = fields.get("content-type", "application/json").strip()
    return Part(part.get("Content-ID", id_), words[0].upper(), words[1], value, group, type_)


def to_multipart(answers: list[tuple[str, Answer]]) -> tuple[str, bytes]:
    """The content type and body of the answers."""
    lines: list[str] = []
    for id_, answer in answers:
        told = answer.text if answer.text is not None else _dumped(answer.body)
        lines += [
            f"--{_BOUNDARY}",
            "Content-Type: application/http",
            f"Content-ID: {id_}",
            "",
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            "Content-Type: application/json; charset=utf-8",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            "",
            told,
        ]
    lines += [f"--{_BOUNDARY}--", ""]
    return f"multipart/mixed; boundary={_BOUNDARY}", "\r\n".join(lines).encode()


def _dumped(body: Any) -> str:
    return "" if body is None else json.dumps(body, ensure_ascii=False)


def within(url: str, base: str) -> tuple[str, str]:
    """Path below the API and query of a part's address, which may be whole or relative."""
    path, _, query = (url.removeprefix(base) if url.startswith(base) else url).partition("?")
    if "://" in path:
        path = urlsplit(path).path
    mount = urlsplit(base).path
    return path.removeprefix(mount).strip("/"), query
