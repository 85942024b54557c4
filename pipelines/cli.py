"""The `vafa` command: one verb a job. Everything heavy is imported by the verb that needs it.

It ends with 0 when the job is done, 1 when the data are not ready or a list was not good enough, 2 when something could
not be read, written or done at all, 130 when it was stopped by hand, 143 when it was terminated. With --json standard
output is one JSON document, come what may.
"""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from contract.readiness import Readiness
    from pipelines.settings import Settings

READY, NOT_READY, CANNOT, STOPPED, TERMINATED = 0, 1, 2, 130, 143

app = typer.Typer(
    help="Vafa tells which customers are about to leave, why, what acting is worth, and whom to call today.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The company's vafa.toml.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where everything is written, in place of [paths] out.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The morning to decide for: 2026-01-31, today, or newest (what the data allow)."),
]
OneTarget = Annotated[
    str | None, typer.Option("--target", help="Of several lists under [targets] this one alone: low_csat.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
HERE = Path("vafa.toml")


@app.command()
def check(config: Config = HERE, out: Out = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Read and check the tables; exit 0 when ready, 1 when not, 2 when they cannot be read."""
    settings = _settings(config, out, as_of, as_json=as_json)
    with _told(as_json):
        from pipelines import stages
        from pipelines.lock import alone
        from reports import readiness as report

        with alone(settings.out):
            readiness = stages.check(settings, as_of=as_of)
    if as_json:
        typer.echo(report.to_json(readiness), nl=False)
    else:
        from rich.console import Console

        report.to_screen(readiness, Console())
        if any(table.rows_quarantined for table in readiness.tables):
            typer.echo(f"Quarantined rows lie in {settings.quarantine}: number, reasons and values of each")
        typer.echo(f"The report also lies in {settings.out / 'work' / 'readiness.md'}")
    raise typer.Exit(READY if readiness.ready else NOT_READY)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder with your own Parquet, CSV, JSON lines or DuckDB files.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a vafa.toml that is already there.")] = False,
) -> None:
    """Draft a vafa.toml from a folder of your own files."""
    from contract.draft import draft
    from contract.readiness import CannotRead

    target = folder / "vafa.toml"
    if target.exists() and not force:
        _stop(f"{target} is already there: edit it, or draft it anew with --force", CANNOT)
    try:
        drafted = draft(folder)
        target.write_text(drafted.text, encoding="utf-8")
    except CannotRead as error:
        _stop(str(error), CANNOT)
    except OSError as error:
        _stop(_of_the_system(error), CANNOT)
    typer.echo(f"Drafted {target}")
    for note in drafted.notes:
        typer.echo(f"  - {note}")
    typer.echo(f"Read it, mend what is a guess, then: vafa check --config {target}")


@app.command()
def train(
    config: Config = HERE, out: Out = None, as_of: AsOf = None, target: OneTarget = None, as_json: Json = False
) -> None:
    """Check, learn, judge on forward folds, and keep the champion; exit 1 when refused or not ready."""
    _settings(config, out, as_of, target, as_json=as_json)

    def show(trained: list[dict[str, Any]]) -> None:
        for one in trained:
            typer.echo(f"Grade {one['grade']}: {one['says']}")
            typer.echo(f"{one['model']} version {one['version']} is champion; run {one['run_id']}")

    with _told(as_json, show):
        from pipelines.train_models import train_models

        trained = train_models(*_arguments(config, out, as_of), target)
    _say(trained, show, as_json=as_json)


@app.command()
def score(
    config: Config = HERE, out: Out = None, as_of: AsOf = None, target: OneTarget = None, as_json: Json = False
) -> None:
    """Score the cohort with the champion, from the tables of the last check."""
    _settings(config, out, as_of, target, as_json=as_json)

    def show(scored: list[dict[str, Any]]) -> None:
        for one in scored:
            typer.echo(f"Scores lie in {one['folder']}")

    with _told(as_json, show):
        from pipelines.score_customers import score_customers

        scored = score_customers(*_arguments(config, out, as_of), target)
    _say(scored, show, as_json=as_json)


@app.command()
def publish(
    config: Config = HERE, out: Out = None, as_of: AsOf = None, target: OneTarget = None, as_json: Json = False
) -> None:
    """Publish the outreach list of the last scores."""
    settings = _settings(config, out, as_of, target, as_json=as_json)
    show = _lists_of(settings)
    with _told(as_json, show):
        from pipelines.publish_lists import publish_lists

        published = publish_lists(*_arguments(config, out, as_of), target)
    _say(published, show, as_json=as_json)


@app.command()
def nightly(
    config: Config = HERE, out: Out = None, as_of: AsOf = None, target: OneTarget = None, as_json: Json = False
) -> None:
    """The night: check, score, publish. Safe to run late, twice, or again after a crash.

    A list that has no champion yet is learned first."""
    settings = _settings(config, out, as_of, target, as_json=as_json)
    show = _lists_of(settings)
    with _told(as_json, show):
        from pipelines.run_nightly import run_nightly

        published = run_nightly(*_arguments(config, out, as_of), target)
    _say(published, show, as_json=as_json)


@app.command()
def metrics(
    config: Config = HERE,
    out: Out = None,
    as_of: AsOf = None,
    months: Annotated[int, typer.Option("--months", min=2, max=60, help="Full months to measure.")] = 12,
    as_json: Json = False,
) -> None:
    """Customer experience by month and part, and what changed most, from the tables of the last check.

    Retention, churn, revenue kept, NPS, CSAT, CES, complaints, time to close, first-contact resolution."""
    settings = _settings(config, out, as_of, as_json=as_json)
    with _told(as_json):
        from pipelines import stages
        from pipelines.lock import alone
        from reports.metrics import screen, telling

        with alone(settings.out):
            measured = stages.measure_metrics(settings, as_of=as_of, months=months)
    if as_json:
        typer.echo(telling.to_json(measured, company=settings.company.name), nl=False)
        return
    from rich.console import Console

    console = Console(highlight=False)
    screen.to_screen(measured, console)
    typer.echo(f"\nThe page     {settings.out / 'metrics.html'}")
    typer.echo(f"For machines {settings.out / 'metrics.json'}")


@app.command()
def backtest(
    config: Config = HERE,
    out: Out = None,
    as_of: AsOf = None,
    target: OneTarget = None,
    nights: Annotated[int, typer.Option("--nights", min=6, max=16, help="Past nights to replay.")] = 6,
    as_json: Json = False,
) -> None:
    """Replay past nights, each with what was known then, and judge them by what came of it.

    From the tables of the last check. No champion changes."""
    settings = _settings(config, out, as_of, target, as_json=as_json)

    def show(tested: list[dict[str, Any]]) -> None:
        for one in tested:
            typer.echo(f"{one['target']}: grade {one['grade']}, {one['says']}")
            typer.echo(f"The page     {one['page']}")
            typer.echo(f"For machines {one['json']}")

    with _told(as_json, show):
        from pipelines import stages
        from pipelines.each_list import each_list, names_of
        from pipelines.lock import alone

        with alone(settings.out):
            tested = each_list(
                names_of(settings, target), lambda name: stages.replay(settings.of(name), as_of=as_of, nights=nights)
            )
    _say(tested, show, as_json=as_json)


@app.command()
def leaks(
    config: Config = HERE,
    out: Out = None,
    as_of: AsOf = None,
    target: OneTarget = None,
    acknowledge: Annotated[
        str | None, typer.Option("--acknowledge", help="Answer for the alarm of this name, with --by and --because.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who answers for it.")] = "",
    because: Annotated[str, typer.Option("--because", help="Why it is honest.")] = "",
    as_json: Json = False,
) -> None:
    """Look for features that know the future; exit 1 while a finding waits for an answer.

    From the tables of the last check. No champion changes."""
    settings = _settings(config, out, as_of, target, as_json=as_json)
    with _told(as_json):
        from pipelines import stages
        from pipelines.acknowledged import acknowledge as keep
        from pipelines.each_list import each_list, names_of
        from pipelines.lock import alone

        with alone(settings.out):
            if acknowledge is not None:
                today = settings.time.calendar.local_day(stages.utc_now())
                said = keep(settings, acknowledge, by=by, because=because, on=today)
                found = None
            else:
                found = each_list(
                    names_of(settings, target), lambda name: stages.look_for_leaks(settings.of(name), as_of=as_of)
                )
    if found is None:
        typer.echo(f"{said.by} answers for {said.id}: {said.because}")
        return
    _say(found, _findings, as_json=as_json)
    raise typer.Exit(NOT_READY if any(one["unanswered"] for one in found) else READY)


def _findings(found: list[dict[str, Any]]) -> None:
    for one in found:
        typer.echo(
            f"{one['target']}: {len(one['tests'])} results of leak tests, {len(one['unanswered'])} to answer for"
        )
        for test in one["tests"]:
            word = "passed" if test["passed"] else "waits" if test["waits_for_an_answer"] else "answered"
            typer.echo(f"  {word:8}  {test['test']}: {test['says']}")
            if not test["passed"]:
                typer.echo(f"            Cure: {test['cure']}")
                if test["kind"] == "alarm" and test["waits_for_an_answer"]:
                    typer.echo(f"            Or answer for it: --acknowledge {test['id']} --by NAME --because TEXT")
        typer.echo(f"For machines {one['json']}")


@app.command()
def demo(out: Annotated[Path, typer.Option("--out")] = Path("out/demo"), as_json: Json = False) -> None:
    """The whole job on a year of real supermarket baskets: check, train, score, publish."""
    import time

    config = Path(__file__).resolve().parents[1] / "examples" / "completejourney" / "vafa.toml"
    begin = time.perf_counter()
    settings = _settings(config, out, None, as_json=as_json)
    with _told(as_json):
        from pipelines.run_nightly import run_nightly
        from pipelines.stages import write_summary
        from pipelines.train_models import train_models

        (trained,) = train_models(*_arguments(config, out, None))
        (summary,) = run_nightly(*_arguments(config, out, None))
        stages = {**trained["seconds_by_stage"], **summary["seconds_by_stage"]}
        summary = {**summary, "seconds": round(time.perf_counter() - begin, 1), "seconds_by_stage": stages}
        write_summary(settings, summary)
    _say([summary], _lists_of(settings), as_json=as_json)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="The folder for the company; it must be empty, or not there.")],
    customers: Annotated[int, typer.Option("--customers", min=1)] = 5000,
    months: Annotated[int, typer.Option("--months", min=6, help="Length of the history.")] = 24,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed, the same company.")] = 7,
    calendar: Annotated[str, typer.Option("--calendar", help="gregorian (Berlin) or iranian (Tehran).")] = "gregorian",
    end: Annotated[str | None, typer.Option("--end", help="The last simulated day, as 2026-06-30.")] = None,
    non_response: Annotated[
        str, typer.Option("--non-response", help="Who answers no survey: random, extremes, silent or mixed.")
    ] = "mixed",
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
    as_json: Json = False,
) -> None:
    """Make an example company with planted truth: tables, vafa.toml, and what is true of it."""
    from datetime import date
    from typing import get_args

    from simulator.days import DEFAULT_END, CalendarName
    from simulator.surveys import NonResponse

    for option, word, words in (
        ("--calendar", calendar, get_args(CalendarName)),
        ("--non-response", non_response, get_args(NonResponse)),
    ):
        if word not in words:
            _stop(f"{option} {word} is not known: write {' or '.join(words)}", CANNOT, as_json=as_json)
    try:
        last = date.fromisoformat(end) if end is not None else DEFAULT_END
    except ValueError:
        _stop(f"--end {end} is no day: write 2026-06-30", CANNOT, as_json=as_json)
    if not force and out.exists() and (not out.is_dir() or any(out.iterdir())):
        _stop(f"{out} is not empty: name another folder, or write into it with --force", CANNOT, as_json=as_json)
    with _told(as_json):
        import logging

        from contract.readiness import CannotRead
        from simulator import company

        try:
            made = company.simulate(
                customers=customers,
                months=months,
                seed=seed,
                calendar=calendar,  # type: ignore[arg-type]  # checked above
                end=last,
                non_response=non_response,  # type: ignore[arg-type]
                progress=logging.getLogger("vafa").info,
            )
        except ValueError as error:
            raise CannotRead(str(error)) from error
        logging.getLogger("vafa").info("writing the files")
        company.write(made, out)
    rows = {name: table.num_rows for name, table in made.tables.items()}
    if as_json:
        typer.echo(json.dumps({"folder": str(out.resolve()), "as_of": made.as_of.isoformat(), "rows": rows}))
        return
    typer.echo(
        f"{sum(rows.values()):,} rows in {len(rows)} tables lie in {out}; what is true of them in {out / 'truth'}"
    )
    typer.echo(f"Next: vafa check --config {out / 'vafa.toml'}")


def main() -> None:
    # Ended by a scheduler, Python would die at once and leave Prefect's temporary server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    app()


# Around the verbs


def _settings(
    config: Path, out: Path | None, as_of: str | None, target: str | None = None, *, as_json: bool
) -> Settings:
    """The settings, checked before anything heavy is imported, with the environment made ready for the flows."""
    from datetime import date

    from contract.readiness import CannotRead
    from pipelines.prefect_home import prepare_prefect
    from pipelines.settings import load_settings

    if as_of not in (None, "today", "newest"):
        try:
            date.fromisoformat(str(as_of))
        except ValueError:
            _stop(f"--as-of {as_of} is no day: write 2026-01-31, today or newest", CANNOT, as_json=as_json)
    try:
        settings = load_settings(config, out=out, target=target)
        prepare_prefect(settings)
    except CannotRead as error:
        _stop(str(error), CANNOT, as_json=as_json)
    except OSError as error:
        _stop(_of_the_system(error), CANNOT, as_json=as_json)
    return settings


def _arguments(config: Path, out: Path | None, as_of: str | None) -> tuple[str, str | None, str | None]:
    return str(config.resolve()), str(out.resolve()) if out else None, as_of


#: How what was done is shown to a person.
Show = Callable[[list[dict[str, Any]]], None]


@contextmanager
def _told(as_json: bool, show: Show | None = None) -> Iterator[None]:
    """Show progress on standard error; turn what we foresaw into one sentence and an exit code. Where some of several
    lists were made, they are the answer, shown by `show`, and the exit code is that of those which were not.

    What a library prints goes to standard error too: standard output is the answer's.
    """
    failure: BaseException
    try:
        with _progress(quiet=as_json), redirect_stdout(sys.stderr):
            yield
        return
    except (KeyboardInterrupt, SystemExit, Exception) as error:
        failure = error
    if isinstance(failure, KeyboardInterrupt | SystemExit):
        traceback.clear_frames(failure.__traceback__)
        code = STOPPED if isinstance(failure, KeyboardInterrupt) else TERMINATED
        _stop("stopped; the last good list stands", code, as_json=as_json)
    foreseen = _foreseen(failure)
    if foreseen is None:
        # Ours to mend: with all that helps to do so, and never with the exit code of data that are not ready.
        traceback.print_exception(failure)
        _stop(f"this was not foreseen ({type(failure).__name__}); the last good list stands", CANNOT, as_json=as_json)
    text = _in_words(failure)
    # The stages' frames hold open connections, and the engine complains at length about those that outlive it.
    traceback.clear_frames(failure.__traceback__)
    done = getattr(failure, "done", None)
    if done and show is not None and not as_json:
        show(done)
    _stop(text, foreseen, as_json=as_json, readiness=getattr(failure, "readiness", None), done=done)


def _foreseen(error: BaseException) -> int | None:
    """The exit code of an error that has a cure, or None for one that is ours to mend."""
    import duckdb

    from contract.engine import is_exhausted
    from contract.readiness import CannotRead
    from models.dataset import NotEnoughHistory
    from models.score import CannotScore
    from models.tracking import NoChampion
    from outreach.publish import CURES, CannotPublish
    from pipelines.lock import AnotherRun
    from pipelines.stages import NoScores, NotReady, Refused, SomeFailed

    if isinstance(error, SomeFailed):
        return max(_foreseen(one) or CANNOT for one in error.failures.values())
    if isinstance(error, NotReady | Refused | NotEnoughHistory):
        return NOT_READY
    # An error of the system that names a file, or that we have a cure for, is a full disk, a missing right, a file in a
    # folder's place. (Of a file that is open already the system refuses a write without naming it.)
    of_a_file = isinstance(error, OSError) and (error.filename is not None or error.errno in CURES)
    if isinstance(error, duckdb.Error):
        return CANNOT if is_exhausted(error) else None
    if of_a_file or isinstance(error, CannotRead | CannotPublish | CannotScore | NoChampion | NoScores | AnotherRun):
        return CANNOT
    return None


def _in_words(error: BaseException) -> str:
    import duckdb

    from contract.engine import told

    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, duckdb.Error):
        return (
            f"the engine has no memory left, or no room on the disk ({told(error)}); raise engine.memory or "
            "engine.spill, and look that the output folder, and work/spill in it, has room and can be written"
        )
    return str(error)


def _of_the_system(error: OSError) -> str:
    from outreach.publish import CURES

    cure = CURES.get(error.errno, "free some space there, or give the right to write")
    return f"{error.filename or 'the output folder'}: {error.strerror or error}; {cure}, then run again"


def _stop(
    text: str,
    code: int,
    *,
    as_json: bool = False,
    readiness: Readiness | None = None,
    done: list[dict[str, Any]] | None = None,
) -> NoReturn:
    """Say why on standard error, and with --json on standard output as well; then end."""
    if readiness is not None and not as_json:
        from rich.console import Console

        from reports.readiness import to_screen

        to_screen(readiness, Console(stderr=True))
    else:
        typer.echo(f"vafa: {text}", err=True)
    if as_json:
        report: dict[str, Any] = {"readiness": readiness.as_dict()} if readiness is not None else {}
        report |= {} if done is None else {"lists": done}
        typer.echo(json.dumps({"error": text, "exit_code": code, **report}, ensure_ascii=False))
    raise typer.Exit(code)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[None]:
    """What is being done and for how long: one moving line on a terminal, a line a step elsewhere."""
    import logging
    import time

    logger = logging.getLogger("vafa")
    logger.setLevel(logging.INFO)
    # Prefect writes the root logger to the screen too; the line is shown once, here, and kept with the run.
    logger.propagate = False
    if quiet:
        yield
        return
    begin = time.perf_counter()

    def line(text: str) -> str:
        return f"{time.perf_counter() - begin:6.1f} s  {text}"

    if sys.stderr.isatty():
        from rich.console import Console

        status = Console(stderr=True).status("starting")
        with status, _handled(logger, lambda text: status.update(line(text))):
            yield
    else:
        with _handled(logger, lambda text: print(line(text), file=sys.stderr, flush=True)):
            logger.info("starting")
            yield


@contextmanager
def _handled(logger: Any, show: Callable[[str], None]) -> Iterator[None]:
    import logging

    class Shown(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            show(record.getMessage())

    handler = Shown()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _lists_of(settings: Settings) -> Show:
    def show(published: list[dict[str, Any]]) -> None:
        from pipelines.screen import show_list

        for summary in published:
            show_list(settings.of(summary["target"]), summary)

    return show


def _say(done: list[dict[str, Any]], show: Show, *, as_json: bool) -> None:
    """The answer: as JSON one document, of one list the list's own, of several all of them."""
    if as_json:
        typer.echo(json.dumps(done[0] if len(done) == 1 else {"lists": done}, ensure_ascii=False))
    else:
        show(done)


if __name__ == "__main__":
    main()
