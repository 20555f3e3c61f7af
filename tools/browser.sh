#!/usr/bin/env bash
# Install Chromium and a Chinese typeface for the browser tests, where the system has apt; elsewhere say what is missing.
set -euo pipefail
command -v chromium >/dev/null && exit 0
command -v google-chrome >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
  echo "Missing: chromium. Install it and fonts-noto-cjk with this system's package manager." >&2
  exit 1
fi
as_root=()
[[ $(id -u) == 0 ]] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk
