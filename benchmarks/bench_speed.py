"""How fast and how lean the features are built: `make bench-speed`.

Every figure is the median of several runs, each in a process of its own, so that its peak memory is its own; the ways
take turns, so that a busy machine is busy for all. What is compared:

- `vafa`: the shipped families, at 1 and at 6 as_of;
- `hand`: one hand-written DuckDB query for the same columns (benchmarks/speed_sql.py), once an as_of;
- `pandas`: the columns of four families (benchmarks/speed_pandas.py), and `vafa_subset`, which builds just those;
- growth: `vafa` at 1 as_of for 2, 6.3 and 20 million events, with customers in proportion.

Before anything is timed the values are compared: all columns, to 1e-9. Writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.speed_data import ACTIVITY, CALENDAR, as_of_dates, write_company
from benchmarks.speed_pandas import FAMILIES as SUBSET
from benchmarks.speed_pandas import in_pandas
from benchmarks.speed_sql import by_hand
from contract.checked import open_checked
from contract.cut import history
from contract.engine import EngineLimits, connect
from features.build import build_features
from features.catalogue import FAMILIES
from features.family import Family

RESULT = Path(__file__).parent / "results" / "speed.json"
FOLDER = Path(tempfile.gettempdir()) / "vafa_speed"
LOAD_WINDOW = timedelta(hours=6)
EVENTS_A_CUSTOMER = 100
#: What is asked for: at most, at least, at most, at most.
TARGETS = {"vafa_to_hand": 1.4, "pandas_to_vafa": 3.0, "peak_gb": 3.0, "exponent": 1.1}


def build(way: str, folder: Path, as_of: list[date]) -> dict[str, pd.DataFrame]:
    """By as_of, one row a customer, indexed by customer_id, built in one of the ways."""
    connection = connect(EngineLimits(memory="2GB", threads=2, spill_folder=FOLDER / "spill"))
    tables = open_checked(connection, folder, CALENDAR)
    files = {name: next(folder.glob(f"set-*/{name}.parquet")) for name in tables.frames}

    def vafa(day: date, families: tuple[Family, ...]) -> pd.DataFrame:
        names = connection.to_pyarrow(tables.frames["customers"].select("customer_id")).to_pandas().customer_id
        spine = pd.DataFrame({"unit_id": names, "customer_id": names, "as_of": pd.Timestamp(day)})
        past = history(tables, day, load_window=LOAD_WINDOW, activity=ACTIVITY)
        return build_features(connection, past, spine, families).frame.set_index("customer_id")

    ways: dict[str, Callable[[date], pd.DataFrame]] = {
        "vafa": lambda day: vafa(day, FAMILIES),
        "vafa_subset": lambda day: vafa(day, SUBSET),
        "hand": lambda day: connection.raw_sql(by_hand(files, day, LOAD_WINDOW)).df().set_index("customer_id"),
        "pandas": lambda day: in_pandas(files, day, LOAD_WINDOW),
    }
    return {day.isoformat(): ways[way](day) for day in as_of}


def run_one(way: str, folder: Path, dates: int) -> dict[str, Any]:
    """Build once and say what it took. The imports are done by then; opening the tables is part of it."""
    wall, cpu = time.perf_counter(), time.process_time()
    built = build(way, folder, as_of_dates(dates))
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_gb": _peak_gb(),
        "rows": sum(len(frame) for frame in built.values()),
        "columns": max(frame.shape[1] for frame in built.values()),
    }


def _peak_gb() -> float:
    """The most memory that this process ever held. Not ru_maxrss: on Linux that includes the parent's before exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e9
    raise SystemExit("the peak of memory is read from /proc, which this system does not have")


def compare(mine: str, theirs: str, folder: Path, dates: int) -> dict[str, Any]:
    """How far two ways are apart in any column, in units of max(1, |value|). Raises where they are not the same."""
    worst, columns = 0.0, 0
    ours, others = build(mine, folder, as_of_dates(dates)), build(theirs, folder, as_of_dates(dates))
    for day, left in ours.items():
        left = left.drop(columns=["unit_id", "as_of"])
        right = others[day].loc[left.index]
        if set(left.columns) != set(right.columns):
            raise SystemExit(f"{mine} and {theirs} have other columns: {set(left.columns) ^ set(right.columns)}")
        columns = left.shape[1]
        for name in left.columns:
            a, b = left[name].to_numpy("float64"), right[name].to_numpy("float64", na_value=np.nan)
            if (np.isnan(a) != np.isnan(b)).any():
                raise SystemExit(f"{name} at {day}: {mine} and {theirs} are null in different rows")
            apart = float(np.nanmax(np.abs(a - b) / np.maximum(1, np.abs(a)), initial=0.0))
            worst = max(worst, apart)
            if apart > 1e-9:
                raise SystemExit(f"{name} at {day}: {mine} and {theirs} are {apart:.2e} apart")
    return {"columns": columns, "as_of": list(ours), "worst_difference": worst}


def measure(events: int, rounds: int) -> dict[str, Any]:
    """Everything: data, comparison, runs that take turns, medians, ratios."""
    sizes = sorted({events // 10, round(events / 10**0.5), events})
    folders = {size: FOLDER / str(size) for size in sizes}
    for size, folder in folders.items():
        print(f"{size:,} events of {size // EVENTS_A_CUSTOMER:,} customers", flush=True)
        write_company(folder, events=size, customers=size // EVENTS_A_CUSTOMER, spill=FOLDER / "spill")
    whole = folders[events]
    same = {
        "vafa and hand": _apart("compare", "vafa", "hand", whole, 1),
        "vafa and hand, smallest, 6 as_of": _apart("compare", "vafa", "hand", folders[sizes[0]], 6),
        "vafa_subset and pandas": _apart("compare", "vafa_subset", "pandas", whole, 1),
    }
    jobs = {
        "vafa, 1 as_of": ("vafa", whole, 1),
        "hand, 1 as_of": ("hand", whole, 1),
        "vafa_subset, 1 as_of": ("vafa_subset", whole, 1),
        "pandas, 1 as_of": ("pandas", whole, 1),
        "vafa, 6 as_of": ("vafa", whole, 6),
        "hand, 6 as_of": ("hand", whole, 6),
        **{f"vafa, 1 as_of, {size} events": ("vafa", folders[size], 1) for size in sizes[:-1]},
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in jobs}
    for number in range(rounds):
        for name, (way, folder, dates) in jobs.items():
            runs[name].append(_apart("run", way, "", folder, dates))
            done = runs[name][-1]
            print(f"{number + 1}/{rounds}  {name:34} {done['seconds']:7.1f} s {done['peak_gb']:5.2f} GB", flush=True)
    medians = {name: statistics.median(run["seconds"] for run in made) for name, made in runs.items()}
    cpu = {name: statistics.median(run["cpu_seconds"] for run in made) for name, made in runs.items()}
    growth = [*(medians[f"vafa, 1 as_of, {size} events"] for size in sizes[:-1]), medians["vafa, 1 as_of"]]
    figures = {
        "vafa_to_hand_1_as_of": medians["vafa, 1 as_of"] / medians["hand, 1 as_of"],
        "vafa_to_hand_6_as_of": medians["vafa, 6 as_of"] / medians["hand, 6 as_of"],
        "pandas_to_vafa": medians["pandas, 1 as_of"] / medians["vafa_subset, 1 as_of"],
        "cpu_vafa_to_hand_1_as_of": cpu["vafa, 1 as_of"] / cpu["hand, 1 as_of"],
        "cpu_vafa_to_hand_6_as_of": cpu["vafa, 6 as_of"] / cpu["hand, 6 as_of"],
        "cpu_pandas_to_vafa": cpu["pandas, 1 as_of"] / cpu["vafa_subset, 1 as_of"],
        "peak_gb": max(run["peak_gb"] for name, made in runs.items() if name.startswith("vafa") for run in made),
        "exponent": float(np.polyfit(np.log(sizes), np.log(growth), 1)[0]),
        # The fixed part (compiling the query) hides in the small sizes; this is the growth of the last step alone.
        "exponent_of_the_last_step": float(np.log(growth[-1] / growth[-2]) / np.log(sizes[-1] / sizes[-2])),
    }
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "platform": f"{platform.system()} {platform.machine()}",
            "load": os.getloadavg(),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("duckdb", "ibis-framework", "pandas", "pyarrow", "numpy")},
        },
        "limits": {"threads": 2, "memory_limit": "2GB"},
        "events": sizes,
        "customers": [size // EVENTS_A_CUSTOMER for size in sizes],
        "pandas_subset": [family.name for family in SUBSET],
        "same_values": same,
        "runs": runs,
        "medians_seconds": medians,
        "medians_cpu_seconds": cpu,
        "figures": figures,
        "targets": TARGETS,
        "met": {
            "vafa_to_hand": max(figures["vafa_to_hand_1_as_of"], figures["vafa_to_hand_6_as_of"])
            <= TARGETS["vafa_to_hand"],
            "pandas_to_vafa": figures["pandas_to_vafa"] >= TARGETS["pandas_to_vafa"],
            "peak_gb": figures["peak_gb"] < TARGETS["peak_gb"],
            "exponent": max(figures["exponent"], figures["exponent_of_the_last_step"]) <= TARGETS["exponent"],
        },
    }


def _apart(job: str, way: str, other: str, folder: Path, dates: int) -> dict[str, Any]:
    """One job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_speed", "--job", job, "--way", way, "--other", other]
    command += ["--folder", str(folder), "--dates", str(dates)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    if done.returncode:
        raise SystemExit(f"{job} of {way} failed:\n{done.stderr or done.stdout}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000, help="events at the largest size")
    parser.add_argument("--rounds", type=int, default=3, help="runs a way")
    parser.add_argument("--result", type=Path, default=RESULT)
    for hidden in ("--job", "--way", "--other"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--dates", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job == "run":
        print(json.dumps(run_one(given.way, given.folder, given.dates)))
    elif given.job == "compare":
        print(json.dumps(compare(given.way, given.other, given.folder, given.dates)))
    else:
        result = measure(given.events, given.rounds)
        given.result.parent.mkdir(parents=True, exist_ok=True)
        given.result.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        _say(result)


def _say(result: dict[str, Any]) -> None:
    print(f"\n{'':36}{'median':>9}{'slowest':>10}{'processor':>11}{'peak':>10}")
    for name, made in result["runs"].items():
        slowest, peak = max(run["seconds"] for run in made), max(run["peak_gb"] for run in made)
        print(
            f"{name:36}{result['medians_seconds'][name]:>7.1f} s{slowest:>8.1f} s"
            f"{result['medians_cpu_seconds'][name]:>9.1f} s{peak:>7.2f} GB"
        )
    print()
    for name, figure in result["figures"].items():
        print(f"{name:36}{figure:>9.2f}")
    missed = [name for name, met in result["met"].items() if not met]
    print(f"\ntargets: {json.dumps(result['targets'])}; " + (f"missed: {', '.join(missed)}" if missed else "all met"))


if __name__ == "__main__":
    main()
