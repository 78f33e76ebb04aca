#!/usr/bin/env bash
# From a bare clone to a running daemon with a first report:  packaging/start.sh [PATH]
#
# Makes .venv, installs the pinned packages, starts the daemon and surveys PATH (default: this
# repository). Run it again at any time: what is done already is skipped.
set -euo pipefail

usage() {
  printf 'usage: %s [PATH]\n\nInstalls reVo Edge, starts its daemon and surveys the source tree PATH\n' "$0"
  printf '(default: this repository).\n'
}

case "${1:-}" in
  -h | --help)
    usage
    exit 0
    ;;
  -*)
    usage >&2
    exit 2
    ;;
esac

# shellcheck source=packaging/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

tree="${1:-$root}"
[[ -e "$tree" ]] || {
  say "error: There is no folder $tree."
  say "  Name a source tree, or none to survey this repository."
  exit 3
}

install
revo="$venv/bin/revo"
"$revo" up
"$revo" survey "$tree"
"$revo" status

command="$(printf '%q' "$revo")"
cat <<END

The daemon stays up. Try next:
  $command status --watch
  $command map --cmd 'wc -l {}' --glob '*.md'
  $command down
END
