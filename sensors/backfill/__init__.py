"""What a network server kept of the messages that did not reach us.

The Things Stack keeps uplinks for a day (Sandbox) or thirty (Cloud) in its Storage Integration.
ChirpStack v4 keeps none: its event log is short and has no question by time. It publishes at the
QoS it is told to, so that with QoS 1 there is nothing to fetch.
"""

from sensors.backfill.the_things_stack import Storage, Stored, check_key, check_url

__all__ = ["Storage", "Stored", "check_key", "check_url"]
