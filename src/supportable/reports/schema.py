"""The JSON Schemas of what people and programs exchange with `supportable`: verdicts, deployment files, the files of a pack.

In: a name. Out: a schema (2020-12) as JSON text. That of deployment files and packs is made from `FIELDS`, so a new field is in
it at once. Editors read YAML before they ask the schema: `2003` is a number there and a word here, so both are accepted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from supportable.core.clauses import CASE_CONDITIONS, CONFIDENCES, KINDS, MODALITIES, PARTIES, Level
from supportable.core.conditions import OPERATORS
from supportable.core.fields import FIELDS, LISTINGS, Field

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_WORD: Schema = {"type": ["string", "number", "boolean"], "minLength": 1}
_TEXTS: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_PERIOD: Schema = {"type": "object", "properties": {"from": _DAY, "until": _DAY}, "additionalProperties": False}
_DATE: Schema = {"type": ["string", "integer"], "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$|^none$"}


def schema(name: str) -> str:
    """Return the schema `deployment` or `pack`, or one of those that are written down in `schemas`."""
    written = Path(__file__).parent / "schemas" / f"{name}.json"
    if written.is_file():
        return written.read_text(encoding="utf-8")
    made = {"deployment": deployment_schema, "pack": pack_schema}[name]()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def deployment_schema() -> Schema:
    """Return the schema of deployment files."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:supportable:deployment:1",
        "title": "A deployment file of `supportable`",
        "description": "Every part is optional: what is not written is unknown, and `none` says that it is known not to be there.",
        **_deployment(),
    }


def pack_schema() -> Schema:
    """Return the schema of the files of a pack: `pack.yaml`, `clauses/*.yaml` and `matrices/*.yaml`."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:supportable:pack:1",
        "title": "A file of a pack of `supportable`",
        "description": "The first key tells which: `pack:` in pack.yaml, `document:` in clauses/*.yaml, `matrix:` in matrices/*.yaml.",
        "type": "object",
        # One branch an editor can choose by the first key, so that it shows the errors of that branch only.
        "if": {"required": ["pack"]},
        "then": {"$ref": "#/$defs/head"},
        "else": {"if": {"required": ["matrix"]}, "then": {"$ref": "#/$defs/matrix"}, "else": {"$ref": "#/$defs/clauses"}},
        "$defs": {
            "head": _head(),
            "clauses": _clauses(),
            "clause": _clause(),
            "matrix": _matrix(),
            "condition": _condition(),
            "example": _example(),
            **{f"value:{field.name}": _value(field) for field in FIELDS.values()},
            **{f"test:{field.name}": _test(field) for field in FIELDS.values()},
        },
    }


def _object(properties: Schema, required: tuple[str, ...] = (), **more: object) -> Schema:
    made: Schema = {"type": "object", "additionalProperties": False, "properties": properties, **more}
    return {**made, "required": list(required)} if required else made


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _deployment() -> Schema:
    tree = _tree("")
    properties = {"deployment": {**_WORD, "description": "the name of the deployment"}}
    properties |= {name: child for name, child in tree.items() if name not in LISTINGS}
    properties |= {name: _listing(name) for name in LISTINGS}
    return _object(properties)


def _tree(prefix: str) -> Schema:
    """Return the schemas below `prefix` (empty, or ending with a dot), by the next part of the name, in the order of the fields."""
    made: Schema = {}
    for name, field in FIELDS.items():
        if not name.startswith(prefix):
            continue
        head, _, rest = name[len(prefix) :].partition(".")
        if not rest:
            made[head] = _value(field)
        elif head not in made and prefix + head not in LISTINGS:
            made[head] = {"anyOf": [_object(_tree(f"{prefix}{head}.")), {"const": "none"}]}
    return made


def _listing(name: str) -> Schema:
    item_name = {**_WORD, "description": f"the name of this item of `{name}`"}
    items = _list(_object({"name": item_name, **_tree(f"{name}.")}))
    partial = {"enum": [True, False, "true", "false"], "description": "whether the list leaves something out"}
    return {
        "description": f"{LISTINGS[name].meaning}; a list is complete unless `partial: true` stands in it",
        "anyOf": [items, {"const": "none"}, _object({"partial": partial, "items": items}, ("partial", "items"))],
    }


def _value(field: Field) -> Schema:
    """Return what may be written for a field: as text, or as what YAML makes of it without quotes."""
    about = {"description": f"{field.meaning}\nFound: {field.collect}"}
    none: Schema = {"const": "none"}
    match field.kind:
        case "name":
            words: list[object] = [written for value in field.values for written in (value, *_unquoted(value))]
            return {**about, "enum": [*words, *(["none"] if "none" not in words else [])]}
        case "boolean":
            return {**about, "enum": [True, False, "true", "false", "none"]}
        case "integer":
            whole = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999}
            return {**about, "anyOf": [whole, {"type": "string", "pattern": "^[0-9]{1,12}$"}, none]}
        case "date":
            return {**about, "anyOf": [{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, none]}
        case "version":
            return {**about, "type": ["string", "number"], "minLength": 1}
        case _:
            return {**about, **_SCALAR}


def _unquoted(value: str) -> tuple[int | float, ...]:
    """Return the number that YAML makes of a value without quotes, if it makes one that reads the same."""
    for number in (int, float):
        try:
            made = number(value)
        except ValueError:
            continue
        if str(made) == value:
            return (made,)
    return ()


def _test(field: Field) -> Schema:
    """Return the test of one field in a condition: a value, a list of values, or a mapping of operators."""
    value = {"$ref": f"#/$defs/value:{field.name}"}
    many = {"type": "array", "items": value, "minItems": 1}
    one_or_many = {"anyOf": [value, many]}
    operators: Schema = {"is": one_or_many, "is_not": one_or_many, "one_of": one_or_many, "none_of": one_or_many}
    operators |= dict.fromkeys(OPERATORS, value) if field.comparable else {}
    operators["present"] = {"enum": [True, False, "true", "false"]}
    return {"anyOf": [value, many, _object(operators, minProperties=1)]}


def _condition() -> Schema:
    condition = {"$ref": "#/$defs/condition"}
    conditions = {"type": "array", "items": condition, "minItems": 1}
    each = dict.fromkeys(LISTINGS, condition)
    bound = {"type": "integer", "minimum": 0}
    counts = _object(dict.fromkeys(OPERATORS, bound), minProperties=1)
    forms: Schema = {
        "all": conditions,
        "any": conditions,
        "not": condition,
        "every": _object({**each, "if_empty": {"enum": ["holds", "fails", "unknown"]}}, minProperties=1, maxProperties=2),
        "some": _object(each, minProperties=1, maxProperties=1),
        "same": {"enum": [name for name, field in FIELDS.items() if field.listing is not None]},
        "count": _object(dict.fromkeys(LISTINGS, counts), minProperties=1),
        "in_matrix": _WORD,
    }
    tests = {name: {"$ref": f"#/$defs/test:{name}"} for name in FIELDS}
    return {"anyOf": [{"enum": ["always", "never"]}, _object({**forms, **tests}, minProperties=1)]}


def _head() -> Schema:
    tier = {"id": _WORD, "label": _WORD, "level": {"enum": [level.word for level in Level]}, "why": _WORD}
    document: Schema = {"id": _WORD, "title": _WORD, "address": _WORD, "revision": _WORD, "published": _DATE, "not_before": _DATE}
    document |= {"effective": _PERIOD, "retrieved": _DATE, "confidence": {"enum": list(CONFIDENCES)}}
    document["note"] = _SCALAR
    needed = ("id", "title", "address", "revision", "retrieved", "confidence")
    properties: Schema = {"pack": _WORD, "issuer": _WORD, "subject": _WORD, "revision": _WORD}
    properties["tiers"] = {**_list(_object(tier, tuple(tier))), "description": "best first"}
    properties["documents"] = _list(_object(document, needed))
    return _object(properties, tuple(properties))


def _clauses() -> Schema:
    no_rule = _object({"sentence": _WORD, "reason": _WORD}, ("sentence", "reason"))
    properties: Schema = {
        "document": _WORD,
        "applies": {"$ref": "#/$defs/condition", "description": "what the whole document is about; the clauses add to it"},
        "clauses": _list({"$ref": "#/$defs/clause"}),
        "no_rule": {**_list(no_rule), "description": "the sentences that carry no rule, each with the reason"},
    }
    return _object(properties, ("document", "clauses"))


def _clause() -> Schema:
    condition = {"$ref": "#/$defs/condition"}
    case = {"enum": list(CASE_CONDITIONS)}
    cases = {"anyOf": [case, _list(case)]}
    prevails = {"clause": _WORD, "rule": {"enum": ["later-document", "narrower-subject", "supersedes"]}, "why": _WORD}
    examples = {kind: _list({"$ref": "#/$defs/example"}) for kind in ("holds", "fails", "unknown", "not-applicable")}
    properties: Schema = {
        "id": _WORD, "kind": {"enum": list(KINDS)}, "applies": condition, "requires": condition,
        "caps": {**_WORD, "description": "the tier that remains when the clause does not hold"},
        "says": {**_WORD, "description": "what the document says, in own words"}, "why": _SCALAR, "section": _WORD,
        "words": {**_WORD, "description": "at most twelve words of the document"}, "sentences": _TEXTS,
        "confidence": {"enum": list(CONFIDENCES)}, "party": {"enum": list(PARTIES)}, "modality": {"enum": list(MODALITIES)},
        "act": _SCALAR, "layer": _SCALAR, "when": cases, "until": cases, "documents": _TEXTS,
        "yields_to": _list(_object(prevails, tuple(prevails))), "effective": _PERIOD, "examples": _object(examples),
    }  # fmt: skip
    needed = {
        "requirement": ["requires", "caps", "examples"],
        "recommendation": ["requires"],
        "duty": ["party", "modality", "act"],
        "responsibility": ["party", "layer"],
        "include": ["documents"],
    }
    rules = [{"if": {"properties": {"kind": {"const": kind}}}, "then": {"required": keys}} for kind, keys in needed.items()]
    return _object(properties, ("id", "kind", "says", "section", "words"), allOf=rules)


def _example() -> Schema:
    """Return the schema of an example: a deployment, and the dates it is judged for and by."""
    deployment = _deployment()
    return {**deployment, "properties": {**deployment["properties"], "as_of": _DAY, "known": _DAY}}


def _matrix() -> Schema:
    """Return the schema of a table; a cell is a value, a list of values or one operator, and `any` leaves it open."""
    cells = {name: {"anyOf": [{"const": "any"}, {"$ref": f"#/$defs/test:{name}"}]} for name in FIELDS}
    days = dict.fromkeys(("from", "until", "published", "withdrawn"), _DAY)
    row = _object({"id": _WORD, "sentences": _TEXTS, "listed": {"enum": [True, False, "true", "false"]}, **days, **cells}, ("id",))
    properties: Schema = {
        "matrix": _WORD, "document": _WORD, "section": _WORD, "words": _WORD,
        "unlisted": {"enum": ["holds", "fails", "unknown"]}, "unlisted_why": _WORD, "after_until": {"enum": ["lapses", "rules-out"]},
        "columns": {"type": "array", "items": {"enum": list(FIELDS)}}, "rows": _list(row),
    }  # fmt: skip
    return _object(properties, tuple(one for one in properties if one != "after_until"))
