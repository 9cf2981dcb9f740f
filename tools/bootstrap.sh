#!/usr/bin/env bash
# Installs the Debian 12 packages that building and testing need. Says what it does; is quick when nothing is missing.
#   tools/bootstrap.sh            what `make run` and `make test` need
#   tools/bootstrap.sh --checks   also clang for fuzzing, format and tidy
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache pkg-config git ca-certificates
  libboost1.81-dev libssl-dev libsqlite3-dev libsimdjson-dev libfmt-dev libspdlog-dev libcli11-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  python3
)
if [ "${1:-}" = "--checks" ]; then packages+=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev); fi

missing=()
for package in "${packages[@]}"; do
  # `|| true`: dpkg-query fails for a package it has never heard of, which is an answer too.
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = "installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "bootstrap: these packages are missing, and there is neither root nor sudo to install them: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "bootstrap: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { "${as_root[@]}" "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "bootstrap: failed: $*" >&2; exit 1; }; }
run apt-get update
run env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
echo "bootstrap: done"
