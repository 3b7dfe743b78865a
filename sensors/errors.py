"""What the world does wrong, as facts.

SensorError
├── DecodeError   a message that cannot be read: which device, why, which field and value
└── FeedError     an outside source or file that cannot be read: which feed, where, why
"""


class SensorError(Exception):
    """Base of everything the outside world does wrong."""


class DecodeError(SensorError):
    """A message that cannot be read.

    `reason` is a stable snake_case code (`unknown_port`, `short_payload`, …); `detail` is the
    human half: field, value and what to do.
    """

    def __init__(self, device: str, reason: str, detail: str = "") -> None:
        super().__init__(
            f"{device or 'unknown device'}: {reason}" + (f": {detail}" if detail else "")
        )
        self.device = device
        self.reason = reason
        self.detail = detail


class FeedError(SensorError):
    """An outside source or file that cannot be read at all.

    `wait_s` is how long the source asks to be left alone, where it says so. `may_have_done` is
    whether it may all the same have done what it was asked to: nobody heard that it had not.
    """

    def __init__(
        self,
        feed: str,
        url: str,
        reason: str,
        *,
        wait_s: float | None = None,
        may_have_done: bool = False,
    ) -> None:
        super().__init__(f"{feed} {url}: {reason}")
        self.feed = feed
        self.url = url
        self.reason = reason
        self.wait_s = wait_s
        self.may_have_done = may_have_done
