"""No shipped family follows what the company itself does: whom it mails, asks or reviews."""

from datetime import date, timedelta
from pathlib import Path

from contract.catalogue import TABLES
from features.build import available
from features.catalogue import FAMILIES
from labels.inactivity import inactivity
from models.dataset import Window, matrix
from models.leaks import ACTS, multiply_acts
from tests.features.companies import ACTIVITY, NEW_YORK, built, loaded, random_company

#: More than a year after the random companies begin: no window is cut short.
AS_OF = date(2024, 7, 1)


def test_the_company_s_own_acts_change_no_feature(tmp_path: Path) -> None:
    """A count of invitations, answers, reviews or campaigns, in any shipped family, fails here by name."""
    tables = loaded(tmp_path, random_company(11), NEW_YORK)
    assert {name for name, table in TABLES.items() if not table.is_outcome} == set(tables.frames)
    window = Window(
        target=inactivity(active_days=364, horizon_days=28, gap_days=1, delay_days=0),
        activity=ACTIVITY,
        load_window=timedelta(hours=6),
    )
    connection = tables.frames["customers"].get_backend()
    clean = matrix(connection, tables, FAMILIES, window, as_of=AS_OF)
    assert clean.censored == ()
    assert len(clean.frame) >= 6
    assert set(built(tables, AS_OF).frame.columns) == set(clean.frame.columns)
    assert clean.features == available(FAMILIES, (*tables.frames, "activity"))
    results = multiply_acts(connection, tables, FAMILIES, window, as_of=AS_OF)
    assert [result.test for result in results] == list(ACTS)
    assert [result.says for result in results if not result.passed] == []
