"""Sessions of Spark: on this machine, of a cluster, or over Spark Connect; and what went wrong there, in one sentence.

In: an address. Out: a session. What one would get wrong: Spark itself waits for minutes where nobody listens, so an address is tried first;
and a session of a program belongs to it, so `session_of` gives back the one that is there.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from supportable.engines import not_installed
from supportable.errors import EngineError, Place, UsageError

try:
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
except ImportError:
    raise not_installed("pyspark", "spark") from None

SECONDS_TO_ANSWER = 10.0
_MASTER = re.compile(r"local(\[.*\])?|spark://.+|yarn|k8s://.+")
_IS_IT_THERE = (
    "is Spark running there, and is this its address? `sbin/start-connect-server.sh` of Spark starts a Connect server, on port 15002"
)
_NO_JAVA = "install Java 17 or later (Debian: `default-jre-headless`), or name a remote Spark"


def session_of(
    master: str | None = None, remote: str | None = None, settings: Mapping[str, str] | None = None, quiet: bool = False
) -> SparkSession:
    """Return the session of a Spark Connect address (`sc://host:port`), or one of `master`; without both, of this machine alone.

    `settings` are for a session that is not there yet. `quiet` keeps Spark's own log from standard error, for as long as its Java runs.
    """
    if remote is not None and not remote.startswith(("sc://", "local")):
        raise UsageError(f"`{remote}` is not the address of a Spark Connect server", None, "such an address is sc://HOST:PORT")
    if master is not None and not _MASTER.fullmatch(master):
        raise UsageError(f"`{master}` is not a master of Spark", None, "one of local[*], spark://HOST:PORT, yarn, k8s://HOST:PORT")
    here = remote is None or remote.startswith("local")
    if here and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError("Spark needs Java, and there is none", None, _NO_JAVA)
    where = remote or master or "local[*]"
    with told(where), _calm(quiet):
        _answering(where)
        if is_here(where):
            # Spark would start whatever `python3` is on the path, which need not have our libraries.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("supportable").config("spark.sql.shuffle.partitions", "8" if is_here(where) else "200")
        # `builder` is a property that makes a new builder each time in some versions and not in others.
        builder = builder.remote(remote) if remote is not None else builder.master(where).config("spark.ui.enabled", "false")
        for name, value in (settings or {}).items():
            builder = builder.config(name, value)
        return builder.getOrCreate()


def is_here(where: str) -> bool:
    """Tell whether a master runs on this machine alone, and reads and writes its files."""
    return where.startswith("local")


def _answering(where: str) -> None:
    """Raise `EngineError` if nobody answers at an address that names host and port."""
    scheme, _, rest = where.partition("://")
    addresses = [rest.partition("/")[0] if ":" in rest else f"{rest.partition('/')[0]}:15002"] if scheme == "sc" else rest.split(",")
    if scheme in ("sc", "spark"):
        failed = [why for why in map(_refusal, addresses) if why is not None]
        if len(failed) == len(addresses):
            raise EngineError(f"nobody answers: {failed[0]}", Place(where), _IS_IT_THERE)
    if scheme == "sc":
        _answering_connect(where)


def _refusal(address: str) -> str | None:
    host, _, port = address.partition(":")
    if not port.isdigit():
        return f"`{address}` is not HOST:PORT"
    try:
        socket.create_connection((host, int(port)), SECONDS_TO_ANSWER).close()
    except OSError as error:
        return f"{address}: {(error.strerror or str(error)).lower()}"
    return None


def _answering_connect(where: str) -> None:
    import grpc  # type: ignore[import-untyped, unused-ignore]
    from pyspark.sql.connect.client import DefaultChannelBuilder

    channel = DefaultChannelBuilder(where).toChannel()
    try:
        grpc.channel_ready_future(channel).result(timeout=SECONDS_TO_ANSWER)
    except grpc.FutureTimeoutError:
        message = f"what listens there does not answer as a Spark Connect server within {SECONDS_TO_ANSWER:.0f} seconds"
        raise EngineError(message, Place(where), _IS_IT_THERE) from None
    finally:
        channel.close()


@contextmanager
def _calm(quiet: bool) -> Iterator[None]:
    """Keep what Spark says while it starts from standard error; its Java keeps the standard error that it starts with."""
    if not quiet:
        yield
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Say in one sentence what Spark could not do."""
    try:
        with warnings.catch_warnings():
            # Of pandas, which Spark looks at wherever Arrow is used, and which is not used here.
            warnings.simplefilter("ignore")
            yield
    except ImportError as error:
        # `PySparkImportError` is one, too.
        raise EngineError(f"Spark Connect needs a library: {sentence_of(str(error))}", None, "`pip install 'supportable[spark]'`") from None
    except (PySparkException, Py4JError) as error:
        text = str(error)
        sentence = sentence_of(text) or type(error).__name__
        raise EngineError(f"Spark cannot do it: {sentence}", Place(place), _hint(text)) from None


def _hint(text: str) -> str | None:
    if "JAVA_GATEWAY_EXITED" in text:
        return _NO_JAVA
    if "No module named" in text:
        return "the Python of Spark's executors needs `supportable[fleet]`; PYSPARK_PYTHON names which Python that is"
    if "PATH_ALREADY_EXISTS" in text:
        return "name a folder that is not there yet"
    return None


_PYTHON_ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt)(?:: (.*))?$", re.M)
_JAVA_CLASS = re.compile(r"^(?:Caused by: |: )?(?:[a-z]\w*\.)+[A-Z][\w$]*: ")


def sentence_of(text: str) -> str:
    """Return the one line of what Spark raised that a person can use: neither the plan of the query nor stacks of Python or Java.

    >>> sentence_of("[PATH_ALREADY_EXISTS] Path file:/tmp/a exists. SQLSTATE: 42K04;\\n'Write a\\n")
    'Path file:/tmp/a exists.'
    >>> sentence_of("Job aborted.\\n\\tat a.b\\nCaused by: java.io.IOException: No space left on device\\n\\tat a.b")
    'No space left on device'
    >>> sentence_of("An exception\\nTraceback (most recent call last):\\n  File \\"a\\"\\nValueError: no key\\n\\n\\tat a.b")
    'no key'
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if "Traceback (most recent call last)" in text:
        found = list(_PYTHON_ERROR.finditer(text.rpartition("Traceback (most recent call last)")[2]))
        if found:
            return found[0].group(1) or found[0].group(0)
    caused = [line for line in lines if line.startswith("Caused by: ")]
    line = caused[-1] if caused else next((one for one in lines if not one.startswith("An error occurred while calling")), "")
    while _JAVA_CLASS.match(line):
        line = _JAVA_CLASS.sub("", line, count=1)
    line = re.sub(r"^\[[A-Z0-9_.]+\] ", "", line.strip())
    return re.sub(r"\s*SQLSTATE: \w+;?$", "", line)
