// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <tuple>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include "ops/resize/resize_launch.h"
#include "ops/resize/resize_ops.h"

namespace vcisr::ops {
namespace {

// Tap tables on a device.
struct TapTensors {
  torch::Tensor begin, index, weight;
};

using TapKey = std::tuple<std::int64_t, std::int64_t, detail::TapFilter, bool, torch::ScalarType,
                          c10::DeviceIndex>;

template <class T>
torch::Tensor uploaded(const std::vector<T>& values, torch::ScalarType type,
                       const torch::Device& device) {
  return torch::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())},
                          type)
      .to(device);
}

TapTensors upload(const detail::AxisTaps& taps, torch::ScalarType type,
                  const torch::Device& device) {
  TapTensors result{uploaded(taps.begin, torch::kInt64, device),
                    uploaded(taps.index, torch::kInt32, device),
                    type == torch::kFloat32 ? uploaded(taps.weight_f32, type, device)
                                            : uploaded(taps.weight, type, device)};
  // Once per size: other streams will read the tables too.
  c10::cuda::getCurrentCUDAStream(device.index()).synchronize();
  return result;
}

// The last few tables stay on their device: a film asks for the same ones each frame.
TapTensors tap_tensors(std::int64_t in, std::int64_t out, detail::TapFilter filter,
                       bool is_transposed, const torch::Tensor& like) {
  struct Entry {
    TapKey key;
    TapTensors tensors;
  };
  static std::mutex mutex;
  static std::list<Entry> cache;  // Most recently used first.
  constexpr std::size_t kEntries = 16;
  const TapKey key{in, out, filter, is_transposed, like.scalar_type(), like.get_device()};
  const std::lock_guard lock(mutex);
  const auto found = std::find_if(cache.begin(), cache.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found != cache.end()) {
    cache.splice(cache.begin(), cache, found);
  } else {
    const auto taps = detail::cached_taps(in, out, filter, is_transposed);
    cache.push_front({key, upload(*taps, like.scalar_type(), like.device())});
    if (cache.size() > kEntries) cache.pop_back();
  }
  const auto stream = c10::cuda::getCurrentCUDAStream(like.get_device());
  const TapTensors& tensors = cache.front().tensors;
  for (const auto* tensor : {&tensors.begin, &tensors.index, &tensors.weight}) {
    tensor->record_stream(stream);  // Dropping the entry must not let others write there too early.
  }
  return tensors;
}

template <class T>
detail::DeviceTaps<T> device_taps(const TapTensors& tensors) {
  return {tensors.begin.const_data_ptr<std::int64_t>(),
          tensors.index.const_data_ptr<std::int32_t>(), tensors.weight.const_data_ptr<T>()};
}

template <class T>
void launch(const torch::Tensor& x, const torch::Tensor& out, const TapTensors& vertical,
            const TapTensors& horizontal) {
  const detail::Resample<T> p{x.const_data_ptr<T>(),
                              out.mutable_data_ptr<T>(),
                              x.size(1),
                              x.size(0) * x.size(1),
                              x.size(2),
                              x.size(3),
                              out.size(2),
                              out.size(3),
                              x.stride(0),
                              x.stride(1),
                              x.stride(2),
                              out.stride(0),
                              out.stride(1),
                              out.stride(2),
                              device_taps<T>(vertical),
                              device_taps<T>(horizontal)};
  void* const stream = c10::cuda::getCurrentCUDAStream(x.get_device()).stream();
  C10_CUDA_CHECK(static_cast<cudaError_t>(detail::launch_resample(p, stream)));
}

void resample_into(const torch::Tensor& any_x, const torch::Tensor& out, const std::string& filter,
                   bool is_transposed) {
  if (out.numel() == 0) return;
  const c10::cuda::CUDAGuard guard(any_x.device());
  const torch::Tensor x = detail::with_dense_columns(any_x);
  const auto kind = detail::tap_filter(filter);
  const auto vertical = tap_tensors(x.size(2), out.size(2), kind, is_transposed, x);
  const auto horizontal = tap_tensors(x.size(3), out.size(3), kind, is_transposed, x);
  if (x.scalar_type() == torch::kFloat32) {
    launch<float>(x, out, vertical, horizontal);
  } else {
    launch<double>(x, out, vertical, horizontal);
  }
}

template <bool kIsTransposed>
torch::Tensor resize_cuda(const torch::Tensor& x, std::int64_t out_h, std::int64_t out_w,
                          const std::string& filter) {
  detail::check_resize(x, out_h, out_w);
  auto out = torch::empty({x.size(0), x.size(1), out_h, out_w}, x.options());
  resample_into(x, out, filter, kIsTransposed);
  return out;
}

void resize_out_cuda(const torch::Tensor& x, const torch::Tensor& out, const std::string& filter) {
  detail::check_resize_out(x, out);
  resample_into(x, out, filter, false);
}

TORCH_LIBRARY_IMPL(vcisr, CUDA, m) {
  m.impl("resize", &resize_cuda<false>);
  m.impl("resize_backward", &resize_cuda<true>);
  m.impl("resize_out", &resize_out_cuda);
}

}  // namespace
}  // namespace vcisr::ops
