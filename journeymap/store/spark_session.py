"""Get a session of Apache Spark: one that is there, one of our own, or one at an address."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from journeymap.errors import QuestionError, StoreError
from journeymap.store.memory_limit import limit_bytes
from journeymap.store.spark_errors import first_line, spark_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

JAVA_NEEDED: Final = 17
PYSPARK_NEEDED: Final = (4, 1)
"""The first version with recursive questions, which runs of attempts are."""

_SECONDS_TO_ANSWER: Final = 20

_INSTALL: Final = 'pip install "journeymap[spark]"'
_OURS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # A run of attempts is followed step by step, however many there are.
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.cteRecursionRowLimit": "-1",
}
"""What the questions rely on. It is set in a session of our own beside the one that is given."""


def own_session(engine: object, *, memory_limit: str | None = None) -> Any:  # noqa: ANN401 - pyspark is no dependency
    """Give a session of Spark for one store, with settings and names that nobody else sees.

    Parameters
    ----------
    engine
        ``spark``: the active session's cluster, or a new local one; ``sc://host:port``: a Spark Connect server; or a
        session, which stays as it is.
    memory_limit
        The driver's memory, such as ``2GB``, where a session is started here.

    Returns
    -------
    pyspark.sql.SparkSession
        A session of its own: time zone UTC, its own temporary views.

    Raises
    ------
    StoreError
        When pyspark or Java is missing or too old, or the address cannot be reached.
    QuestionError
        When a memory limit is asked for where the cluster has its own.
    """
    _expect_pyspark()
    with _quiet_warnings(), spark_errors("Spark could not be started"):
        if isinstance(engine, str) and engine.startswith("sc://"):
            _expect_no_limit(memory_limit)
            session = _at(engine)
        else:
            found = engine if not isinstance(engine, str) else _active_session()
            if found is not None:
                _expect_no_limit(memory_limit)
                session = _beside(found)
            else:
                session = _beside(_start(memory_limit))
        with ended_on_failure(session):
            for name, value in _OURS.items():
                session.conf.set(name, value)
        return session


@contextmanager
def ended_on_failure(session: Any) -> Iterator[None]:  # noqa: ANN401 - as above
    """End a session of our own if the block fails: nobody else would."""
    try:
        yield
    except BaseException:
        end_session(session)
        raise


def end_session(session: Any) -> None:  # noqa: ANN401 - as above
    """Give back what a server of Spark Connect keeps for a session of our own; in this process there is nothing."""
    if not is_remote(session):
        return
    # Not stop(), which stops a server that somebody has started here, too. And once: it may be gone.
    with suppress(Exception):
        session.client.set_retry_policies([])
        session.client.release_session()
    session.client.close()


def is_session(given: object) -> bool:
    """Say whether something is a session of Spark, without loading pyspark."""
    return type(given).__name__ == "SparkSession" and type(given).__module__.startswith("pyspark.")


def is_remote(session: object) -> bool:
    """Say whether a session is one of Spark Connect, which has no way to the JVM."""
    return ".connect." in type(session).__module__


def _active_session() -> Any:  # noqa: ANN401 - as above
    from pyspark.sql import SparkSession

    if "SPARK_REMOTE" in os.environ:
        return SparkSession.builder.getOrCreate()
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    from pyspark import SparkContext

    return SparkSession.builder.getOrCreate() if SparkContext._active_spark_context is not None else None  # noqa: SLF001 - there is no public way to ask


def _beside(session: Any) -> Any:  # noqa: ANN401 - as above
    """Make a session beside another, with the other's settings; what is set or named in it does not touch the other."""
    if is_remote(session):
        if not hasattr(session, "cloneSession"):
            raise StoreError(
                "This version of Spark Connect cannot make a session beside the one that was given.",
                hint="Give the server's address, such as sc://host:15002, or use pyspark 4.1 or later.",
            )
        return session.cloneSession()
    made = session.newSession()
    known = dict(made.conf.getAll)
    for name, value in dict(session.conf.getAll).items():
        if known.get(name) != value:
            with suppress(Exception):  # what cannot be set in a running session is the same in both
                made.conf.set(name, value)
    return made


def _at(address: str) -> Any:  # noqa: ANN401 - as above
    """Make a session on a Spark Connect server."""
    # Otherwise the child in which a Java is started after this (engine="spark") may die of what gRPC does at a fork.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        import grpc
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.session import SparkSession as RemoteSession
    except ImportError as error:
        raise StoreError(
            f"Spark Connect needs what pyspark alone does not bring: {first_line(error)}", hint=_INSTALL
        ) from None
    # Pyspark itself would try for ten minutes, and say nothing.
    channel = DefaultChannelBuilder(address).toChannel()
    try:
        grpc.channel_ready_future(channel).result(timeout=_SECONDS_TO_ANSWER)
    except grpc.FutureTimeoutError:
        raise StoreError(
            f"No Spark Connect server answers at {address.partition('/;')[0]} within {_SECONDS_TO_ANSWER} seconds.",
            hint="Is it running, is the port right (15002 unless set), and does a firewall let it through?",
        ) from None
    finally:
        channel.close()
    return RemoteSession.builder.remote(address).create()


def _start(memory_limit: str | None) -> Any:  # noqa: ANN401 - as above
    """Start Spark here: local, unless SPARK_MASTER or Spark's own settings say otherwise."""
    _expect_java()
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    conf = SparkConf(loadDefaults=False)
    conf.setAppName("journeymap")
    conf.set("spark.ui.enabled", os.environ.get("JOURNEYMAP_SPARK_UI", "false"))
    conf.set("spark.ui.showConsoleProgress", "false")
    # Spark makes a folder for tables of its own, which there are none of; not where its user happens to be.
    conf.set("spark.sql.warehouse.dir", str(Path(tempfile.gettempdir()) / f"journeymap-spark-{os.getpid()}"))
    if master := os.environ.get("SPARK_MASTER"):
        conf.setMaster(master)
    if memory_limit is not None:
        conf.set("spark.driver.memory", _memory(memory_limit))
    # What Java says while it starts is of use only where it fails.
    with tempfile.TemporaryFile("w+") as said:
        try:
            gateway = launch_gateway(conf, {"stderr": said})  # type: ignore[no-untyped-call]  # pyspark's own
        except Exception:  # noqa: BLE001 - whatever it was, Java has said why
            said.seek(0)
            last = [line.strip() for line in said if line.strip()][-1:]
            raise StoreError(
                f"Spark could not be started: {last[0] if last else 'Java gave no reason'}",
                hint="See that JAVA_HOME, SPARK_HOME and SPARK_CONF_DIR fit one another, or leave them unset.",
            ) from None
    context = SparkContext(gateway=gateway, conf=SparkConf(_jvm=gateway.jvm))
    context.setLogLevel("OFF")
    return SparkSession.builder.getOrCreate()


def _expect_pyspark() -> None:
    try:
        with _quiet_warnings():
            import pyspark
    except ImportError:
        raise StoreError("The Spark engine needs pyspark, which is not installed.", hint=_INSTALL) from None
    if tuple(int(part) for part in pyspark.__version__.split(".")[:2]) < PYSPARK_NEEDED:
        raise StoreError(
            f"The Spark engine needs pyspark 4.1 or later; {pyspark.__version__} is installed.", hint=_INSTALL
        )


def _expect_java() -> None:
    """Check Java before Spark fails on it in many lines."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    where = f"JAVA_HOME is {home}" if home else "JAVA_HOME is not set, and there is no java on the PATH"
    hint = (
        f"Install Java {JAVA_NEEDED} or later (a JRE is enough), and set JAVA_HOME to its folder: "
        f"export JAVA_HOME=/path/to/jdk-{JAVA_NEEDED}"
    )
    if program is None or not Path(program).exists():
        raise StoreError(f"Spark needs Java {JAVA_NEEDED} or later, and none was found: {where}.", hint=hint)
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own Java
    version = java_version(told.stderr + told.stdout)
    if version is not None and version < JAVA_NEEDED:
        raise StoreError(f"Spark needs Java {JAVA_NEEDED} or later; {program} is Java {version}.", hint=hint)


def java_version(told: str) -> int | None:
    """Read the major version from what ``java -version`` tells; None where it cannot be read.

    Examples
    --------
    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_392"')
    (17, 8)
    """
    found = re.search(r'version "(\d+)(?:\.(\d+))?', told)
    if found is None:
        return None
    major = int(found.group(1))
    return int(found.group(2)) if major == 1 and found.group(2) else major


def _expect_no_limit(memory_limit: str | None) -> None:
    if memory_limit is not None:
        raise QuestionError(
            "--memory-limit cannot change a Spark that is running already.",
            hint="Set spark.driver.memory and spark.executor.memory where Spark is started.",
        )


def _memory(limit: str) -> str:
    """Write a size such as 2GB as Spark does, whose units are of 1,024.

    Examples
    --------
    >>> _memory("2GiB"), _memory("1500 MB")
    ('2097152k', '1464843k')
    """
    return f"{limit_bytes(limit) // 1024}k"


@contextmanager
def _quiet_warnings() -> Iterator[None]:
    """Keep from the user what pyspark has to say about the versions of its own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
