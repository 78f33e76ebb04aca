#!/usr/bin/env bash
# Builds the bundle: one program `revo` that needs no Python.  packaging/build.sh [--one-file] [--out DIR]
#
# Makes DIR/revo/ (start it as DIR/revo/revo) and DIR/revo-VERSION-linux-ARCH.tar.zst with its
# .sha256; with --one-file DIR/revo-VERSION-linux-ARCH instead, one file that unpacks itself into
# the temporary folder at every start. DIR is dist/ here. The bundle runs where glibc is at least as
# new as on the machine that built it.
set -euo pipefail

usage() { sed -n '2s/^# //p' "$0"; }

out=""
one_file=""
while (($#)); do
  case "$1" in
    --one-file) one_file=--one-file ;;
    --out)
      out="${2:?--out needs a folder}"
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

# shellcheck source=packaging/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/install.sh"

mkdir -p "${out:=$root/dist}"
out="$(cd "$out" && pwd -P)"
work="$out/.work"

build() {
  local tool
  for tool in strip zstd; do
    command -v "$tool" >/dev/null || apt_install binutils zstd ||
      fail "$tool is missing." "Type: sudo apt-get install binutils zstd"
  done
  install dev
  say "Building the bundle (about a minute) ..."
  # shellcheck disable=SC2086 # no word when it is empty
  PYTHONDONTWRITEBYTECODE=1 PYINSTALLER_CONFIG_DIR="$work" "$venv/bin/python" -m PyInstaller \
    --noconfirm --log-level WARN --workpath "$work" --distpath "$1" "$root/revo.spec" -- $one_file
}

# What a desktop and systemd want to know, laid out for `cp -r share ~/.local/`.
add_share() {
  local size
  mkdir -p "$1/share/applications" "$1/share/systemd/user"
  cp "$root/packaging/revo-edge.desktop" "$1/share/applications/"
  cp "$root/packaging/revo.service" "$1/share/systemd/user/"
  for size in 16 22 24 32 48 64 128 256 512; do
    mkdir -p "$1/share/icons/hicolor/${size}x$size/apps"
    cp "$root/packaging/icons/revo-edge-$size.png" \
      "$1/share/icons/hicolor/${size}x$size/apps/revo-edge.png"
  done
  mkdir -p "$1/share/icons/hicolor/scalable/apps"
  cp "$root/packaging/icons/revo-edge.svg" "$1/share/icons/hicolor/scalable/apps/"
}

finish() {
  (cd "$out" && sha256sum "$1" >"$1.sha256")
  printf '%s  %s MB\n' "$out/$1" "$(du -m "$out/$1" | cut -f 1)"
}

# The median of five, in milliseconds.
start_time() {
  local i
  for i in 1 2 3 4 5; do
    local begin=${EPOCHREALTIME/./}
    "$1" --version >/dev/null
    echo $(((${EPOCHREALTIME/./} - begin) / 1000))
  done | sort -n | sed -n 3p
}

version="$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/revo_edge/_version.py")"
name="revo-$version-linux-$(uname -m)"
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
if [[ -n "$one_file" ]]; then
  build "$work/file"
  mv "$work/file/revo" "$out/$name"
  program="$out/$name"
  finish "$name"
else
  build "$out"
  add_share "$out/revo"
  program="$out/revo/revo"
  printf '%s  %s MB\n' "$out/revo/" "$(du -sm "$out/revo" | cut -f 1)"
  tar --sort=name --owner=0 --group=0 --numeric-owner -C "$out" -cf - revo |
    zstd -q -19 -T0 -f -o "$out/$name.tar.zst"
  finish "$name.tar.zst"
fi
printf 'revo --version: %s ms\nbuilt in %s s\n' "$(start_time "$program")" "$SECONDS"
