"""Everything planted is found in the data: late rows, corrections, bursts, drift, units, silence, campaigns."""

from __future__ import annotations

import pandas as pd

from simulator.company import Simulated, simulate


def rows(simulated: Simulated, what: str) -> pd.DataFrame:
    done = simulated.truth["rows"].to_pandas()
    return done[done.what == what]


def events(simulated: Simulated, what: str) -> pd.DataFrame:
    found = simulated.truth["events"].to_pandas()
    return found[found.what == what]


def test_late_rows_are_known_days_after_they_happened(company: Simulated) -> None:
    late = rows(company, "late")
    orders = company.tables["orders"].to_pandas().drop_duplicates("order_id").set_index("order_id")
    found = orders.loc[late.key]
    assert len(late) > 20
    assert (found.known_at - found.happened_at > pd.Timedelta(days=1)).all()
    others = orders[~orders.index.isin(late.key) & (orders.amount >= 0)]
    assert (others.known_at - others.happened_at < pd.Timedelta(days=2)).all()


def test_corrected_rows_stand_there_twice(company: Simulated) -> None:
    corrected = rows(company, "corrected")
    assert set(corrected.table) == {"orders", "contacts", "customers"}
    keys = {"orders": "order_id", "contacts": "contact_id", "customers": "customer_id"}
    for table, key in keys.items():
        mine = corrected[corrected.table == table]
        frame = company.tables[table].to_pandas()
        versions = frame[frame[key].isin(mine.key)].drop_duplicates()
        versions = versions[versions.kind == "purchase"] if table == "orders" else versions
        assert (versions.groupby(key).known_at.nunique() >= 2).all(), table
        assert (mine.known_at > mine.was_known_at).all()
        assert (mine.old != mine.new).all()


def test_complaints_burst_after_outages(market: Simulated) -> None:
    cases = market.tables["cases"].to_pandas()
    cases = cases[(cases.kind == "complaint") & (cases.opened_at <= cases.closed_at.fillna(cases.opened_at))]
    by_week = cases.groupby(pd.Grouper(key="opened_at", freq="7D")).size()
    after = []
    for begin in events(market, "outage").from_day:
        start = pd.Timestamp(begin) + pd.Timedelta(days=7)
        inside = cases[(cases.opened_at >= start) & (cases.opened_at < start + pd.Timedelta(days=7))]
        after.append(len(inside))
    assert len(after) >= 2
    assert sum(after) / len(after) > 1.15 * by_week.median()
    about = cases.category.eq("outage")
    assert about.any()


def test_chat_waits_come_in_milliseconds_for_three_weeks(company: Simulated) -> None:
    change = events(company, "chat waits in milliseconds").iloc[0]
    contacts = company.tables["contacts"].to_pandas()
    waits = contacts[(contacts.channel == "chat") & contacts.wait_seconds.notna()]
    inside = (waits.happened_at >= pd.Timestamp(change.from_day) + pd.Timedelta(days=1)) & (
        waits.happened_at < pd.Timestamp(change.before_day) - pd.Timedelta(days=1)
    )
    assert (pd.Timestamp(change.before_day) - pd.Timestamp(change.from_day)).days == 21
    assert waits[inside].wait_seconds.median() > 100 * waits[~inside].wait_seconds.median()
    assert (waits.wait_seconds <= 1e8).all()


def test_the_app_logs_less_after_the_drift(market: Simulated) -> None:
    drift = pd.Timestamp(events(market, "drift").from_day.iloc[0])
    usage = market.tables["usage"].to_pandas().drop_duplicates()
    day = usage.happened_at.dt.floor("D")
    quantity = usage.groupby([day, "customer_id"]).quantity.sum().reset_index()
    before = quantity[quantity.happened_at < drift].quantity.mean()
    after = quantity[quantity.happened_at >= drift + pd.Timedelta(days=1)].quantity.mean()
    assert after < 0.9 * before


def test_holidays_are_quiet(market: Simulated) -> None:
    holidays = [pd.Timestamp(day) for day in events(market, "holiday").from_day]
    # Once each: a night that was loaded twice would look busy.
    orders = market.tables["orders"].to_pandas().drop_duplicates("order_id")
    local = orders.happened_at.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin").dt.tz_localize(None).dt.floor("D")
    by_day = local[orders.kind == "purchase"].value_counts()
    usual = by_day.groupby(by_day.index.day_of_week).median()
    assert holidays
    for day in holidays:
        assert by_day.get(day, 0) < 0.6 * usual[day.day_of_week], day


def test_the_campaigns_choose_and_are_company_made(market: Simulated) -> None:
    contacts = market.tables["contacts"].to_pandas()
    made = contacts[(contacts.direction == "outbound") & contacts.case_id.isna()]
    assert set(made.topic) == {"offer"}
    orders = market.tables["orders"].to_pandas()
    spent = orders[orders.amount > 0].groupby("customer_id").amount.mean()
    assert spent[spent.index.isin(made.customer_id)].mean() > 1.1 * spent[~spent.index.isin(made.customer_id)].mean()
    assert (contacts.direction.eq("outbound") & contacts.case_id.notna()).any()


def test_a_call_harms_some(market: Simulated) -> None:
    effect = market.truth["outreach_effect"].to_pandas()
    assert len(effect) == 3000
    by_type = effect.groupby("type").churn_log_odds.mean()
    assert by_type["persuadable"] < -0.5 < 0.3 < by_type["sleeping_dog"]
    assert 0.08 < (effect.type == "sleeping_dog").mean() < 0.16


def answered_share(non_response: str) -> pd.Series:
    made = simulate(customers=1500, months=8, seed=9, non_response=non_response)  # type: ignore[arg-type]
    asked = made.truth["nonresponse"].to_pandas()
    shares = asked[asked.kind == "csat"].groupby("answer").answered.mean()
    assert 0.1 < asked.answered.mean() < 0.3
    assert ((asked.why == "answered") == asked.answered).all()
    return shares


def test_silence_at_random_says_nothing_of_the_answer() -> None:
    shares = answered_share("random")
    assert shares.max() - shares.min() < 0.05


def test_extremes_answer_more() -> None:
    shares = answered_share("extremes")
    assert min(shares[1], shares[5]) > 1.3 * shares[3]


def test_the_angry_stay_silent() -> None:
    shares = answered_share("silent")
    assert shares[1] < 0.6 * shares[5]


def test_only_what_was_answered_is_in_the_table(company: Simulated) -> None:
    truth = company.truth["nonresponse"].to_pandas().set_index("survey_id")
    surveys = company.tables["surveys"].to_pandas()
    surveys = surveys[surveys.survey_id.isin(truth.index)]
    told = surveys[surveys.score.notna()].set_index("survey_id")
    assert len(told) > 50
    assert (told.score == truth.answer.loc[told.index]).all()
    assert truth.answered.loc[told.index].all()
