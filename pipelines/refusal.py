"""What stays of a training that was refused: a page that shows how it was judged, and word of it for the nights after.

A refused list has no champion. Without this word every night would learn it anew, for minutes, to the same end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.lock import aside
from pipelines.settings import Settings

#: The first night so many days after a refusal learns anew: the labels of one more night change nothing.
LEARN_AGAIN_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One a list. `asked` is what was asked, and of what: asked anything else, a night learns at once."""

    as_of: str
    says: str
    cure: str
    asked: dict[str, Any]

    @property
    def learned_again(self) -> date:
        """The first night that learns it anew."""
        return date.fromisoformat(self.as_of) + timedelta(days=LEARN_AGAIN_DAYS)

    def holds(self, day: date, asked: dict[str, Any]) -> bool:
        """Whether learning for the night of `day` would come to the same end."""
        return self.asked == asked and date.fromisoformat(self.as_of) <= day < self.learned_again

    def told(self, settings: Settings, *, later: bool = False) -> str:
        """Why, where it is shown, and what to do; `later` for the nights after."""
        when = ""
        if later:
            when = f" (learned at {self.as_of}; the night of {self.learned_again} learns anew, and vafa train at once)"
        page = page_path(settings)
        return f"{self.says}{when}. How it was judged is shown in {page}. Cure: {self.cure}"


def page_path(settings: Settings) -> Path:
    return settings.beside("refused.html")


def write_refusal(settings: Settings, refusal: Refusal, html: str) -> None:
    word = _word_path(settings)
    word.parent.mkdir(parents=True, exist_ok=True)
    for path, text in ((page_path(settings), html), (word, json.dumps(asdict(refusal), indent=1, ensure_ascii=False))):
        partial = aside(path)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)


def read_refusal(settings: Settings) -> Refusal | None:
    """The last training's, where it was refused."""
    path = _word_path(settings)
    return Refusal(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def forget_refusal(settings: Settings) -> None:
    for path in (page_path(settings), _word_path(settings)):
        path.unlink(missing_ok=True)


def _word_path(settings: Settings) -> Path:
    return settings.out / "work" / f"refused_{settings.target.name}.json"
