// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "support/hash_rule.h"
#include "support/temp_folder.h"
#include "trainers/metrics_file.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr::trainers {
namespace {

using tests::TempFolder;

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
             AtomicFile::Existing::kReplace);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// A GAN training of `points` lines and ten validations.
std::string sample_metrics(int points) {
  std::string lines;
  const tests::HashNumbers noise("report");
  double wall = 1'700'000'000;
  for (int i = 1; i <= points; ++i) {
    const double progress = static_cast<double>(i) / points;
    const double u = noise.unit(static_cast<std::uint64_t>(i));
    LogPoint point{.step = 100 * i, .epoch = i / 10};
    point.learning_rates = {1e-4 * std::pow(0.5, std::floor(8 * progress)), 1e-4};
    point.step_seconds = 0.4 + 0.05 * u;
    point.data_seconds = 0.01 + 0.005 * u * u;
    point.losses = {{"l_g_pix", (0.02 + 0.3 * std::exp(-30 * progress)) * (1 + 0.2 * u)},
                    {"l_g_percep", 2 + std::exp(-4 * progress) + 0.3 * u},
                    {"l_d_real", 0.7 + 0.1 * u},
                    {"l_d_fake", 0.6 - 0.1 * u}};
    if (i == points / 2) point.losses[0].second = std::nan("");
    lines += metrics_line(point, wall += 40);
    if (i % (points / 10) != 0) continue;
    for (const auto& [dataset, base] :
         {std::pair("Set5", 28.0), std::pair("Urban & <old>", 24.0)}) {
      const NamedNumbers metrics = {{"psnr", base + 2 * (1 - std::exp(-3 * progress)) + 0.1 * u},
                                    {"ssim", 0.7 + 0.1 * progress},
                                    {"lpips", 0.4 - 0.1 * progress}};
      lines += metrics_line(ValidationPoint{100 * i, dataset, metrics}, wall);
    }
  }
  return lines;
}

TEST(TrainingReport, ShowsAllCurvesOnOnePage) {
  const TempFolder folder;
  write_text(folder / "metrics.jsonl", sample_metrics(1000));
  write_training_report(folder / "metrics.jsonl", folder / "report.html", "4x_test<1>");
  const auto page = text_of(folder / "report.html");
  // psnr, ssim, lpips; l_g_pix, l_g_percep, l_d_*; rate; time.
  EXPECT_EQ(count_of(page, "<svg "), 8U);
  EXPECT_EQ(count_of(page, "</svg>"), 8U);
  for (const auto* part :
       {"<h1>Training of 4x_test&lt;1&gt;</h1>", "psnr (dB)", "Urban &amp; &lt;old&gt;",
        "Loss l_g_pix", "l_g_pix, log scale", "Losses of the discriminator", "Learning rate",
        "learning rate, log scale", "waiting for data", "<td>100000</td>", "<td>11:06:00</td>",
        "0.3 at 100000", "l_g_pix, mean of the last tenth"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  for (const auto* part : {"<script", "http", "url(", "nan", "inf\""}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
  EXPECT_LT(page.size(), 400'000U);
}

TEST(TrainingReport, LeavesOutWhatThereIsNotYet) {
  const TempFolder folder;
  write_text(
      folder / "metrics.jsonl",
      metrics_line(LogPoint{.step = 1, .learning_rates = {1e-4}, .losses = {{"l", 0.5}}}, 1));
  write_training_report(folder / "metrics.jsonl", folder / "report.html", "x");
  const auto page = text_of(folder / "report.html");
  EXPECT_EQ(count_of(page, "<svg "), 3U);
  EXPECT_EQ(page.find("Validation"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(TrainingReport, RefusesInWords) {
  const TempFolder folder;
  EXPECT_THROW(write_training_report(folder / "none", folder / "report.html", "x"), InputError);
  write_text(folder / "metrics.jsonl", "{}\n");
  EXPECT_THROW(write_training_report(folder / "metrics.jsonl", folder / "report.html", "x"),
               InputError);
}

}  // namespace
}  // namespace vcisr::trainers
