"""The same columns by hand: one DuckDB query, as a good SQL engineer would write it for this one engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks.speed_data import CALENDAR
from contract.calendar import day_number
from contract.expectations import WAIT_SECONDS, Expectations
from features.contacts import BILLING, CANCELLATION, CHANNELS, DELIVERY


def by_hand(files: Mapping[str, Path], as_of: date, load_window: timedelta) -> str:
    """One row a customer with all columns of the shipped families, at one as_of. `files` has the checked tables."""
    midnight = CALENDAR.midnight(as_of)
    past = f"happened_at < TIMESTAMP '{midnight}' AND known_at < TIMESTAMP '{midnight + load_window}'"
    ages = (
        f"{day_number(as_of)} - local_day AS ago, "
        f"epoch(TIMESTAMP '{midnight}') - epoch(date_trunc('second', happened_at)) AS age"
    )
    read = {name: f"read_parquet('{file}')" for name, file in files.items()}
    return f"""
WITH orders AS (
  SELECT customer_id, order_id, kind, amount, items, discount, category, categories, {ages},
         is_weekend, is_holiday, local_hour, known_at, happened_at, is_versioned
  FROM {read["orders"]} WHERE {past} AND NOT is_versioned
  UNION ALL
  SELECT customer_id, order_id, kind, amount, items, discount, category, categories, {ages},
         is_weekend, is_holiday, local_hour, known_at, happened_at, is_versioned
  FROM {read["orders"]} WHERE {past} AND is_versioned
  QUALIFY row_number() OVER (PARTITION BY order_id, kind ORDER BY known_at DESC, happened_at DESC) = 1
), purchases AS (SELECT * FROM orders WHERE kind = 'purchase'
), usage AS (
  SELECT customer_id, event, quantity, {ages}, is_weekend, is_holiday, local_hour FROM {read["usage"]} WHERE {past}
), activity AS (
  SELECT customer_id, ago, age, is_weekend, is_holiday, local_hour FROM purchases
  UNION ALL SELECT customer_id, ago, age, is_weekend, is_holiday, local_hour FROM usage
), a AS (
  SELECT customer_id, min(age) / 86400 AS days_since_last_activity, max(age) / 86400 AS days_since_first_activity,
         max(ago) AS first_ago,
         count(*) FILTER (ago <= 28) AS activities_last_28d, count(*) FILTER (ago <= 91) AS activities_last_91d,
         count(*) FILTER (ago <= 182) AS activities_last_182d, count(*) AS activities_ever,
         count(*) FILTER (ago <= 182 AND is_weekend) AS weekend_activities_last_182d,
         count(*) FILTER (ago <= 182 AND is_holiday) AS holiday_activities_last_182d,
         count(*) FILTER (ago <= 182 AND local_hour >= 17) AS evening_activities_last_182d
  FROM activity GROUP BY customer_id
), days AS (SELECT DISTINCT customer_id, ago FROM activity
), g AS (
  SELECT customer_id, ago, lead(ago) OVER (PARTITION BY customer_id ORDER BY ago) - ago AS gap FROM days
), d AS (
  SELECT customer_id, count(*) FILTER (ago <= 14) AS active_days_last_14d,
         count(*) FILTER (ago <= 28) AS active_days_last_28d, count(*) FILTER (ago <= 91) AS active_days_last_91d,
         count(*) FILTER (ago <= 182) AS active_days_last_182d,
         count(*) FILTER (ago BETWEEN 29 AND 56) AS active_days_29_to_56d_ago,
         count(*) FILTER (ago BETWEEN 92 AND 182) AS active_days_92_to_182d_ago,
         count(*) FILTER (ago BETWEEN 183 AND 364) AS active_days_183_to_364d_ago,
         count(gap) AS n_gaps, max(gap) AS max_gap, quantile_cont(gap, [.5, .9]) AS q,
         max(ago) // 28 AS whole,
         count(DISTINCT (ago - 1) // 28) FILTER ((ago - 1) // 28 < 3) AS newest_3,
         count(DISTINCT (ago - 1) // 28) AS active_periods_all, max((ago - 1) // 28) AS oldest_period
  FROM g GROUP BY customer_id
), a2 AS (
  SELECT customer_id, CASE WHEN n_gaps >= 3 THEN n_gaps END AS gaps,
         CASE WHEN n_gaps >= 3 THEN q[1] END AS usual_days_between,
         CASE WHEN n_gaps >= 3 THEN q[2] END AS usual_longest_gap,
         CASE WHEN n_gaps >= 3 THEN max_gap END AS longest_gap,
         CASE WHEN whole > 0 THEN whole END AS periods_28d,
         CASE WHEN whole > 0 THEN whole - (active_periods_all - (oldest_period >= whole)::INT) END AS quiet_periods_28d,
         CASE WHEN whole > 0 THEN least(whole, 3) - (newest_3 - (oldest_period >= whole AND oldest_period < 3)::INT) END
           AS quiet_periods_28d_of_last_3,
         active_days_last_14d, active_days_last_28d, active_days_last_91d, active_days_last_182d,
         active_days_29_to_56d_ago, active_days_92_to_182d_ago, active_days_183_to_364d_ago
  FROM d
), o AS (
  SELECT customer_id,
         min(age) FILTER (kind = 'return') / 86400 AS days_since_last_return,
         count(*) FILTER (kind = 'purchase' AND ago <= 7) AS orders_last_7d,
         count(*) FILTER (kind = 'purchase' AND ago <= 28) AS orders_last_28d,
         count(*) FILTER (kind = 'purchase' AND ago <= 91) AS orders_last_91d,
         count(*) FILTER (kind = 'purchase' AND ago <= 364) AS orders_last_364d,
         count(*) FILTER (kind = 'purchase' AND ago BETWEEN 29 AND 56) AS orders_29_to_56d_ago,
         count(*) FILTER (kind = 'purchase' AND ago BETWEEN 92 AND 182) AS orders_92_to_182d_ago,
         coalesce(sum(items) FILTER (kind = 'purchase' AND ago <= 28), 0) AS items_last_28d,
         coalesce(sum(items) FILTER (kind = 'purchase' AND ago <= 91), 0) AS items_last_91d,
         count(*) FILTER (kind = 'return' AND ago <= 91) AS returns_last_91d,
         count(*) FILTER (kind = 'return' AND ago <= 364) AS returns_last_364d,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago <= 28), 0) AS amount_last_28d,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago <= 91), 0) AS amount_last_91d,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago <= 182), 0) AS amount_last_182d,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago <= 364), 0) AS amount_last_364d,
         coalesce(sum(amount) FILTER (kind = 'purchase'), 0) AS amount_ever,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago BETWEEN 29 AND 56), 0) AS amount_29_to_56d_ago,
         coalesce(sum(amount) FILTER (kind = 'purchase' AND ago BETWEEN 92 AND 182), 0) AS amount_92_to_182d_ago,
         max(amount) FILTER (kind = 'purchase' AND ago <= 91) AS largest_order_last_91d,
         arg_min(amount, {{'age': age, 'amount': amount}}) FILTER (kind = 'purchase' AND amount IS NOT NULL)
           AS last_order_amount,
         coalesce(sum(discount) FILTER (kind = 'purchase' AND ago <= 91), 0) AS discount_last_91d,
         coalesce(sum(amount) FILTER (kind = 'return' AND ago <= 364), 0) AS returned_amount_last_364d,
         count(DISTINCT category) FILTER (kind = 'purchase' AND ago <= 91) AS categories_last_91d,
         count(DISTINCT category) FILTER (kind = 'purchase' AND ago <= 182) AS categories_last_182d,
         count(DISTINCT category) FILTER (kind = 'purchase' AND ago BETWEEN 92 AND 182) AS categories_92_to_182d_ago,
         avg(categories) FILTER (kind = 'purchase' AND ago <= 91) AS average_categories_last_91d,
         avg(categories) FILTER (kind = 'purchase' AND ago BETWEEN 92 AND 182) AS average_categories_92_to_182d_ago,
         max(ago) FILTER (kind = 'purchase') // 28 AS whole
  FROM orders GROUP BY customer_id
), op AS (
  SELECT customer_id, (ago - 1) // 28 AS period, count(*) AS n, sum(amount) AS s
  FROM purchases WHERE ago <= 364 GROUP BY ALL
), oq AS (
  SELECT o.customer_id, quantile_cont(coalesce(n, 0), [.25, .75]) AS nq,
         quantile_cont(CAST(coalesce(s, 0) AS DOUBLE), [.25, .75]) AS sq
  FROM o JOIN range(1, 13) r(period) ON r.period < o.whole AND o.whole > 3
  LEFT JOIN op ON op.customer_id = o.customer_id AND op.period = r.period GROUP BY 1
), contacts AS (
  SELECT customer_id, channel, topic, case_id, wait_seconds, handle_seconds, transfers,
         CASE WHEN resolved_at < TIMESTAMP '{midnight}' THEN resolved END AS resolved, {ages},
         lower(channel) AS through, lower(topic) AS about, CASE lower(channel) {_expected()} END AS expected
  FROM {read["contacts"]} WHERE {past} AND direction = 'inbound'
), issues AS (
  SELECT *, CASE WHEN case_id IS NOT NULL OR topic IS NOT NULL THEN lag(age) OVER issue - age END AS passed,
         lag(through) OVER issue <> through AS hopped
  FROM contacts
  WINDOW issue AS (
    PARTITION BY customer_id, case_id, CASE WHEN case_id IS NULL THEN topic END ORDER BY age DESC, through
  )
), c AS (
  SELECT customer_id, min(age) / 86400 AS days_since_last_contact,
         count(*) FILTER (ago <= 28) AS contacts_last_28d, count(*) FILTER (ago <= 91) AS contacts_last_91d,
         count(*) FILTER (ago <= 364) AS contacts_last_364d,
         count(*) FILTER (ago BETWEEN 92 AND 182) AS contacts_92_to_182d_ago,
         count(DISTINCT channel) FILTER (ago <= 91) AS channels_last_91d,
         count(DISTINCT topic) FILTER (ago <= 91) AS topics_last_91d,
         {_by_channel()},
         count(*) FILTER (ago <= 28 AND {_about(CANCELLATION)}) AS cancellation_contacts_last_28d,
         count(*) FILTER (ago <= 91 AND {_about(CANCELLATION)}) AS cancellation_contacts_last_91d,
         count(*) FILTER (ago <= 364 AND {_about(CANCELLATION)}) AS cancellation_contacts_last_364d,
         count(*) FILTER (ago <= 91 AND {_about(BILLING)}) AS billing_contacts_last_91d,
         count(*) FILTER (ago <= 364 AND {_about(BILLING)}) AS billing_contacts_last_364d,
         count(*) FILTER (ago <= 91 AND {_about(DELIVERY)}) AS delivery_contacts_last_91d,
         count(*) FILTER (ago <= 364 AND {_about(DELIVERY)}) AS delivery_contacts_last_364d,
         avg((NOT resolved)::INT) FILTER (ago <= 91) AS unresolved_share_last_91d,
         avg((NOT resolved)::INT) FILTER (ago <= 364) AS unresolved_share_last_364d,
         arg_min((NOT resolved)::INT, {{'age': age, 'settled': (NOT resolved)::INT}}) FILTER (resolved IS NOT NULL)
           AS last_contact_unresolved,
         avg(CAST(handle_seconds / 60 AS DECIMAL(18, 4))) FILTER (ago <= 91) AS average_handle_minutes_last_91d,
         count(*) FILTER (ago <= 28 AND passed <= 604800) AS repeat_contacts_within_7d_last_28d,
         count(*) FILTER (ago <= 91 AND passed <= 604800) AS repeat_contacts_within_7d_last_91d,
         count(*) FILTER (ago <= 91 AND passed <= 2419200) AS repeat_contacts_within_28d_last_91d,
         count(*) FILTER (ago <= 182 AND passed <= 2419200) AS repeat_contacts_within_28d_last_182d,
         min(age) FILTER (passed <= 2419200) / 86400 AS days_since_last_repeat_contact,
         count(*) FILTER (ago <= 91 AND passed <= 2419200 AND hopped) AS channel_hops_last_91d,
         count(*) FILTER (ago <= 182 AND passed <= 2419200 AND hopped) AS channel_hops_last_182d,
         sum(transfers) FILTER (ago <= 91) AS transfers_last_91d,
         sum(transfers) FILTER (ago <= 364) AS transfers_last_364d,
         max(transfers) FILTER (ago <= 91) AS most_transfers_last_91d,
         avg((transfers > 0)::INT) FILTER (ago <= 91) AS transferred_share_last_91d,
         avg((transfers > 0)::INT) FILTER (ago <= 364) AS transferred_share_last_364d,
         count(case_id) FILTER (ago <= 182) AS contacts_on_cases_last_182d,
         count(DISTINCT case_id) FILTER (ago <= 182) AS cases_contacted_on_last_182d,
         avg(CAST(wait_seconds / 60 AS DECIMAL(18, 4))) FILTER (ago <= 28) AS average_wait_minutes_last_28d,
         avg(CAST(wait_seconds / 60 AS DECIMAL(18, 4))) FILTER (ago <= 91) AS average_wait_minutes_last_91d,
         avg(CAST(wait_seconds / 60 AS DECIMAL(18, 4))) FILTER (ago <= 364) AS average_wait_minutes_last_364d,
         CAST(max(wait_seconds) FILTER (ago <= 28) / 60 AS DECIMAL(18, 4)) AS longest_wait_minutes_last_28d,
         CAST(max(wait_seconds) FILTER (ago <= 91) / 60 AS DECIMAL(18, 4)) AS longest_wait_minutes_last_91d,
         CAST(max(wait_seconds) FILTER (ago <= 364) / 60 AS DECIMAL(18, 4)) AS longest_wait_minutes_last_364d,
         CAST(arg_min(wait_seconds, {{'age': age, 'wait': wait_seconds}}) FILTER (wait_seconds IS NOT NULL) / 60
           AS DECIMAL(18, 4)) AS last_wait_minutes,
         count(*) FILTER (ago <= 28 AND wait_seconds > expected) AS long_waits_last_28d,
         count(*) FILTER (ago <= 91 AND wait_seconds > expected) AS long_waits_last_91d,
         avg((wait_seconds > expected)::INT) FILTER (ago <= 91) AS long_wait_share_last_91d,
         avg((wait_seconds > expected)::INT) FILTER (ago <= 364) AS long_wait_share_last_364d,
         avg(CASE WHEN wait_seconds IS NOT NULL THEN least(1000, floor(100 * wait_seconds / expected)) END)
           FILTER (ago <= 28) / 100 AS average_wait_to_expected_last_28d,
         avg(CASE WHEN wait_seconds IS NOT NULL THEN least(1000, floor(100 * wait_seconds / expected)) END)
           FILTER (ago <= 91) / 100 AS average_wait_to_expected_last_91d,
         quantile_cont(wait_seconds / 60, [.25, .75]) FILTER (ago BETWEEN 29 AND 364) AS usual_waits,
         count(wait_seconds) FILTER (ago BETWEEN 29 AND 364) AS n_waits, max(ago) // 28 AS whole
  FROM issues GROUP BY customer_id
), cp AS (
  SELECT customer_id, (ago - 1) // 28 AS period, count(*) AS n FROM contacts WHERE ago <= 364 GROUP BY ALL
), cq AS (
  SELECT c.customer_id, quantile_cont(coalesce(n, 0), [.25, .75]) AS q
  FROM c JOIN range(1, 13) r(period) ON r.period < c.whole AND c.whole > 3
  LEFT JOIN cp ON cp.customer_id = c.customer_id AND cp.period = r.period GROUP BY 1
), u AS (
  SELECT customer_id, min(age) / 86400 AS days_since_last_usage,
         coalesce(sum(quantity) FILTER (ago <= 28), 0) AS usage_quantity_last_28d,
         coalesce(sum(quantity) FILTER (ago <= 91), 0) AS usage_quantity_last_91d,
         coalesce(sum(quantity) FILTER (ago BETWEEN 29 AND 56), 0) AS usage_quantity_29_to_56d_ago,
         count(DISTINCT event) FILTER (ago <= 28) AS usage_events_last_28d,
         count(DISTINCT event) FILTER (ago <= 91) AS usage_events_last_91d
  FROM usage GROUP BY customer_id
), ud AS (SELECT DISTINCT customer_id, ago FROM usage
), up AS (
  SELECT customer_id, (ago - 1) // 28 AS period, count(*) AS n, max(ago) AS oldest,
         count(*) FILTER (ago <= 7) AS n7, count(*) FILTER (ago <= 28) AS n28, count(*) FILTER (ago <= 91) AS n91,
         count(*) FILTER (ago BETWEEN 29 AND 56) AS n56
  FROM ud GROUP BY ALL
), u2 AS (
  SELECT customer_id, sum(n7) AS usage_days_last_7d, sum(n28) AS usage_days_last_28d, sum(n91) AS usage_days_last_91d,
         sum(n56) AS usage_days_29_to_56d_ago, max(oldest) // 28 AS whole
  FROM up GROUP BY customer_id
), uq AS (
  SELECT u2.customer_id, quantile_cont(coalesce(n, 0), [.25, .75]) AS q
  FROM u2 JOIN range(1, 13) r(period) ON r.period < u2.whole AND u2.whole > 3
  LEFT JOIN up ON up.customer_id = u2.customer_id AND up.period = r.period GROUP BY 1
), j AS (
  SELECT customer_id, max(age) / 86400 AS days_since_joined
  FROM (SELECT customer_id, {ages} FROM {read["customers"]} WHERE {past}) GROUP BY 1
), w AS (
  SELECT s.customer_id, {", ".join(f"{column}" for column in _plain_columns())},
         nq[1] AS usual_orders_28d_low, nq[2] AS usual_orders_28d_high,
         sq[1] AS usual_amount_28d_low, sq[2] AS usual_amount_28d_high,
         uq.q[1] AS usual_usage_days_28d_low, uq.q[2] AS usual_usage_days_28d_high,
         cq.q[1] AS usual_contacts_28d_low, cq.q[2] AS usual_contacts_28d_high,
         CASE WHEN n_waits >= 3 THEN usual_waits[1] END AS usual_wait_minutes_low,
         CASE WHEN n_waits >= 3 THEN usual_waits[2] END AS usual_wait_minutes_high
  FROM {read["customers"]} s
  LEFT JOIN a USING (customer_id) LEFT JOIN a2 USING (customer_id) LEFT JOIN o USING (customer_id)
  LEFT JOIN oq USING (customer_id) LEFT JOIN c USING (customer_id) LEFT JOIN cq USING (customer_id)
  LEFT JOIN u USING (customer_id)
  LEFT JOIN u2 USING (customer_id) LEFT JOIN uq USING (customer_id) LEFT JOIN j USING (customer_id)
)
SELECT *,
       amount_last_28d / nullif(orders_last_28d, 0) AS average_order_last_28d,
       amount_last_91d / nullif(orders_last_91d, 0) AS average_order_last_91d,
       discount_last_91d / nullif(amount_last_91d + discount_last_91d, 0) AS discount_share_last_91d,
       returned_amount_last_364d / nullif(amount_last_364d, 0) AS returned_share_last_364d,
       days_since_last_activity / nullif(usual_days_between, 0) AS overdue_ratio,
       days_since_last_activity - usual_longest_gap AS days_past_longest_gap,
       usual_longest_gap / nullif(usual_days_between, 0) AS gap_spread,
       active_days_last_28d / nullif(active_days_last_28d + active_days_29_to_56d_ago, 0) AS active_days_trend_28d,
       active_days_last_91d / nullif(active_days_last_91d + active_days_92_to_182d_ago, 0) AS active_days_trend_91d,
       orders_last_28d / nullif(orders_last_28d + orders_29_to_56d_ago, 0) AS orders_trend_28d,
       orders_last_91d / nullif(orders_last_91d + orders_92_to_182d_ago, 0) AS orders_trend_91d,
       amount_last_28d / nullif(amount_last_28d + amount_29_to_56d_ago, 0) AS amount_trend_28d,
       amount_last_91d / nullif(amount_last_91d + amount_92_to_182d_ago, 0) AS amount_trend_91d,
       active_days_last_14d / nullif(active_days_last_91d, 0) AS active_days_newest_share,
       average_categories_last_91d / nullif(average_categories_last_91d + average_categories_92_to_182d_ago, 0)
         AS average_categories_trend_91d,
       days_since_first_activity - days_since_last_activity AS days_from_first_to_last_activity,
       activities_ever * 28 / CASE WHEN days_since_first_activity < 28 THEN 28 ELSE days_since_first_activity END
         AS activities_per_28d,
       weekend_activities_last_182d / nullif(activities_last_182d, 0) AS weekend_share_last_182d,
       holiday_activities_last_182d / nullif(activities_last_182d, 0) AS holiday_share_last_182d,
       evening_activities_last_182d / nullif(activities_last_182d, 0) AS evening_share_last_182d,
       quiet_periods_28d / nullif(periods_28d, 0) AS quiet_share_28d,
       usage_days_last_28d / nullif(usage_days_last_28d + usage_days_29_to_56d_ago, 0) AS usage_days_trend_28d,
       contacts_last_91d / nullif(contacts_last_91d + contacts_92_to_182d_ago, 0) AS contacts_trend_91d,
       repeat_contacts_within_28d_last_91d / nullif(contacts_last_91d, 0) AS repeat_share_last_91d,
       contacts_on_cases_last_182d / nullif(cases_contacted_on_last_182d, 0) AS contacts_per_case_last_182d,
       usage_quantity_last_28d / nullif(usage_quantity_last_28d + usage_quantity_29_to_56d_ago, 0)
         AS usage_quantity_trend_28d
FROM w"""


#: Columns that come straight from one of the parts; those of the second kind are 0 for a customer without rows.
_AS_THEY_ARE = """
    days_since_last_activity days_since_first_activity gaps usual_days_between usual_longest_gap longest_gap periods_28d
    quiet_periods_28d quiet_periods_28d_of_last_3 days_since_last_return largest_order_last_91d last_order_amount
    average_categories_last_91d average_categories_92_to_182d_ago days_since_last_contact days_since_last_usage
    days_since_joined unresolved_share_last_91d unresolved_share_last_364d last_contact_unresolved
    average_handle_minutes_last_91d days_since_last_repeat_contact most_transfers_last_91d transferred_share_last_91d
    transferred_share_last_364d average_wait_minutes_last_28d average_wait_minutes_last_91d
    average_wait_minutes_last_364d longest_wait_minutes_last_28d longest_wait_minutes_last_91d
    longest_wait_minutes_last_364d last_wait_minutes long_wait_share_last_91d long_wait_share_last_364d
    average_wait_to_expected_last_28d average_wait_to_expected_last_91d
"""
_OR_ZERO = """
    activities_last_28d activities_last_91d activities_last_182d activities_ever weekend_activities_last_182d
    holiday_activities_last_182d evening_activities_last_182d active_days_last_14d active_days_last_28d
    active_days_last_91d active_days_last_182d active_days_29_to_56d_ago active_days_92_to_182d_ago
    active_days_183_to_364d_ago orders_last_7d
    orders_last_28d orders_last_91d orders_last_364d orders_29_to_56d_ago orders_92_to_182d_ago items_last_28d
    items_last_91d returns_last_91d returns_last_364d amount_last_28d amount_last_91d amount_last_182d amount_last_364d
    amount_ever amount_29_to_56d_ago amount_92_to_182d_ago discount_last_91d returned_amount_last_364d
    categories_last_91d categories_last_182d categories_92_to_182d_ago contacts_last_28d contacts_last_91d
    contacts_last_364d channels_last_91d topics_last_91d usage_quantity_last_28d usage_quantity_last_91d
    usage_quantity_29_to_56d_ago usage_events_last_28d usage_events_last_91d usage_days_last_7d usage_days_last_28d
    usage_days_last_91d usage_days_29_to_56d_ago contacts_92_to_182d_ago phone_contacts_last_91d
    chat_contacts_last_91d email_contacts_last_91d social_contacts_last_91d shop_contacts_last_91d app_contacts_last_91d
    cancellation_contacts_last_28d cancellation_contacts_last_91d cancellation_contacts_last_364d
    billing_contacts_last_91d billing_contacts_last_364d delivery_contacts_last_91d delivery_contacts_last_364d
    repeat_contacts_within_7d_last_28d repeat_contacts_within_7d_last_91d repeat_contacts_within_28d_last_91d
    repeat_contacts_within_28d_last_182d channel_hops_last_91d channel_hops_last_182d transfers_last_91d
    transfers_last_364d contacts_on_cases_last_182d cases_contacted_on_last_182d long_waits_last_28d long_waits_last_91d
"""


def _plain_columns() -> list[str]:
    zero = [f"CAST(coalesce({name}, 0) AS DOUBLE) AS {name}" for name in _OR_ZERO.split()]
    return [f"CAST({name} AS DOUBLE) AS {name}" for name in _AS_THEY_ARE.split()] + zero


def _expected() -> str:
    """By channel in small letters, the seconds that customers expect to wait: branches of a CASE."""
    named = " ".join(f"WHEN '{channel}' THEN {seconds}" for channel, seconds in WAIT_SECONDS.items())
    return f"{named} ELSE {Expectations().other_wait_seconds}"


def _by_channel() -> str:
    return ", ".join(
        f"count(*) FILTER (ago <= 91 AND through IN ({', '.join(repr(spelling) for spelling in spellings)}))"
        f" AS {channel}_contacts_last_91d"
        for channel, spellings in CHANNELS.items()
    )


def _about(words: Sequence[str]) -> str:
    return "(" + " OR ".join(f"contains(about, '{word}')" for word in words) + ")"
