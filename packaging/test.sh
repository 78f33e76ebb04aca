#!/usr/bin/env bash
# Installs reVo Edge with its test tools and runs all tests:  packaging/test.sh [PYTEST ARGUMENT...]
set -euo pipefail

# shellcheck source=packaging/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

install dev
cd "$root"
(($# == 0)) || exec "$venv/bin/python" -m pytest "$@"

# Unit tests run side by side, and windows mostly wait for their daemons. The others look at the
# clock: they have the machine for themselves.
failed=0
"$venv/bin/python" -m pytest tests/unit -n auto --maxprocesses 4 || failed=$?
"$venv/bin/python" -m pytest tests/gui -m "not alone" -n 2 || failed=$?
"$venv/bin/python" -m pytest tests/gui -m alone || failed=$?
"$venv/bin/python" -m pytest --ignore tests/unit --ignore tests/gui || failed=$?
exit "$failed"
