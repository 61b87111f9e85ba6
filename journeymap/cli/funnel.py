"""``journeymap funnel``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from journeymap.cli.asking import asked
from journeymap.cli.options import Format, FormatOption, Reading, Sources, Split, Whom, takes_options
from journeymap.cli.printing import print_frame
from journeymap.cli.talk import tell

if TYPE_CHECKING:
    from collections.abc import Container

_NOTHING: Final = "There are no such customers."


class Order(StrEnum):
    """What may lie between two steps."""

    ORDERED = "ordered"
    STRICT = "strict"
    ANY = "any"


@takes_options
def funnel(
    sources: Sources,
    split: Split,
    whom: Whom,
    reading: Reading,
    step: Annotated[
        list[str],
        typer.Option(
            metavar="TOUCHPOINT", show_default=False, help="A step, two or more in their order; or with commas."
        ),
    ],
    window: Annotated[
        str | None, typer.Option(metavar="TIME", show_default=False, help="What an attempt may take, such as 7d.")
    ] = None,
    order: Annotated[
        Order,
        typer.Option(help="'ordered' allows anything between two steps, 'strict' nothing; 'any' takes any order."),
    ] = Order.ORDERED,
    form: FormatOption = Format.TABLE,
) -> None:
    """Follow customers along steps, from their first attempt.

    Counted are customers whose attempt is mature: it began one window (one horizon without --window) before the data
    end; the immature ones stand beside. Overall conversion is entered / entered at step 1, step conversion is entered /
    entered at the step before. The median time is from the step before.

    Example: journeymap funnel shop.duckdb --step product --step cart --step order --window 7d
    """
    with asked(sources, reading, whom, split.names) as journeys:
        steps = split_steps(step, journeys.store.touchpoint_keys())
        frame = journeys.funnel(steps, window=window, order=order.value, by=split.names)
    if len(frame) and not (frame["entered"] + frame["immature"]).sum():
        tell(_NOTHING)
    print_frame(frame, form, n_levels=len(split.names), nothing=_NOTHING)


def split_steps(given: list[str], known: Container[str]) -> list[str]:
    """Take steps that were given with commas apart, unless a touchpoint is called so.

    Examples
    --------
    >>> split_steps(["cart,order", "a, b"], {"cart", "order", "a, b"})
    ['cart', 'order', 'a, b']
    """
    found: list[str] = []
    for text in given:
        found += [text] if text in known else [part.strip() for part in text.split(",") if part.strip()]
    return found
