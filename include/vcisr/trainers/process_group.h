// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "vcisr/trainers/launcher.h"

namespace vcisr::trainers {

/// The processes that train one network together, each on its share of a batch.
///
/// Every member but rank(), world() and give_up() is a collective: all processes call the same ones
/// in the same order, with tensors of equal number, shape and type. The call returns when this
/// process has its result. Tensors must be dense and live on the group's device (Gloo: the CPU).
///
/// Threads  one at a time.
/// Grad     results are written into the tensors' data; nothing is recorded.
/// Errors   DeviceError if the others cannot be waited for: a process that died, hangs, gave up, or
///          did not come to the same call in time. The sentence names it. The group is of no use
///          after that: leave, with nothing but give_up() and the destructor called.
///
/// Destruction says good-bye to the others; during an exception it says that this process failed.
class ProcessGroup {
 public:
  ProcessGroup() = default;
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  virtual ~ProcessGroup() = default;

  [[nodiscard]] virtual int rank() const noexcept = 0;
  [[nodiscard]] virtual int world() const noexcept = 0;
  [[nodiscard]] bool is_main() const noexcept { return rank() == 0; }

  /// Replaces each tensor by its sum over the processes. Every process gets the same bits.
  virtual void all_reduce_sum(std::vector<torch::Tensor>& tensors) = 0;
  /// Replaces each tensor by rank 0's.
  virtual void broadcast(std::vector<torch::Tensor>& tensors) = 0;
  /// Returns when all have come here.
  virtual void barrier() = 0;
  /// True, for all of them, if it is true for one: "somebody was asked to stop".
  [[nodiscard]] virtual bool any(bool value) = 0;

  /// Tells the others why this process ends, so that theirs end with that sentence. Never throws.
  virtual void give_up(std::string_view reason) noexcept = 0;
};

/// A group of one: nothing to do.
[[nodiscard]] std::unique_ptr<ProcessGroup> single_process_group();

enum class CollectiveBackend {
  kAuto,  ///< NCCL for a CUDA device, else Gloo.
  kNccl,
  kGloo
};

/// "auto", "nccl", "gloo" (a config's dist_params.backend); ConfigError names the allowed words.
[[nodiscard]] CollectiveBackend parse_collective_backend(std::string_view name);

/// Whether this build has it: NCCL comes with CUDA, Gloo needs the headers of libgloo-dev.
[[nodiscard]] bool has_collective_backend(CollectiveBackend backend) noexcept;

struct ProcessGroupOptions {
  CollectiveBackend backend = CollectiveBackend::kAuto;
  /// NCCL: this process's GPU, whose tensors are exchanged.
  torch::Device device = torch::kCPU;
  /// How long to wait for the others, at the start and in each collective: longer than the longest
  /// thing that one process does while the others wait for it.
  std::chrono::milliseconds timeout = std::chrono::minutes(10);
  /// A process that gives no sign of life (a thread of its own does) for so long is taken for dead.
  std::chrono::milliseconds silence_limit = std::chrono::seconds(30);
};

/// Joins the others; a group of one if place.world is 1.
///
/// Time    returns when all processes have come; each starts one thread that shows it is alive.
/// Errors  ConfigError for a backend that this build lacks, a device that does not fit it, a rank
///         that was started twice; DeviceError if the processes do not find each other in time
///         (those missing are named), or rank 0's port is taken.
[[nodiscard]] std::unique_ptr<ProcessGroup> connect_process_group(
    const ProcessPlace& place, const ProcessGroupOptions& options = {});

}  // namespace vcisr::trainers
