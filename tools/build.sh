#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Set-up, configure, build: what test.sh and demo.sh share. Leaves the programs in build/release/bin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh
cmake --preset release
cmake --build build/release
