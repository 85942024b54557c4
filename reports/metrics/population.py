"""Who was with us, who left, who came, and what they pay: retention, churn, and revenue kept."""

from __future__ import annotations

import pandas as pd

from contract.cut import ACTIVITY
from reports.metrics.definitions import ACTIVE_DAYS
from reports.metrics.seen import NO_COLUMN, NO_TABLE, Lack, Seen

Rows = dict[str, pd.DataFrame]


def basis_of(seen: Seen) -> str | None:
    """What says who is with us: subscriptions, else activity, else nothing does."""
    if "subscriptions" in seen.past:
        return "subscriptions"
    return "activity" if ACTIVITY in seen.past else None


def population_rows(seen: Seen) -> tuple[Rows, dict[str, Lack]]:
    """By metric, one row a customer and month; and why metrics are not there."""
    basis = basis_of(seen)
    if basis == "subscriptions":
        return _by_subscription(seen)
    lack = Lack(NO_TABLE, "subscriptions")
    lacking = dict.fromkeys(("involuntary_churn", "net_retention", "gross_retention"), lack)
    if basis is None:
        return {}, lacking | dict.fromkeys(("retention", "churn", "newcomers"), lack)
    return _by_activity(seen), lacking


# By subscription


def _by_subscription(seen: Seen) -> tuple[Rows, dict[str, Lack]]:
    stays, amounts = [], []
    ends: dict[int, pd.DataFrame] = {}
    for place in subscribed_months(seen):
        # Where one month ends the next one begins.
        eve = seen.months[place].first_day - 1
        before = ends[eve] if eve in ends else _paying(seen, eve)
        after = _paying(seen, seen.ends(place) - 1)
        ends = {seen.ends(place) - 1: after}
        both = before.join(after, how="outer", lsuffix="_before", rsuffix="_after")
        here, there = both.has_before.eq(True), both.has_after.eq(True)
        gone = _involuntary(seen, place)
        stays.append(
            pd.DataFrame(
                {
                    "customer_id": both.index,
                    "month": place,
                    "was": here.to_numpy(),
                    "is": there.to_numpy(),
                    "involuntary": both.index.isin(gone) & (here & ~there).to_numpy(),
                }
            )
        )
        # Of whom an amount is not known there is nothing to hold the other against.
        priced = both[here & both.priced_before.eq(True) & (~there | both.priced_after.eq(True))]
        paid, pays = priced.amount_before.astype("float64"), priced.amount_after.astype("float64").fillna(0.0)
        amounts.append(
            pd.DataFrame(
                {"customer_id": priced.index, "month": place, "paid": paid.to_numpy(), "pays": pays.to_numpy()}
            )
        )
    rows: Rows = {}
    lacking: dict[str, Lack] = {}
    if stays:
        rows = _staying(pd.concat(stays, ignore_index=True))
        revenue = pd.concat(amounts, ignore_index=True)
        kept = revenue.assign(num=revenue.pays, den=revenue.paid)
        rows["net_retention"] = kept
        rows["gross_retention"] = kept.assign(num=kept[["pays", "paid"]].min(axis=1))
    periods = seen.past["subscriptions"]
    (filled,) = seen.frame(
        periods.aggregate(amounts=periods.monthly_amount.count(), ends=periods.is_involuntary.count())
    ).itertuples(index=False)
    if not filled.amounts:
        for name in ("net_retention", "gross_retention"):
            rows.pop(name, None)
            lacking[name] = Lack(NO_COLUMN, "subscriptions.monthly_amount")
    if not filled.ends:
        rows.pop("involuntary_churn", None)
        lacking["involuntary_churn"] = Lack(NO_COLUMN, "subscriptions.is_involuntary")
    return rows, lacking


def subscribed_months(seen: Seen) -> tuple[int, ...]:
    """The months of which the table tells who left: from the first end that it has. Before that it may hold only who
    outlived a migration, and nobody would ever have left."""
    periods = seen.past["subscriptions"]
    first_end = seen.frame(periods.aggregate(ago=periods.ended_days_ago.max())).ago.iloc[0]
    covered = seen.covered("subscriptions", days_before=1)
    if pd.isna(first_end):
        return covered
    return tuple(place for place in covered if seen.months[place].first_day - 1 >= seen.day - first_end)


def _paying(seen: Seen, day: int) -> pd.DataFrame:
    """One row a customer with a subscription that ran on that local day: the monthly amount, and whether it is known
    of all of them. Of a subscription that changed on the day, the period that began last counts."""
    periods, ago = seen.past["subscriptions"], seen.day - day
    running = periods.filter(
        (periods.started_days_ago >= ago) & (periods.ended_days_ago.isnull() | (periods.ended_days_ago <= ago))
    )
    last = running.group_by("customer_id", "subscription_id").aggregate(
        amount=running.monthly_amount.argmin(running.age_seconds)
    )
    paying = last.group_by("customer_id").aggregate(
        amount=last.amount.sum(), priced=last.amount.count() == last.count()
    )
    return seen.frame(paying).assign(has=True).set_index("customer_id")


def _involuntary(seen: Seen, place: int) -> pd.Index[str]:
    """Customers whose last end in the month was not their choice."""
    periods = seen.past["subscriptions"]
    first, last = seen.day - (seen.months[place].first_day - 1), seen.day - (seen.ends(place) - 1)
    ended = periods.filter((periods.ended_days_ago <= first) & (periods.ended_days_ago > last))
    last_ends = ended.group_by("customer_id").aggregate(
        involuntary=ended.is_involuntary.fill_null(False).argmin(ended.ended_days_ago)
    )
    found: pd.Series[str] = seen.frame(last_ends.filter(last_ends.involuntary)).customer_id
    return pd.Index(found)


# By activity


def _by_activity(seen: Seen) -> Rows:
    covered = seen.covered(ACTIVITY, days_before=ACTIVE_DAYS)
    active = active_at(seen)
    stays = []
    for place in covered:
        was, is_now = active[f"begin_{place}"], active[f"end_{place}"]
        stays.append(
            pd.DataFrame({"customer_id": active.customer_id, "month": place, "was": was, "is": is_now})[was | is_now]
        )
    return _staying(pd.concat(stays, ignore_index=True)) if stays else {}


def active_at(seen: Seen) -> pd.DataFrame:
    """One row a customer: by month, whether active in the days before its beginning (`begin_`) and its end (`end_`)."""
    events = seen.past[ACTIVITY]
    flags = {}
    for place, month in enumerate(seen.months):
        for name, edge in (("begin", month.first_day), ("end", seen.ends(place))):
            ago = seen.day - edge
            flags[f"{name}_{place}"] = ((events.days_ago > ago) & (events.days_ago <= ago + ACTIVE_DAYS)).any()
    reach = seen.day - seen.months[0].first_day + ACTIVE_DAYS
    recent = events.filter(events.days_ago <= reach)
    return seen.frame(recent.group_by("customer_id").aggregate(**flags))


# Both


def _staying(stays: pd.DataFrame) -> Rows:
    """Rows of customers who were with us (`was`), are (`is`), or both, to the metrics of who stays."""
    here = stays[stays.was].assign(den=1.0)
    rows = {
        "retention": here.assign(num=here["is"].astype("float64")),
        "churn": here.assign(num=(~here["is"]).astype("float64")),
        # Newcomers are held against those who were there: each adds to one of the two sums.
        "newcomers": stays.assign(num=100.0 * ~stays.was, den=stays.was.astype("float64")),
    }
    if "involuntary" in stays:
        rows["involuntary_churn"] = here.assign(num=here.involuntary.astype("float64"))
    return {name: frame[["customer_id", "month", "num", "den"]] for name, frame in rows.items()}


def active_customers(seen: Seen) -> tuple[pd.DataFrame, int] | None:
    """One row an active customer and month, and the first month of which all are known: with a subscription on a day of
    the month, or active in the days before its end. None where neither table is there."""
    parts, first = [], 0
    if "subscriptions" in seen.past:
        periods = seen.past["subscriptions"]
        for place in range(len(seen.months)):
            begin, end = seen.day - seen.months[place].first_day, seen.day - (seen.ends(place) - 1)
            ran = periods.filter(
                (periods.started_days_ago >= end)
                & (periods.ended_days_ago.isnull() | (periods.ended_days_ago <= begin))
            )
            parts.append(seen.frame(ran.select("customer_id").distinct()).assign(month=place))
        first = min(subscribed_months(seen), default=len(seen.months))
    if ACTIVITY in seen.past:
        active = active_at(seen)
        for place in range(len(seen.months)):
            parts.append(active.loc[active[f"end_{place}"], ["customer_id"]].assign(month=place))
        starts = seen.starts_on(ACTIVITY)
        reached = [place for place in range(len(seen.months)) if seen.ends(place) - ACTIVE_DAYS >= starts]
        first = max(first, min(reached, default=len(seen.months)))
    if not parts:
        return None
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True), first
