"""How we ask servers of others: again after growing pauses, and not while they want to be alone."""

import httpx
from httpx_retries import Retry, RetryTransport

PATIENCE_S = 5.0  # longest wait between two tries of one question; longer waits are the caller's
BUSY = frozenset({429, 503})
_PASSING = frozenset({429, 500, 502, 503, 504})


class LongWait(Exception):  # noqa: N818 - no error: an answer
    """The server wants to be left alone for longer than a question may take."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.status = response.status_code
        self.wait_s = asked_wait(response)


class _Patience(Retry):
    """Tries again after growing pauses, unless the server asks for more than `PATIENCE_S`."""

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before the next try, or end the question."""
        if isinstance(response, httpx.Response) and asked_wait(response) > PATIENCE_S:
            raise LongWait(response)
        super().sleep(response)

    async def asleep(self, response: httpx.Response | Exception) -> None:
        """As `sleep`, while others go on."""
        if isinstance(response, httpx.Response) and asked_wait(response) > PATIENCE_S:
            raise LongWait(response)
        await super().asleep(response)


def asked_wait(response: httpx.Response) -> float:
    """Seconds of `Retry-After`, given as such or as a date; 0 when there is none."""
    try:
        return Retry().parse_retry_after(response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0


def transport(*, tries: int = 3, first_pause_s: float = 0.5) -> RetryTransport:
    """HTTP that tries what passes so many times again, and raises `LongWait` for long waits."""
    return RetryTransport(httpx.HTTPTransport(), retry=_again(tries, first_pause_s))


def async_transport(*, tries: int = 3, first_pause_s: float = 0.5) -> RetryTransport:
    """As `transport`, for a client that can be stopped at any moment."""
    return RetryTransport(httpx.AsyncHTTPTransport(), retry=_again(tries, first_pause_s))


def _again(tries: int, first_pause_s: float) -> _Patience:
    return _Patience(
        total=tries,
        backoff_factor=first_pause_s,
        max_backoff_wait=PATIENCE_S,
        status_forcelist=_PASSING,
    )


def code(status: int) -> str:
    """What a status says, as a stable code."""
    if status in {401, 403}:
        return "key_refused"
    if status == 404:
        return "not_found"
    if status in BUSY:
        return "busy"
    return "server_fault" if status >= 500 else "refused"
