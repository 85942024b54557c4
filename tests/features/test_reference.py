"""All families against plain Python over the raw rows."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contract.calendar import Calendar
from features.build import available
from features.catalogue import FAMILIES
from tests.features.companies import LOAD_WINDOW, NEW_YORK, TEHRAN, built, loaded, random_company
from tests.features.reference import reference


@pytest.mark.parametrize(
    ("seed", "calendar", "dates"),
    [
        # Around the change of clocks of 2024-03-10, at a full and at a short history.
        (1, NEW_YORK, (date(2024, 3, 10), date(2024, 3, 11), date(2023, 8, 1))),
        (2, TEHRAN, (date(2024, 6, 15),)),
        # More than a year of history: no window is cut short.
        (3, Calendar(zone="UTC"), (date(2024, 7, 25),)),
    ],
)
def test_every_family_equals_the_reference(
    tmp_path: Path, seed: int, calendar: Calendar, dates: tuple[date, ...]
) -> None:
    company = random_company(seed)
    tables = loaded(tmp_path, company, calendar)
    for as_of in dates:
        ours = built(tables, as_of)
        found = ours.frame.set_index("customer_id").drop(columns=["unit_id", "as_of"])
        wanted = reference(company, as_of, calendar, LOAD_WINDOW).loc[found.index, found.columns].astype("float64")
        wanted[list(ours.censored)] = np.nan
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-9, check_names=False)
        assert len(found.columns) == len(available(FAMILIES, (*tables.frames, "activity")))
        if as_of == dates[0]:
            told = found.drop(columns=list(ours.censored))
            assert told.notna().any().all(), "a column that is always null is compared with nothing"
