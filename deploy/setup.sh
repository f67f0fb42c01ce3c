#!/usr/bin/env bash
# Makes .venv from requirements.lock, with pip alone: the folders given are our packages.
set -euo pipefail

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! works .venv/bin/python; then
    PYTHON=${PYTHON:-$(deploy/python.sh)}
    [ -n "$PYTHON" ] || fail "No Python 3.11 or newer on the PATH." \
        "Install one, or name it: make setup PYTHON=/path/to/python3.12"
    works "$PYTHON" || fail "$PYTHON is no Python 3.11 or newer: $("$PYTHON" -V 2>&1 || true)"
    say "Making .venv with $("$PYTHON" -V) ($PYTHON)"
    "$PYTHON" -m venv --clear .venv || fail "$PYTHON cannot make a virtual environment." \
        "On Debian and Ubuntu: apt install python3-venv"
fi

# A .venv made by uv has no pip.
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null

# The build backend looks for its program on the PATH.
export PATH="$PWD/.venv/bin:$PATH"

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

say "Installing $(grep -c '==' requirements.lock) pinned packages (a minute at first)"
pip install --quiet --require-hashes --only-binary=:all: --no-deps \
    --requirement requirements.lock ||
    fail "pip could not install requirements.lock; the reason stands above." \
        "Without network, point PIP_FIND_LINKS at a folder with the wheels."

say "Installing our $# packages"
editable=()
for folder in "$@"; do editable+=(--editable "$folder"); done
pip install --quiet --no-index --no-deps --no-build-isolation "${editable[@]}" ||
    fail "pip could not install our packages; the reason stands above." \
        "Whoever made .venv runs make setup again, or take a clone of your own."
