"""Every target: the words that `[target] name` may take in vafa.toml, beside the names of labels brought."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from labels.brought import brought
from labels.complaint import complaint
from labels.contract_churn import contract_churn
from labels.expected_value import expected_value
from labels.high_effort import case_high_effort, high_effort
from labels.inactivity import inactivity
from labels.low_csat import case_low_csat, low_csat
from labels.nps_detractor import nps_detractor
from labels.partial_churn import partial_churn
from labels.returns import returns
from labels.target import Target

#: What a list can be made of: something that comes to be, or does not.
TARGETS: dict[str, Callable[..., Target]] = {
    "inactivity": inactivity,
    "contract_churn": contract_churn,
    "partial_churn": partial_churn,
    "return": returns,
    "complaint": complaint,
    "low_csat": low_csat,
    "nps_detractor": nps_detractor,
    "high_effort": high_effort,
    "case_low_csat": case_low_csat,
    "case_high_effort": case_high_effort,
}
#: What has an amount for a label: no list of its own, but what is at stake.
AMOUNTS: dict[str, Callable[..., Target]] = {"expected_value": expected_value}
#: What makes a target of labels that the company brings, whatever its name.
BROUGHT: Callable[..., Target] = brought


def parameters_of(name: str) -> tuple[str, ...]:
    """What can be set of a target: the keys of `[target]` that it takes, besides its name."""
    made = TARGETS.get(name) or AMOUNTS.get(name) or BROUGHT
    return tuple(key for key in inspect.signature(made).parameters if key != "name")


def defaults_of(name: str) -> dict[str, int]:
    """The parameters that may be left out, with what then holds."""
    made = TARGETS.get(name) or AMOUNTS.get(name) or BROUGHT
    parameters = inspect.signature(made).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


def target_of(name: str, **parameters: int) -> Target:
    """The target of that name; a name that is not in the catalogue means labels that the company brings."""
    made = TARGETS.get(name) or AMOUNTS.get(name)
    return made(**parameters) if made else BROUGHT(name=name, **parameters)
