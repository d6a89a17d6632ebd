// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "vcisr/networks/network.h"

namespace vcisr::inference {

enum class Precision { kAuto, kFloat32, kTf32, kBfloat16, kFloat16 };

/// "auto", "fp32", "tf32", "bf16", "fp16". Errors  ConfigError names the words.
[[nodiscard]] Precision parse_precision(std::string_view word);
[[nodiscard]] std::string_view name(Precision precision) noexcept;

/// "auto", "cpu", "cuda", "cuda:1" or "1". Errors  ConfigError; DeviceError when that GPU is not
/// there.
[[nodiscard]] torch::Device parse_device(std::string_view word);

struct RestorerOptions {
  static constexpr std::int64_t kAutoTile = 0;
  static constexpr std::int64_t kNoTiles = -1;

  torch::Device device = torch::kCPU;
  Precision precision =
      Precision::kAuto;              ///< CPU: float32. GPU: bf16 from Ampere on, else float32.
  std::int64_t tile_px = kAutoTile;  ///< Edge of a tile in lq pixels, see networks::TileOptions.
  std::int64_t halo_px = -1;         ///< -1: the network's default.
  std::int64_t pre_pad_px = 0;     ///< Reflected right and bottom before the network, cut after it.
  std::optional<double> outscale;  ///< Output size / input size; empty: the network's scale.
  bool tta = false;                ///< Mean over the eight flips and turns.
};

/// What happened besides the plain way; for the report.
struct RestorerEvents {
  std::int64_t tile_px = 0;  ///< In use last; 0 = whole pictures.
  std::int64_t out_of_memory_retries = 0;
  std::int64_t non_finite_redone = 0;  ///< Pictures redone in float32.
};

/// Runs a network on pictures of any size: precision, tiles, memory, bad numbers, final size.
///
/// Shape    lq float32 [N, 3, h, w] on the CPU or on `device()`; restored float32 [N, 3, H, W] on
/// the
///          device of `out`, H = output_size(h).
/// Range    nominally [0, 1]. Unclamped on both sides, but for a network that wants [0, 1] as
/// input. Memory   tiles are chosen from free memory; when memory runs out all the same, the tile
/// is halved
///          and the same pictures are done again. Buffers are kept between calls.
///          A network that sees the whole picture (networks::TilingTraits) is tiled only if
///          tile_px > 0, then with one warning, and never with smaller tiles than were asked for.
/// Numbers  a result with NaN or infinity is computed again in float32 (counted, logged as a
/// warning). Threads  `restore` may be called by several threads for networks on the CPU that run
/// in float32 and
///          keep no state per size; `is_concurrent()` tells. Otherwise one thread at a time.
/// Errors   ConfigError: a precision the device lacks; averaged tiles that would overlap by a whole
///          tile. DeviceError: not even the smallest tile fits, or a picture does not that must not
///          be tiled unasked.
///          CheckpointError: not finite in float32 either (damaged weights).
class Restorer {
 public:
  Restorer(networks::NetworkPtr network, const RestorerOptions& options);
  ~Restorer();
  Restorer(Restorer&&) noexcept;

  [[nodiscard]] const torch::Device& device() const noexcept;
  [[nodiscard]] Precision precision() const noexcept;  ///< Never kAuto.
  [[nodiscard]] double scale() const noexcept;
  [[nodiscard]] std::int64_t output_size(std::int64_t lq_size) const;
  [[nodiscard]] bool is_concurrent() const noexcept;
  /// True when a picture costs so little that several should run side by side, one thread each.
  [[nodiscard]] bool is_light() const noexcept;
  [[nodiscard]] const networks::Network& network() const noexcept;
  [[nodiscard]] RestorerEvents events() const;

  void restore(const torch::Tensor& lq, torch::Tensor& out);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::inference
