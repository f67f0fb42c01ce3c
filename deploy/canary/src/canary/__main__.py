"""`python -m canary`: plays runs and serves its metrics until it is told to stop."""

import importlib
import os
import signal
import sys

import uvicorn

from canary.app import VERSION, create_app
from canary.settings import Settings
from chassis import logging
from chassis.settings import read


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = read(Settings)
    logging.set_up("canary", level=settings.log_level, form=settings.log_format)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        importlib.import_module("chassis.telemetry").set_up("canary", version=VERSION)
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: sys.exit(0))
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
