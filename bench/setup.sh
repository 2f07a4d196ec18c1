#!/usr/bin/env bash
# Installs what the benchmark needs: LEMON and a compiler from Debian, the rest from PyPI into
# target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
[ -f /usr/include/lemon/cost_scaling.h ] || missing+=(liblemon-dev)
command -v g++ >/dev/null || missing+=(g++)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing Debian packages: ${missing[*]}"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
[ -x target/venv/bin/python ] || python3 -m venv target/venv
target/venv/bin/python -m pip install --quiet --requirement bench/requirements.txt
