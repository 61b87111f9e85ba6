"""A key for each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeymap.store.schema import N_GROUPS

if TYPE_CHECKING:
    from journeymap.store.store import Store

_HEX = "0123456789abcdef"


def customer_group_sql(customer: str) -> str:
    """Write the jackknife group of a customer id, 0 to 99: from its MD5, so that every engine and every day agrees.

    The first four hexadecimal digits, modulo 100; a group's share is within 0.2 % of another's.
    """
    digits = [f"(strpos('{_HEX}', substr(md5({customer}), {at}, 1)) - 1)" for at in range(1, 5)]
    number = f"((({digits[0]} * 16 + {digits[1]}) * 16 + {digits[2]}) * 16 + {digits[3]})"
    return f"CAST({number} % {N_GROUPS} AS INTEGER)"


def add_customers(store: Store, customers: str) -> None:
    """Give each customer of a relation (one column, ``customer``) that is new a key.

    A key is the customer's number within its group, times 100, plus the group.
    """
    store.engine.execute_long(
        f"""
        INSERT INTO customers (customer_key, customer_id)
        WITH new_customers AS (
            SELECT DISTINCT customer FROM ({customers}) ANTI JOIN customers ON customer_id = customer
        ),
        grouped AS (SELECT customer, {customer_group_sql("customer")} AS customer_group FROM new_customers),
        taken AS (
            SELECT customer_key % {N_GROUPS} AS customer_group, max(customer_key // {N_GROUPS}) + 1 AS n_taken
            FROM customers GROUP BY customer_key % {N_GROUPS}
        )
        SELECT
            CAST(
                (row_number() OVER (PARTITION BY customer_group ORDER BY customer) - 1 + coalesce(n_taken, 0))
                * {N_GROUPS} + customer_group AS INTEGER
            ),
            customer
        FROM grouped LEFT JOIN taken USING (customer_group)
        """
    )
