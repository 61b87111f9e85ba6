"""Event names to touchpoints in the store: their stages, channels, goals and finals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from journeymap.errors import SettingsError, suggest
from journeymap.model.catalog import Naming, guess_goal, guess_stages, match_group
from journeymap.model.names import DEFAULT_STAGES, UNSTAGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from journeymap.settings import Settings
    from journeymap.store.store import Store


def name_touchpoints(store: Store, settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Bring the touchpoints of the good rows into the catalog.

    Reads the table ``seen_labels`` (name) and writes ``name_map``: name, touchpoint_key (null where dropped), and
    named_channel (of the settings, for events that name no channel).

    Parameters
    ----------
    store
        The store being written.
    settings
        How names become touchpoints, and what the goals are.

    Returns
    -------
    Settings
        The settings with the goal that was recognised, where none was named.
    tuple of str
        What was guessed, to be told.

    Raises
    ------
    SettingsError
        When a goal or final touchpoint never happens.
    """
    engine = store.engine
    names = [str(row[0]) for row in engine.execute("SELECT DISTINCT name FROM seen_labels ORDER BY name")]
    naming = Naming(settings.touchpoints.rename, settings.touchpoints.patterns, settings.touchpoints.drop)
    mapped = naming.touchpoints(names)
    known = store.touchpoint_keys()
    for touchpoint in sorted({name for name in mapped.values() if name is not None} - set(known)):
        known[touchpoint] = len(known) + 1
    settings, notes = _with_goal(settings, known)
    stages, stage_notes = _stages(settings, known)
    channels = match_group(known, settings.channels, otherwise="")
    order = {stage: at for at, stage in enumerate(_stage_order(settings))}
    goals = set(settings.journey.goal or ())
    finals = set(settings.journey.final)
    rows = [
        (key, name, stages[name], order.get(stages[name], len(order)), name in goals, name in finals)
        for name, key in known.items()
    ]
    _write(store, "catalog", ("key", "touchpoint", "stage", "stage_order", "is_goal", "is_final"), rows)
    engine.execute("DELETE FROM touchpoints")
    engine.execute(
        "INSERT INTO touchpoints SELECT key, touchpoint, NULL, stage, stage_order, is_goal, is_final FROM catalog"
    )
    _write(
        store, "name_map", ("name", "touchpoint_key", "named_channel"),
        [
            (name, None if touchpoint is None else known[touchpoint], channels.get(touchpoint or "") or None)
            for name, touchpoint in mapped.items()
        ],
    )  # fmt: skip
    return settings, (*notes, *stage_notes)


def _write(store: Store, table: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    import pyarrow as pa

    types = {
        "key": pa.int32(), "touchpoint_key": pa.int32(), "stage_order": pa.int32(),
        "is_goal": pa.bool_(), "is_final": pa.bool_(),
    }  # fmt: skip
    columnar = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [
        pa.array(list(values), types.get(name, pa.string())) for name, values in zip(columns, columnar, strict=True)
    ]
    store.engine.register(f"{table}_frame", pa.table(dict(zip(columns, arrays, strict=True))))
    store.engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {table}_frame")


def _with_goal(settings: Settings, known: dict[str, int]) -> tuple[Settings, tuple[str, ...]]:
    journey = settings.journey
    for option, wanted in (("--goal", journey.goal or ()), ("--final", journey.final)):
        for name in wanted:
            if name not in known:
                raise SettingsError(
                    f"{option}: the touchpoint '{name}' never happens in these events. {suggest(name, known)}",
                    hint=f"Give the option once for each: {option} A {option} B."
                    if all(part.strip() in known for part in name.split(","))
                    else "Name a touchpoint that is there.",
                )
    if journey.goal is not None:
        return settings, ()
    goal = guess_goal(known)
    if goal is None:
        return settings, ("No touchpoint looks like a goal, so no journey converts. Name one: --goal TOUCHPOINT",)
    note = f"The goal was guessed: '{goal}'. Another one: --goal TOUCHPOINT"
    return replace(settings, journey=replace(journey, goal=(goal,))), (note,)


def _stage_order(settings: Settings) -> tuple[str, ...]:
    return tuple(stage for stage, _ in settings.stages) or DEFAULT_STAGES


def _stages(settings: Settings, known: dict[str, int]) -> tuple[dict[str, str], tuple[str, ...]]:
    if settings.stages:
        return match_group(known, settings.stages, otherwise=UNSTAGED), ()
    stages = guess_stages(list(known))
    if set(stages.values()) <= {UNSTAGED}:
        return stages, ()
    return stages, ("The stages of touchpoints were guessed from their names. Set them under [stages].",)
