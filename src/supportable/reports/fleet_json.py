"""What became of a fleet -> JSON, schema `supportable/fleet/1`; the same fleet gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

from supportable.core.fleet_results import FleetCheck

SCHEMA = "supportable/fleet/1"


def render(fleet: FleetCheck) -> str:
    """Return the summary as one JSON document."""
    report = fleet.report
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "inventory": fleet.where,
        "as_of": fleet.as_of,
        "known": fleet.known,
        "deployments": report.deployments,
        "issuers": [
            {
                "issuer": one.issuer,
                "levels": dict(one.levels),
                "failed": [{"clause": clause, "says": fleet.says.get(clause, ""), "deployments": count} for clause, count in one.failed],
                "unknown": [{"clause": clause, "says": fleet.says.get(clause, ""), "deployments": count} for clause, count in one.unknown],
                "decides_alone": [{"field": field, "deployments": count} for field, count in one.deciding],
                "undecided_searched": one.searched,
            }
            for one in fleet.issuers
        ],
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
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
