#!/usr/bin/env bash
# Installs reVo Edge with its test tools and runs all tests:  packaging/test.sh [PYTEST ARGUMENT...]
set -euo pipefail

# shellcheck source=packaging/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

install dev
cd "$root"
exec "$venv/bin/python" -m pytest "$@"
