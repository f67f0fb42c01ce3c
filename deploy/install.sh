#!/usr/bin/env bash
# What goes into an image: install.sh APP LOCK PACKAGE…
# APP becomes a virtual environment without pip that holds what LOCK pins, each file by
# its hash, and our packages as wheels. The Dockerfile runs it, and a test does the same.
set -euo pipefail

app=$1 lock=$2
shift 2

wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
pip() { python -m pip --disable-pip-version-check --no-input "$@"; }

pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir "$wheels" "$@"
python -m venv --without-pip "$app"
pip --python "$app/bin/python" install --quiet --require-hashes --only-binary=:all: \
    --no-deps --requirement "$lock"
pip --python "$app/bin/python" install --quiet --no-deps --no-index "$wheels"/*.whl
