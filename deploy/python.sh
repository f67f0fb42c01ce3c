#!/usr/bin/env bash
# Names the Python that .venv is made with: the newest here, unless an older one is much quicker.
# One that was compiled without optimisation, as version managers do unless told, takes
# half as long again for plain Python: docs/performance.md has figures. Empty: none is here.
set -euo pipefail

NAMES=(python3.13 python3.12 python3.11 python3 python)
MUCH=75  # percent of the time, or less
PIECE='
import sys, time
if sys.version_info < (3, 11): sys.exit(1)
try:
    import ensurepip, venv
except ImportError:  # Debian leaves them out unless asked: better any other
    print(10**9)
    sys.exit()

class Thing:
    def __init__(self, number):
        self.number = number

    def more(self):
        return self.number + 1

def once():
    begun = time.perf_counter()
    things = {str(number): Thing(number).more() for number in range(2000)}
    return time.perf_counter() - begun

print(round(min(once() for _ in range(9)) * 1_000_000))
'

chosen='' least=0
for name in "${NAMES[@]}"; do
    while read -r each; do
        took=$("$each" -c "$PIECE" 2>/dev/null) || continue
        if [ -z "$chosen" ] || [ $((took * 100)) -lt $((least * MUCH)) ]; then
            chosen=$each least=$took
        fi
    done < <(type -ap "$name")
done
printf '%s\n' "$chosen"
