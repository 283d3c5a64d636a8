"""The clock: no other room reads it, so that the same input gives the same answer."""

from __future__ import annotations

import datetime


def now() -> str:
    """Return this moment in UTC, to the second, in ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def today() -> datetime.date:
    """Return this day in UTC, by which exceptions and reviews run out."""
    return datetime.datetime.now(datetime.UTC).date()
