"""What the science refuses.

ValueError        the caller's mistake: argument, value, unit and what to do
BalanceError      our invariant broke: water appeared or vanished
"""


class BalanceError(Exception):
    """A water balance that does not close; never caught, because it is our own fault."""
