"""Breadth: in how many ways a customer is tied to the company."""

from features.family import Derived, Family, Feature, Measure, earlier, last

BREADTH = Family(
    name="breadth",
    meaning="in how many ways a customer is tied to the company",
    measures=(
        Measure(
            stem="categories",
            table="orders",
            how="distinct",
            what=lambda rows: rows.category,
            where=lambda rows: rows.kind == "purchase",
            windows=(*last(91, 182), earlier(91, 182)),
            description="main categories of orders",
            unit="categories",
            group="narrower",
        ),
        Measure(
            stem="average_categories",
            table="orders",
            how="mean",
            what=lambda rows: rows.categories,
            where=lambda rows: rows.kind == "purchase",
            windows=(*last(91), earlier(91, 182)),
            description="categories in an order on average",
            unit="categories",
            group="narrower",
        ),
        Measure(
            stem="channels",
            table="contacts",
            how="distinct",
            what=lambda rows: rows.channel,
            where=lambda rows: rows.direction == "inbound",
            windows=last(91),
            description="channels in which the customer got in touch",
            unit="channels",
            group="contacts",
        ),
        Measure(
            stem="topics",
            table="contacts",
            how="distinct",
            what=lambda rows: rows.topic,
            where=lambda rows: rows.direction == "inbound",
            windows=last(91),
            description="topics on which the customer got in touch",
            unit="topics",
            group="contacts",
        ),
    ),
    derived=(
        Derived(
            feature=Feature(
                name="average_categories_trend_91d",
                description="categories in an order, last 91 days as a share of both 91-day windows",
                unit="share",
                group="narrower",
                reach=182,
            ),
            of=("average_categories_last_91d", "average_categories_92_to_182d_ago"),
            derive=lambda row: (
                row.average_categories_last_91d
                / (row.average_categories_last_91d + row.average_categories_92_to_182d_ago).nullif(0)
            ),
        ),
    ),
)
