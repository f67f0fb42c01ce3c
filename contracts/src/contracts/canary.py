"""The canary: a customer of our own whose outage is played again and again."""

from typing import Final

SOURCE: Final = "canary"
"""Who reports its outage to outage-watcher."""
CUSTOMER: Final = "K-CANARY"
"""Its customer number; whoever counts customers leaves it out."""
