"""Opening a letter: the PDF in the spool of the print shop."""

import re
from pathlib import Path
from typing import Final

from pypdf import PdfReader

from devstack.journey.seeing import NotSeen
from devstack.logins import Login

_USERNAME: Final = re.compile(r"^Benutzername \(.*\)\n(.+)$", re.MULTILINE)
_PASSWORD: Final = re.compile(r"\b([A-Z2-9]{4}(?:-[A-Z2-9]{4}){4})\b")


def newest(spool: Path, customer_number: str) -> Login:
    """Open the newest letter to a customer; raises NotSeen where there is none."""
    named = re.sub(r"[^\w-]", "_", customer_number)  # to open few: it takes a while
    for path in sorted(spool.glob(f"*-{named}-*.pdf"), reverse=True):
        letter = opened(path)
        if letter.username == customer_number:
            return letter
    raise NotSeen(f"a letter to {customer_number}", f"none in {spool}")


def opened(path: Path) -> Login:
    """Read user name and password off the paper."""
    text = PdfReader(path).pages[0].extract_text()
    username, password = _USERNAME.search(text), _PASSWORD.search(text)
    if not username or not password:
        raise NotSeen("user name and password", f"not on {path.name}")
    return Login(username[1].strip(), password[1])
