"""What goes wrong, as the client is told it.

ApiError   the status of the answer and one sentence: what, where, what to do
"""


class ApiError(Exception):
    """A request that cannot be answered."""

    def __init__(self, status: int, told: str) -> None:
        self.status = status
        self.told = told
        super().__init__(told)


def bad(told: str) -> ApiError:
    """The client can mend its request."""
    return ApiError(400, told)


def missing(told: str = "there is nothing here") -> ApiError:
    """There is no such entity."""
    return ApiError(404, told)
