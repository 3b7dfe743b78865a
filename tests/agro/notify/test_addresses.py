"""Addresses made of what people type: read by the real library, shown without their secrets."""

from typing import Any

import pytest
from apprise import NotifyBase
from apprise.plugins.email.base import NotifyEmail

from agro.errors import BadInput
from agro.notify import reach
from agro.notify.addresses import CHANNELS, address, hint, host_of, kind_of, missing
from agro.notify.channels import masked, read_channel, send
from agro.notify.reach import leads_outside
from agro.words.alerts import AlertText
from tests.alerting import Mailbox

SECRET = "s3c:ret/@?#"  # noqa: S105 - it is looked for where it must not be
HOUSE = "mailtos://agro:pw@smtp.example.org?from=agro@example.org"
ACCOUNT, TOKEN = "AC" + "a" * 32, "b" * 32
TOLD: list[tuple[str, dict[str, str], str]] = [
    ("email", {"reader": "anne@example.org"}, "a…@example.org"),
    (
        "own_mail",
        {
            "reader": "anne@example.org",
            "server": "smtp.example.org:587",
            "user": "anne@example.org",
            "password": SECRET,
        },
        "a…@example.org",
    ),
    ("own_mail", {"reader": "anne@example.org", "server": "mail.example.org"}, "a…@example.org"),
    ("ntfy", {"topic": "jardin-x7", "server": "https://ntfy.sh/"}, "ntfy.sh"),
    ("ntfy", {"topic": "jardin-x7", "server": "ntfy.example.org", "token": "tk_1"}, "ntfy.example"),
    ("matrix", {"server": "matrix.org", "token": SECRET, "room": "!abc:matrix.org"}, "matrix.org"),
    ("matrix", {"server": "matrix.org", "token": SECRET, "room": "#jardin:matrix.org"}, "matrix"),
    ("free_mobile", {"account": "12345678", "key": "AbCdEf123"}, ""),
    (
        "twilio",
        {
            "account": ACCOUNT,
            "token": TOKEN,
            "sender": "+1 555 123 4567",
            "phone": "+33 6 12345678",
        },
        "…78",
    ),
    (
        "vonage",
        {
            "key": "key12345",
            "secret": "secret1234567890",
            "sender": "33612345670",
            "phone": "33612345679",
        },
        "…79",
    ),
    ("other", {"address": "json://example.org/alerts"}, "json://…"),
]


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_MAIL_URL", HOUSE)


def test_every_channel_is_tried() -> None:
    assert {channel for channel, _, _ in TOLD} == set(CHANNELS)


@pytest.mark.parametrize(("channel", "told", "shown"), TOLD)
def test_what_people_type_becomes_a_channel(channel: str, told: dict[str, str], shown: str) -> None:
    url = address(channel, told)
    assert isinstance(read_channel(url), NotifyBase)
    assert shown in hint(url)
    assert kind_of(url) == ("email" if channel == "own_mail" else channel)
    secrets = {told[one.name] for one in CHANNELS[channel] if one.is_secret and one.name in told}
    for one in secrets | {told.get("topic", SECRET)}:
        assert one not in hint(url) + masked(url)


def test_secrets_with_any_sign_arrive_whole() -> None:
    told = {"reader": "anne@example.org", "server": "smtp.example.org", "user": "anne"}
    found = read_channel(address("own_mail", told | {"password": SECRET}))
    assert isinstance(found, NotifyEmail)
    assert (found.user, found.password, found.smtp_host) == ("anne", SECRET, "smtp.example.org")
    assert found.targets == [(False, "anne@example.org")]
    free: Any = read_channel(address("free_mobile", {"account": "1", "key": "AbC"}))
    assert (free.user, free.password) == ("1", "AbC")


@pytest.mark.parametrize("channel", list(CHANNELS))
def test_what_is_missing_is_named(channel: str) -> None:
    gaps = missing(channel, {one.name: " " for one in CHANNELS[channel]})
    assert gaps == [one.name for one in CHANNELS[channel] if one.is_needed]
    with pytest.raises(ValueError, match=gaps[0]):
        address(channel, {})


def test_no_such_channel() -> None:
    with pytest.raises(ValueError, match="pigeon"):
        address("pigeon", {})


def test_the_house_writes_to_its_readers(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    told = f"mailto://127.0.0.1:{mailbox.port}?from=agro@example.org&mode=insecure"
    monkeypatch.setenv("AGRO_MAIL_URL", told)
    url = address("email", {"reader": "anne@example.org"})
    assert send(url, AlertText("Gel", "Il gèle."), "x", lambda: None).state == "sent"
    (message,) = mailbox.messages
    assert (message["To"], message["From"]) == ("anne@example.org", "agro@example.org")
    assert message["Message-ID"] == "<x@127.0.0.1>"


@pytest.mark.parametrize(
    ("house", "reader", "told"),
    [
        ("", "anne@example.org", "no mail server is set"),
        ("json://example.org", "anne@example.org", "AGRO_MAIL_URL: cannot be read"),
        (HOUSE, "anne", "no e-mail address"),
        (HOUSE, "anne@example.org, paul@example.org", "no e-mail address"),
    ],
)
def test_a_house_that_cannot_write_says_so(
    house: str, reader: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_MAIL_URL", house)
    url = address("email", {"reader": reader})
    with pytest.raises(BadInput, match=told):
        read_channel(url)
    assert send(url, AlertText("a", "b"), "x", lambda: None).reason == "unreadable"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("mail://anne%40example.org", ""),
        ("ntfys://topic", ""),
        ("ntfys://ntfy.example.org/topic", "ntfy.example.org"),
        ("mailtos://a:b@10.0.0.1:587?to=c@example.org", "10.0.0.1"),
        ("freemobile://1@key", ""),
    ],
)
def test_the_server_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("found", "is_outside"),
    [
        (["93.184.216.34"], True),
        (["93.184.216.34", "10.1.2.3"], False),
        (["127.0.0.1"], False),
        (["169.254.169.254"], False),
        (["fe80::1%eth0"], False),
        ([], False),
    ],
)
def test_a_channel_into_our_own_network_is_seen(
    found: list[str], is_outside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [(2, 1, 6, "", (one, 0)) for one in found]
    monkeypatch.setattr(reach.socket, "getaddrinfo", lambda *_, **__: told)
    assert leads_outside("ntfys://ntfy.example.org/topic") is is_outside
    assert leads_outside("ntfys://topic")  # the service's own


def test_what_cannot_be_resolved_leads_nowhere() -> None:
    assert not leads_outside("ntfys://nowhere.invalid/topic")
