#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a learned metric as a TorchScript file for `vcisr-eval --metric-script NAME=FILE`.

  tools/export_metric.py lpips lpips.pt          # any metric that pyiqa.create_metric knows
  tools/export_metric.py clipiqa clipiqa.pt      # CLIP-IQA, from open_clip's RN50 (OpenAI's weights)

Needs torch and pyiqa (or open_clip_torch) where it runs, vcisr-eval needs neither. The file takes the
distorted picture, or it and the reference, as float32 [1, 3, H, W], RGB in [0, 1], of any size from
--smallest-side on, and gives one number. Export with a torch not newer than the LibTorch that loads it.
"""
import argparse
import json
import sys

import torch

DESCRIPTION_FILE = "vcisr_metric.json"


class OneNumber(torch.nn.Module):
    """A metric whose output, whatever its shape, is one number."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, *pictures):
        return self.network(*pictures).float().mean()


class ClipIqa(torch.nn.Module):
    """CLIP-IQA with five pairs of prompts, as pyiqa 0.1.7 defines it.

    The picture goes at its own size through CLIP's RN50, whose attention pool is used without its
    positional embedding; for each pair the softmax of the logits says how much it is like the first
    prompt; the score is their mean.
    """

    PROMPTS = (
        ("Good image", "bad image"),
        ("Sharp image", "blurry image"),
        ("sharp edges", "blurry edges"),
        ("High resolution image", "low resolution image"),
        ("Noise-free image", "noisy image"),
    )
    MEAN = (0.48145466, 0.4578275, 0.40821073)
    STD = (0.26862954, 0.26130258, 0.27577711)

    def __init__(self, clip, tokenize):
        super().__init__()
        self.visual = clip.visual
        with torch.no_grad():
            text = clip.encode_text(tokenize([prompt for pair in self.PROMPTS for prompt in pair]))
            text = text / text.norm(dim=-1, keepdim=True)
        # Buffers, not constants: they move with the module to a GPU.
        self.register_buffer("text", text.float())
        self.register_buffer("logit_scale", clip.logit_scale.detach().exp().float())
        self.register_buffer("mean", torch.tensor(self.MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(self.STD).view(1, 3, 1, 1))

    def pooled(self, x):
        pool = self.visual.attnpool
        tokens = x.flatten(2).permute(2, 0, 1)
        tokens = torch.cat([tokens.mean(dim=0, keepdim=True), tokens], dim=0)
        query = pool.q_proj(tokens[:1])
        key = pool.k_proj(tokens)
        value = pool.v_proj(tokens)
        heads = pool.num_heads

        def split(t):
            return t.reshape(t.shape[0], t.shape[1], heads, -1).permute(1, 2, 0, 3)

        attended = torch.nn.functional.scaled_dot_product_attention(split(query), split(key), split(value))
        return pool.c_proj(attended.permute(2, 0, 1, 3).reshape(1, tokens.shape[1], -1)).squeeze(0)

    def forward(self, distorted):
        x = self.visual.stem((distorted - self.mean) / self.std)
        for layer in (self.visual.layer1, self.visual.layer2, self.visual.layer3, self.visual.layer4):
            x = layer(x)
        features = self.pooled(x)
        features = features / features.norm(dim=-1, keepdim=True)
        logits = self.logit_scale * features @ self.text.t()
        return logits.view(-1, len(self.PROMPTS), 2).softmax(dim=-1)[..., 0].mean(dim=1)


def export_module(module, path, *, better, reference, smallest_side=1, source="", example_side=224):
    """Traces `module` (distorted[, reference]) and writes it with its description.

    Tracing is checked on a picture of another size: what would bake the example's size into the file
    is an error.
    """
    if better not in ("higher", "lower"):
        raise ValueError(f"better: 'higher' or 'lower' was expected, not '{better}'")
    wrapped = OneNumber(module).eval()
    for parameter in wrapped.parameters():
        parameter.requires_grad_(False)
    generator = torch.Generator().manual_seed(0)

    def pictures(height, width):
        return tuple(torch.rand(1, 3, height, width, generator=generator) for _ in range(2 if reference else 1))

    side = max(example_side, smallest_side)
    with torch.no_grad():
        traced = torch.jit.trace(wrapped, pictures(side, side), check_trace=False)
        others = pictures(side + 37, side + 96)
        expected, found = wrapped(*others).item(), traced(*others).item()
    if not abs(expected - found) <= 1e-4 * max(1.0, abs(expected)):
        raise RuntimeError(
            f"the traced network gives {found} where the metric gives {expected} on a picture of another size: "
            "it cannot be exported by tracing"
        )
    description = {
        "vcisr_metric": 1,
        "better": better,
        "reference": reference,
        "smallest_side_px": smallest_side,
        "source": source,
    }
    torch.jit.save(traced, path, _extra_files={DESCRIPTION_FILE: json.dumps(description)})


def export_from_pyiqa(name, path, smallest_side):
    import pyiqa

    metric = pyiqa.create_metric(name, device="cpu", as_loss=False)
    export_module(
        metric.net,
        path,
        better="lower" if metric.lower_better else "higher",
        reference=metric.metric_mode == "FR",
        smallest_side=smallest_side,
        source=f"pyiqa {pyiqa.__version__} {name}",
    )


def export_clipiqa(path, smallest_side):
    import open_clip

    clip = open_clip.create_model("RN50", pretrained="openai").eval()
    export_module(
        ClipIqa(clip, open_clip.get_tokenizer("RN50")),
        path,
        better="higher",
        reference=False,
        smallest_side=smallest_side,
        source=f"CLIP-IQA, five pairs of prompts, open_clip {open_clip.__version__} RN50",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metric", help="a name of pyiqa, or clipiqa")
    parser.add_argument("file", help="the TorchScript file to write")
    parser.add_argument("--smallest-side", type=int, default=32, help="smaller pictures are refused (default 32)")
    arguments = parser.parse_args()
    try:
        if arguments.metric == "clipiqa":
            export_clipiqa(arguments.file, arguments.smallest_side)
        else:
            export_from_pyiqa(arguments.metric, arguments.file, arguments.smallest_side)
    except ImportError as error:
        sys.exit(f"export_metric: {error.name} is missing: pip install pyiqa (clipiqa: open_clip_torch)")
    except (RuntimeError, ValueError) as error:
        sys.exit(f"export_metric: {error}")


if __name__ == "__main__":
    main()
