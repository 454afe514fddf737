"""`supportable policy`: arguments -> one call of `policies`, `importing` or `authoring` -> text and exit code.

In: words somebody typed. Out: text on standard output. What is looked for on a day is looked for on today's, unless one is given.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from supportable import policies
from supportable.app import save_text
from supportable.errors import UsageError
from supportable.terminal import FAILED, MET, NOT_MET, UNDECIDED, Command, day, one_of, print_report, width


def commands() -> Mapping[str, Command]:
    """Return the commands of `policy`."""
    return {
        "list": Command("list the packs and their documents", _pack_argument, _list),
        "show": Command("show packs: their tiers, and their clauses by document", _packs_arguments, _show),
        "lint": Command("check packs: examples, tables, dead clauses, contradictions", _lint_arguments, _lint),
        "mutate": Command("count the small changes of requirements that examples notice", _packs_arguments, _mutate),
        "coverage": Command("show which sentences of a document are encoded", _coverage_arguments, _coverage),
        "gaps": Command("find deployments for which nobody has to answer", _gaps_arguments, _gaps),
        "diff": Command("say what changed between two packs, and for whom", _diff_arguments, _diff),
        "table": Command("print a table of the documents that the packs hold, in Markdown", _table_arguments, _table),
        "new": Command("start a pack from the text of a document", _new_arguments, _new),
        "import-dates": Command(
            "make a pack of life-cycle dates from files of endoflife.date or OpenEoX", _import_arguments, _import_dates
        ),
        "export-dates": Command(
            "write the life cycles of an imported pack as documents of OpenEoX Core 1.0", _export_arguments, _export_dates
        ),
        "import-catalogue": Command("make a pack of a catalogue of hardware or certified parts", _catalogue_arguments, _import_catalogue),
        "schema": Command("print a JSON Schema: deployment, pack, verdict or packet", _schema_arguments, _schema),
    }


def _pack_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", action="append", default=[], metavar="DIR", help="use this pack too (repeatable)")


def _packs_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="PACK", nargs="*", help="a pack that ships, or the folder of a pack (default: all that ship)")
    _pack_argument(parser)


def _list(options: argparse.Namespace) -> int:
    print_report(policies.policy_list(options.pack, width()))
    return MET


def _show(options: argparse.Namespace) -> int:
    print_report(policies.policy_show(options.names, options.pack, width()))
    return MET


def _lint_arguments(parser: argparse.ArgumentParser) -> None:
    _packs_arguments(parser)
    parser.add_argument("--notes", action="store_true", help="show notes too: what a reader should know, and is no error")
    parser.add_argument(
        "--deep", action="store_true", help="also compare the documents of each issuer with each other, and look for ways to the best tier"
    )
    parser.add_argument(
        "--dead-ends", action="store_true", help="also look for supported deployments that nothing leads on from before their support ends"
    )
    parser.add_argument("--as-of", metavar="DATE", help="with --deep or --dead-ends: of what is in force on this day (default: today)")
    _witness_arguments(parser)


def _witness_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--witnesses", metavar="DIR", help="also write there the deployment file that shows each")
    parser.add_argument("--format", metavar="FORMAT", default="text", help="text or json (default: text)")


def _lint(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json"), "format of `policy lint`")
    found = policies.policy_lint(
        options.names,
        options.pack,
        _as_of(options),
        deep=options.deep,
        ends=options.dead_ends,
        notes=options.notes,
        form=options.format,
        width=width(),
    )
    _save_witnesses(options, found.witnesses)
    print_report(found.report)
    return MET if found.clean else FAILED


def _mutate(options: argparse.Namespace) -> int:
    text, whole = policies.policy_mutate(options.names, options.pack)
    print_report(text)
    return MET if whole else NOT_MET


def _coverage_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="DOCUMENT", nargs="?", help="the id of the document (default: the name of the file)")
    parser.add_argument("--source", metavar="FILE", help="the text of the document")
    _pack_argument(parser)


def _coverage(options: argparse.Namespace) -> int:
    if not options.source:
        raise UsageError("no text of the document was given", None, "name it with `--source FILE`")
    text, whole = policies.policy_coverage(options.document, Path(options.source), options.pack, width())
    print_report(text)
    return MET if whole else NOT_MET


def _gaps_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--document", action="append", default=[], metavar="ID", help="only of this document (repeatable)")
    parser.add_argument("--as-of", metavar="DATE", help="of what is in force on this day (default: today)")
    _witness_arguments(parser)
    _pack_argument(parser)


def _gaps(options: argparse.Namespace) -> int:
    one_of(options.format, ("text", "json"), "format of `policy gaps`")
    if options.names:
        raise UsageError(f"`{options.names[0]}` is one name too many", None, "narrow with `--document ID`, add packs with `--pack DIR`")
    found = policies.policy_gaps(options.document, options.pack, _as_of(options), options.format, width())
    _save_witnesses(options, found.witnesses)
    print_report(found.report)
    return NOT_MET if found.witnesses else MET


def _as_of(options: argparse.Namespace) -> str:
    return day(options.as_of) if options.as_of else time.strftime("%Y-%m-%d")


def _save_witnesses(options: argparse.Namespace, witnesses: Mapping[str, str]) -> None:
    if options.witnesses:
        for name, text in witnesses.items():
            save_text(Path(options.witnesses) / f"{name}.yaml", text)


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="DOCUMENT_TEXT", help="the text of the document, one paragraph a line")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="the folder of the pack to write; its name is the name of the pack")
    parser.add_argument("--id", default="", metavar="ID", help="how clauses cite the document (default: the name of the file)")
    parser.add_argument("--issuer", default="", metavar="NAME", help="who published it, one word in lower case")
    parser.add_argument("--title", default="", metavar="TEXT", help="its title")
    parser.add_argument("--address", default="", metavar="TEXT", help="where it can be found: an address, or a number of an agreement")
    parser.add_argument("--revision", default="", metavar="TEXT", help="the revision that was read")
    parser.add_argument("--published", metavar="DATE", help="the date of that revision")
    parser.add_argument(
        "--words", default="12", metavar="N", help="show so many first words of each sentence in the work list; 0 for none (default: 12)"
    )


def _new(options: argparse.Namespace) -> int:
    from supportable.authoring import new_pack
    from supportable.core.starting import About

    if not options.output:
        raise UsageError("no folder was named for the pack", None, "name it with `-o FOLDER`")
    if not (options.words.isascii() and options.words.isdigit() and len(options.words) < 6):
        raise UsageError(f"`{options.words}` is not a number of words", None, "write a whole number, 0 for none")
    about = About(
        pack="",
        document=options.id,
        retrieved=time.strftime("%Y-%m-%d"),
        issuer=options.issuer,
        title=options.title,
        address=options.address,
        revision=options.revision,
        published=day(options.published) if options.published else "",
    )
    print_report(new_pack(Path(options.source), Path(options.output), about, int(options.words)))
    return MET


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("before", "after"):
        parser.add_argument(
            name, metavar="PACK", help="a pack that ships, the folder of a pack, or PACK@REVISION as the git repository around it had it"
        )
    parser.add_argument("--as-of", metavar="DATE", help="the day to begin with (default: today)")
    _witness_arguments(parser)


def _diff(options: argparse.Namespace) -> int:
    from supportable.authoring import diff_packs

    one_of(options.format, ("text", "json"), "format of `policy diff`")
    found = diff_packs(options.before, options.after, _as_of(options), options.format, width())
    _save_witnesses(options, found.witnesses)
    print_report(found.report)
    return NOT_MET if found.witnesses else MET if found.whole else UNDECIDED


def _table_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", metavar="FORMAT", default="markdown", help="markdown, the only one there is")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to a file instead")
    _pack_argument(parser)


def _table(options: argparse.Namespace) -> int:
    from supportable.authoring import pack_table

    one_of(options.format, ("markdown",), "format of `policy table`")
    text = pack_table(options.pack)
    if options.output:
        save_text(Path(options.output), text)
    else:
        print_report(text)
    return MET


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="product files of endoflife.date, answers of its API, or OpenEoX Core documents"
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="the folder of the pack to write")
    parser.add_argument("--published", metavar="DATE", help="the day from which files that tell no day count as known (default: always)")
    parser.add_argument("--revision", metavar="TEXT", help="what those files are: a commit, for example")


def _import_dates(options: argparse.Namespace) -> int:
    from supportable.importing import import_dates

    if not options.output:
        raise UsageError("no folder was named for the pack", None, "name it with `-o DIR`")
    published = day(options.published) if options.published else None
    files = [Path(name) for name in options.files]
    print_report(import_dates(files, Path(options.output), time.strftime("%Y-%m-%d"), published, options.revision))
    return MET


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="PACK", help="a pack that ships, or the folder of a pack, made by `import-dates`")
    parser.add_argument("--format", metavar="FORMAT", default="openeox", help="openeox, the only one there is")
    parser.add_argument("-o", "--output", metavar="DIR", help="the folder to write, one document a release")
    _pack_argument(parser)


def _export_dates(options: argparse.Namespace) -> int:
    from supportable.importing import export_dates

    one_of(options.format, ("openeox",), "format of `policy export-dates`")
    if not options.output:
        raise UsageError("no folder was named for the documents", None, "name it with `-o DIR`")
    print_report(export_dates(options.name, options.pack, Path(options.output)))
    return MET


def _catalogue_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="LIST", help="CSV with a header, or JSON: a list of flat objects")
    parser.add_argument("--mapping", metavar="FILE", help="what its columns mean (docs/catalogues.md)")
    parser.add_argument("-o", "--output", metavar="DIR", help="the folder of the pack to write")


def _import_catalogue(options: argparse.Namespace) -> int:
    from supportable.importing import import_catalogue

    if not options.mapping:
        raise UsageError("no mapping was named", None, "say what the columns mean with `--mapping FILE`; examples/catalogue has a sample")
    if not options.output:
        raise UsageError("no folder was named for the pack", None, "name it with `-o DIR`")
    print_report(import_catalogue(Path(options.file), Path(options.mapping), Path(options.output), time.strftime("%Y-%m-%d")))
    return MET


def _schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", default="verdict", help=f"{', '.join(policies.SCHEMAS)} (default: verdict)")


def _schema(options: argparse.Namespace) -> int:
    print_report(policies.policy_schema(options.name))
    return MET
