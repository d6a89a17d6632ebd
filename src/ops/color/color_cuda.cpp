// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <vector>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "ops/color/color_launch.h"
#include "ops/color/color_ops.h"
#include "ops/color/kernel_params.h"

namespace vcisr::ops::detail {
namespace {

// The device of a tensor, and its current stream.
struct Place {
  explicit Place(const torch::Tensor& x)
      : guard(x.device()), stream(c10::cuda::getCurrentCUDAStream(x.get_device()).stream()) {}
  c10::cuda::CUDAGuard guard;
  void* stream;
};

void check_launch(int error) { C10_CUDA_CHECK(static_cast<cudaError_t>(error)); }

template <class S>
void to_rgb(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
            const torch::Tensor& rgb) {
  const Place place(rgb);
  auto* const out = rgb.mutable_data_ptr<float>();
  if (planes.size() == 3 && !format.is_rgb) {
    check_launch(launch_planar_to_rgb(planar_to_rgb_params<S>(planes, format, out), place.stream));
    return;
  }
  PlanesAndRgb<const S> p{
      to_float(color_coefficients(format)), {}, static_cast<int>(planes.size())};
  for (std::size_t i = 0; i < planes.size(); ++i) p.planes[i] = device_source<S>(planes[i]);
  check_launch(launch_planes_to_rgb<S>(p, out, place.stream));
}

template <class S>
void from_rgb(const torch::Tensor& rgb, const PlanarFormat& format,
              const std::vector<torch::Tensor>& planes) {
  const Place place(rgb);
  const auto* const in = rgb.const_data_ptr<float>();
  if (planes.size() == 3 && !format.is_rgb) {
    check_launch(launch_rgb_to_planar(rgb_to_planar_params<S>(in, format, planes), place.stream));
    return;
  }
  PlanesAndRgb<S> p{to_float(color_coefficients(format)), {}, static_cast<int>(planes.size())};
  for (std::size_t i = 0; i < planes.size(); ++i) p.planes[i] = device_target<S>(planes[i]);
  check_launch(launch_rgb_to_planes(p, in, place.stream));
}

template <class S>
constexpr float kMost = sizeof(S) == 1 ? 255.0f : 65535.0f;

template <class S>
void samples_to_float(const torch::Tensor& samples, const torch::Tensor& planar) {
  const Place place(planar);
  const Interleaved<const S> p{
      samples.const_data_ptr<S>(),       samples.size(0), samples.size(1), samples.stride(0),
      static_cast<int>(samples.size(2)), kMost<S>};
  check_launch(launch_interleaved_to_float<S>(p, planar.mutable_data_ptr<float>(), place.stream));
}

template <class S>
void float_to_samples(const torch::Tensor& planar, const torch::Tensor& samples) {
  const Place place(planar);
  const Interleaved<S> p{
      samples.mutable_data_ptr<S>(),     samples.size(0), samples.size(1), samples.stride(0),
      static_cast<int>(samples.size(2)), kMost<S>};
  check_launch(launch_float_to_interleaved(planar.const_data_ptr<float>(), p, place.stream));
}

}  // namespace

void planar_to_rgb_cuda(const std::vector<torch::Tensor>& planes, const PlanarFormat& format,
                        const torch::Tensor& rgb) {
  (format.bit_depth <= 8 ? to_rgb<std::uint8_t> : to_rgb<std::uint16_t>)(planes, format, rgb);
}

void rgb_to_planar_cuda(const torch::Tensor& rgb, const PlanarFormat& format,
                        const std::vector<torch::Tensor>& planes) {
  (format.bit_depth <= 8 ? from_rgb<std::uint8_t> : from_rgb<std::uint16_t>)(rgb, format, planes);
}

void interleaved_to_float_cuda(const torch::Tensor& samples, const torch::Tensor& planar) {
  const bool is_u8 = samples.scalar_type() == torch::kUInt8;
  (is_u8 ? samples_to_float<std::uint8_t> : samples_to_float<std::uint16_t>)(samples, planar);
}

void float_to_interleaved_cuda(const torch::Tensor& planar, const torch::Tensor& samples) {
  const bool is_u8 = samples.scalar_type() == torch::kUInt8;
  (is_u8 ? float_to_samples<std::uint8_t> : float_to_samples<std::uint16_t>)(planar, samples);
}

}  // namespace vcisr::ops::detail
