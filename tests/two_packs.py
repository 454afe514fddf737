"""Two sample packs that send a customer to each other: a support provider's and a cluster vendor's."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
pack: {pack}
issuer: {issuer}
subject: a sample
revision: "1"
tiers:
  - {{id: full, label: full, level: full, why: w}}
  - {{id: some, label: will try, level: limited, why: w}}
documents:
  - {{id: {document}, title: t, address: a, revision: "1", retrieved: "2026-01-01", confidence: full}}
"""
REQUIREMENT = """\
document: {document}
applies: {{workload.product: exchange-server}}
clauses:
  - id: {name}.own-service
    kind: requirement
    says: Another cluster service gets an effort.
    section: "1"
    words: another cluster service
    why: w
    applies: {{cluster.service: {{present: true}}}}
    requires: {{cluster.service: mscs}}
    caps: some
    examples:
      holds: [{{workload: {{product: exchange-server}}, cluster: {{service: mscs}}}}]
      fails: [{{workload: {{product: exchange-server}}, cluster: {{service: lifekeeper}}}}]
      unknown: [{{workload: {{product: exchange-server}}}}]
"""
DUTY = """\
  - id: {name}.{act}
    kind: duty
    party: {party}
    modality: {modality}
    act: {act}
    when: [{when}]
    says: {says}
    section: "2"
    words: {says}
    applies: {{cluster.service: {service}}}
"""


def duty(name: str, party: str, modality: str, act: str, when: str, service: str = "{present: true, is_not: mscs}") -> str:
    return DUTY.format(name=name, party=party, modality=modality, act=act, when=when, says=f"{modality} {act}", service=service)


def write_pack(folder: Path, issuer: str, *duties: str) -> Path:
    """Write the pack of an issuer with one requirement and these duties, and return its folder."""
    place, document = folder / f"{issuer}-pack", f"{issuer.upper()}1"
    (place / "clauses").mkdir(parents=True)
    (place / "pack.yaml").write_text(HEAD.format(pack=place.name, issuer=issuer, document=document))
    (place / "clauses" / "one.yaml").write_text(REQUIREMENT.format(name=issuer, document=document) + "".join(duties))
    return place


def circle(folder: Path) -> tuple[Path, Path]:
    """The provider refers to the cluster vendor at once, and the vendor refers back."""
    provider = write_pack(
        folder,
        "alpha",
        duty("alpha", "support-provider", "may", "refer-to-cluster-vendor", "case-open"),
        duty("alpha", "support-provider", "will-try", "help-troubleshoot", "case-open"),
    )
    vendor = write_pack(folder, "beta", duty("beta", "cluster-vendor", "may", "refer-to-support-provider", "vendor-involved", "lifekeeper"))
    return provider, vendor
