# Makes .venv and installs reVo Edge into it. Sourced by start.sh, test.sh and .ci/run:
#
#   . packaging/install.sh
#   install          the product without its desktop
#   install gui      the product
#   install dev      the product and what its tests need
#
# Prints nothing when there is nothing to do, and never takes away what is installed. The file
# .venv/.revo says for which folder, which versions and which of the three the .venv was made;
# "installing" in it means that an installation was broken off.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="$root/.venv"
readonly root venv

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  for line in "$@"; do say "  $line"; done
  exit 1
}

install() {
  local extra wanted made
  wanted="$root $(versions)"
  made="$(cat "$venv/.revo" 2>/dev/null || true)"
  extra="$(larger "${1:-}" "${made##* }")"
  if [[ "$made" != "$wanted $extra" ]] || ! healthy; then
    renew "$wanted" "$extra" "$made"
  fi
  [[ -z "$extra" ]] || desktop_libraries
}

larger() {
  case " $* " in
    *" dev "*) echo dev ;;
    *" gui "*) echo gui ;;
  esac
}

renew() {
  local wanted="$1" extra="$2" made="$3"
  check_room "$extra"
  case "$made" in
    "$root "*" installing") discard "An earlier installation was broken off" ;;
    "$root "* | "") healthy || discard "It is incomplete or its Python is gone" ;;
    *) discard "It was made for another folder" ;;
  esac
  [[ -d "$venv" ]] || make_venv
  fill_venv "$wanted" "$extra"
}

versions() { cat "$root/pyproject.toml" "$root/packaging/constraints.txt" | cksum | tr ' ' '-'; }

# A venv is whole when its own Python is new enough and has pip.
healthy() {
  new_enough "$venv/bin/python" && "$venv/bin/python" -c \
    'import importlib.util as u, sys; sys.exit(u.find_spec("pip") is None)'
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

discard() {
  [[ -e "$venv" ]] || return 0
  say "$1: making .venv anew."
  rm -rf "$venv"
}

check_room() {
  [[ -w "$root" ]] || fail "You cannot write to $root." "Clone the repository into a folder of your own."
  local free_mb needed_mb=600 # numpy, onnxruntime and the model
  [[ -z "$1" ]] || needed_mb=1000 # and Qt
  free_mb=$(($(df -Pk "$root" | awk 'NR == 2 { print $4 }') / 1024))
  ((free_mb >= needed_mb)) ||
    fail "Only $free_mb MB are free in $root; the installation needs $needed_mb MB." \
      "Make room, or clone the repository onto another disk."
}

make_venv() {
  local python
  python="$(find_python)" || {
    apt_install python3 python3-venv || python_missing
    python="$(find_python)" || python_missing
  }
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    local package
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    apt_install "$package" || fail "$python has no venv module." "Type: sudo apt-get install $package"
  fi
  "$python" -m venv "$venv" || {
    rm -rf "$venv"
    fail "Could not make $venv with $python." "The reason stands above."
  }
}

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && new_enough "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

python_missing() {
  local found="none was found"
  command -v python3 >/dev/null && found="python3 is $(python3 --version 2>&1)"
  fail "Python 3.11 or newer is needed; $found." \
    "Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3 python3-venv" \
    "Ubuntu 22.04: sudo apt-get install python3.11 python3.11-venv"
}

# Only root in CI may install system packages; everybody else is told the line.
apt_install() {
  [[ "${CI:-}" == true && "$(id -u)" == 0 ]] && command -v apt-get >/dev/null || return 1
  say "Installing $* ..."
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
}

# revo_gui knows which system libraries it needs. Tests in CI also need a screen to open windows on.
desktop_libraries() {
  local packages pair
  mapfile -t packages < <("$venv/bin/python" -P -m revo_gui --packages)
  if [[ "${CI:-}" == true ]]; then
    for pair in Xvfb:xvfb xauth:xauth xdotool:xdotool; do
      command -v "${pair%:*}" >/dev/null || packages+=("${pair#*:}")
    done
  fi
  ((${#packages[@]})) || return 0
  apt_install "${packages[@]}" ||
    say "The desktop needs system libraries. Type: sudo apt-get install ${packages[*]}"
}

fill_venv() {
  local wanted="$1" extra="$2" log="$venv/install.log"
  local extras="recall${extra:+,$extra}" # without its vectors the memory finds words alone
  say "Installing reVo Edge with [$extras] into .venv (once; about a minute) ..."
  printf '%s installing' "$wanted" >"$venv/.revo"
  if ! (cd "$root" && "$venv/bin/python" -m pip install --disable-pip-version-check --retries 2 \
    -c packaging/constraints.txt -e ".[$extras]") >"$log" 2>&1; then
    explain "$log"
  fi
  printf '%s %s' "$wanted" "$extra" >"$venv/.revo"
}

explain() {
  grep -E '^ *ERROR' "$1" | tail -n 3 >&2 || true
  if grep -qi 'no space left' "$1"; then
    fail "The disk is full." "Make room and start again."
  elif grep -qiE 'connection|name resolution|timed out|unreachable|could not find a version' "$1"; then
    fail "The packages could not be fetched." \
      "Check the network and start again. Behind a mirror or offline: set PIP_INDEX_URL or PIP_FIND_LINKS."
  fi
  fail "pip could not install the packages." "The whole log: $1"
}
