"""A written model of changes -> `Model`, over another one, and every problem found.

In: trees with places. Out: values; what cannot be read is left out and is a problem, so that reading goes on. What one would get wrong:
what a user's file says of one kind of work or one field replaces what the model under it says of that one, and nothing else.
"""

from __future__ import annotations

from supportable.core.changing import LOOK, UNUSUAL, Model, Move, Price, Rule, Work
from supportable.core.conditions import InMatrix, Is, walk
from supportable.core.dates import is_day
from supportable.core.facts import Value, _Absent
from supportable.core.fields import FIELDS
from supportable.core.parse_conditions import parse_condition, parse_test
from supportable.core.reading_trees import Problems, known_keys, near, needed
from supportable.core.written import Items, Node, Scalar, Table

_TOP = ("model", "weights", "work", "fields", "given", "first", "usual", "released", "rules")
_RULE = ("if", "then", "why", "before")
_WORK = ("says", *Price._fields, "further", "takes_node_out")
_MOVE = ("work", "later", "to", "resets", "does", "records", "after")
POINTS_MAX = 1_000_000
EMPTY = Model(
    {LOOK: Work(LOOK, "looking", Price(1)), UNUSUAL: Work(UNUSUAL, "what is unusual", Price())}, {}, {}, Price(1, 1, 1, 1), "empty"
)
_FIELDS_HINT = "All fields: `supportable facts --fields`"


def parse_changing(tree: Node, under: Model, problems: Problems) -> Model:
    """Return the model that a tree writes, over the one under it."""
    if not isinstance(tree, Table):
        problems.say("a model of changes is a mapping of keys", tree.place, "start with `model: NAME`; `docs/plan.md` shows one")
        return under
    known_keys(tree, _TOP, problems)
    name = needed(tree, "model", problems, "write `model: NAME`")
    work = {**under.work, **_work(tree, problems)}
    moves, given = dict(under.moves), dict(under.given)
    for key, node in _pairs(tree, "fields", problems):
        move = _move(key, node, work, problems) if _is_field(key, problems) else None
        if move is not None:
            moves[move.field] = move
            given.pop(move.field, None)
    for key, node in _pairs(tree, "given", problems):
        if _is_field(key, problems):
            given[key.text] = node.text if isinstance(node, Scalar) else ""
            moves.pop(key.text, None)
            if not isinstance(node, Scalar) or not node.text.strip():
                problems.say(f"`{key.text}` is given without a reason", node.place, "write why nothing changes it")
    _no_circles(tree, moves, problems)
    weights = tree.get("weights")
    own = _rules(tree, problems)
    return Model(
        work,
        moves,
        given,
        under.weights if weights is None else _price(weights, problems),
        name.text if name else "",
        (*(one for one in under.rules if one.id not in {rule.id for rule in own}), *own),
        under.first if tree.get("first") is None else _fields(tree, "first", problems),
        {**under.usual, **_usual(tree, problems)},
        _released(tree, under, problems),
    )


def _released(tree: Table, under: Model, problems: Problems) -> dict[str, dict[Value, str]]:
    """Return the days of releases, by every field that has the release among its values in order, over those of another model."""
    found = {field: dict(days) for field, days in under.released.items()}
    for value, day in _pairs(tree, "released", problems):
        fields = [one.name for one in FIELDS.values() if one.ordered and value.text in one.values]
        if not fields:
            known = (text for one in FIELDS.values() if one.ordered for text in one.values)
            problems.say(f"unknown release `{value.text}`", value.place, near(value.text, known, _FIELDS_HINT))
        elif not isinstance(day, Scalar) or not is_day(day.text):
            problems.say(f"`{value.text}` has no day", day.place, "write the day of its release as YYYY-MM-DD")
        else:
            for field in fields:
                found.setdefault(field, {})[value.text] = day.text
    return found


def _usual(tree: Table, problems: Problems) -> dict[str, tuple[Value | _Absent, ...]]:
    found = {}
    for key, node in _pairs(tree, "usual", problems):
        if not _is_field(key, problems):
            continue
        if not isinstance(node, Scalar | Items):
            problems.say(f"what is usual for `{key.text}` is a value or a list of values", node.place, "write `[VALUE, VALUE]`")
            continue
        values = parse_test(key.text, node, problems)
        if isinstance(values, Is):
            found[key.text] = values.values
    return found


def _no_circles(tree: Table, moves: dict[str, Move], problems: Problems) -> None:
    """Refuse work that sets anew, over other work or at once, the field that it changes: no order would say which counts."""
    for key, _ in _pairs(tree, "fields", problems):
        reached, waiting = set[str](), [key.text]
        while waiting:
            move = moves.get(waiting.pop())
            new = set(move.resets if move is not None else ()) - reached
            reached |= new
            waiting += sorted(new)
        if key.text in reached:
            problems.say(f"what the work on `{key.text}` sets anew leads back to it", key.place, "leave one of the `resets` out")


def _rules(tree: Table, problems: Problems) -> list[Rule]:
    found = []
    for key, node in _pairs(tree, "rules", problems):
        if not isinstance(node, Table):
            problems.say(f"the rule `{key.text}` is a mapping", node.place, "write `{if: ..., then: ..., why: ...}`")
            continue
        known_keys(node, _RULE, problems)
        why = needed(node, "why", problems, "say in a sentence why, and who says so")
        parts = [node.get(one) for one in ("if", "then")]
        if None in parts:
            problems.say("`if` or `then` is missing", node.place, "write conditions as in a pack")
            continue
        conditions = [parse_condition(one, problems) for one in parts if one is not None]
        if any(isinstance(one, InMatrix) for condition in conditions for one in walk(condition)):
            problems.say(f"the rule `{key.text}` asks a table, and a model has none", node.place, "write the values that go together")
            continue
        before = node.get("before")
        if before is not None and not (isinstance(before, Scalar) and is_day(before.text)):
            problems.say("`before` is not a day", before.place, "write the first day on which the rule no longer holds as YYYY-MM-DD")
            continue
        found.append(
            Rule(key.text, conditions[0], conditions[1], why.text if why is not None else "", before.text if before is not None else "")
        )
    return found


def _work(tree: Table, problems: Problems) -> dict[str, Work]:
    found = {}
    for key, node in _pairs(tree, "work", problems):
        if not isinstance(node, Table):
            problems.say(f"the work `{key.text}` is a mapping", node.place, "write `{says: ..., effort: 1}`")
            continue
        known_keys(node, _WORK, problems)
        says, further = needed(node, "says", problems), node.get("further")
        own = Table([(one, value) for one, value in node.pairs if one.text in Price._fields], node.place)
        found[key.text] = Work(
            key.text,
            says.text if says else "",
            _price(own, problems),
            _price(further, problems) if further is not None else Price(),
            _yes(node, "takes_node_out", "write `takes_node_out: true` where a node leaves the cluster for the work", problems),
        )
    return found


def _yes(node: Table, key: str, hint: str, problems: Problems) -> bool:
    written = node.get(key)
    if written is None:
        return False
    if not (isinstance(written, Scalar) and written.text in ("true", "false")):
        problems.say(f"`{key}` is true or false", written.place, hint)
        return False
    return written.text == "true"


def _price(node: Node, problems: Problems) -> Price:
    if not isinstance(node, Table):
        problems.say("a price is a mapping", node.place, f"write `{{{', '.join(f'{one}: 1' for one in Price._fields)}}}`")
        return Price()
    known_keys(node, Price._fields, problems)
    points = {}
    for key, value in node.pairs:
        text = value.text if isinstance(value, Scalar) else ""
        if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= POINTS_MAX):
            problems.say(f"`{key.text}` is no number of points", value.place, f"write a whole number from 0 to {POINTS_MAX}")
        elif key.text in Price._fields:
            points[key.text] = int(text)
    return Price(**points)


def _move(key: Scalar, node: Node, work: dict[str, Work], problems: Problems) -> Move | None:
    if not isinstance(node, Table):
        problems.say(f"the move of `{key.text}` is a mapping", node.place, "write `{work: ...}`")
        return None
    known_keys(node, _MOVE, problems)
    kind = needed(node, "work", problems)
    if kind is not None and kind.text not in work:
        problems.say(f"unknown work `{kind.text}`", kind.place, near(kind.text, work, f"kinds of work: {', '.join(work)}"))
    to, does = node.get("to"), node.get("does")
    later = _yes(node, "later", "write `later: true` where a value can only be followed by a later one", problems)
    if later and not FIELDS[key.text].comparable:
        problems.say(f"`{key.text}` has no order", key.place, "leave `later` out")
    values = parse_test(key.text, to, problems) if isinstance(to, Scalar | Items) else None
    if isinstance(to, Table):
        problems.say("`to` is a value or a list of values", to.place, "write `to: [VALUE, VALUE]`")
    return Move(
        key.text,
        kind.text if kind is not None else "",
        later,
        values.values if isinstance(values, Is) else None,
        _fields(node, "resets", problems),
        does.text if isinstance(does, Scalar) else "",
        _records(node, problems),
        _fields(node, "after", problems),
    )


def _records(node: Table, problems: Problems) -> str:
    written, kinds = node.get("records"), FIELDS["changes.change"].values
    if written is None:
        return ""
    if isinstance(written, Scalar) and written.text in kinds:
        return written.text
    text = written.text if isinstance(written, Scalar) else ""
    problems.say(f"unknown change `{text}`", written.place, near(text, kinds, f"changes: {', '.join(kinds)}"))
    return ""


def _fields(node: Table, key: str, problems: Problems) -> tuple[str, ...]:
    written = node.get(key)
    if written is None:
        return ()
    if not isinstance(written, Items):
        problems.say(f"`{key}` is a list of fields", written.place, f"write `{key}: [FIELD, FIELD]`")
        return ()
    named = [one for one in written.items if isinstance(one, Scalar) and _is_field(one, problems)]
    return tuple(one.text for one in named)


def _pairs(tree: Table, key: str, problems: Problems) -> list[tuple[Scalar, Node]]:
    node = tree.get(key)
    if node is None:
        return []
    if not isinstance(node, Table):
        problems.say(f"`{key}` is a mapping", node.place, "write one `NAME: ...` a line below it")
        return []
    return node.pairs


def _is_field(key: Scalar, problems: Problems) -> bool:
    if key.text in FIELDS:
        return True
    problems.say(f"unknown field `{key.text}`", key.place, near(key.text, FIELDS, _FIELDS_HINT))
    return False
