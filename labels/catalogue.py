"""Every target: the words that `[target] name` may take in vafa.toml."""

from collections.abc import Callable

from labels.inactivity import inactivity
from labels.target import Target

TARGETS: dict[str, Callable[..., Target]] = {"inactivity": inactivity}
