"""Judgements that reports are tried on: decided, undecided, silent, several issuers, many nodes, hostile names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from supportable.core.clauses import Citation, Clause, Document, Level, Pack, Tier, YieldsTo, select
from supportable.core.compile import Compiled, Outcomes, compile_pack
from supportable.core.conditions import Always, Condition, Every, InMatrix, Is, Present
from supportable.core.deployment import Deployment, assemble
from supportable.core.facts import ABSENT, Listed, Observation, Source
from supportable.core.truth import Truth
from supportable.core.verdict import Judgement, Unread, judge
from supportable.errors import Place

HOSTILE = '<script>alert("x")</script>|`&]]>\x1b[31m\u202e](http://evil.example/) @team #1 {0} \'--'
TIERS = (
    Tier("best", "fully supported", Level.FULL, "own words"),
    Tier("some", "will try to help", Level.LIMITED, "own words"),
    Tier("none", "not supported", Level.UNSUPPORTED, "own words"),
)


def document(name: str, **changes: str | None) -> Document:
    plain: dict[str, str | None] = {
        "id": name, "title": f"The policy {name}", "address": f"https://vendor.example/{name}", "revision": "3.0",
        "published": "2020-01-02",
        "not_before": None, "effective_from": None, "effective_until": None, "retrieved": "2026-11-23", "confidence": "full", "note": "",
    }  # fmt: skip
    return Document(**{**plain, **changes})  # type: ignore[arg-type]


def clause(name: str, kind: str = "requirement", requires: Condition | None = None, **changes: object) -> Clause:
    plain: dict[str, object] = {
        "id": name, "kind": kind, "applies": Present("cluster.service"), "requires": requires,
        "caps": "some" if kind == "requirement" else None,
        "says": f"What {name} says.", "why": "", "citation": Citation("DOC1", "Section 1", f"the words of {name}"), "confidence": "full",
        "place": Place("pack/clauses/doc.yaml", 3, 5),
    }  # fmt: skip
    return Clause(**{**plain, **changes})  # type: ignore[arg-type]


MEMBER = Every("nodes", Is("nodes.domain_role", ("member-server",)))
LISTED = Is("hardware.catalog_listing", ("cluster-system",))
CLAUSES = (
    clause("doc1.own-service", requires=Is("cluster.service", ("mscs",))),
    clause("doc1.listed", requires=LISTED),
    clause("doc1.members", requires=MEMBER, caps="none"),
    clause("doc1.advice", "recommendation", LISTED),
    clause("doc1.helps", "duty", party="support-provider", modality="will-try", act="help", says="tries to help"),
    clause("doc1.engages", "duty", party="customer", modality="must", act="engage", says="must engage the vendor"),
    clause("doc1.layer", "responsibility", party="cluster-vendor", layer="the cluster service"),
    clause("doc1.no-testing", "statement"),
    clause("doc1.see", "include", documents=("DOC9",)),
)


def pack(issuer: str = "vendor", clauses: tuple[Clause, ...] = CLAUSES, documents: tuple[Document, ...] = ()) -> Pack:
    return Pack(f"{issuer}-pack", issuer, "clusters", "1", TIERS, documents or (document("DOC1"),), clauses)


def deployment(
    name: str = "mail",
    service: object = "mscs",
    listing: object = None,
    nodes: Iterable[tuple[str, str | None]] = (("A", "member-server"), ("B", "member-server")),
    file: str = "mail.yaml",
) -> Deployment:
    """A deployment with these values; `None` for what nobody looked at."""
    found: list[Observation | Listed] = []
    if service is not None:
        found.append(Observation("cluster.service", service, Source(file, 3, "cluster.service")))  # type: ignore[arg-type]
    if listing is not None:
        found.append(Observation("hardware.catalog_listing", listing, Source(file, 9, "hardware")))  # type: ignore[arg-type]
    rows = list(nodes)
    for line, (node, role) in enumerate(rows, 10):
        found.append(Observation("nodes", node, Source(file, line), node))
        if role is not None:
            found.append(Observation("nodes.domain_role", role, Source(file, line, "nodes.domain_role"), node))
    found.append(Listed("nodes", tuple(node for node, _ in rows), Source(file, 10, "nodes")))
    return assemble(name, found)


def judgement(made: Deployment, *packs: Pack, read: str = "mail.yaml", unread: tuple[Unread, ...] = ()) -> Judgement:
    compiled = [compile_pack(select(one, (), "2026-11-24", "2026-11-24")) for one in packs]
    return Judgement(made, judge(made, compiled), "2026-11-24", "2026-11-24", ((read, "deployment-file"),), unread)


def full() -> Judgement:
    return judgement(deployment(listing="cluster-system"), pack())


def limited() -> Judgement:
    return judgement(deployment(service="pacemaker", listing="cluster-system"), pack())


def unsupported() -> Judgement:
    return judgement(deployment(listing=ABSENT, nodes=[("A", "member-server"), ("B", "domain-controller")]), pack())


def undecided() -> Judgement:
    return judgement(deployment(nodes=[("A", "member-server"), ("B", None)]), pack())


def scope_unknown() -> Judgement:
    """Nobody knows whether the documents apply; what they require holds anyway."""
    return judgement(deployment(service=None, listing="cluster-system"), pack(clauses=CLAUSES[1:]))


def silent() -> Judgement:
    return judgement(deployment(service=ABSENT), pack())


def nothing_known() -> Judgement:
    """No file gave a fact."""
    return judgement(assemble("mail", []), pack(), unread=(Unread("notes.txt", "no reader knows this format"),))


def against() -> Judgement:
    """Nobody knows whether the documents apply; should they, two clauses do not hold as things are, and one fails whatever is known."""
    product = Present("workload.product")
    own = clause("doc1.own-service", applies=product, requires=Is("cluster.service", ("mscs",)))
    members = clause("doc1.members", applies=product, requires=MEMBER, caps="none")
    never = clause("doc1.never", applies=product, requires=Always(Truth.FALSE))
    made = deployment(service="pacemaker", nodes=[("A", "member-server"), ("B", "domain-controller")])
    return judgement(made, pack(clauses=(own, members, never, clause("doc1.listed", applies=product, requires=LISTED))))


def nothing_asked() -> Judgement:
    return judgement(deployment())


def many_nodes() -> Judgement:
    return judgement(deployment(listing="cluster-system", nodes=[(f"NODE{number:02}", "member-server") for number in range(64)]), pack())


def many_unknown() -> Judgement:
    return judgement(deployment(listing="cluster-system", nodes=[(f"NODE{number:02}", None) for number in range(64)]), pack())


def several() -> Judgement:
    return judgement(
        deployment(),
        pack("vendor"),
        pack("other-vendor", CLAUSES[:1]),
        pack("third", (clause("doc1.x", applies=Present("workload.product"), requires=LISTED),)),
    )


def contradicting() -> Judgement:
    later = clause("doc2.listed", requires=Is("cluster.service", ("mscs",)), citation=Citation("DOC2", "Section 4", "[paraphrase]"))
    earlier = clause("doc1.listed", requires=LISTED, yields_to=(YieldsTo("doc2.listed", "later-document", "DOC2 is five years younger."),))
    return judgement(deployment(), pack(clauses=(earlier, later), documents=(document("DOC1"), document("DOC2", confidence="excerpt"))))


def failing_clause() -> Judgement:
    """A clause that raises while it is judged: its matrix is gone."""

    def raises(*_: object) -> Outcomes:
        raise RuntimeError("broken")

    made = deployment(listing="cluster-system")
    broken = pack(clauses=(*CLAUSES, clause("doc1.broken", requires=Every("nodes", InMatrix("gone")))))
    good = compile_pack(pack())
    compiled = Compiled(select(broken), good.code, good.constants, raises)
    return Judgement(made, judge(made, [compiled]), "2026-11-24", "2026-11-24", (("mail.yaml", "deployment-file"),))


def hostile() -> Judgement:
    """Every text that evidence or a pack can bring is an attack."""
    made = deployment(
        HOSTILE, nodes=[(HOSTILE, "member-server"), ("B", "domain-controller"), (HOSTILE + "2", None)], file=f"a b/{HOSTILE}.yaml"
    )
    bad = (
        clause("doc1.members", requires=MEMBER, says=HOSTILE, citation=Citation("DOC1", HOSTILE, HOSTILE)),
        clause("doc1.listed", requires=LISTED, says=HOSTILE),
        clause("doc1.advice", "recommendation", LISTED, says=HOSTILE),
        clause("doc1.no-testing", "statement", says=HOSTILE),
        clause("doc1.helps", "duty", party="customer", modality="must", act="x", says=HOSTILE),
    )
    source = pack(HOSTILE, bad, (document("DOC1", title=HOSTILE, revision=HOSTILE, address="javascript:alert(1)", note=HOSTILE),))
    return judgement(made, source, read=HOSTILE, unread=(Unread(HOSTILE, HOSTILE),))


ALL: dict[str, Callable[[], Judgement]] = {
    one.__name__: one
    for one in (
        full, limited, unsupported, undecided, scope_unknown, silent, nothing_known, against, nothing_asked, many_nodes, many_unknown,
        several, contradicting, failing_clause, hostile,
    )
}  # fmt: skip
