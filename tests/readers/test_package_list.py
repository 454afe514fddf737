"""The reader of lists of packages."""

import pytest

from evidence_samples import DPKG, RPM
from reading import said
from supportable.core.facts import ABSENT
from supportable.readers import open_reader
from supportable.readers.reader import Evidence

TABLE = """\
NAME                                DISTRIBUTION                        VERSION
bash                                SUSE Linux Enterprise 15            4.4-150400.25.22
corosync                            SUSE Linux Enterprise 15            2.4.6-150300.12.10.1
corosync-qdevice                    SUSE Linux Enterprise 15            2.4.6-150300.12.10.1
pacemaker                           SUSE Linux Enterprise 15            2.1.2+20211124.ada5c3b36-150400.4.9.2
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RPM, {"nodes.cluster_stack_version": "2.1.2-4.el8_6.2", "nodes.corosync_version": "3.1.5-2.el8"}),
        (DPKG, {"nodes.cluster_stack_version": "2.1.2-1ubuntu3", "nodes.corosync_version": "3.1.6-1ubuntu1"}),
        ("pacemaker\t2.1.2-1ubuntu3\nbash\t5.1-6ubuntu1\n", {"nodes.cluster_stack_version": "2.1.2-1ubuntu3"}),
        ("corosync-3.1.5-2.el8.x86_64                   Mon 01 Aug 2022 10:00:00 AM CEST\n", {"nodes.corosync_version": "3.1.5-2.el8"}),
        (
            TABLE,
            {
                "nodes.corosync_version": "2.4.6-150300.12.10.1",
                "nodes.qdevice_version": "2.4.6-150300.12.10.1",
                "nodes.cluster_stack_version": "2.1.2+20211124.ada5c3b36-150400.4.9.2",
            },
        ),
        (
            "ii  pacemaker  1:2.1.2-1  amd64  x\nrc  corosync  3.1.6-1  amd64  removed, configuration left\n",
            {"nodes.cluster_stack_version": "2.1.2-1"},
        ),
    ],
)
def test_versions_are_read_in_every_form(text: str | bytes, expected: dict[str, str]):
    """`rpm -qa` with and without dates, `dpkg -l`, `dpkg-query -W`, the table of a supportconfig; an epoch is no part of the order."""
    assert said("package_list", text) == expected


def test_a_library_of_the_same_beginning_is_not_the_package():
    """`pacemaker-libs` and `corosynclib` are other packages."""
    assert said("package_list", "pacemaker-libs-2.1.2-4.el8.x86_64\ncorosynclib-3.1.5-2.el8.x86_64\nkernel-4.18.0-372.el8.x86_64\n") == {}


def test_only_the_list_of_a_whole_system_says_that_a_package_is_not_there():
    """A filtered list looks the same, so packages of every system must be in it, and many."""
    many = "".join(f"package{number}-1.0-1.el8.noarch\n" for number in range(120))
    whole = many + "bash-4.4.20-4.el8.x86_64\ncoreutils-8.30-12.el8.x86_64\nglibc-2.28-189.el8.x86_64\npacemaker-2.1.2-4.el8.x86_64\n"

    assert said("package_list", many) == {}
    assert said("package_list", whole) == {
        "nodes.cluster_stack_version": "2.1.2-4.el8",
        "nodes.corosync_version": ABSENT,
        "nodes.qdevice_version": ABSENT,
        "nodes.cman_version": ABSENT,
    }


@pytest.mark.parametrize("text", ["", "one line of words\n", "a-1-1.el8.x86_64 and then\nprose\nprose\n"])
def test_other_text_is_not_a_list_of_packages(text: str):
    """A text that names a package among others is not recognised."""
    assert not open_reader("package_list").READER.recognises(Evidence("a", text.encode()))
