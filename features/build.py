"""Build the features of one `as_of`: every row of the spine comes out, once, in its order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from contract.cut import CASE_TABLES, History, Unit, by_case
from features.batches import Compiled, compiled, in_batches
from features.family import Computed, Derived, Family, Feature, Measure
from features.windows import measure_tables, merged

SPINE = ("unit_id", "customer_id", "as_of")


@dataclass(frozen=True, kw_only=True)
class Built:
    """Features of one as_of.

    `frame` has one row a spine row, in the spine's order: unit_id, customer_id and as_of, then a float column a
    feature. `censored` names the columns that are null because the history does not reach back far enough.
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    censored: tuple[str, ...]


def available(families: Sequence[Family], tables: Collection[str], *, unit: Unit = "customer") -> tuple[Feature, ...]:
    """The features that can be built from these tables: measured and computed ones by family, then the derived; where
    a row is about a case, those of the case after those of its customer."""
    found = _available(_of("customer", families), tables)
    if unit == "customer":
        return found
    return (*found, *_available(_of(unit, families), [name for name in CASE_TABLES if name in tables]))


def _of(unit: Unit, families: Sequence[Family]) -> list[Family]:
    return [family for family in families if family.unit == unit]


def _available(families: Sequence[Family], tables: Collection[str]) -> tuple[Feature, ...]:
    there: dict[str, Feature] = {}
    for family in families:
        for measure in family.measures:
            if measure.table in tables:
                there |= {feature.name: feature for feature in measure.features}
        for part in family.computed:
            if part.table in tables:
                there |= {feature.name: feature for feature in part.features}
    for derived in _derived(families):
        if all(name in there for name in derived.of):
            there[derived.feature.name] = derived.feature
    return tuple(there.values())


def build_features(
    connection: Backend,
    history: History,
    spine: pd.DataFrame,
    families: Sequence[Family],
    *,
    unit: Unit = "customer",
) -> Built:
    """The features of `families` for the spine's rows, which all have the same as_of as the history.

    Spine columns: unit_id, customer_id, as_of; others are left behind. Where the `unit` is the case, unit_id is one,
    and families of cases are built beside those of its customer. Raises ValueError when a column is missing, or the
    spine has several as_of, an empty customer_id, or the same unit twice: a feature frame has exactly the spine's rows.
    """
    _check_spine(spine)
    parts = [spine[list(SPINE)].reset_index(drop=True)]
    of_customers = _of("customer", families)
    parts.append(_values(connection, history, spine.customer_id, of_customers))
    censored = _censored(of_customers, history)
    if unit == "case":
        of_cases, cases = _of("case", families), by_case(history)
        parts.append(_values(connection, cases, spine.unit_id, of_cases))
        censored += _censored(of_cases, cases)
    features = available(families, tuple(history), unit=unit)
    return Built(frame=pd.concat(parts, axis=1), features=features, censored=censored)


def _values(connection: Backend, history: History, ids: pd.Series, families: Sequence[Family]) -> pd.DataFrame:
    """One row an id, in their order: a float column a feature."""
    features = _available(families, tuple(history))
    where, names = pd.factorize(ids.astype("str"), sort=True)
    everybody = pd.Series(names, dtype="str")
    if not features:
        return pd.DataFrame(index=range(len(ids)))
    if any(family.scope == "population" for family in families):
        built = _whole(connection, history, everybody, families)
    else:
        built = in_batches(connection, history, everybody, _compiled(connection, history, families))
        built = built.drop(columns=list(_censored(families, history)))
    # What is censored is there, and unknown.
    return built.reindex(columns=[feature.name for feature in features]).iloc[where].reset_index(drop=True)


#: What was compiled in this process, by families and by the shape of the history. With all tables it takes seconds, and
#: is the same at every as_of. The families are kept beside it: their ids are theirs for as long as they live.
_COMPILED: dict[tuple[object, ...], tuple[Sequence[Family], Compiled]] = {}


def _compiled(connection: Backend, history: History, families: Sequence[Family]) -> Compiled:
    schemas = {name: table.schema() for name, table in history.items()}
    shape = tuple((name, *schema.items()) for name, schema in schemas.items())
    key = (tuple(id(family) for family in families), shape, history.activity)
    if key not in _COMPILED:
        found = compiled(
            connection, schemas, history.activity, lambda past, people: feature_table(past, people, families)
        )
        _COMPILED[key] = (tuple(families), found)
    return _COMPILED[key][1]


def feature_table(history: History, customers: ir.Table, families: Sequence[Family]) -> ir.Table:
    """One row a row of `customers` (a table with customer_id): customer_id and a float column a feature, in no order.

    One expression for any engine. The families are of one unit.
    """
    rows = customers.select("customer_id")
    zeros: set[str] = set()
    for name, table in history.items():
        measures = merged(table, [m for family in families for m in family.measures if m.table == name])
        for part in measure_tables(table, measures):
            rows = _join(rows, part)
        zeros |= {column for measure in measures if measure.fills_zero for column in measure.names}
    for family in families:
        for computed in family.computed:
            if computed.table in history:
                rows = _join(rows, _computed(computed, history))
    censored = set(_censored(families, history))
    typed: dict[str, ir.Value] = {}
    for name in rows.columns:
        if name != "customer_id":
            value = rows[name].cast("float64")
            value = value.fill_null(0.0) if name in zeros else value
            typed[name] = ibis.null("float64") if name in censored else value
    rows = rows.select("customer_id", **typed)
    for layer in _layers(families, set(typed)):
        rows = rows.mutate(**{part.feature.name: part.derive(rows).cast("float64") for part in layer})
    return rows.select("customer_id", *(feature.name for feature in _available(families, tuple(history))))


def _computed(computed: Computed, history: History) -> ir.Table:
    table = computed.compute(history)
    return table.select("customer_id", *(feature.name for feature in computed.features))


def _join(rows: ir.Table, part: ir.Table) -> ir.Table:
    return rows.left_join(part, "customer_id").drop("customer_id_right")


# Derived columns and short histories


def _derived(families: Sequence[Family]) -> list[Derived]:
    return [derived for family in families for derived in family.derived]


def _layers(families: Sequence[Family], there: set[str]) -> Iterator[list[Derived]]:
    """The derived columns that can be made, in their order; those of one layer need none of each other."""
    layer: list[Derived] = []
    for derived in _derived(families):
        if any(name in {part.feature.name for part in layer} for name in derived.of):
            yield layer
            there |= {part.feature.name for part in layer}
            layer = []
        if all(name in there for name in derived.of):
            layer.append(derived)
    if layer:
        yield layer


def _censored(families: Sequence[Family], history: History) -> tuple[str, ...]:
    """Columns whose window is longer than the history of their table at this as_of."""
    short: dict[str, None] = {}
    for family in families:
        parts: tuple[Measure | Computed, ...] = (*family.measures, *family.computed)
        for part in parts:
            if part.table in history:
                reach = history.reach[part.table]
                short |= {feature.name: None for feature in part.features if feature.reach > reach}
    there = {feature.name for feature in _available(families, tuple(history))}
    for derived in _derived(families):
        if derived.feature.name in there and any(name in short for name in derived.of):
            short[derived.feature.name] = None
    return tuple(short)


def _check_spine(spine: pd.DataFrame) -> None:
    missing = [name for name in SPINE if name not in spine.columns]
    if missing:
        raise ValueError(f"the spine has no column {', '.join(missing)}; it needs {', '.join(SPINE)}")
    if spine.as_of.nunique(dropna=False) > 1:
        raise ValueError(f"the spine has {spine.as_of.nunique(dropna=False)} different as_of; build one at a time")
    nobody = int(spine.customer_id.isna().sum())
    if nobody:
        raise ValueError(f"{nobody} rows of the spine have no customer_id; leave them out")
    twice = int(spine.unit_id.duplicated().sum())
    if twice:
        raise ValueError(f"{twice} rows of the spine repeat a unit_id; a unit has one row at an as_of")


def _whole(connection: Backend, history: History, customers: pd.Series, families: Sequence[Family]) -> pd.DataFrame:
    """One row a customer, in their order, in one query: what statistics of the whole population need."""
    people = ibis.memtable(pd.DataFrame({"customer_id": customers}))
    built: pd.DataFrame = connection.to_pyarrow(feature_table(history, people, families)).to_pandas()
    return built.set_index("customer_id").reindex(customers)
