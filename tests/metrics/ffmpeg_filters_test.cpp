// SPDX-License-Identifier: Apache-2.0
// What the program ffmpeg prints for raw films, where its protocol and ours coincide. Its vector
// code of 5.1 is wrong for some widths, hence -cpuflags 0.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "metrics/golden_pictures.h"
#include "support/subprocess.h"
#include "support/temp_folder.h"
#include "vcisr/metrics/block_ssim.h"
#include "vcisr/metrics/psnr.h"

namespace vcisr::metrics {
namespace {

struct RawFormat {
  std::int64_t width, height;
  int bit_depth;
  int chroma_shift;  ///< 1: 4:2:0. 0: 4:4:4.
};

/// frames x planes; uint8 or uint16 [H, W].
using Film = std::vector<std::array<torch::Tensor, 3>>;

std::int64_t sample(std::int64_t x, std::int64_t y, std::int64_t c, std::int64_t frame) {
  const auto seed = static_cast<std::uint32_t>(7 + frame);
  const std::int64_t t = (3 * x + 5 * y + 40 * c + 11 * frame + hash32(x, y, c, seed) % 23) % 510;
  return t <= 255 ? t : 510 - t;
}

/// `noise` 0: the reference.
Film make_film(const RawFormat& format, std::int64_t noise) {
  Film film(3);
  const std::int64_t scale = std::int64_t{1} << (format.bit_depth - 8);
  const std::int64_t peak = (std::int64_t{1} << format.bit_depth) - 1;
  for (std::size_t f = 0; f < film.size(); ++f) {
    for (std::size_t c = 0; c < 3; ++c) {
      const int shift = c == 0 ? 0 : format.chroma_shift;
      const std::int64_t width = (format.width + (1 << shift) - 1) >> shift;
      const std::int64_t height = (format.height + (1 << shift) - 1) >> shift;
      torch::Tensor wide = torch::empty({height, width}, torch::kInt32);
      auto* data = wide.mutable_data_ptr<std::int32_t>();
      const auto plane = static_cast<std::int64_t>(c);
      const auto frame = static_cast<std::int64_t>(f);
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
          const auto random = static_cast<std::int64_t>(hash32(x, y, plane, 90));
          std::int64_t v = sample(x, y, plane, frame) * scale + random % scale;
          if (noise > 0) v += (random >> 8) % (2 * noise + 1) - noise + frame * scale;
          *data++ = static_cast<std::int32_t>(std::min(std::max<std::int64_t>(v, 0), peak));
        }
      }
      film[f][c] = wide.to(format.bit_depth > 8 ? torch::kUInt16 : torch::kUInt8);
    }
  }
  return film;
}

void write(const Film& film, const std::filesystem::path& path) {
  std::ofstream file(path, std::ios::binary);
  for (const auto& frame : film) {
    for (const auto& plane : frame) {
      file.write(static_cast<const char*>(plane.const_data_ptr()),
                 static_cast<std::streamsize>(plane.nbytes()));
    }
  }
}

std::string run_filter(const tests::TempFolder& folder, const RawFormat& format,
                       const std::string& filter) {
  std::string pixels = format.chroma_shift == 1 ? "yuv420p" : "yuv444p";
  if (format.bit_depth > 8) pixels += std::to_string(format.bit_depth) + "le";
  const std::string size = std::to_string(format.width) + "x" + std::to_string(format.height);
  const std::vector<std::string> input = {"-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-i"};
  std::vector<std::string> command = {"ffmpeg", "-hide_banner", "-cpuflags", "0"};
  for (const char* name : {"distorted.yuv", "reference.yuv"}) {
    command.insert(command.end(), input.begin(), input.end());
    command.push_back((folder / name).string());
  }
  command.insert(command.end(), {"-lavfi", filter, "-f", "null", "-"});
  const auto result = tests::run(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.err;
}

/// The number behind the last "key" in a text.
double number_after(const std::string& text, const std::string& key) {
  const auto at = text.rfind(key);
  EXPECT_NE(at, std::string::npos) << key << " in " << text;
  return at == std::string::npos ? NAN : std::stod(text.substr(at + key.size()));
}

constexpr double kLastDigit = 0.51e-6;

void expect_psnr(const std::string& log, const Film& distorted, const Film& reference,
                 double peak) {
  std::array<SquaredError, 3> errors;
  SquaredError all;
  for (std::size_t f = 0; f < distorted.size(); ++f) {
    for (std::size_t c = 0; c < 3; ++c) {
      errors[c] += squared_error(distorted[f][c], reference[f][c]);
      all += squared_error(distorted[f][c], reference[f][c]);
    }
  }
  const char* const keys[] = {"PSNR y:", " u:", " v:"};
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(psnr_of_mse_db(errors[c].mse(), peak), number_after(log, keys[c]), kLastDigit);
  }
  EXPECT_NEAR(psnr_of_mse_db(all.mse(), peak), number_after(log, " average:"), kLastDigit);
}

void expect_ssim(const std::string& log, const Film& distorted, const Film& reference,
                 int bit_depth) {
  const char* const keys[] = {"SSIM Y:", " U:", " V:"};
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0.0;
    for (std::size_t f = 0; f < distorted.size(); ++f) {
      sum += block_ssim(distorted[f][c], reference[f][c], bit_depth);
    }
    EXPECT_NEAR(sum / static_cast<double>(distorted.size()), number_after(log, keys[c]),
                kLastDigit);
  }
}

TEST(FfmpegFilters, PrintWhatWeMeasure) {
  if (!tests::has_program("ffmpeg")) GTEST_SKIP() << "no program ffmpeg";
  for (const RawFormat& format : {RawFormat{37, 29, 8, 1},
                                  {72, 40, 8, 1},
                                  {301, 47, 8, 0},
                                  {45, 33, 10, 1},
                                  {280, 18, 12, 0}}) {
    SCOPED_TRACE(std::to_string(format.width) + "x" + std::to_string(format.height) + ", " +
                 std::to_string(format.bit_depth) + " bits");
    const tests::TempFolder folder;
    const Film reference = make_film(format, 0);
    const Film distorted = make_film(format, 9 << (format.bit_depth - 8));
    write(reference, folder / "reference.yuv");
    write(distorted, folder / "distorted.yuv");
    const double peak = (1 << format.bit_depth) - 1;
    expect_psnr(run_filter(folder, format, "psnr"), distorted, reference, peak);
    expect_ssim(run_filter(folder, format, "ssim"), distorted, reference, format.bit_depth);
  }
}

}  // namespace
}  // namespace vcisr::metrics
