"""A written condition -> a condition tree, with every problem found in it.

In: a node of a pack file. Out: a `Condition`; what cannot be read becomes `never` and a problem, so reading goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from supportable.core.conditions import OPERATORS, All, Always, Any, Condition, Count, Every, InMatrix, Is, Not, Order, Present, Same, Some
from supportable.core.facts import ABSENT, Value, _Absent
from supportable.core.fields import FIELDS, LISTINGS
from supportable.core.reading_trees import Problems, near
from supportable.core.truth import FALSE, TRUE, UNKNOWN, Truth
from supportable.core.written import Items, Node, Scalar, Table

NEVER: Condition = Always(FALSE)
IF_EMPTY = {"holds": TRUE, "fails": FALSE, "unknown": UNKNOWN}


def parse_condition(node: Node, problems: Problems) -> Condition:
    """Return the condition that `node` writes; what cannot be read becomes `never` and a problem."""
    if isinstance(node, Scalar):
        if node.text in ("always", "never"):
            return Always(TRUE if node.text == "always" else FALSE)
        problems.say(f"`{node.text}` is not a condition", node.place, "write `{field: value}`, `always` or `never`")
        return NEVER
    if isinstance(node, Items):
        problems.say("a list is not a condition", node.place, "write `all: [...]` or `any: [...]`")
        return NEVER
    if not node.pairs:
        problems.say("an empty condition", node.place, "write `always` if that is meant")
        return NEVER
    parts = tuple(_form(key, value, problems) for key, value in node.pairs)
    return parts[0] if len(parts) == 1 else All(parts)


def _form(key: Scalar, node: Node, problems: Problems) -> Condition:
    form = _FORMS.get(key.text)
    if form is not None:
        return form(node, problems)
    if key.text in FIELDS:
        return parse_test(key.text, node, problems)
    problems.say(f"unknown field `{key.text}`", key.place, near(key.text, [*FIELDS, *_FORMS], "All fields: `supportable facts --fields`"))
    return NEVER


def parse_test(field: str, node: Node, problems: Problems) -> Condition:
    """Return the condition on one field: a value, a list of values, or a mapping of operators."""
    if isinstance(node, Scalar):
        return Is(field, _values(field, [node], problems))
    if isinstance(node, Items):
        return Is(field, _values(field, node.items, problems))
    parts: list[Condition] = []
    for key, value in node.pairs:
        if key.text in OPERATORS:
            bound = _values(field, [value], problems)
            if bound and bound[0] is not ABSENT:
                parts.append(Order(field, key.text, bound[0]))
            elif bound:
                problems.say("`none` has no order", value.place, "compare with a value")
        elif key.text in ("is", "one_of"):
            parts.append(Is(field, _values(field, value.items if isinstance(value, Items) else [value], problems)))
        elif key.text in ("is_not", "none_of"):
            parts.append(Not(Is(field, _values(field, value.items if isinstance(value, Items) else [value], problems))))
        elif key.text == "present" and isinstance(value, Scalar) and value.text in ("true", "false"):
            parts.append(Present(field) if value.text == "true" else Not(Present(field)))
        else:
            problems.say(
                f"unknown operator `{key.text}`", key.place, near(key.text, _OPERATOR_WORDS, f"operators: {', '.join(_OPERATOR_WORDS)}")
            )
    if not parts:
        return NEVER
    return parts[0] if len(parts) == 1 else All(tuple(parts))


_OPERATOR_WORDS = ("is", "is_not", "one_of", "none_of", *OPERATORS, "present")


def _values(field: str, nodes: list[Node], problems: Problems) -> tuple[Value | _Absent, ...]:
    found: list[Value | _Absent] = []
    for node in nodes:
        if not isinstance(node, Scalar):
            problems.say(f"`{field}` is compared with plain values", node.place)
            continue
        try:
            found.append(FIELDS[field].parse(node.text))
        except ValueError as error:
            problems.say(
                str(error),
                node.place,
                near(node.text, FIELDS[field].values, f"values of `{field}`: {', '.join(FIELDS[field].values) or FIELDS[field].kind}"),
            )
    return tuple(found)


def _joined(make: Callable[[tuple[Condition, ...]], Condition]) -> Callable[[Node, Problems], Condition]:
    def form(node: Node, problems: Problems) -> Condition:
        if not isinstance(node, Items) or not node.items:
            problems.say("`all` and `any` take a list of conditions", node.place, "write `all: [{field: value}, ...]`")
            return NEVER
        return make(tuple(parse_condition(part, problems) for part in node.items))

    return form


def _quantified(node: Node, problems: Problems, word: str) -> tuple[str, Condition, Truth] | None:
    if_empty = UNKNOWN
    pairs = node.pairs if isinstance(node, Table) else []
    rest = []
    for key, value in pairs:
        if key.text == "if_empty" and word == "every":
            if not isinstance(value, Scalar) or value.text not in IF_EMPTY:
                problems.say("`if_empty` is `holds`, `fails` or `unknown`", value.place)
            else:
                if_empty = IF_EMPTY[value.text]
        else:
            rest.append((key, value))
    if len(rest) != 1 or rest[0][0].text not in LISTINGS:
        problems.say(
            f"`{word}` takes one listing and a condition",
            node.place,
            f"write `{word}: {{nodes: {{...}}}}`; listings: {', '.join(LISTINGS)}",
        )
        return None
    return rest[0][0].text, parse_condition(rest[0][1], problems), if_empty


def _every(node: Node, problems: Problems) -> Condition:
    found = _quantified(node, problems, "every")
    return Every(*found) if found else NEVER


def _some(node: Node, problems: Problems) -> Condition:
    found = _quantified(node, problems, "some")
    return Some(found[0], found[1]) if found else NEVER


def _same(node: Node, problems: Problems) -> Condition:
    if not isinstance(node, Scalar) or node.text not in FIELDS or FIELDS[node.text].listing is None:
        text = node.text if isinstance(node, Scalar) else ""
        problems.say(
            "`same` takes a field of a listing",
            node.place,
            near(text, [name for name in FIELDS if FIELDS[name].listing], "for example `same: nodes.os.release`"),
        )
        return NEVER
    return Same(node.text)


def _count(node: Node, problems: Problems) -> Condition:
    parts: list[Condition] = []
    for listing, test in node.pairs if isinstance(node, Table) else []:
        for operator, bound in test.pairs if isinstance(test, Table) else []:
            if listing.text in LISTINGS and operator.text in OPERATORS and isinstance(bound, Scalar) and bound.text.isdigit():
                parts.append(Count(listing.text, operator.text, int(bound.text)))
            else:
                problems.say(
                    "`count` takes a listing, an operator and a whole number", operator.place, "write `count: {nodes: {at_most: 16}}`"
                )
    if not parts:
        problems.say("`count` takes a listing, an operator and a whole number", node.place, "write `count: {nodes: {at_most: 16}}`")
        return NEVER
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _in_matrix(node: Node, problems: Problems) -> Condition:
    if not isinstance(node, Scalar):
        problems.say("`in_matrix` takes the name of a matrix", node.place)
        return NEVER
    return InMatrix(node.text)


_FORMS: dict[str, Callable[[Node, Problems], Condition]] = {
    "all": _joined(All),
    "any": _joined(Any),
    "not": lambda node, problems: Not(parse_condition(node, problems)),
    "every": _every,
    "some": _some,
    "same": _same,
    "count": _count,
    "in_matrix": _in_matrix,
}
