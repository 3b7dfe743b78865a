"""The channels: addresses that Apprise understands, masked wherever they are shown.

E-mail is handed over by `mail`; everything else (ntfy, Matrix, SMS gateways …) by Apprise itself,
which says yes or no. A no that came in time was heard, so the message is tried again; one that took
as long as Apprise waits for an answer may have arrived, so it is not.
"""

import logging
import re
from collections.abc import Callable
from time import monotonic
from urllib.parse import unquote, urlsplit

import apprise
from apprise import Apprise, NotifyBase, NotifyFormat
from apprise.plugins.email.base import PGP_MODE_DEFAULT, NotifyEmail

from agro.config import settings
from agro.errors import BadInput
from agro.notify.addresses import HOUSE
from agro.notify.mail import send_mail
from agro.notify.outcome import Outcome
from agro.words.alerts import AlertText

# Of the machine itself, or of files on it: nobody is told by these.
_NOT_HERE = frozenset(
    ("dbus", "glib", "gnome", "kde", "macosx", "qt", "rsyslog", "syslog", "windows", "file")
)
_READER = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")
_CONNECT_S, _ANSWER_S = 5.0, 20.0

# Apprise tells addresses in its own log; ours says what went wrong without them.
logging.getLogger(apprise.__name__).setLevel(logging.CRITICAL)


def read_channel(url: str) -> NotifyBase:
    """The channel of an address.

    Raises
    ------
    BadInput  No channel can be made of it.
    """
    schema = url.strip().partition(":")[0].lower()
    if schema == HOUSE:
        return _house_mail(unquote(urlsplit(url.strip()).netloc))
    if schema in _NOT_HERE:
        raise BadInput([f"channel {schema}://…: reaches nobody; use e-mail, ntfy, Matrix …"])
    found = Apprise.instantiate(url.strip(), suppress_exceptions=True)
    if not isinstance(found, NotifyBase):
        shown = f"{schema}://…" if "://" in url else "(not an address)"
        raise BadInput(
            [f"channel {shown}: cannot be read; write mailto://user:password@host, ntfy://topic …"]
        )
    if isinstance(found, NotifyEmail) and not found.targets:
        raise BadInput([f"channel {schema}://…: its recipient is no e-mail address"])
    if isinstance(found, NotifyEmail) and found.pgp_mode != PGP_MODE_DEFAULT:
        raise BadInput([f"channel {schema}://…: cannot be encrypted by PGP; leave pgp out"])
    if len(found) > 1:
        line = "names several recipients; make one subscription for each"
        raise BadInput([f"channel {schema}://…: {line}"])
    return found


def _house_mail(reader: str) -> NotifyEmail:
    """The house's mail server, writing to one reader.

    Raises
    ------
    BadInput  There is none, or the reader is no e-mail address.
    """
    told = settings().mail_url.get_secret_value()
    if not told:
        raise BadInput([f"channel {HOUSE}://…: no mail server is set; give AGRO_MAIL_URL"])
    found = Apprise.instantiate(told, suppress_exceptions=True)
    if not isinstance(found, NotifyEmail):
        raise BadInput(["AGRO_MAIL_URL: cannot be read; write mailtos://user:password@host"])
    if not _READER.fullmatch(reader):
        raise BadInput([f"channel {HOUSE}://…: its recipient is no e-mail address"])
    found.targets, found.cc, found.bcc = [(False, reader)], set(), set()
    return found


def masked(url: str) -> str:
    """A channel as it may be shown: its kind and its host, never what opens it."""
    if not url:
        return ""
    schema = url.partition(":")[0]
    try:
        channel = read_channel(url)
    except BadInput:
        return f"{schema}://…"
    return f"{schema}://{channel.smtp_host if isinstance(channel, NotifyEmail) else '…'}"


def send(url: str, text: AlertText, name: str, reach: Callable[[], None]) -> Outcome:
    """Hand one message over; `reach` is called at the last moment at which it surely is not yet."""
    try:
        channel = read_channel(url)
    except BadInput:
        return Outcome("refused", "unreadable")
    if isinstance(channel, NotifyEmail):
        return send_mail(channel, text, name, reach)
    channel.socket_connect_timeout, channel.socket_read_timeout = _CONNECT_S, _ANSWER_S
    reach()
    began = monotonic()
    if channel.notify(body=text.body, title=text.title, body_format=NotifyFormat.TEXT):
        return Outcome("sent")
    if monotonic() - began >= _ANSWER_S:
        return Outcome("unclear", "no_answer")
    return Outcome("again", "not_taken")
