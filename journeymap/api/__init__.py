"""What ``jm.open`` and ``jm.ingest`` return, in rooms by what is asked."""

from journeymap.api.journeys import Journeys
from journeymap.api.opening import import_store, ingest, open  # noqa: A004 - jm.open is the name that people expect

__all__ = ["Journeys", "import_store", "ingest", "open"]
