// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/training_log.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"
#include "trainers/append_file.h"
#include "trainers/metrics_file.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr::trainers {
namespace {

using Json = nlohmann::json;
using tests::TempFolder;

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
             AtomicFile::Existing::kReplace);
}

LogPoint point_at(std::int64_t step) {
  return {.step = step,
          .epoch = 2,
          .learning_rates = {1e-4},
          .step_seconds = 0.42,
          .data_seconds = 0.01,
          .eta_seconds = 51093.7,
          .losses = {{"l_g_pix", 0.012}}};
}

TEST(LogLine, IsBasicSrs) {
  LogPoint point = point_at(100);
  point.epoch = 0;
  EXPECT_EQ(format_log_line("4x_SPSR_x4", point),
            "[4x_SP..][epoch:  0, iter:     100, lr:(1.000e-04,)] [eta: 14:11:33, time (data): "
            "0.420 (0.010)] l_g_pix: 1.2000e-02");
  point.step = 1'234'567;
  point.epoch = 1234;
  point.learning_rates = {1e-4, 2.5e-5};
  point.losses = {{"l_g_pix", 0.5}, {"l_d_real", 12.25}};
  point.others = {{"loss_scale", 65536}};
  EXPECT_EQ(format_log_line("x", point),
            "[x..][epoch:1234, iter:1,234,567, lr:(1.000e-04,2.500e-05,)] [eta: 14:11:33, time "
            "(data): 0.420 (0.010)] l_g_pix: 5.0000e-01 l_d_real: 1.2250e+01 loss_scale: "
            "6.5536e+04");
}

TEST(LogLine, CutsNamesBetweenLetters) {
  EXPECT_TRUE(format_log_line("Größte_Schau", {}).starts_with("[Größt..]["));
  EXPECT_TRUE(format_log_line("", {}).starts_with("[..]["));
}

TEST(LogLine, ShowsLossesThatAreNotFinite) {
  LogPoint point = point_at(1);
  point.losses = {{"a", std::nan("")}, {"b", std::numeric_limits<double>::infinity()}};
  EXPECT_TRUE(format_log_line("x", point).ends_with("a: nan b: inf"));
}

TEST(Duration, IsWrittenAsPythonDoes) {
  EXPECT_EQ(format_duration(0), "0:00:00");
  EXPECT_EQ(format_duration(59.99), "0:00:59");
  EXPECT_EQ(format_duration(3661), "1:01:01");
  EXPECT_EQ(format_duration(86'399), "23:59:59");
  EXPECT_EQ(format_duration(86'407), "1 day, 0:00:07");
  EXPECT_EQ(format_duration(3.0 * 86'400 + 51'093), "3 days, 14:11:33");
  EXPECT_EQ(format_duration(-5), "0:00:00");
  EXPECT_EQ(format_duration(std::nan("")), "0:00:00");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "999999999 days, 0:00:00");
}

TEST(TrainingLog, WritesALinePerPoint) {
  const TempFolder folder;
  const auto path = folder / "sub" / "metrics.jsonl";
  TrainingLog log({.experiment = "test", .metrics_path = path});
  LogPoint point = point_at(100);
  point.learning_rates.push_back(5e-5);
  point.losses.emplace_back("l_d", std::nan(""));
  log.add(point);
  log.add(ValidationPoint{100, "Set5", {{"psnr", 30.125}, {"ssim", 0.875}}});
  const std::string text = text_of(path);  // It is there at once.
  const auto line_end = text.find('\n');
  const auto first = Json::parse(text.substr(0, line_end));
  EXPECT_EQ(first.at("step"), 100);
  EXPECT_EQ(first.at("epoch"), 2);
  EXPECT_EQ(first.at("lr"), 1e-4);
  EXPECT_EQ(first.at("lr_d"), 5e-5);
  EXPECT_EQ(first.at("time"), 0.42);
  EXPECT_EQ(first.at("data_time"), 0.01);
  EXPECT_EQ(first.at("losses").at("l_g_pix"), 0.012);
  EXPECT_TRUE(first.at("losses").at("l_d").is_null());
  EXPECT_FALSE(first.contains("others"));
  const auto second = Json::parse(text.substr(line_end + 1));
  EXPECT_EQ(second.at("step"), 100);
  EXPECT_EQ(second.at("validation"), Json::parse(R"({"Set5": {"psnr": 30.125, "ssim": 0.875}})"));
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(TrainingLog, DropsLaterStepsWhenItResumes) {
  const TempFolder folder;
  const auto path = folder / "metrics.jsonl";
  {
    TrainingLog log({.experiment = "test", .metrics_path = path});
    for (int step = 10; step <= 50; step += 10) log.add(point_at(step));
    log.add(ValidationPoint{30, "Set5", {{"psnr", 30}}});
  }
  write_text(path, text_of(path) + R"({"step": 60, "epo)");  // Killed while it wrote.
  {
    TrainingLog log({.experiment = "test", .metrics_path = path, .resume_step = 30});
    log.add(point_at(40));
  }
  const auto history = read_metrics(path);
  ASSERT_EQ(history.log.size(), 4U);
  EXPECT_EQ(history.log[3].step, 40);
  EXPECT_EQ(history.log[3].losses, (NamedNumbers{{"l_g_pix", 0.012}}));
  EXPECT_EQ(history.log[3].step_seconds, 0.42);
  ASSERT_EQ(history.validation.size(), 1U);
  EXPECT_EQ(history.validation[0].dataset, "Set5");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"metrics.jsonl"}));
}

TEST(TrainingLog, StartsEmptyWithoutResume) {
  const TempFolder folder;
  const auto path = folder / "metrics.jsonl";
  TrainingLog({.metrics_path = path}).add(point_at(10));
  const TrainingLog log({.metrics_path = path});
  EXPECT_EQ(text_of(path), "");
}

TEST(TrainingLog, WarnsOfDamageInside) {
  const TempFolder folder;
  const auto path = folder / "metrics.jsonl";
  write_text(path, "{\"step\": 1}\nrubbish\n[1]\n{\"step\": \"2\"}\n{\"step\": 3}\n");
  const tests::ExpectedWarnings warnings;
  const TrainingLog log({.metrics_path = path, .resume_step = 9});
  ASSERT_EQ(warnings.messages().size(), 1U);
  EXPECT_NE(warnings.messages()[0].find("3 damaged lines"), std::string::npos);
  EXPECT_EQ(text_of(path), "{\"step\": 1}\n{\"step\": 3}\n");
}

TEST(TrainingLog, SaysWhatCannotBeWritten) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "metrics.jsonl");
  EXPECT_THROW(TrainingLog({.metrics_path = folder / "metrics.jsonl"}), InputError);
  EXPECT_THROW(TrainingLog({.metrics_path = "/proc/none/metrics.jsonl"}), OutputError);
}

TEST(TrainingLog, SaysThatTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const TempFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "metrics.jsonl");
  // Reading /dev/full never ends: only the file behind it is tried.
  AppendFile file(folder / "metrics.jsonl");
  try {
    file.append("x");
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_NE(std::string(error.what()).find("No space left on device"), std::string::npos);
  }
}

TEST(TrainingLog, WritesEventsWhereAsked) {
  const TempFolder folder;
  TrainingLog log({.experiment = "test",
                   .metrics_path = folder / "metrics.jsonl",
                   .event_folder = folder / "tb"});
  log.add(point_at(10));
  log.add(ValidationPoint{10, "Set5", {{"psnr", 30}}});
  log.add_image("val/a", torch::zeros({3, 4, 4}, torch::kUInt8), 10);
  log.add_text("config", "x", 0);
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "tb")) {
    bytes += text_of(entry.path());
  }
  for (const auto* tag : {"losses/l_g_pix", "lr", "data_time", "metrics/Set5/psnr", "val/a"}) {
    EXPECT_NE(bytes.find(tag), std::string::npos) << tag;
  }
}

}  // namespace
}  // namespace vcisr::trainers
