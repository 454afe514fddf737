"""What became of a fleet -> JSON: schemas `supportable/fleet/1`, `supportable/fleet-forecast/1`, `supportable/fleet-diff/1`.

In: values of `core/fleet_results.py`. Out: one document; the same values give the same bytes. What one would get wrong: a share is a
numerator and a denominator, because its decimal is rounded and need not add up. Characters that steer a terminal are written as `\\u`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from supportable.core.fleet_results import FleetCheck, FleetDiff, FleetForecast, Move, Ranked, Reason, Shares, Side
from supportable.reports.fleet_words import OWED_TO, owed_in_all

SCHEMA = "supportable/fleet/1"
FORECAST_SCHEMA = "supportable/fleet-forecast/1"
DIFF_SCHEMA = "supportable/fleet-diff/1"


def render_check(fleet: FleetCheck) -> str:
    """Return the summary of `fleet check` as one JSON document."""
    return document(
        {
            "schema": SCHEMA,
            "inventory": fleet.where,
            "as_of": fleet.as_of,
            "known": fleet.known,
            "deployments": fleet.report.deployments,
            "issuers": [
                {
                    "issuer": one.issuer,
                    "levels": dict(one.levels),
                    "failed": _clauses(one.failed, fleet.says),
                    "unknown": _clauses(one.unknown, fleet.says),
                    "decides_alone": [{"field": field, "deployments": count} for field, count in one.deciding],
                    "undecided_searched": one.searched,
                    "groups": [
                        {
                            "by": name,
                            "values": [
                                {"value": group.value, "deployments": group.deployments, "levels": dict(group.levels)} for group in groups
                            ],
                        }
                        for name, groups in one.groups.items()
                    ],
                }
                for one in fleet.issuers
            ],
            **unread(fleet.report),
        }
    )


"""The name that `fleets` calls it by."""


def render_forecast(found: FleetForecast) -> str:
    """Return the forecast of `fleet forecast` as one JSON document."""
    return document(
        {
            "schema": FORECAST_SCHEMA,
            "inventory": found.where,
            "first": found.first,
            "until": found.until,
            "known": found.known,
            "deployments": found.report.deployments,
            "issuers": [
                {
                    "issuer": one.issuer,
                    "steps": [{"from": day, "levels": dict(levels)} for day, levels in one.steps],
                    "turns": [
                        {
                            "day": turn.day,
                            "falling": turn.falling,
                            "moves": [_move(move) for move in turn.moves],
                            "falls_because": _reasons(turn.falls_because, found.says),
                            "others_because": _reasons(turn.others_because, found.says),
                        }
                        for turn in one.turns
                    ],
                }
                for one in found.issuers
            ],
            **unread(found.report),
        }
    )


def render_diff(found: FleetDiff) -> str:
    """Return the comparison of `fleet diff` as one JSON document."""
    return document(
        {
            "schema": DIFF_SCHEMA,
            "before": _side(found.before),
            "after": _side(found.after),
            "issuers": [
                {
                    "issuer": one.issuer,
                    "before": dict(one.before),
                    "after": dict(one.after),
                    "changes": [{**_move(move), "owed_to": _shares(shares)} for move, shares in one.changes],
                    "owed_to": _shares(owed_in_all(one.changes)),
                    "because": [{"kind": kind, "clauses": _reasons(reasons, found.says)} for kind, reasons in one.because.items()],
                }
                for one in found.issuers
            ],
            "inventories": [{"deployments": report.deployments, **unread(report)} for report in found.reports],
        }
    )


def document(tree: Mapping[str, Any]) -> str:
    """Return a tree as JSON; characters that steer a terminal are escaped."""
    written = json.dumps(tree, indent=2, ensure_ascii=False)
    if not written.replace("\n", "").isprintable():
        written = "".join(one if one == "\n" or one.isprintable() else json.dumps(one)[1:-1] for one in written)
    return written + "\n"


def _clauses(ranked: Ranked, says: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"clause": clause, "says": says.get(clause, ""), "deployments": count} for clause, count in ranked]


def _reasons(reasons: Iterable[Reason], says: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"clause": one.clause, "says": says.get(one.clause, ""), "deployments": one.deployments, "key": one.key} for one in reasons]


def _move(move: Move) -> dict[str, Any]:
    return {"kind": move.kind, "before": move.before, "after": move.after, "deployments": move.deployments, "key": move.key}


def _side(side: Side) -> dict[str, str]:
    return {"inventory": side.where, "packs": side.packs, "as_of": side.as_of, "known": side.known}


def _shares(shares: Shares) -> dict[str, dict[str, Any]]:
    parts: Sequence[Fraction] = shares
    return {
        name: {"numerator": part.numerator, "denominator": part.denominator, "decimal": round(float(part), 6)}
        for name, part in zip(OWED_TO, parts, strict=True)
    }


def unread(report: Any) -> dict[str, Any]:
    """Return what became of the rows of an inventory that were not taken, and what was not understood."""
    return {
        "rows": report.rows,
        "rows_set_aside": report.rows_set_aside,
        "set_aside": [{"place": str(one.place), "reason": one.reason} for one in report.set_aside],
        "reasons": [{"reason": reason, "rows": count} for reason, count in report.reasons],
        "unknown_names": [{"column": one.column, "text": one.text, "rows": one.rows} for one in report.unknown_names],
        "unknown_cells": report.unknown_cells,
        "duplicates": report.duplicates,
        "columns_not_mapped": list(report.columns_not_mapped),
        "files_ignored": list(report.files_ignored),
    }
