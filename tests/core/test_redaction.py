"""Redacted facts are judged as the facts were, and nothing that names anybody is left in them."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

import strategies
from supportable.core.compile import compile_pack
from supportable.core.conditions import All, Any, Every, Is, Not, Present, Same, Some
from supportable.core.deployment import Item, Listing, deployment_of, values_of
from supportable.core.events import append
from supportable.core.facts import Absent, Known, Source, Unknown
from supportable.core.redaction import Redaction, fields_kept, names_of, redact_deployment, redact_event, without_secrets
from supportable.core.verdict import judge
from supportable.packets import same_findings

TEXTS = {
    "cluster.name": ["Mail", "mail", "exn1", "EXN1", "cluster-1", "other (2)"],
    "nodes.domain": ["contoso.example", "CONTOSO.example", "domain-1", "b.example", "password=x", "password=y"],
    "nodes.hba": ["exn1 card", "EXN1 card", "ann@contoso.example", "bob@contoso.example", "node-1 card", "plain"],
}
NAMES = ["exn1", "EXN2.contoso.example", "node-1", "exn3.b.example", "10.0.0.5"]


def texts(field: str):
    """A fact of a field of free text: names, names in other letters, secrets, and what pseudonyms look like."""
    return st.one_of(
        st.sampled_from(TEXTS[field]).map(lambda value: Known(value, (SOURCE,))), st.just(Absent()), st.just(Unknown("not looked at"))
    )


SOURCE = Source("contoso/exn1.contoso.example.log", 3, "node exn1")


@st.composite
def named_deployments(draw):
    """A generated deployment with free texts and machines whose names stand in them."""
    one = draw(strategies.deployments())
    facts = {**one.facts, "cluster.name": draw(texts("cluster.name"))}
    listings = dict(one.listings)
    if "nodes" in listings:
        items = []
        for item, name in zip(listings["nodes"].items, draw(st.permutations(NAMES)), strict=False):
            own = {**item.facts, "nodes.domain": draw(texts("nodes.domain")), "nodes.hba": draw(texts("nodes.hba"))}
            items.append(Item(name, own, values_of(own)))
        listings["nodes"] = Listing(tuple(items), listings["nodes"].complete, listings["nodes"].reason)
    return deployment_of("contoso", facts, listings)


@st.composite
def named_packs(draw):
    """A generated pack with clauses that compare free texts: with each other, and with words of their own."""
    pack = draw(strategies.packs())
    of_nodes = st.sampled_from(
        [Is("nodes.hba", (value,)) for value in TEXTS["nodes.hba"]]
        + [Is("nodes.domain", (value,)) for value in TEXTS["nodes.domain"]]
        + [Present("nodes.hba"), Same("nodes.hba"), Same("nodes.domain")]
    )
    top = st.sampled_from([Is("cluster.name", (value,)) for value in TEXTS["cluster.name"]] + [Same("nodes.hba"), Same("nodes.domain")])
    inner = of_nodes.map(lambda one: one if isinstance(one, Same) else Some("nodes", one))
    more = st.one_of(top, inner, inner.map(Not), of_nodes.map(lambda one: one if isinstance(one, Same) else Every("nodes", one)))
    clauses = list(pack.clauses)
    for number in range(draw(st.integers(1, 3))):
        made = strategies.clause(100 + number, "requirement", draw(strategies.conditions()), draw(more), "worst")
        clauses.append(made._replace(applies=draw(st.sampled_from([made.applies, Any((draw(more), All((draw(more),))))]))))
    return pack._replace(clauses=tuple(clauses))


def redacted(deployment, pack, recipient="cluster-vendor", keep_names=False):
    rules = [(clause, pack.matrices) for clause in pack.clauses]
    names = () if keep_names else names_of((deployment,), [], recipient, rules)
    redaction = Redaction(names, rules)
    return redact_deployment(deployment, redaction, fields_kept(rules, ())).deployment, redaction


@settings(max_examples=60)
@given(named_deployments(), named_packs(), st.booleans())
def test_redacted_facts_give_the_same_verdict(deployment, pack, keep_names):
    """Level, both ends and the outcome of each clause are those of the deployment as it is, for any pack and deployment."""
    after, _ = redacted(deployment, pack, keep_names=keep_names)
    compiled = [compile_pack(pack)]

    assert same_findings(judge(deployment, compiled)[0], judge(after, compiled)[0])


@settings(max_examples=20)
@given(named_deployments(), named_packs())
def test_what_differed_differs_and_what_was_equal_is_equal(deployment, pack):
    """A replacement is one-to-one for the values of a field and for the names of the items of a list."""
    _, redaction = redacted(deployment, pack)

    for field, values in TEXTS.items():
        assert len({redaction.value(field, value) for value in values}) == len(values)
        assert [redaction.value(field, value) for value in values] == [redaction.value(field, value) for value in values]
    names = [item.name for item in deployment.listing("nodes").items]
    assert len({redaction.item("nodes", name) for name in names}) == len(names)


@settings(max_examples=20)
@given(named_deployments(), named_packs())
def test_only_what_a_clause_reads_is_left(deployment, pack):
    """Facts that no clause reads are not in the redacted deployment, and nothing else is missing."""
    after, _ = redacted(deployment, pack)
    kept = fields_kept([(clause, pack.matrices) for clause in pack.clauses], ())

    assert set(after.facts) == set(deployment.facts) & kept
    for name, listing in after.listings.items():
        assert [set(item.facts) for item in listing.items] == [set(item.facts) & kept for item in deployment.listing(name).items]


def mail(*names: str):
    """A deployment of machines with these names."""
    items = tuple(Item(name, {"nodes.domain": Known("contoso.example")}, {"nodes.domain": "contoso.example"}) for name in names)
    return deployment_of("contoso-mail", {"cluster.name": Known("contoso_mail")}, {"nodes": Listing(items, True, "")})


def told(text: str, *names: str, recipient: str = "cluster-vendor") -> str:
    return Redaction(names_of((mail(*(names or ("EXN1", "EXN2"))),), [text], recipient, ()), ()).text(text)


def test_names_are_replaced_in_free_text_as_whole_words_whatever_their_case():
    """Longest first, next to any sign but a letter or digit, with their domain, and never within a word."""
    assert told("exn1 and EXN2.contoso.example") == "node-1 and node-2.domain-1"
    assert (
        told(r"CONTOSO\svc on exn1_old, contoso-mail, Contoso_Mail, exn10") == r"domain-1\svc on node-1_old, deployment-1, cluster-1, exn10"
    )
    assert told("exn1.log, exn1.emea.fabrikam.net.log: 10.0.0.5") == "node-1.log, node-1.domain-1.log: address-1".replace(
        "domain-1", "domain-2"
    )
    assert told("see Fabrikam at exn2.fabrikam.net") == "see domain-2 at node-2.domain-2"


def test_a_pseudonym_is_nobody_s_name():
    """Where a machine is called as a pseudonym would be, the pseudonym has another number."""
    assert told("node-1 is not exn1", "exn1", "node-1") == "node-3 is not node-2"


@given(
    st.text(alphabet="ab-_.@ \u00e4\u0130\u00df", max_size=30),
    st.lists(st.text(alphabet="ab-\u0130\u00df", min_size=2, max_size=5), max_size=4),
)
@example("İß", ["İ-", "ß"])
def test_any_text_with_any_names_is_replaced_without_fault(text, names):
    """No name and no text breaks the replacement, and the same text gives the same again."""
    assert told(text, *names) == told(text, *names)


def test_secrets_and_accounts_are_blacked_out():
    """Passwords, keys, tokens, mail addresses and accounts, as people type them."""
    for secret in (
        "password: Winter12",
        "the password is Winter12",
        'pwd="Winter12 x"',
        '{"password": "Winter12 x"}',
        "--password Winter12",
        "passphrase Winter12",
        "https://ann:Winter12@host.example/x",
        "Authorization: Bearer Winter12.abc",
        "api_key=Winter12",
        "-----BEGIN RSA PRIVATE KEY-----\nWinter12\n-----END RSA PRIVATE KEY-----",
        "Winter12@contoso.example",
        "Winter12@exn1",
    ):
        assert "Winter12" not in without_secrets(f"before {secret} after")
        assert without_secrets(f"before {secret}").startswith(("before", "[secret]"))


def test_a_value_that_a_clause_names_is_kept():
    """The policy is published: its own words identify nobody, and a comparison with them must come out as before."""
    rules = [(strategies.clause(1, "requirement", Is("cluster.name", ("contoso_mail",)), Present("cluster.service"), "worst"), ())]
    redaction = Redaction(names_of((mail("exn1"),), [], "cluster-vendor", rules), rules)

    assert redaction.value("cluster.name", "contoso_mail") == "contoso_mail"
    assert redaction.value("cluster.name", "other") != "contoso_mail"


def test_two_efforts_stay_two():
    """Efforts that read the same without names keep their own outcomes."""
    redaction = Redaction(names_of((mail("exn1", "exn2"),), [], "customer", ()), ())
    log = [append((), "c", "2026-01-01T00:00:00Z", "opened", {})]
    for effort in ("restart exn1", "restart EXN1", "restart exn1"):
        log.append(append(log, "c", "2026-01-01T00:00:00Z", "recorded", {"what": "effort", "effort": effort, "outcome": "pending"}))

    assert [redact_event(one, redaction, frozenset()).body.get("effort") for one in log[1:]] == [
        "restart node-1",
        "restart node-1 (2)",
        "restart node-1",
    ]


def test_a_contract_with_the_recipient_keeps_its_name_and_others_do_not():
    """Whom the customer has contracts with is the business of that party only."""
    items = tuple(
        Item(name, {"contracts.party": Known(party)}, {"contracts.party": party})
        for name, party in (("Veritas gold", "cluster-vendor"), ("Fabrikam care", "hardware-vendor"))
    )
    deployment = deployment_of("mail", {}, {"contracts": Listing(items, True, "")})
    redaction = Redaction(names_of((deployment,), [], "cluster-vendor", ()), ())
    kept = frozenset({"contracts", "contracts.party"})
    after = redact_deployment(deployment, redaction, kept, frozenset({"cluster-vendor"}))

    assert [item.name for item in after.deployment.listing("contracts").items] == ["Veritas gold"]
    assert not after.deployment.listing("contracts").complete
    assert after.left_out == {"contracts": 1, "contracts.party": 1}
    assert redaction.text("Veritas gold, fabrikam care") == "Veritas gold, contract-1"
