#!/usr/bin/env bash
# From a bare clone to a running daemon with a first report:  packaging/start.sh [PATH]
#
# Makes .venv, installs the pinned packages, starts the daemon, surveys PATH (default: this
# repository) and opens the desktop. Where there is no display the desktop is not even installed.
# Run it again at any time: what is done already is skipped.
set -euo pipefail

usage() {
  printf 'usage: %s [PATH]\n\nInstalls reVo Edge, starts its daemon, surveys the source tree PATH\n' "$0"
  printf '(default: this repository) and opens the desktop if there is a display.\n'
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

display="${WAYLAND_DISPLAY:-}${DISPLAY:-}"
install "${display:+gui}"
revo="$venv/bin/revo"
"$revo" up
"$revo" survey "$tree"
"$revo" status

# Opens a window that outlives this terminal; a second one only comes to the front.
open_desktop() {
  local found
  if found="$("$venv/bin/python" -P -m revo_gui --check)"; then
    setsid "$revo" gui </dev/null >"$venv/desktop.log" 2>&1 &
    say "The desktop opens; what it has to say goes to .venv/desktop.log."
  else
    say "The desktop cannot open. $found"
  fi
}

[[ -z "$display" ]] || open_desktop

command="$(printf '%q' "$revo")"
cat <<END

The daemon stays up. Try next:
  $command gui
  $command status --watch
  $command map --cmd 'wc -l {}' --glob '*.md'
  $command down
END
