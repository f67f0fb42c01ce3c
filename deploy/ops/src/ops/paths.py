"""Where the files of monitoring are."""

from typing import Final

from devstack.settings import ROOT

MONITORING: Final = ROOT / "deploy" / "monitoring"
RUNBOOKS: Final = ROOT / "docs" / "runbooks"
