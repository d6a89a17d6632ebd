// SPDX-License-Identifier: Apache-2.0
// Each full-reference metric on one 1080p frame, one thread: as an evaluation calls it.
#include <array>
#include <functional>
#include <string>

#include "bench.h"
#include "vcisr/metrics/block_ssim.h"
#include "vcisr/metrics/flicker.h"
#include "vcisr/metrics/luma.h"
#include "vcisr/metrics/ms_ssim.h"
#include "vcisr/metrics/patch_psnr.h"
#include "vcisr/metrics/psnr.h"
#include "vcisr/metrics/psnr_b.h"
#include "vcisr/metrics/ssim.h"

namespace vcisr::bench {
namespace {

constexpr Size kFrame{1920, 1080};
constexpr int kDepth10 = 10;
constexpr double kPeak10 = 1023.0;

/// Noise on a slope: nothing that a metric could shorten.
torch::Tensor random_samples(at::IntArrayRef shape, double peak, torch::Dtype dtype) {
  const auto slope = torch::arange(shape.back()).remainder(200) / 255.0;
  return ((slope + 0.2 * torch::rand(shape)) * peak).to(torch::kInt32).to(dtype);
}

struct Frames {
  torch::Tensor a, b;
};

Frames random_frames(at::IntArrayRef shape, double peak = 255.0,
                     torch::Dtype dtype = torch::kUInt8) {
  return {random_samples(shape, peak, dtype), random_samples(shape, peak, dtype)};
}

Frames random_planes(double peak = 255.0, torch::Dtype dtype = torch::kUInt8) {
  return random_frames({kFrame.height, kFrame.width}, peak, dtype);
}
Frames random_pictures() { return random_frames({3, kFrame.height, kFrame.width}); }

using Measure = std::function<double(const Frames&)>;

void add(const std::string& name, const std::function<Frames()>& make, const Measure& measure) {
  register_timed(
      {.name = "metrics/" + name + "/" + kFrame.text() + "/threads:1",
       .threads = 1,
       .prepare =
           [=] {
             const Frames frames = make();
             return [=] { benchmark::DoNotOptimize(measure(frames)); };
           },
       .finish = [](benchmark::State& state,
                    double seconds) { state.counters["frames_per_s"] = 1.0 / seconds; }});
}

void register_luma(const std::string& name, metrics::Luma kind) {
  add("luma_" + name, random_pictures, [kind](const Frames& frames) {
    return static_cast<double>(metrics::luma(frames.a, kind).numel());
  });
}

/// The planes of a 4:2:0 frame, rows padded as decoders do.
void register_yuv_psnr(const std::string& name, double peak, torch::Dtype dtype) {
  const auto make = [=] {
    // Y above, U and V side by side below it.
    return random_frames({kFrame.height * 3 / 2, kFrame.width + 64}, peak, dtype);
  };
  add("psnr_yuv420_" + name, make, [](const Frames& frames) {
    const std::int64_t half_height = kFrame.height / 2;
    const std::int64_t half_width = kFrame.width / 2;
    const auto error = [&](std::int64_t y, std::int64_t rows, std::int64_t x,
                           std::int64_t columns) {
      const auto plane = [&](const torch::Tensor& all) {
        return all.narrow(0, y, rows).narrow(1, x, columns);
      };
      return metrics::squared_error(plane(frames.a), plane(frames.b)).mse();
    };
    return metrics::psnr_yuv_611_db(
        metrics::psnr_of_mse_db(error(0, kFrame.height, 0, kFrame.width)),
        metrics::psnr_of_mse_db(error(kFrame.height, half_height, 0, half_width)),
        metrics::psnr_of_mse_db(error(kFrame.height, half_height, half_width, half_width)));
  });
}

void register_ssim() {
  const auto planes = [] { return random_planes(); };
  const auto planes10 = [] { return random_planes(kPeak10, torch::kUInt16); };
  const auto float_planes = [] {
    const Frames frames = random_planes();
    return Frames{frames.a.to(torch::kFloat32), frames.b.to(torch::kFloat32)};
  };
  const auto gaussian = [](const Frames& f) { return metrics::gaussian_ssim(f.a, f.b); };
  add("ssim_plane_8bit", planes, gaussian);
  add("ssim_plane_float", float_planes, gaussian);
  add("ssim_plane_10bit", planes10,
      [](const Frames& f) { return metrics::gaussian_ssim(f.a, f.b, kPeak10); });
  add("ssim_plane_in_double", planes,
      [](const Frames& f) { return metrics::gaussian_ssim_in_double(f.a, f.b); });
  add("ssim_uniform_plane_8bit", planes,
      [](const Frames& f) { return metrics::uniform_ssim(f.a, f.b); });
  add("ssim_uniform_plane_10bit", planes10,
      [](const Frames& f) { return metrics::uniform_ssim(f.a, f.b, kPeak10); });
  add("block_ssim_plane_8bit", planes,
      [](const Frames& f) { return metrics::block_ssim(f.a, f.b); });
  add("block_ssim_plane_10bit", planes10,
      [](const Frames& f) { return metrics::block_ssim(f.a, f.b, kDepth10); });
  add("ms_ssim_plane_8bit", planes, [](const Frames& f) { return metrics::ms_ssim(f.a, f.b); });
}

}  // namespace

void register_metric_benchmarks() {
  register_luma("basicsr", metrics::Luma::kBasicsr);
  register_luma("matlab_rounded", metrics::Luma::kMatlabRounded);
  register_luma("full_range", metrics::Luma::kFullRange);
  register_luma("full_range_rounded", metrics::Luma::kFullRangeRounded);
  add("psnr_rgb", random_pictures, [](const Frames& f) {
    return metrics::psnr_of_mse_db(metrics::mean_squared_error(f.a, f.b));
  });
  register_yuv_psnr("8bit", 255.0, torch::kUInt8);
  register_yuv_psnr("10bit", kPeak10, torch::kUInt16);
  register_ssim();
  add(
      "psnr_b_plane", [] { return random_planes(); },
      [](const Frames& f) { return metrics::psnr_b_db(f.a, f.b); });
  add("patch_psnr_rgb", random_pictures, [](const Frames& f) {
    return metrics::psnr_of_mse_db(metrics::patch_squared_error(f.a, f.b, {20, 10, 6}).mse());
  });
  add("seam_psnr_rgb", random_pictures, [](const Frames& f) {
    return metrics::psnr_of_mse_db(metrics::seam_squared_error(f.a, f.b, {20, 10, 6}).mse());
  });
  add(
      "flicker_plane", [] { return random_planes(); },
      [](const Frames& f) { return metrics::flicker(f.a, f.b, f.b, f.a); });
}

}  // namespace vcisr::bench
