"""The policy of `workload.py` in the language of each peer, and calls that answer it for one deployment.

A peer without three-valued logic gets every clause as two formulas, "it surely holds" and "it surely fails"; with neither,
it is unknown. The formulas are free of negation: each atom first asks whether its field is known, which is exact for the
strong Kleene tables. Rows of the matrix are first merged below their common cells (unions of values in the last column),
so that no peer scans 229 rows. `single.py` compares the answers with the reference evaluator's (`expected`).

Known limits, which the tables repeat: Cedar's own way to say "unknown" is a policy that errors, which is not Kleene (the
first missing attribute hides that a later one decides); cel-python is given complete deployments only where it refuses
the other form. A field of the workload that is a number or a yes-or-no is never absent; an absent name is the text `none`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from supportable.core.clauses import Pack
from supportable.core.conditions import All, Always, Condition, InMatrix, Is, Matrix, Not, Order, Present, Row, holds
from supportable.core.conditions import Any as AnyOf
from supportable.core.deployment import Deployment
from supportable.core.evaluate import evaluate
from supportable.core.facts import ABSENT
from supportable.core.fields import FIELDS
from supportable.core.truth import FALSE, TRUE

HOLDS, FAILS, OPEN = "holds", "fails", "open"
Facts = dict[str, Any]
Answers = list[str]


class And(NamedTuple):
    parts: tuple[Any, ...]


class Or(NamedTuple):
    parts: tuple[Any, ...]


class OneOf(NamedTuple):
    """The field is known and has one of the values, or has none of them where `negated`."""

    field: str
    values: tuple[Any, ...]
    negated: bool


class Compare(NamedTuple):
    """The field is known and this far from the bound."""

    field: str
    sign: str
    bound: int


Formula = And | Or | OneOf | Compare | bool


class Peer(NamedTuple):
    """One row of the tables.

    `call` is timed and takes what `given` makes of a deployment; `answers` reads the outcome of each clause out of what it
    returned, not timed. `complete_only` says that the peer is not asked about deployments with unknown facts.
    """

    name: str
    given: Callable[[Deployment], Any]
    call: Callable[[Any], Any]
    answers: Callable[[Any], Answers]
    complete_only: bool = False
    exact: bool = True
    slow: bool = False


def plain(name: str) -> str:
    """A field's name as one word, which every peer accepts."""
    return name.replace(".", "_")


def facts_of(deployment: Deployment) -> Facts:
    """Known facts as plain values; what is unknown is left out."""
    return {plain(name): "none" if value is ABSENT else value for name, value in deployment.values.items()}


# --- conditions -> two formulas -------------------------------------------------------------------------------------


def surely(condition: Condition, pack: Pack, wanted: bool) -> Formula:
    """Return the formula that is true where `condition` is TRUE (`wanted`) or FALSE, and false elsewhere."""
    match condition:
        case Always(truth):
            return truth is (TRUE if wanted else FALSE)
        case Is(field, values):
            return OneOf(plain(field), tuple("none" if value is ABSENT else value for value in values), not wanted)
        case Present(field):
            return OneOf(plain(field), ("none",), wanted)
        case Order(field, operator, bound) if FIELDS[field].kind == "integer":
            signs = {"at_least": (">=", "<"), "at_most": ("<=", ">"), "above": (">", "<="), "below": ("<", ">=")}
            return Compare(plain(field), signs[operator][0 if wanted else 1], int(bound))
        case Order(field):
            return OneOf(plain(field), tuple(value for value in FIELDS[field].values if holds(condition, value) is TRUE), not wanted)
        case Not(part):
            return surely(part, pack, not wanted)
        case All(parts) | AnyOf(parts):
            made = tuple(surely(part, pack, wanted) for part in parts)
            return And(made) if isinstance(condition, All) is wanted else Or(made)
        case InMatrix(name):
            matrix = next(one for one in pack.matrices if one.id == name)
            listed = _merged(matrix, [row for row in matrix.rows if row.listed])
            out = _merged(matrix, [row for row in matrix.rows if not row.listed])
            return surely(All((AnyOf((listed, Always(matrix.unlisted))), Not(out))), pack, wanted)
    raise NotImplementedError(type(condition).__name__)


def clause_formulas(pack: Pack) -> list[tuple[Formula, Formula]]:
    """Return (surely holds, surely fails) of "where it applies, what it requires" for each clause."""
    found = []
    for clause in pack.clauses:
        assert clause.requires is not None
        implied = AnyOf((Not(clause.applies), clause.requires))
        found.append((surely(implied, pack, True), surely(implied, pack, False)))
    return found


def _merged(matrix: Matrix, rows: list[Row]) -> Condition:
    """Rows as one condition: common cells once, values of equal continuations together. Exact: Kleene's tables distribute."""
    return _tree([row.cells for row in rows], len(matrix.columns))


def _tree(rows: list[tuple[Any, ...]], width: int) -> Condition:
    if not rows:
        return Always(FALSE)
    if width == 0:
        return Always(TRUE)
    below: dict[Any, list[tuple[Any, ...]]] = {}
    for cells in rows:
        below.setdefault(cells[0], []).append(cells[1:])
    same: dict[Condition, list[Any]] = {}
    for cell, rest in below.items():
        same.setdefault(_tree(rest, width - 1), []).append(cell)
    return AnyOf(tuple(All((AnyOf(tuple(_united(cells))), rest)) for rest, cells in same.items()))


def _united(cells: list[Any]) -> list[Condition]:
    values = tuple(value for cell in cells if isinstance(cell, Is) for value in cell.values)
    others = [cell for cell in cells if not isinstance(cell, Is)]
    return [*([Is(next(cell.field for cell in cells if isinstance(cell, Is)), values)] if values else []), *others]


def simplified(formula: Formula) -> Formula:
    """Drop constants and joins of one part."""
    if not isinstance(formula, And | Or):
        return formula
    kind, neutral = type(formula), isinstance(formula, And)
    parts: list[Formula] = []
    for part in map(simplified, formula.parts):
        if part is (not neutral):
            return part
        if part is not neutral:
            parts.extend(part.parts if type(part) is kind else (part,))
    return neutral if not parts else parts[0] if len(parts) == 1 else kind(tuple(parts))


# --- formulas -> text ---------------------------------------------------------------------------------------------


class Language(NamedTuple):
    """How a language writes the pieces; `field` is the name as the language reaches it."""

    conjunction: str
    disjunction: str
    known: Callable[[str], str]
    one_of: Callable[[str, tuple[Any, ...], bool], str]
    field: Callable[[str], str]


def text(formula: Formula, language: Language) -> str:
    """Return the formula in a language with infix operators."""
    if isinstance(formula, bool):
        return str(formula).lower()
    if isinstance(formula, And | Or):
        operator = language.conjunction if isinstance(formula, And) else language.disjunction
        return "(" + operator.join(text(part, language) for part in formula.parts) + ")"
    name = language.field(formula.field)
    if isinstance(formula, Compare):
        return f"({language.known(formula.field)}{language.conjunction}{name} {formula.sign} {formula.bound})"
    if not formula.negated:
        member = language.one_of(name, formula.values, False)
        # Where an unknown field is null, it is no member of anything, and need not be asked about first.
        return f"({member})" if language.known is _null_is_unequal else f"({language.known(formula.field)}{language.conjunction}{member})"
    return f"({language.known(formula.field)}{language.conjunction}{language.one_of(name, formula.values, True)})"


def _null_is_unequal(field: str) -> str:
    return f"{field} != null"


def _literal(value: Any) -> str:
    return json.dumps(value)


def _listed(values: tuple[Any, ...]) -> str:
    return "[" + ", ".join(map(_literal, values)) + "]"


def _one_of(inside: str, outside: str) -> Callable[[str, tuple[Any, ...], bool], str]:
    def write(name: str, values: tuple[Any, ...], negated: bool) -> str:
        if len(values) == 1:
            return f"{name} {'!=' if negated else '=='} {_literal(values[0])}"
        return (outside if negated else inside).format(name=name, values=_listed(values))

    return write


ZEN = Language(" and ", " or ", _null_is_unequal, _one_of("{name} in {values}", "{name} not in {values}"), str)
CEL = Language(" && ", " || ", _null_is_unequal, _one_of("{name} in {values}", "!({name} in {values})"), str)
CEL_MAP = Language(" && ", " || ", lambda field: f'"{field}" in d', CEL.one_of, lambda field: f"d.{field}")
CEDAR = Language(
    " && ",
    " || ",
    lambda field: f"context has {field}",
    _one_of("{values}.contains({name})", "!({values}.contains({name}))"),
    lambda field: f"context.{field}",
)


class _Rego:
    """Rego has no "or" inside a body: a disjunction becomes a rule with one body a part."""

    def __init__(self) -> None:
        self.rules: list[str] = []
        self.named: dict[Formula, str] = {}
        self.variables = 0

    def body(self, formula: Formula) -> str:
        match formula:
            case bool():
                return str(formula).lower()
            case And(parts):
                return "; ".join(self.body(part) for part in parts)
            case Or(parts):
                if formula not in self.named:
                    self.named[formula] = name = f"any{len(self.named)}"
                    self.rules += [f"{name} if {{ {self.body(part)} }}" for part in parts]
                return self.named[formula]
            case Compare(field, sign, bound):
                return f"input.{field} {sign} {bound}"
        values = ", ".join(map(_literal, formula.values))
        if len(formula.values) == 1:
            return f"input.{formula.field} {'!=' if formula.negated else '=='} {values}"
        if not formula.negated:
            return f"input.{formula.field} in {{{values}}}"
        self.variables += 1
        return f"v{self.variables} := input.{formula.field}; not v{self.variables} in {{{values}}}"


# --- the peers ------------------------------------------------------------------------------------------------------


def _formulas(pack: Pack) -> list[tuple[Formula, Formula]]:
    return [(simplified(holds_), simplified(fails)) for holds_, fails in clause_formulas(pack)]


def _pairs(flags: list[Any]) -> Answers:
    """Flags in the order of `_list_text` -> answers."""
    return [HOLDS if flags[at] else FAILS if flags[at + 1] else OPEN for at in range(0, len(flags), 2)]


def _list_text(pack: Pack, language: Language) -> str:
    return "[" + ", ".join(text(one, language) for pair in _formulas(pack) for one in pair) + "]"


def zen_expression(pack: Pack) -> Peer:
    """zen-engine's fastest interface: one compiled expression, a list of all formulas."""
    import zen

    expression = zen.compile_expression(_list_text(pack, ZEN))
    return Peer("zen-engine, `compile_expression`, one list", facts_of, expression.evaluate, _pairs)


def zen_two_valued(pack: Pack) -> Peer:
    """The same with one formula a clause ("it fails"), complete deployments only: the least that zen-engine can be asked."""
    import zen

    expression = zen.compile_expression("[" + ", ".join(text(fails, ZEN) for _, fails in _formulas(pack)) + "]")
    return Peer(
        "zen-engine, the same, two-valued", facts_of, expression.evaluate, lambda flags: [FAILS if one else HOLDS for one in flags], True
    )


def zen_graph(pack: Pack) -> Peer:
    """zen-engine's documented interface: a decision graph with one expression node, compiled once."""
    import zen

    expressions = [
        {"id": f"{kind}{number}", "key": f"{kind}{number}", "value": text(one, ZEN)}
        for number, pair in enumerate(_formulas(pack))
        for kind, one in zip("hf", pair, strict=True)
    ]
    graph = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {"id": "it", "name": "it", "type": "expressionNode", "position": {"x": 1, "y": 0}, "content": {"expressions": expressions}},
            {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "it", "type": "edge"},
            {"id": "2", "sourceId": "it", "targetId": "out", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps(graph)))
    keys = [one["key"] for one in expressions]
    return Peer(
        "zen-engine, decision graph, one expression node",
        facts_of,
        decision.evaluate,
        lambda found: _pairs([found["result"][key] for key in keys]),
    )


def rust_cel(pack: Pack) -> Peer:
    """common-expression-language, the Rust CEL: one compiled list."""
    import cel

    program = cel.compile(_list_text(pack, CEL))

    used = program.variables()

    def given(deployment: Deployment) -> Facts:
        # A name that is not given is an error in CEL: what is unknown is null.
        facts = facts_of(deployment)
        return {name: facts.get(name) for name in used}

    return Peer("common-expression-language (Rust CEL), one list", given, program.execute, _pairs)


def _cedar_request(deployment: Deployment) -> dict[str, Any]:
    return {"principal": 'U::"a"', "action": 'Action::"judge"', "resource": 'R::"r"', "context": facts_of(deployment)}


def cedar_exact(pack: Pack) -> Peer:
    """Cedar, two `forbid` policies a clause ("holds", "fails"), policies parsed once."""
    import cedarpy

    source = "\n".join(
        f'@id("{kind}{number}") forbid(principal, action, resource) when {{ {text(one, CEDAR)} }};'
        for number, pair in enumerate(_formulas(pack))
        for kind, one in zip("hf", pair, strict=True)
    )
    policies, entities, count = cedarpy.PolicySet.from_str(source), cedarpy.Entities.from_json_str("[]"), len(pack.clauses)

    def answers(result: Any) -> Answers:
        found = set(result.diagnostics.id_annotations_by_reason.values())
        return [HOLDS if f"h{number}" in found else FAILS if f"f{number}" in found else OPEN for number in range(count)]

    return Peer(
        "cedarpy, two `forbid` policies a clause",
        _cedar_request,
        lambda request: cedarpy.is_authorized(request, policies, entities),
        answers,
    )


def cedar_errors(pack: Pack) -> Peer:
    """Cedar, one `forbid` policy a clause; a policy that errors is unknown, which is Cedar's own way and not Kleene."""
    import cedarpy

    bare = CEDAR._replace(known=lambda _: "true")
    source = "\n".join(
        f'@id("f{number}") forbid(principal, action, resource) when {{ {text(fails, bare)} }};'
        for number, (_, fails) in enumerate(_formulas(pack))
    ).replace("true && ", "")
    policies, entities, count = cedarpy.PolicySet.from_str(source), cedarpy.Entities.from_json_str("[]"), len(pack.clauses)

    def answers(result: Any) -> Answers:
        failed = set(result.diagnostics.id_annotations_by_reason.values())
        told = "\n".join(result.diagnostics.errors)
        return [FAILS if f"f{one}" in failed else OPEN if f"`policy{one}`" in told else HOLDS for one in range(count)]

    return Peer(
        "cedarpy, one `forbid` policy a clause, unknown by error",
        _cedar_request,
        lambda request: cedarpy.is_authorized(request, policies, entities),
        answers,
        exact=False,
    )


def rego(pack: Pack) -> Peer:
    """rego-cpp, two sets of clause numbers, built to a bundle once."""
    import regopy

    writer = _Rego()
    for number, pair in enumerate(_formulas(pack)):
        for kind, one in zip(("holds", "fails"), pair, strict=True):
            bodies = one.parts if isinstance(one, Or) else (one,)
            writer.rules += [f"{kind} contains {number} if {{ {writer.body(part)} }}" for part in bodies]
    source = "package judge\nimport rego.v1\n" + "\n".join(writer.rules)
    builder = regopy.Interpreter()
    builder.add_module("judge", source)
    bundle = builder.build("h = data.judge.holds; f = data.judge.fails")
    runner, count = regopy.Interpreter(), len(pack.clauses)

    def call(facts: Facts) -> Any:
        runner.set_input(regopy.Input(facts))
        return json.loads(str(runner.query_bundle(bundle)))

    def answers(found: Any) -> Answers:
        bindings = found["bindings"] if isinstance(found, dict) else found[0]["bindings"]
        holds_, fails = set(bindings["h"]), set(bindings["f"])
        return [HOLDS if number in holds_ else FAILS if number in fails else OPEN for number in range(count)]

    return Peer("regopy (rego-cpp), bundle built once", facts_of, call, answers, slow=True)


def cel_python(pack: Pack) -> Peer:
    """cel-python with its compiling runner; `"name" in d` asks whether a fact is known (`has()` and `!= null` fail there)."""
    import celpy

    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    program = environment.program(environment.compile(_list_text(pack, CEL_MAP)))
    return Peer(
        "cel-python, compiled, one list",
        lambda deployment: {"d": celpy.json_to_cel(facts_of(deployment))},
        program.evaluate,
        _pairs,
        slow=True,
    )


def insights(pack: Pack) -> Peer:
    """insights-core: a rule component a clause; the bodies are generated Python, the cost is the broker that runs them."""
    from insights.core import dr, plugins

    class Given:
        """The component every rule depends on."""

    components = []
    for number, (holds_, fails) in enumerate(_formulas(pack)):
        # Text written by `_in_python` from the closed set of formulas; values travel as literals.
        bodies = tuple(eval(f"lambda get: {_in_python(one)}") for one in (holds_, fails))
        components.append(_component(plugins, Given, bodies, number))
    graph: dict[Any, Any] = {}
    for component in components:
        graph.update(dr.get_dependency_graph(component))
    order = list(dr.run_order(graph))

    def call(facts: Facts) -> Any:
        broker = dr.Broker()
        broker[Given] = facts
        dr.run_components(order, graph, broker)
        return broker

    def answers(broker: Any) -> Answers:
        words = {"HOLDS": HOLDS, "FAILS": FAILS, "OPEN": OPEN}
        return [words[broker[component].get_key()] for component in components]

    return Peer("insights-core, a rule component a clause", facts_of, call, answers)


def _component(plugins: Any, given: Any, bodies: tuple[Any, Any], number: int) -> Any:
    def clause(facts: Facts) -> Any:
        if bodies[0](facts.get):
            return plugins.make_pass("HOLDS", clause=number)
        return plugins.make_fail("FAILS", clause=number) if bodies[1](facts.get) else plugins.make_info("OPEN", clause=number)

    # The broker tells components apart by their names.
    clause.__name__ = clause.__qualname__ = f"clause_{number}"
    return plugins.rule(given)(clause)


def _in_python(formula: Formula) -> str:
    match formula:
        case bool():
            return str(formula)
        case And(parts):
            return "(" + " and ".join(map(_in_python, parts)) + ")"
        case Or(parts):
            return "(" + " or ".join(map(_in_python, parts)) + ")"
        case Compare(field, sign, bound):
            return f"(get({field!r}) is not None and get({field!r}) {sign} {bound})"
    if formula.negated:
        return f"get({formula.field!r}) not in {(None, *formula.values)!r}"
    return f"get({formula.field!r}) in {formula.values!r}"


PEERS: dict[str, Callable[[Pack], Peer]] = {
    "zen_expression": zen_expression,
    "zen_two_valued": zen_two_valued,
    "zen_graph": zen_graph,
    "rust_cel": rust_cel,
    "cedar_exact": cedar_exact,
    "cedar_errors": cedar_errors,
    "insights": insights,
    "rego": rego,
    "cel_python": cel_python,
}


def expected(pack: Pack, deployment: Deployment) -> Answers:
    """What the reference evaluator says of each clause."""
    matrices = {one.id: one for one in pack.matrices}
    found = []
    for clause in pack.clauses:
        assert clause.requires is not None
        truth = evaluate(AnyOf((Not(clause.applies), clause.requires)), deployment, matrices).truth
        found.append(HOLDS if truth is TRUE else FAILS if truth is FALSE else OPEN)
    return found
