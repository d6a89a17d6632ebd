// SPDX-License-Identifier: Apache-2.0
// A program of somebody else that uses vcisr built without media: restores a tensor.
#include <exception>
#include <iostream>

#include <torch/types.h>

#include "vcisr/core/version.h"
#include "vcisr/networks/network.h"
#include "vcisr/networks/weights.h"

int main() try {
  const auto loaded = vcisr::networks::load_network("bicubic", "", 2);
  const c10::InferenceMode guard;
  const auto lq = torch::full({1, 1, 3, 23, 37}, 0.25F);
  const auto restored = loaded.network->forward(lq);
  const bool has_size = restored.sizes() == torch::IntArrayRef({1, 1, 3, 46, 74});
  if (!has_size || (restored - 0.25F).abs().max().item<float>() > 1e-5F) {
    std::cerr << "the restored tensor has a wrong size or wrong values\n";
    return 1;
  }
  std::cout << "vcisr " << vcisr::version() << " restored a tensor\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
