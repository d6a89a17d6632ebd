#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints docs/cli.md from the programs' own --help:
#   tools/generate_cli_docs.sh build/release/bin > docs/cli.md
set -euo pipefail
bin="${1:?usage: tools/generate_cli_docs.sh FOLDER_WITH_PROGRAMS > docs/cli.md}"

cat <<'TEXT'
# The programs' flags

Made by `tools/generate_cli_docs.sh` from `--help`; a test compares.

Long options may be written with `-` or `_`. These spellings of other programs work as well: `--outscale`, `-n`, `--model_path`,
`--model_name`, `--tile_size`, `--tilesize`, `--tile-overlap`, `--half`, `--gpu`, `--gpu-id`, `-d`, `--self-ensemble`, `-dn`, `-f`,
`--format`, `--alpha_upsampler`, `-c:v`, `--encoder`, `--extra-encoder-option`, `-pix_fmt`, `-r`, `-ss`, `-to`, `--inpoint`,
`--outpoint`, `-q:v`, `--arch`, `--video-size`, `--lm`, `--ld`; for vcisr-degrade `-opt`, `--opt`, `--manual_seed`, `--gt_size`,
`--patch_size`, `--epochs`, `--jobs`, `--save_gt`; for vcisr-train `-opt`, `--opt`, `--force_yml`,
`--auto_resume`; for vcisr-eval `-t`, `--target`, `--ref`, `--metric_name`, `--metrics`, `-ls`, `--save_file`, `--markdown`, `-ss`, `-to`,
`--video-size`, `--pix_fmt`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed otherwise |
| 2 | wrong flag or value; a codec that the container cannot hold |
| 3 | an input cannot be read, or not be compared |
| 4 | an output cannot be written; it exists and `--overwrite` was not given; another training runs in the folder |
| 5 | GPU missing, out of memory |
| 6 | the model or training state cannot be loaded, or there is none of that name |
| 7 | some of several files failed; a single file gives its own code |
| 130 | interrupted |
TEXT
for command in vcisr-infer vcisr-degrade vcisr-train vcisr-eval vcisr-model "vcisr-model info" "vcisr-model convert" "vcisr-model verify"; do
  printf '\n## %s\n\n```text\n' "$command"
  # shellcheck disable=SC2086
  "$bin"/$command --help | sed 's/[[:space:]]*$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
  printf '```\n'
done
