// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/process_group.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <c10/util/Exception.h>
#include <torch/torch.h>

#include "trainers/process_group_backends.h"
#include "trainers/process_group_store.h"
#include "trainers/process_group_watch.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"

namespace vcisr::trainers {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using WorkPtr = c10::intrusive_ptr<c10d::Work>;

class SingleProcessGroup : public ProcessGroup {
 public:
  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int world() const noexcept override { return 1; }
  void all_reduce_sum(std::vector<torch::Tensor>&) override {}
  void broadcast(std::vector<torch::Tensor>&) override {}
  void barrier() override {}
  [[nodiscard]] bool any(bool value) override { return value; }
  void give_up(std::string_view) noexcept override {}
};

/// A backend's calls, one after another, with an eye on whether the others are still there.
class ConnectedGroup : public ProcessGroup {
 public:
  ConnectedGroup(const ProcessPlace& place, const ProcessGroupOptions& options, Rendezvous meeting)
      : place_(place),
        options_(options),
        exceptions_(std::uncaught_exceptions()),
        watch_({std::move(meeting.watch_store),
                place.is_rendezvous_hosted ? "the launcher" : "rank 0"},
               place.rank, place.world, options.silence_limit),
        store_(std::move(meeting.store)) {}

  ~ConnectedGroup() override;

  /// Errors  as connect_process_group().
  void make_backend();

  [[nodiscard]] int rank() const noexcept override { return place_.rank; }
  [[nodiscard]] int world() const noexcept override { return place_.world; }
  void all_reduce_sum(std::vector<torch::Tensor>& tensors) override;
  void broadcast(std::vector<torch::Tensor>& tensors) override;
  void barrier() override;
  [[nodiscard]] bool any(bool value) override;
  void give_up(std::string_view reason) noexcept override;

 private:
  enum class Operation { kSum, kBroadcast };

  void run(Operation operation, const char* name, std::vector<torch::Tensor>& tensors);
  [[nodiscard]] WorkPtr start(Operation operation, torch::Tensor& tensor);
  void finish(const WorkPtr& work, const std::string& name);
  [[noreturn]] void fail(const std::string& name, std::string why);

  const ProcessPlace place_;
  const ProcessGroupOptions options_;
  const int exceptions_;
  bool is_broken_ = false;
  PresenceWatch watch_;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::Backend> backend_;
  /// What a broken backend's threads may still read and write.
  std::vector<torch::Tensor> in_flight_;
};

/// Rank 0 keeps the store open for the others' good-byes, at most so long.
constexpr milliseconds kLongestGoodBye{10'000};

ConnectedGroup::~ConnectedGroup() {
  PeerState last_words{.kind = PeerState::Kind::kLeft};
  if (std::uncaught_exceptions() > exceptions_) {
    last_words = {.kind = PeerState::Kind::kFailed, .reason = "it had an error of its own"};
  }
  watch_.say(last_words);
  if (is_broken_ && backend_) {
    // Its threads may hang in a call that never ends, and its destructor would wait for them.
    (void)backend_.release();
    (void)std::make_unique<std::vector<torch::Tensor>>(std::move(in_flight_)).release();
  }
  if (place_.rank == 0 && !place_.is_rendezvous_hosted) watch_.wait_for_the_others(kLongestGoodBye);
}

void ConnectedGroup::make_backend() {
  const BackendRequest request{.store = store_,
                               .rank = place_.rank,
                               .world = place_.world,
                               .timeout = options_.timeout,
                               .device = options_.device,
                               .is_one_machine = place_.rendezvous_host == "127.0.0.1" ||
                                                 place_.rendezvous_host == "localhost"};
  try {
    backend_ = options_.backend == CollectiveBackend::kNccl ? make_nccl_backend(request)
                                                            : make_gloo_backend(request);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail("the connection", plain_message(error));
  }
}

WorkPtr ConnectedGroup::start(Operation operation, torch::Tensor& tensor) {
  // Several tensors in one call would mean several devices of one process.
  std::vector<torch::Tensor> one = {tensor};
  if (operation == Operation::kBroadcast) return backend_->broadcast(one);
  return backend_->allreduce(one);
}

void ConnectedGroup::run(Operation operation, const char* name,
                         std::vector<torch::Tensor>& tensors) {
  const torch::NoGradGuard no_grad;
  const std::string numbered = name + (" " + std::to_string(watch_.begin_collective()));
  TORCH_CHECK(!is_broken_, "the group of processes is broken since an earlier error");
  in_flight_.clear();
  for (const auto& tensor : tensors) {
    TORCH_CHECK(tensor.defined() && tensor.layout() == torch::kStrided &&
                    tensor.device().type() == options_.device.type(),
                name, " takes dense tensors on ", options_.device.type());
    in_flight_.push_back(tensor.detach().contiguous());
  }
  try {
    std::vector<WorkPtr> works;
    for (auto& tensor : in_flight_) {
      if (tensor.numel() > 0) works.push_back(start(operation, tensor));
    }
    for (const auto& work : works) finish(work, numbered);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail(numbered, plain_message(error));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!in_flight_[i].is_alias_of(tensors[i])) tensors[i].detach().copy_(in_flight_[i]);
  }
  in_flight_.clear();
}

void ConnectedGroup::finish(const WorkPtr& work, const std::string& name) {
  const auto begin = Clock::now();
  auto pause = std::chrono::microseconds(20);
  while (!work->isCompleted()) {
    const auto waited = Clock::now() - begin;
    // Longer than the backend's own limit, whose end is tidier.
    if (waited > options_.timeout + std::chrono::seconds(2)) {
      fail(name, "nothing came within " + describe_time(options_.timeout));
    }
    if (auto trouble = watch_.trouble()) fail(name, std::move(*trouble));
    // Short while an answer is likely to come at once, then easy on the processor.
    if (waited > std::chrono::milliseconds(2)) pause = std::chrono::microseconds(500);
    std::this_thread::sleep_for(pause);
  }
  work->wait();
}

void ConnectedGroup::fail(const std::string& name, std::string why) {
  is_broken_ = true;
  const std::string culprit = watch_.culprit(PresenceWatch::LateOnes::kBlamed);
  if (!culprit.empty()) why = culprit;
  const std::string sentence = describe_rank(place_.rank, place_.world) +
                               " cannot go on, because " + name + " with the others failed: " + why;
  watch_.say({.kind = PeerState::Kind::kFailed, .reason = why});
  if (backend_ && options_.backend == CollectiveBackend::kNccl) {
    try {
      backend_->abort();
    } catch (const std::exception& error) {
      log::debug(std::string("NCCL did not stop: ") + error.what());
    }
  }
  throw DeviceError(sentence);
}

void ConnectedGroup::all_reduce_sum(std::vector<torch::Tensor>& tensors) {
  run(Operation::kSum, "all-reduce", tensors);
}

void ConnectedGroup::broadcast(std::vector<torch::Tensor>& tensors) {
  run(Operation::kBroadcast, "broadcast", tensors);
}

void ConnectedGroup::barrier() {
  std::vector<torch::Tensor> nothing = {
      torch::zeros({1}, torch::dtype(torch::kInt32).device(options_.device))};
  run(Operation::kSum, "barrier", nothing);
  (void)nothing.front().item<std::int32_t>();  // On a GPU: done, not only asked for.
}

bool ConnectedGroup::any(bool value) {
  std::vector<torch::Tensor> votes = {
      torch::full({1}, value ? 1 : 0, torch::dtype(torch::kInt32).device(options_.device))};
  run(Operation::kSum, "vote", votes);
  return votes.front().item<std::int32_t>() > 0;
}

void ConnectedGroup::give_up(std::string_view reason) noexcept {
  watch_.say({.kind = PeerState::Kind::kFailed, .reason = std::string(reason)});
}

}  // namespace

std::unique_ptr<ProcessGroup> single_process_group() {
  return std::make_unique<SingleProcessGroup>();
}

CollectiveBackend parse_collective_backend(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, CollectiveBackend>, 3> kNames = {
      {{"auto", CollectiveBackend::kAuto},
       {"nccl", CollectiveBackend::kNccl},
       {"gloo", CollectiveBackend::kGloo}}};
  std::vector<std::string> words;
  for (const auto& [word, backend] : kNames) {
    if (word == name) return backend;
    words.emplace_back(word);
  }
  throw ConfigError("unknown backend '" + std::string(name) + "' (known: " + join(words) + ")" +
                    did_you_mean(name, words));
}

bool has_collective_backend(CollectiveBackend backend) noexcept {
  if (backend == CollectiveBackend::kNccl) return has_nccl();
  if (backend == CollectiveBackend::kGloo) return has_gloo();
  return has_nccl() || has_gloo();
}

std::unique_ptr<ProcessGroup> connect_process_group(const ProcessPlace& place,
                                                    const ProcessGroupOptions& options) {
  if (place.world == 1) return single_process_group();
  ProcessGroupOptions chosen = options;
  if (chosen.backend == CollectiveBackend::kAuto) {
    chosen.backend = options.device.is_cuda() ? CollectiveBackend::kNccl : CollectiveBackend::kGloo;
  }
  if (chosen.backend == CollectiveBackend::kGloo && !chosen.device.is_cpu()) {
    throw ConfigError("the backend gloo exchanges tensors on the CPU, but the device is " +
                      chosen.device.str());
  }
  if (chosen.backend == CollectiveBackend::kNccl && !chosen.device.is_cuda()) {
    throw ConfigError("the backend nccl exchanges tensors on a GPU, but the device is " +
                      chosen.device.str());
  }
  Rendezvous meeting = meet(place, chosen.timeout);
  try {
    auto group = std::make_unique<ConnectedGroup>(place, chosen, std::move(meeting));
    group->make_backend();
    return group;
  } catch (const c10::Error& error) {
    throw DeviceError(describe_rank(place.rank, place.world) +
                      " lost the others while they were starting (" + plain_message(error) + ")");
  }
}

}  // namespace vcisr::trainers
