# SPDX-License-Identifier: Apache-2.0
# torch.library.opcheck of the attention's schemas: python3 opcheck_window_attention.py libvcisr_ops.so
import sys

import torch

torch.ops.load_library(sys.argv[1])
torch.manual_seed(0)
ops = torch.ops.vcisr


def arguments(real, has_regions):
    def leaf(*shape):
        return torch.randn(*shape, dtype=real, requires_grad=True)

    query, key, value = leaf(2, 4, 4, 2, 6), leaf(2, 8, 8, 2, 6), leaf(2, 8, 8, 2, 6)
    logit_scale, bias = leaf(2), leaf(2, 5, 5)
    regions = [None, None]
    if has_regions:
        regions = [torch.randint(3, (n, n), dtype=torch.uint8) for n in (4, 8)]
    return [query, key, value, logit_scale, bias, [2, 2, 4, 4, 1, 1, 2, 2], *regions]


for real, has_regions in ((torch.float32, True), (torch.float64, False)):
    leaves = arguments(real, has_regions)
    torch.library.opcheck(ops.window_attention.default, leaves)
    with torch.no_grad():
        out, log_sum_exp = ops.window_attention(*leaves)
    plain = [x.detach() if isinstance(x, torch.Tensor) else x for x in leaves]
    grad = torch.randn_like(out)
    torch.library.opcheck(
        ops.window_attention_backward.default, [grad, *plain, out, log_sum_exp])
    torch.library.opcheck(ops.window_attention_out.default, [*plain, torch.empty_like(out)])
print("fine")
