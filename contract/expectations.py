"""What customers expect of each channel: how long they would wait, and how soon they want to hear of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

# Published surveys say: on a social network half expect an answer within the hour, on the phone and in a chat people
# wait minutes, and a mail may take a working day. Starting points for the settings, not constants of nature.
WAIT_SECONDS: Mapping[str, float] = {"phone": 120, "chat": 60, "app": 60, "shop": 300}
RESPONSE_HOURS: Mapping[str, float] = {
    "phone": 4,
    "chat": 1,
    "app": 4,
    "shop": 4,
    "social": 1,
    "e-mail": 8,
    "email": 8,
    "web": 8,
}


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """By channel: seconds in a queue, and business hours until the first response to a case.

    Of a channel that is not named, `other_wait_seconds` and `other_response_hours` are expected. Capital letters do not
    matter.
    """

    wait_seconds: Mapping[str, float] = field(default_factory=lambda: WAIT_SECONDS)
    response_hours: Mapping[str, float] = field(default_factory=lambda: RESPONSE_HOURS)
    other_wait_seconds: float = 300.0
    other_response_hours: float = 8.0

    def wait_of(self, channel: ir.StringValue) -> ir.FloatingValue:
        return _by_channel(channel, self.wait_seconds, self.other_wait_seconds)

    def response_of(self, channel: ir.StringValue) -> ir.FloatingValue:
        return _by_channel(channel, self.response_hours, self.other_response_hours)


def _by_channel(channel: ir.StringValue, expected: Mapping[str, float], other: float) -> ir.FloatingValue:
    named = channel.lower()
    branches = [(named == name.lower(), float(value)) for name, value in expected.items()]
    return ibis.cases(*branches, else_=float(other)).cast("float64") if branches else ibis.literal(float(other))
