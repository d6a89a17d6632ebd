// SPDX-License-Identifier: Apache-2.0
#include "vcisr/ops/picture_comparison.h"

#include <cmath>

#include <c10/util/Exception.h>

#include "ops/instruction_set.h"
#include "ops/picture_comparison/cpu_kernels.h"
#include "ops/picture_comparison/reference.h"

namespace vcisr::ops {
namespace detail {

// Each defined by the object of its instruction set.
extern const ComparisonKernels comparison_kernels_baseline;
#ifdef VCISR_OPS_HAS_AVX
extern const ComparisonKernels comparison_kernels_avx2;
extern const ComparisonKernels comparison_kernels_avx512;
#endif

const ComparisonKernels& comparison_kernels() {
#ifdef VCISR_OPS_HAS_AVX
  return of_active_set(comparison_kernels_baseline, comparison_kernels_avx2,
                       comparison_kernels_avx512);
#else
  return comparison_kernels_baseline;
#endif
}

}  // namespace detail

namespace {

void check_planes(const char* name, const torch::Tensor& a, const torch::Tensor& b,
                  std::int64_t smallest_side) {
  TORCH_CHECK(a.defined() && b.defined() && a.dim() == 2 && a.sizes() == b.sizes() && a.is_cpu() &&
                  b.is_cpu(),
              name, ": a and b must be planes [H, W] of one size on the CPU");
  TORCH_CHECK(a.scalar_type() == b.scalar_type(), name,
              ": a and b must be of one type, but they are ", a.scalar_type(), " and ",
              b.scalar_type());
  TORCH_CHECK(a.size(0) >= smallest_side && a.size(1) >= smallest_side, name, ": needs at least ",
              smallest_side, "x", smallest_side, " samples, but got ", a.size(1), "x", a.size(0));
  TORCH_CHECK((a.stride(1) == 1 && b.stride(1) == 1) || a.size(1) == 1, name,
              ": samples of a row must lie side by side, but they are ", a.stride(1), " and ",
              b.stride(1), " apart");
}

template <class T>
detail::PlanePair<T> pair_of(const torch::Tensor& a, const torch::Tensor& b) {
  return {
      a.const_data_ptr<T>(), b.const_data_ptr<T>(), a.stride(0), b.stride(0), a.size(1), a.size(0)};
}

[[noreturn]] void refuse_type(const char* name, const char* wanted, const torch::Tensor& a) {
  TORCH_CHECK(false, name, ": planes must be ", wanted, ", but they are ", a.scalar_type());
}

detail::GaussianSsimParams gaussian_params(double peak, ContrastStructure contrast_structure) {
  detail::GaussianSsimParams params{
      peak, contrast_structure == ContrastStructure::kClampedAtZero, {}};
  // Taps whose sum is 1 without rounding: else a flat picture would seem to have variance.
  static const detail::HalfWindow window = detail::half_gaussian_window();
  constexpr double kSteps = 1 << 26;
  double others = 0.0;
  for (std::int64_t i = 1; i <= detail::kGaussianTaps / 2; ++i) {
    const double tap = std::round(window.taps[i] * kSteps) / kSteps;
    params.taps[i] = static_cast<float>(tap);
    others += 2.0 * tap;
  }
  params.taps[0] = static_cast<float>(1.0 - others);
  return params;
}

SsimMeans means_of(const detail::SsimLosses& losses, const torch::Tensor& plane) {
  constexpr std::int64_t kBorder = detail::kGaussianTaps - 1;
  const auto windows = static_cast<double>((plane.size(0) - kBorder) * (plane.size(1) - kBorder));
  return {1.0 - losses.ssim / windows, 1.0 - losses.contrast_structure / windows};
}

}  // namespace

std::uint64_t sum_of_squared_differences(const torch::Tensor& a, const torch::Tensor& b) {
  constexpr const char* kName = "sum_of_squared_differences";
  check_planes(kName, a, b, 0);
  const auto& kernels = detail::comparison_kernels();
  if (a.scalar_type() == torch::kUInt8) return kernels.squares_8(pair_of<std::uint8_t>(a, b));
  if (a.scalar_type() == torch::kUInt16) return kernels.squares_16(pair_of<std::uint16_t>(a, b));
  refuse_type(kName, "uint8 or uint16", a);
}

double sum_of_squared_float_differences(const torch::Tensor& a, const torch::Tensor& b) {
  constexpr const char* kName = "sum_of_squared_float_differences";
  check_planes(kName, a, b, 0);
  if (a.scalar_type() != torch::kFloat32) refuse_type(kName, "float32", a);
  return detail::comparison_kernels().squares_float(pair_of<float>(a, b));
}

SsimMeans gaussian_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak,
                        ContrastStructure contrast_structure) {
  constexpr const char* kName = "gaussian_ssim";
  check_planes(kName, a, b, detail::kGaussianTaps);
  const auto& kernels = detail::comparison_kernels();
  const detail::GaussianSsimParams params = gaussian_params(peak, contrast_structure);
  switch (a.scalar_type()) {
    case torch::kUInt8:
      return means_of(kernels.gaussian_8(pair_of<std::uint8_t>(a, b), params), a);
    case torch::kUInt16:
      return means_of(kernels.gaussian_16(pair_of<std::uint16_t>(a, b), params), a);
    case torch::kFloat32:
      return means_of(kernels.gaussian_float(pair_of<float>(a, b), params), a);
    default:
      refuse_type(kName, "uint8, uint16 or float32", a);
  }
}

SsimMeans gaussian_ssim_in_double(const torch::Tensor& a, const torch::Tensor& b, double peak,
                                  ContrastStructure contrast_structure) {
  constexpr const char* kName = "gaussian_ssim_in_double";
  check_planes(kName, a, b, detail::kGaussianTaps);
  const bool is_clamped = contrast_structure == ContrastStructure::kClampedAtZero;
  const auto of = [&](auto type) {
    using T = decltype(type);
    return means_of(detail::gaussian_losses_reference(pair_of<T>(a, b), peak, is_clamped), a);
  };
  switch (a.scalar_type()) {
    case torch::kUInt8:
      return of(std::uint8_t{});
    case torch::kUInt16:
      return of(std::uint16_t{});
    case torch::kFloat32:
      return of(float{});
    case torch::kFloat64:
      return of(double{});
    default:
      refuse_type(kName, "uint8, uint16, float32 or float64", a);
  }
}

double uniform_ssim(const torch::Tensor& a, const torch::Tensor& b, double peak) {
  constexpr const char* kName = "uniform_ssim";
  check_planes(kName, a, b, detail::kUniformTaps);
  const auto loss = [&] {
    switch (a.scalar_type()) {
      case torch::kUInt8:
        return detail::comparison_kernels().uniform_8(pair_of<std::uint8_t>(a, b), peak);
      case torch::kUInt16:
        return detail::comparison_kernels().uniform_16(pair_of<std::uint16_t>(a, b), peak);
      case torch::kFloat32:
        return detail::uniform_loss_reference(pair_of<float>(a, b), peak);
      case torch::kFloat64:
        return detail::uniform_loss_reference(pair_of<double>(a, b), peak);
      default:
        refuse_type(kName, "uint8, uint16, float32 or float64", a);
    }
  }();
  constexpr std::int64_t kBorder = detail::kUniformTaps - 1;
  return 1.0 - loss / static_cast<double>((a.size(0) - kBorder) * (a.size(1) - kBorder));
}

double block_ssim(const torch::Tensor& a, const torch::Tensor& b, std::int64_t peak) {
  constexpr const char* kName = "block_ssim";
  check_planes(kName, a, b, 2 * detail::kBlockPx);
  const auto& kernels = detail::comparison_kernels();
  const auto windows =
      static_cast<double>((a.size(0) / detail::kBlockPx - 1) * (a.size(1) / detail::kBlockPx - 1));
  if (a.scalar_type() == torch::kUInt8) {
    return kernels.block_8(pair_of<std::uint8_t>(a, b), peak) / windows;
  }
  if (a.scalar_type() == torch::kUInt16) {
    return kernels.block_16(pair_of<std::uint16_t>(a, b), peak) / windows;
  }
  refuse_type(kName, "uint8 or uint16", a);
}

}  // namespace vcisr::ops
