# SPDX-License-Identifier: Apache-2.0
"""Writes the seed files of the fuzz targets, which the reader tests use too.

    python3 tests/fuzz/make_corpus.py      (needs torch, numpy and safetensors)

The files are committed, so that neither building nor testing needs Python.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import pickle
import struct
import zipfile

import numpy
import torch
from safetensors.torch import save as save_safetensors

HERE = pathlib.Path(__file__).parent / "corpus"


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def torch_bytes(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def member(archive, name):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read(name)


def weights():
    base = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    return collections.OrderedDict(
        [
            ("fp32", base),
            ("transposed", base.t()),
            ("fp16", torch.tensor([1.5, -2], dtype=torch.float16)),
            ("bf16", torch.tensor([0.5, 3], dtype=torch.bfloat16)),
            ("int64", torch.tensor(-7)),
            ("bool", torch.tensor([True, False])),
            ("empty", torch.zeros(0, 4)),
            ("parameter", torch.nn.Parameter(torch.tensor([1.0, 2.0]))),
        ]
    )


def archive_with(pickled, records=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [("data.pkl", pickled), *records, ("version", b"3\n")]:
            archive.writestr(zipfile.ZipInfo("archive/" + name), data)
    return buffer.getvalue()


def training_state():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([parameter], lr=1e-4)
    parameter.sum().backward()
    optimizer.step()
    return {
        "model_state_dict": {"_orig_mod.module.weight": parameter},
        "optimizer_state_dict": optimizer.state_dict(),
        "iteration": 70000,
        "lowest_generator_weight": 0.0123,
        "opt": argparse.Namespace(scale=4, name="x", seed=2**80),
        "score": numpy.float64(0.5),
        "things": {1, 2, 3},
    }


def main():
    plain = torch_bytes({"params": weights(), "iter": 5, "name": "net"})
    write("pth/plain.pth", plain)
    write("pth/training.pth", torch_bytes(training_state()))
    write("pth/protocol5.pth", torch_bytes(weights(), pickle_protocol=5))
    write("pth/legacy.pth", torch_bytes(weights(), _use_new_zipfile_serialization=False))
    torch.serialization.set_crc32_options(False)
    # No checksums: a fuzzer's changes reach the pickle behind them.
    write("pth/unchecked.pth", torch_bytes({"params_ema": weights()}))
    torch.serialization.set_crc32_options(True)
    evil = pickle.dumps({"params": Call(os.system, "echo owned")}, 2)
    write("pth/evil.pth", archive_with(evil))

    write("pickle/plain.pkl", member(plain, "archive/data.pkl"))
    write("pickle/training.pkl", member(torch_bytes(training_state()), "archive/data.pkl"))
    write("pickle/protocol5.pkl",
          member(torch_bytes(weights(), pickle_protocol=5), "archive/data.pkl"))
    write("pickle/os_system.pkl", evil)
    write("pickle/eval.pkl", pickle.dumps(Call(eval, "1 + 1"), 2))
    write("pickle/eval4.pkl", pickle.dumps(Call(eval, "1 + 1"), 4))
    itself = []
    itself.append(itself)
    write("pickle/cycle.pkl", pickle.dumps({"params": itself}, 2))
    write("pickle/deep.pkl", b"\x80\x02" + b"(" * 300 + b"N" + b"t" * 300 + b".")

    write("safetensors/plain.safetensors",
          save_safetensors({name: value.contiguous() for name, value in weights().items()},
                           {"architecture": "srvgg_compact", "licence": "Apache-2.0"}))
    header = json.dumps({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}).encode()
    write("safetensors/f8.safetensors", struct.pack("<Q", len(header)) + header + b"\0")
    header = json.dumps({"a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}).encode()
    write("safetensors/overflow.safetensors", struct.pack("<Q", len(header)) + header)


main()
