// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/restorer.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <mutex>
#include <utility>

#include <ATen/Context.h>
#include <torch/nn/functional.h>

#include "inference/geometry.h"
#include "inference/whole_picture.h"
#include "networks/device_memory.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/networks/tiling.h"
#include "vcisr/ops/device.h"
#include "vcisr/ops/resize.h"

namespace vcisr::inference {
namespace {

constexpr std::int64_t kSmallestTilePx = 16;
// Below this a picture of 720p costs some 0.1 s of one core: decoding and encoding weigh as much.
constexpr double kLightMacsPerPixel = 1000;

torch::Dtype dtype_of(Precision precision) {
  switch (precision) {
    case Precision::kBfloat16:
      return torch::kBFloat16;
    case Precision::kFloat16:
      return torch::kFloat16;
    default:
      return torch::kFloat32;
  }
}

Precision resolve(Precision wanted, const torch::Device& device, const networks::Network& network) {
  if (device.is_cpu() && (wanted == Precision::kFloat16 || wanted == Precision::kTf32)) {
    throw ConfigError("precision " + std::string(name(wanted)) +
                      " needs a GPU; on the CPU use bf16 or fp32");
  }
  if (network.needs_float32() && wanted != Precision::kTf32) return Precision::kFloat32;
  if (wanted != Precision::kAuto) return wanted;
  if (device.is_cpu()) return Precision::kFloat32;
  for (const auto& info : ops::cuda_devices()) {
    if (info.index == device.index() && info.compute_capability >= 80) return Precision::kBfloat16;
  }
  return Precision::kFloat32;
}

bool all_finite(const torch::Tensor& x) {
  // One reduction: a sum of finite values of picture size cannot overflow in double.
  return std::isfinite(x.sum(torch::kFloat64).item<double>());
}

}  // namespace

class Restorer::Impl {
 public:
  Impl(networks::NetworkPtr network, const RestorerOptions& options)
      : network_(std::move(network)),
        options_(options),
        precision_(resolve(options.precision, options.device, *network_)) {
    if (options_.outscale && !(*options_.outscale >= 0.01 && *options_.outscale <= 64)) {
      throw ConfigError("scale " + std::to_string(*options_.outscale) + " is outside [0.01, 64]");
    }
    check_overlap(network_->tiling(), options_);
    // cuDNN uses TF32 unasked: fp32 here means fp32.
    const auto float32 =
        precision_ == Precision::kTf32 ? at::Float32Precision::TF32 : at::Float32Precision::IEEE;
    for (const auto op : {at::Float32Op::CONV, at::Float32Op::MATMUL}) {
      at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, op, float32);
    }
    if (dtype_of(precision_) != torch::kFloat32) {
      for (const auto& item : network_->named_parameters()) {
        float32_parameters_.emplace_back(item.value().detach().to(torch::kCPU).clone());
      }
    }
    networks::prepare_for_inference(*network_, options_.device, dtype_of(precision_));
  }

  std::int64_t output_size(std::int64_t lq_size) const {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(lq_size) * scale()));
  }

  double scale() const {
    return options_.outscale.value_or(static_cast<double>(network_->scale()));
  }

  bool is_light() const {
    return network_->macs_per_lq_pixel() < kLightMacsPerPixel && network_->needs_float32();
  }

  void restore(const torch::Tensor& lq, torch::Tensor& out) {
    const torch::InferenceMode inference;
    const auto s = network_->scale();
    const std::int64_t h = lq.size(2);
    const std::int64_t w = lq.size(3);
    if (options_.pre_pad_px == 0 && out.size(2) == h * s && out.size(3) == w * s) {
      restore_native(lq, out);
      return;
    }
    const auto padded = options_.pre_pad_px > 0 ? pad_right_bottom(lq, options_.pre_pad_px) : lq;
    auto native = torch::empty({lq.size(0), 3, padded.size(2) * s, padded.size(3) * s},
                               out.options().dtype(torch::kFloat32));
    restore_native(padded, native);
    const auto cut = native.slice(2, 0, h * s).slice(3, 0, w * s);
    if (cut.size(2) == out.size(2) && cut.size(3) == out.size(3)) {
      out.copy_(cut);
    } else {
      ops::resize_out(cut.contiguous(), out, ops::ResizeFilter::kLanczos3);
    }
  }

  RestorerEvents events() const {
    const std::scoped_lock lock(mutex_);
    return events_;
  }

  networks::NetworkPtr network_;
  RestorerOptions options_;
  Precision precision_;

 private:
  // [N, 3, h, w] -> [N, 3, s*h, s*w]
  void restore_native(const torch::Tensor& lq, torch::Tensor& out) {
    const auto x = network_->wants_unit_range() ? lq.clamp(0, 1) : lq;
    forward(x, out);
    if (network_->needs_float32() || all_finite(out)) return;
    redo_in_float32(x, out);
  }

  void forward(const torch::Tensor& x, torch::Tensor& out) {
    if (!options_.tta) {
      forward_tiles(x, out);
      return;
    }
    auto sum = torch::zeros_like(out);
    for (int turn = 0; turn < 4; ++turn) {
      for (const bool mirrored : {false, true}) {
        auto turned = torch::rot90(mirrored ? x.flip(3) : x, turn, {2, 3}).contiguous();
        auto part = torch::empty(
            {x.size(0), 3, turned.size(2) * network_->scale(), turned.size(3) * network_->scale()},
            out.options());
        forward_tiles(turned, part);
        part = torch::rot90(part, -turn, {2, 3});
        sum += mirrored ? part.flip(3) : part;
      }
    }
    out.copy_(sum / 8);
  }

  void forward_tiles(const torch::Tensor& x, torch::Tensor& out) {
    if (network_->tiling().sees_whole_picture != nullptr) {
      forward_as_asked(x, out);
      return;
    }
    std::int64_t tile = first_tile(x);
    while (!try_tiles(x, tile, out)) tile = smaller_tile(tile, x);
  }

  /// False if memory ran out.
  bool try_tiles(const torch::Tensor& x, std::int64_t tile, torch::Tensor& out) {
    try {
      networks::forward_tiled(*network_, x, {.tile_px = tile, .halo_px = options_.halo_px}, out);
    } catch (const std::exception& error) {
      if (!networks::is_out_of_memory(error)) throw;
      return false;
    }
    const std::scoped_lock lock(mutex_);
    events_.tile_px = tile;
    return true;
  }

  /// For a network that sees the whole picture: tiles only if they were asked for, and of that
  /// size. What helps memory without changing the result is fewer frames at a time.
  void forward_as_asked(const torch::Tensor& x, torch::Tensor& out) {
    const std::int64_t tile = std::max<std::int64_t>(0, options_.tile_px);
    if (tile > 0) warn_of_tiles(x);
    std::int64_t frames =
        options_.tile_px == RestorerOptions::kAutoTile ? fitting_frames(x) : x.size(0);
    for (std::int64_t begin = 0; begin < x.size(0);) {
      const std::int64_t count = std::min(frames, x.size(0) - begin);
      auto part = out.narrow(0, begin, count);
      if (try_tiles(x.narrow(0, begin, count), tile, part)) {
        begin += count;
        continue;
      }
      const auto traits = network_->tiling();
      if (count == 1) {
        throw DeviceError(tile > 0 ? ran_out_tiled(traits, asked_tiles(), options_.device.str())
                                   : ran_out_untiled(traits, memory_of(x)));
      }
      frames = count / 2;
      const std::scoped_lock lock(mutex_);
      ++events_.out_of_memory_retries;
    }
  }

  [[nodiscard]] networks::AveragedTiles asked_tiles() const {
    return networks::averaged_tiles(network_->tiling(),
                                    {.tile_px = options_.tile_px, .halo_px = options_.halo_px});
  }

  void warn_of_tiles(const torch::Tensor& x) {
    const auto tiles = asked_tiles();
    if (std::max(x.size(2), x.size(3)) <= tiles.edge_px) return;
    if (has_warned_of_tiles_.exchange(true)) return;
    log::warn(depends_on_tiles(network_->tiling(), tiles));
  }

  /// How many pictures of x fit untiled; the same for all of one size, whatever memory becomes.
  std::int64_t fitting_frames(const torch::Tensor& x) {
    const std::scoped_lock lock(mutex_);
    const std::pair<std::int64_t, std::int64_t> size(x.size(2), x.size(3));
    if (size != tiled_for_) {
      const auto memory = memory_of(x);
      if (memory.needed_bytes > memory.usable_bytes) {
        throw DeviceError(does_not_fit(network_->tiling(), memory));
      }
      tiled_for_ = size;
      fitting_frames_ = memory.usable_bytes / std::max<std::int64_t>(1, memory.needed_bytes);
    }
    return std::min(fitting_frames_, x.size(0));
  }

  [[nodiscard]] PictureMemory memory_of(const torch::Tensor& x) const {
    const std::int64_t free = networks::free_bytes(options_.device);
    const std::int64_t usable = networks::usable_bytes(free);
    return {.height = x.size(2),
            .width = x.size(3),
            .needed_bytes =
                networks::picture_bytes(*network_, x.size(2), x.size(3), dtype_of(precision_), 1),
            .free_bytes = free,
            .usable_bytes = usable,
            .fitting_tile_px = tile_that_fits(x, usable, 1),
            .device = options_.device.str()};
  }

  [[nodiscard]] std::int64_t tile_that_fits(const torch::Tensor& x, std::int64_t usable,
                                            std::int64_t frames) const {
    return networks::choose_tile_px(*network_, x.size(2), x.size(3), usable, dtype_of(precision_),
                                    frames, options_.halo_px);
  }

  std::int64_t first_tile(const torch::Tensor& x) {
    if (options_.tile_px == RestorerOptions::kNoTiles) return 0;
    if (options_.tile_px > 0) return options_.tile_px;
    const std::scoped_lock lock(mutex_);
    const std::pair<std::int64_t, std::int64_t> size(x.size(2), x.size(3));
    if (size != tiled_for_) {
      tiled_for_ = size;
      auto_tile_ = tile_that_fits(x, networks::usable_bytes(networks::free_bytes(options_.device)),
                                  x.size(0));
    }
    return auto_tile_;
  }

  std::int64_t smaller_tile(std::int64_t tile, const torch::Tensor& x) {
    const std::int64_t edge = tile == 0 ? std::max(x.size(2), x.size(3)) : tile;
    const std::int64_t grid = network_->tiling().grid_px;
    const std::int64_t halved = std::max(grid, edge / 2 / grid * grid);
    if (edge <= std::max(kSmallestTilePx, grid)) {
      throw DeviceError("out of memory on " + options_.device.str() + " even with tiles of " +
                        std::to_string(edge) + " pixels");
    }
    log::warn("out of memory on " + options_.device.str() + ": going on with tiles of " +
              std::to_string(halved) + " pixels");
    const std::scoped_lock lock(mutex_);
    ++events_.out_of_memory_retries;
    auto_tile_ = halved;
    if (options_.tile_px != RestorerOptions::kAutoTile) options_.tile_px = halved;
    return halved;
  }

  void redo_in_float32(const torch::Tensor& x, torch::Tensor& out) {
    if (dtype_of(precision_) != torch::kFloat32) {
      log::warn("the network's output is not finite in " + std::string(name(precision_)) +
                ": this picture is computed again in fp32");
      set_parameters(torch::kFloat32);
      forward(x, out);
      set_parameters(dtype_of(precision_));
      const std::scoped_lock lock(mutex_);
      ++events_.non_finite_redone;
      if (all_finite(out)) return;
    }
    throw CheckpointError("the network's output is not finite in fp32: the weights are damaged");
  }

  void set_parameters(torch::Dtype dtype) {
    networks::prepare_for_inference(*network_, options_.device, dtype);
    std::size_t index = 0;
    for (auto& item : network_->named_parameters()) {
      item.value().copy_(float32_parameters_.at(index++));
    }
  }

  std::vector<torch::Tensor> float32_parameters_;  // Only where the network runs in less.
  std::pair<std::int64_t, std::int64_t> tiled_for_{-1, -1};
  std::int64_t auto_tile_ = 0;
  std::int64_t fitting_frames_ = 1;  // Of the size above, untiled.
  std::atomic<bool> has_warned_of_tiles_ = false;
  RestorerEvents events_;
  mutable std::mutex mutex_;
};

Precision parse_precision(std::string_view word) {
  for (const Precision p : {Precision::kAuto, Precision::kFloat32, Precision::kTf32,
                            Precision::kBfloat16, Precision::kFloat16}) {
    if (name(p) == word) return p;
  }
  throw ConfigError("precision '" + std::string(word) +
                    "' is not one of auto, fp32, tf32, bf16, fp16");
}

std::string_view name(Precision precision) noexcept {
  switch (precision) {
    case Precision::kAuto:
      return "auto";
    case Precision::kFloat32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kBfloat16:
      return "bf16";
    case Precision::kFloat16:
      return "fp16";
  }
  return "";
}

torch::Device parse_device(std::string_view word) {
  const auto gpus = ops::cuda_devices();
  if (word == "cpu") return torch::kCPU;
  if (word.empty() || word == "auto") {
    return gpus.empty() ? torch::Device(torch::kCPU) : torch::Device(torch::kCUDA, 0);
  }
  std::string_view number = word;
  if (number.starts_with("cuda")) {
    number.remove_prefix(4);
    if (number.starts_with(":")) number.remove_prefix(1);
    if (number.empty()) number = "0";
  }
  int index = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (word.find(',') != std::string_view::npos) {
    throw ConfigError("device '" + std::string(word) + "': one device is used at a time, give one");
  }
  if (error != std::errc() || end != number.data() + number.size() || index < 0 || index > 127) {
    throw ConfigError("device '" + std::string(word) + "' is not one of auto, cpu, cuda:N, N");
  }
  for (const auto& gpu : gpus) {
    if (gpu.index == index) {
      return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
    }
  }
  throw DeviceError("GPU " + std::to_string(index) + " is not there (" +
                    (ops::has_cuda_kernels() ? std::to_string(gpus.size()) + " found"
                                             : "this build has no CUDA kernels") +
                    "); --device cpu always is");
}

Restorer::Restorer(networks::NetworkPtr network, const RestorerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(network), options)) {}
Restorer::~Restorer() = default;
Restorer::Restorer(Restorer&&) noexcept = default;

const torch::Device& Restorer::device() const noexcept { return impl_->options_.device; }
Precision Restorer::precision() const noexcept { return impl_->precision_; }
double Restorer::scale() const noexcept { return impl_->scale(); }
std::int64_t Restorer::output_size(std::int64_t lq_size) const {
  return impl_->output_size(lq_size);
}
bool Restorer::is_concurrent() const noexcept {
  return device().is_cpu() && impl_->network_->needs_float32();
}
bool Restorer::is_light() const noexcept { return impl_->is_light(); }
const networks::Network& Restorer::network() const noexcept { return *impl_->network_; }
RestorerEvents Restorer::events() const { return impl_->events(); }

void Restorer::restore(const torch::Tensor& lq, torch::Tensor& out) { impl_->restore(lq, out); }

}  // namespace vcisr::inference
