"""The texts of customers, scored: what models/text.py makes of contacts, cases and comments, as one more table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from ibis.backends.duckdb import Backend

from contract.engine import literal
from labels import high_effort, low_csat, nps_detractor
from models.text import DEFAULTS, ORIGIN, score_texts

#: The tables that have texts, and the column of each.
TEXTS = {"contacts": "text", "cases": "text", "surveys": "comment"}
COLUMNS = (
    *("text_of", "text_id", "customer_id", "happened_at", "known_at", "text"),
    *("unhappy", "unhappy_known_at", "topic", "topic_known_at"),
)
#: Answers that tell that somebody is unhappy, by kind of survey: the labels of sentiment.
UNHAPPY = (
    f"CASE kind WHEN 'csat' THEN score <= {low_csat.AT_MOST} WHEN 'nps' THEN score <= {nps_detractor.AT_MOST} "
    f"WHEN 'ces' THEN score >= {high_effort.AT_LEAST} END"
)
#: What the scores are called until they are checked like any other table, and what is kept of them between nights.
SCORED, KEPT, KEPT_OF = "text_scores.made.parquet", "text_scores.parquet", "text_scores.json"


def made_text_scores(
    connection: Backend, folder: Path, *, kept: Path, delay_seconds: Mapping[str, float], seed: int
) -> Path | None:
    """The scores of all texts in the checked tables of `folder`, written beside them; None where there are no texts.

    One row a text. `delay_seconds`, by table, is how long after its date a value that was filled in later is known.
    Scores of blocks that were over stay as the night before kept them in the folder `kept`, where nothing that they
    were made of has changed: so a night fits the models of one block, not of all.
    """
    texts = texts_of(connection, folder, delay_seconds=delay_seconds)
    if not len(texts):
        return None
    scores = _with_kept(texts, kept, seed)
    file = folder / SCORED
    scores.to_parquet(file, index=False)
    return file


def _with_kept(texts: pd.DataFrame, kept: Path, seed: int) -> pd.DataFrame:
    newest = _begin_of_block(texts.known_at.max())
    before, about = None, kept / KEPT_OF
    if about.exists() and (kept / KEPT).exists():
        told = json.loads(about.read_text(encoding="utf-8"))
        since = pd.Timestamp(told["since"])
        if since <= newest and told["of"] == _fingerprint(texts, since, seed):
            old = pd.read_parquet(kept / KEPT)
            before = old[old.known_at < since]
    if before is None:
        scores = score_texts(texts, seed=seed)
    else:
        fresh = score_texts(texts, seed=seed, since=since.to_pydatetime())
        scores = pd.concat([before, fresh], ignore_index=True).sort_values(["text_of", "text_id"], ignore_index=True)
    kept.mkdir(parents=True, exist_ok=True)
    # What was kept is not true of the new file until it says so itself.
    about.unlink(missing_ok=True)
    scores.to_parquet(kept / KEPT, index=False)
    about.write_text(json.dumps({"since": newest.isoformat(), "of": _fingerprint(texts, newest, seed)}))
    return scores


def _begin_of_block(moment: pd.Timestamp) -> pd.Timestamp:
    days = pd.Timedelta(days=DEFAULTS.block_days)
    return ORIGIN + (moment - ORIGIN) // days * days


def _fingerprint(texts: pd.DataFrame, since: pd.Timestamp, seed: int) -> str:
    """Of all that was known before `since`, texts and answers, and of how it is scored."""
    known = texts[texts.known_at < since]
    for answer in ("unhappy", "topic"):
        late = ~(known[f"{answer}_known_at"] < since)
        known = known.assign(
            **{answer: known[answer].mask(late), f"{answer}_known_at": known[f"{answer}_known_at"].mask(late)}
        )
    rows = pd.util.hash_pandas_object(known, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes() + repr((DEFAULTS, seed)).encode()).hexdigest()


def texts_of(connection: Backend, folder: Path, *, delay_seconds: Mapping[str, float]) -> pd.DataFrame:
    """One row a text that a customer wrote, in the version that was known first: the columns of `score_texts`.

    A contact or a case has the answer to the survey about its case, where one came; a comment has its own.
    """
    files = {name: folder / f"{name}.parquet" for name in TEXTS}
    parts = [sql for name, sql in _selects(files, delay_seconds).items() if files[name].exists()]
    if not parts:
        return pd.DataFrame()
    answers = _answers(files["surveys"], delay_seconds.get("surveys", 0.0))
    # Named here, and not by the first select: which tables a company has is its own affair.
    texts = f"({' UNION ALL '.join(parts)}) AS texts({', '.join(COLUMNS)})"
    sql = f"WITH answers AS ({answers}) SELECT * FROM {texts} ORDER BY text_of, text_id"
    found: pd.DataFrame = connection.con.sql(sql).df()
    return found


def _selects(files: Mapping[str, Path], delay_seconds: Mapping[str, float]) -> dict[str, str]:
    answered = _known("responded_at", delay_seconds.get("surveys", 0.0))
    return {
        "contacts": f"""
            SELECT 'contacts', contact_id, customer_id, happened_at, known_at, text,
                   answers.unhappy, answers.unhappy_known_at, topic,
                   CASE WHEN topic IS NOT NULL THEN known_at END
            FROM {_first(files["contacts"], "contact_id", "text IS NOT NULL AND direction = 'inbound'")}
            LEFT JOIN answers USING (case_id)""",
        "cases": f"""
            SELECT 'cases', case_id, customer_id, happened_at, known_at, text, answers.unhappy,
                   answers.unhappy_known_at, category, CASE WHEN category IS NOT NULL THEN known_at END
            FROM {_first(files["cases"], "case_id", "text IS NOT NULL")}
            LEFT JOIN answers USING (case_id)""",
        # A comment came with its answer, and both with the answer's date.
        "surveys": f"""
            SELECT 'surveys', survey_id, customer_id, responded_at, {answered}, comment,
                   CAST({UNHAPPY} AS DOUBLE), {answered}, CAST(NULL AS VARCHAR), CAST(NULL AS TIMESTAMP)
            FROM {_first(files["surveys"], "survey_id", "comment IS NOT NULL AND score IS NOT NULL")}
            WHERE responded_at IS NOT NULL""",
    }


def _answers(surveys: Path, delay_seconds: float) -> str:
    """One row a case that was asked about and answered: the first answer, and when it was known."""
    if not surveys.exists():
        return (
            "SELECT NULL::VARCHAR AS case_id, NULL::DOUBLE AS unhappy, NULL::TIMESTAMP AS unhappy_known_at WHERE false"
        )
    known = _known("responded_at", delay_seconds)
    return f"""
        SELECT about AS case_id, CAST(arg_min({UNHAPPY}, (responded_at, survey_id)) AS DOUBLE) AS unhappy,
               arg_min({known}, (responded_at, survey_id)) AS unhappy_known_at
        FROM {_first(surveys, "survey_id", "score IS NOT NULL AND responded_at IS NOT NULL")}
        WHERE about IS NOT NULL AND kind = 'csat' GROUP BY about"""


def _known(date: str, delay_seconds: float) -> str:
    return f"greatest(known_at, {date} + INTERVAL {round(delay_seconds)} SECOND)"


def _first(file: Path, key: str, where: str) -> str:
    """Of every key the version known first that has what is asked for."""
    return f"""(SELECT * FROM read_parquet({literal(str(file))}) WHERE {where}
                QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY known_at, happened_at) = 1)"""
