#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh machine to tested: set-up, configure, build, all tests. Arguments go to ctest
# (tools/test.sh -L unit).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/build.sh
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@"
