"""Fixtures of the tests of notifications: those of alerts."""

from tests.alerts.conftest import bell, clock, mailbox, mailed, mailing, receiver

__all__ = ["bell", "clock", "mailbox", "mailed", "mailing", "receiver"]
