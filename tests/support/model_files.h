// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/subprocess.h"
#include "vcisr/core/error.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tests {

/// A seed file of the fuzz targets: small, written by torch and safetensors (make_corpus.py).
inline std::filesystem::path corpus(const std::string& name) {
  return std::filesystem::path(VCISR_SOURCE_DIR) / "tests/fuzz/corpus" / name;
}

/// Without the sync to disk of core/file.h: tests write thousands of them.
inline void write_bytes(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file) << path;
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  write_bytes(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// The message of the CheckpointError that reading gives, "" if it succeeds.
inline std::string refusal(const std::filesystem::path& path,
                           const tensorfile::CheckpointReadOptions& options = {}) {
  try {
    (void)tensorfile::read_checkpoint(path, options);
    return "";
  } catch (const CheckpointError& error) {
    return error.what();
  }
}

/// One tensor of each type, a scalar, an empty one and a transposed view.
inline tensorfile::Checkpoint sample_checkpoint() {
  const auto base = torch::arange(6, torch::kFloat32).reshape({2, 3});
  tensorfile::Checkpoint checkpoint;
  checkpoint.tensors = {{"fp32", base},
                        {"transposed", base.t()},
                        {"fp64", torch::tensor({1.0 / 3.0}, torch::kFloat64)},
                        {"fp16", torch::tensor({1.5, -2.0}, torch::kFloat16)},
                        {"bf16", torch::tensor({0.5, 3.0}, torch::kBFloat16)},
                        {"int64", torch::tensor(-7, torch::kInt64)},
                        {"int32", torch::tensor({1 << 30}, torch::kInt32)},
                        {"int16", torch::tensor({-300}, torch::kInt16)},
                        {"int8", torch::tensor({-3}, torch::kInt8)},
                        {"uint8", torch::tensor({200}, torch::kUInt8)},
                        {"bool", torch::tensor({1, 0}, torch::kInt64).to(torch::kBool)},
                        {"empty", torch::zeros({0, 4})}};
  checkpoint.metadata = {{"licence", "Apache-2.0"}, {"title", "Gr\xc3\xbc\xc3\x9f"}};
  return checkpoint;
}

inline void expect_same_tensors(const tensorfile::Checkpoint& a, const tensorfile::Checkpoint& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    const auto* other = b.find(name);
    ASSERT_NE(other, nullptr) << name;
    EXPECT_EQ(other->scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(*other, tensor)) << name;
  }
}

inline bool has_python() { return std::string(VCISR_TORCH_PYTHON) != ""; }

/// Runs a Python program with torch; its output.
inline std::string python(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {VCISR_TORCH_PYTHON, "-c", program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto result = run(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

}  // namespace vcisr::tests
