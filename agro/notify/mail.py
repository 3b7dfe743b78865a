"""E-mail handed over in two breaths, so that a kill in between leaves no doubt.

Apprise reads the address and writes the message. It is sent here because between the last line of
a message and the single dot that makes the server take it lies the only moment of doubt: before the
dot nothing has been delivered, after it the server has it, also where we are killed before we hear
its answer. The mark is set between the two.

References
----------
[1] Klensin (2008), RFC 5321: Simple Mail Transfer Protocol, 4.1.1.4 (DATA), 4.5.2 (transparency).
[2] Resnick (2008), RFC 5322: Internet Message Format, 3.6.4: a message sent again keeps its
    Message-ID.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from email import message_from_string, policy
from email.message import Message
from functools import cache

from apprise.common import NotifyFormat
from apprise.plugins.email.base import NotifyEmail

from agro.notify.outcome import Outcome
from agro.words.alerts import AlertText

_TIMEOUT_S = 15.0
_TAKEN, _GO_ON = 250, 354
_FOR_GOOD = 500  # and above: of what it says no to it will say no to again


def send_mail(
    channel: NotifyEmail, text: AlertText, name: str, reach: Callable[[], None]
) -> Outcome:
    """Hand one message to the server of an e-mail channel.

    Parameters
    ----------
    name : The same for the same message, so that mail stores know a second copy.
    reach : Called once nothing but the dot is missing.
    """
    to, content = _message(channel, text, name)
    try:
        server = _connect(channel)
    except (OSError, smtplib.SMTPException) as error:
        return _not_handed_over(error)
    try:
        _address(server, channel, to, content)
        reach()
        return _dot(server)
    except (OSError, smtplib.SMTPException) as error:
        return _not_handed_over(error)
    finally:
        server.close()


def _message(channel: NotifyEmail, text: AlertText, name: str) -> tuple[list[str], bytes]:
    """Who gets it, and the message as it goes over the wire."""
    made = next(
        NotifyEmail.prepare_emails(
            subject=text.title,
            body=text.body,
            notify_format=NotifyFormat.TEXT,
            from_addr=channel.from_addr,
            to=channel.targets,
            cc=channel.cc,
            bcc=channel.bcc,
            reply_to=channel.reply_to,
            smtp_host=channel.smtp_host,
            headers={"Auto-Submitted": "auto-generated", **channel.headers},
            names=channel.names,
        )
    )
    message: Message = message_from_string(made.body)
    del message["Message-ID"]
    message["Message-ID"] = f"<{name}@{channel.smtp_host}>"
    lines = message.as_bytes(policy=policy.compat32.clone(linesep="\r\n", max_line_length=None))
    content = re.sub(rb"(?m)^\.", b"..", lines)  # [1] 4.5.2
    return list(made.to_addrs), content if content.endswith(b"\r\n") else content + b"\r\n"


def _connect(channel: NotifyEmail) -> smtplib.SMTP:
    host, port, checks = channel.smtp_host, channel.port or 0, bool(channel.verify_certificate)
    if channel.secure_mode == "ssl":
        context = _trust(checks)
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, _own_name(), timeout=_TIMEOUT_S, context=context
        )
    else:
        server = smtplib.SMTP(host, port, _own_name(), timeout=_TIMEOUT_S)
    # The dot follows the message in a packet of its own, which would wait for the one before.
    if server.sock is not None:
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if channel.secure_mode == "starttls":
        server.starttls(context=_trust(checks))
    if channel.user and channel.password:
        server.login(channel.user, channel.password)
    return server


@cache
def _own_name() -> str:
    """How this machine greets a server (RFC 5321, 4.1.3): asking for its name takes a while."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


@cache
def _trust(checks: bool) -> ssl.SSLContext:
    """Whom TLS believes: reading this machine's certificates takes a while."""
    context = ssl.create_default_context()
    if not checks:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _address(server: smtplib.SMTP, channel: NotifyEmail, to: list[str], content: bytes) -> None:
    """Everything up to the dot.

    Raises
    ------
    SMTPException, OSError  It was not taken so far.
    """
    server.ehlo_or_helo_if_needed()
    code, told = server.mail(str(channel.from_addr[1]))
    if code != _TAKEN:
        raise smtplib.SMTPResponseException(code, told)
    for one in to:
        code, told = server.rcpt(one)
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, told)
    code, told = server.docmd("DATA")
    if code != _GO_ON:
        raise smtplib.SMTPResponseException(code, told)
    server.send(content)


def _dot(server: smtplib.SMTP) -> Outcome:
    """Send the dot and hear what the server says; silence leaves it unclear."""
    try:
        server.send(b".\r\n")
        code, _ = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("unclear", f"no_answer {type(error).__name__}")
    if code == _TAKEN:
        return Outcome("sent")
    return Outcome("refused" if code >= _FOR_GOOD else "again", f"smtp {code}")


def _not_handed_over(error: OSError | smtplib.SMTPException) -> Outcome:
    """What a fault before the dot means; its text may hold what nobody is to read."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("refused", f"login {error.smtp_code}")
    if isinstance(error, smtplib.SMTPResponseException):
        is_for_good = error.smtp_code >= _FOR_GOOD
        return Outcome("refused" if is_for_good else "again", f"smtp {error.smtp_code}")
    return Outcome("again", f"unreachable {type(error).__name__}")
