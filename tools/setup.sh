#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what vcisr is built with and tested by, on Debian 12 or Ubuntu 24.04. Safe to run again: what is
# there is left alone. Uses the system's package manager and Python's, nothing else.
#
#   tools/setup.sh          system packages and LibTorch
#   tools/setup.sh --cuda   also a CUDA compiler from Python packages, where no nvcc is installed
#   tools/setup.sh --check  only says what is missing (exit 1 if anything is)
#
# LibTorch is the Python package torch, in a virtual environment that all checkouts of a user share:
#   ${VCISR_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/vcisr}/torch-2.11.0
# A LibTorch named by Torch_DIR or CMAKE_PREFIX_PATH is used instead, and none is downloaded.
# NIQE's parameters, from BasicSR's source distribution, go beside it: metric-models.
set -euo pipefail

readonly TORCH_VERSION=2.11.0
readonly DEPS="${VCISR_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/vcisr}"
readonly VENV="$DEPS/torch-$TORCH_VERSION"
# torchvision and tensorboard are for tests only: they are what features and event files are held against.
readonly TORCHVISION="torchvision==0.26.0"
readonly PYTHON_PACKAGES=("torch==$TORCH_VERSION" numpy safetensors tensorboard)
readonly METRIC_MODELS="$DEPS/metric-models"
readonly BASICSR_VERSION=1.4.2
readonly BASICSR_SHA256=b89b595a87ef964cda9913b4d99380ddb6554c965577c0c10cb7b78e31301e87
readonly NIQE_SHA256=2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296
readonly PACKAGES=(
  build-essential cmake ninja-build ccache pkg-config git unzip
  python3 python3-venv python3-pip
  libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev libavutil-dev ffmpeg
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libtiff-dev libjpeg-dev
  libwebp-dev zlib1g-dev liblmdb-dev
  libyaml-cpp-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libxxhash-dev libssl-dev
  libgloo-dev libmatio-dev
  libgtest-dev libgmock-dev libbenchmark-dev opencv-data
  clang clang-format clang-tidy
)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

want_cuda=no
check_only=no
for argument in "$@"; do
  case "$argument" in
    --cuda) want_cuda=yes ;;
    --check) check_only=yes ;;
    *) fail "unknown argument '$argument' (known: --cuda, --check)" ;;
  esac
done

command -v dpkg-query >/dev/null || fail "this is not Debian or Ubuntu (no dpkg-query): install the packages listed in docs/building.md by hand"

# The fuzz targets need clang's run time; its package carries clang's version in its name.
fuzz_runtime_package() {
  local version
  version=$(clang --version 2>/dev/null | sed -n 's/.*clang version \([0-9]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] && echo "libclang-rt-$version-dev"
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]; }

missing_packages() {
  local package
  for package in "$@"; do is_installed "$package" || echo "$package"; done
}

install_packages() {
  local missing=("$@")
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing and only root can install them (no sudo here): ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing system packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed: the package lists cannot be fetched"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install: ${missing[*]}"
}

system_packages() {
  local missing
  mapfile -t missing < <(missing_packages "${PACKAGES[@]}")
  if [ "${#missing[@]}" -gt 0 ]; then
    [ "$check_only" = no ] || fail "missing system packages: ${missing[*]}"
    install_packages "${missing[@]}"
  fi
  local runtime
  runtime=$(fuzz_runtime_package || true)
  if [ -n "$runtime" ] && ! is_installed "$runtime"; then
    [ "$check_only" = no ] || fail "missing system packages: $runtime"
    install_packages "$runtime"
  fi
  say "system packages are there"
}

has_own_libtorch() {
  [ -n "${Torch_DIR:-}" ] && [ -e "$Torch_DIR/TorchConfig.cmake" ] && return 0
  local prefix
  IFS=':;' read -ra prefixes <<<"${CMAKE_PREFIX_PATH:-}"
  for prefix in ${prefixes[@]+"${prefixes[@]}"}; do
    [ -e "$prefix/share/cmake/Torch/TorchConfig.cmake" ] && return 0
  done
  return 1
}

# The file `complete` names what was installed: a list that has grown since is installed again, which fetches only
# what is new.
venv_is_complete() {
  [ -e "$VENV/complete" ] && [ "$(cat "$VENV/complete")" = "${PYTHON_PACKAGES[*]} $TORCHVISION" ]
}

libtorch() {
  if has_own_libtorch; then
    say "using the LibTorch that Torch_DIR or CMAKE_PREFIX_PATH names"
    return
  fi
  if venv_is_complete; then
    say "LibTorch $TORCH_VERSION is in $VENV"
    return
  fi
  if [ "$check_only" = yes ]; then
    [ ! -e "$VENV/complete" ] || fail "$VENV lacks some of ${PYTHON_PACKAGES[*]} $TORCHVISION"
    fail "LibTorch $TORCH_VERSION is missing (expected in $VENV)"
  fi
  mkdir -p "$DEPS" 2>/dev/null || fail "the folder $DEPS cannot be made: set VCISR_DEPS to a writable folder"
  # One download for several checkouts that set up at the same time.
  exec 9>"$DEPS/.lock"
  flock 9
  if ! venv_is_complete; then
    if [ -e "$VENV/complete" ]; then
      say "adding Python packages to $VENV"
    else
      local free_kib
      free_kib=$(df -Pk "$DEPS" | awk 'NR == 2 {print $4}')
      [ "$free_kib" -ge 7000000 ] || fail "$DEPS has $((free_kib / 1048576)) GiB free; LibTorch needs 7"
      say "downloading LibTorch (Python package torch $TORCH_VERSION, 0.5 GB and NVIDIA's run-time packages) into $VENV"
    fi
    [ -x "$VENV/bin/python3" ] || python3 -m venv "$VENV" ||
      fail "python3 -m venv failed: the package python3-venv is missing"
    "$VENV/bin/python3" -m pip install --quiet --disable-pip-version-check \
      "${PYTHON_PACKAGES[@]}" ||
      fail "pip could not install ${PYTHON_PACKAGES[*]} (does this machine reach PyPI?)"
    # Without what it depends on: that would move torch to another build.
    "$VENV/bin/python3" -m pip install --quiet --disable-pip-version-check --no-deps "$TORCHVISION" ||
      fail "pip could not install $TORCHVISION (does this machine reach PyPI?)"
    echo "${PYTHON_PACKAGES[*]} $TORCHVISION" >"$VENV/complete"
  fi
  exec 9>&-
  say "LibTorch $TORCH_VERSION is in $VENV"
}

has_sha256() { [ "$(sha256sum "$1" 2>/dev/null | cut -d' ' -f1)" = "$2" ]; }

metric_models_are_complete() {
  has_sha256 "$METRIC_MODELS/niqe_pris_params.npz" "$NIQE_SHA256" &&
    [ -e "$METRIC_MODELS/NOTICE.txt" ] && [ -e "$METRIC_MODELS/LICENSE-basicsr.txt" ]
}

# BasicSR's distribution names the authors but brings no copy of their notice.
metric_models_notice() {
  cat <<EOF
niqe_pris_params.npz (SHA-256 $NIQE_SHA256)

The pristine model of NIQE, as the Python package basicsr $BASICSR_VERSION carries it in its source distribution
(basicsr/metrics/niqe_pris_params.npz, https://pypi.org/project/basicsr/$BASICSR_VERSION/, archive's SHA-256
$BASICSR_SHA256).

BasicSR: Apache License 2.0, see LICENSE-basicsr.txt.

The numbers are the authors', whose release BasicSR names as its source:
  http://live.ece.utexas.edu/research/quality/niqe_release.zip
  Copyright (c) The University of Texas at Austin. All rights reserved.
  Laboratory for Image and Video Engineering (LIVE, http://live.ece.utexas.edu) at the University of Texas at Austin.
The complete copyright notice of LIVE is part of that release; it asks to be kept in all copies, and that LIVE is
acknowledged in publications of research that uses the release, by citing
  A. Mittal, R. Soundararajan and A. C. Bovik, "Making a 'Completely Blind' Image Quality Analyzer",
  IEEE Signal Processing Letters 20(3), 2013.
EOF
}

# pip runs the package's setup.py to learn its name, and that imports torch: so a throwaway environment sees ours.
download_basicsr() {
  local work=$1 site
  python3 -m venv "$work/venv" || return 1
  "$work/venv/bin/python3" -m pip install --quiet --disable-pip-version-check 'setuptools<70' wheel cython || return 1
  site=$(echo "$VENV"/lib/python3*/site-packages)
  echo "$site" >"$(echo "$work"/venv/lib/python3*/site-packages)/torch.pth"
  "$work/venv/bin/python3" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --no-build-isolation --dest "$work" "basicsr==$BASICSR_VERSION" || return 1
}

# Into $METRIC_MODELS; says what is wrong on standard error.
fetch_metric_models() {
  local work=$1 archive="$1/basicsr-$BASICSR_VERSION.tar.gz" root="$1/basicsr-$BASICSR_VERSION"
  download_basicsr "$work" >"$work/log" 2>&1 || { tail -n 1 "$work/log" >&2; return 1; }
  has_sha256 "$archive" "$BASICSR_SHA256" || { echo "its archive is another one than expected (SHA-256 differs)" >&2; return 1; }
  tar -xzf "$archive" -C "$work" || return 1
  has_sha256 "$root/basicsr/metrics/niqe_pris_params.npz" "$NIQE_SHA256" ||
    { echo "its niqe_pris_params.npz is another one than expected (SHA-256 differs)" >&2; return 1; }
  mkdir -p "$METRIC_MODELS" || return 1
  metric_models_notice >"$METRIC_MODELS/NOTICE.txt"
  cp "$root/LICENSE.txt" "$METRIC_MODELS/LICENSE-basicsr.txt" || return 1
  cp "$root/basicsr/metrics/niqe_pris_params.npz" "$METRIC_MODELS/niqe_pris_params.npz.new" || return 1
  mv "$METRIC_MODELS/niqe_pris_params.npz.new" "$METRIC_MODELS/niqe_pris_params.npz"
}

# Two metrics need them and nothing else does: without them setup goes on.
metric_models() {
  if metric_models_are_complete; then
    say "NIQE's parameters are in $METRIC_MODELS"
    return
  fi
  local left_out="vcisr-eval will ask for --metric-models where NIQE is wanted"
  if has_own_libtorch; then
    say "NIQE's parameters are left out, because fetching them needs the torch package of this script: $left_out"
    return
  fi
  [ "$check_only" = no ] || fail "NIQE's parameters are missing (expected in $METRIC_MODELS)"
  say "downloading NIQE's parameters (source distribution of basicsr $BASICSR_VERSION) into $METRIC_MODELS"
  exec 9>"$DEPS/.lock"
  flock 9
  if ! metric_models_are_complete; then  # Another checkout's setup may have been faster.
    local work
    work=$(mktemp -d "$DEPS/.basicsr-XXXXXX")
    if fetch_metric_models "$work"; then
      say "NIQE's parameters are in $METRIC_MODELS"
    else
      printf 'setup: warning: NIQE'"'"'s parameters could not be fetched from basicsr %s: %s\n' "$BASICSR_VERSION" "$left_out" >&2
    fi
    rm -rf "$work"
  fi
  exec 9>&-
}

# nvcc from Python packages, beside the torch package. As installed it does not link: it wants lib64 and
# the unversioned names of its libraries.
cuda_compiler() {
  local nvcc
  if nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null); then
    say "the CUDA compiler is $nvcc"
    return
  fi
  has_own_libtorch && fail "--cuda adds a compiler to $VENV, but another LibTorch is named: install its CUDA toolkit instead"
  local root
  root=$(echo "$VENV"/lib/python3*/site-packages/nvidia/cu13)
  if [ ! -x "$root/bin/nvcc" ] || [ ! -e "$root/lib64" ]; then
    [ "$check_only" = no ] || fail "no CUDA compiler is installed"
    say "installing the CUDA compiler from Python packages"
    "$VENV/bin/python3" -m pip install --quiet --disable-pip-version-check \
      'cuda-toolkit[nvcc]==13.0.2' 'nvidia-nvvm==13.0.88' 'nvidia-cuda-crt==13.0.88' ||
      fail "pip could not install cuda-toolkit[nvcc] 13.0.2"
    root=$(echo "$VENV"/lib/python3*/site-packages/nvidia/cu13)
    [ -x "$root/bin/nvcc" ] || fail "cuda-toolkit was installed but $root/bin/nvcc is not there"
    ln -sfn lib "$root/lib64"
    local library
    for library in "$root"/lib/lib*.so.*; do
      ln -sfn "$(basename "$library")" "${library%%.so.*}.so"
    done
  fi
  say "the CUDA compiler is $root/bin/nvcc"
}

system_packages
libtorch
metric_models
if [ "$want_cuda" = yes ]; then cuda_compiler; fi
say "ready"
