// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/log.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "support/warnings_are_failures.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr {
namespace {

using log::Level;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Collects what is logged while it lives, then puts the test program's own sink back.
class Collected {
 public:
  explicit Collected(Level threshold) {
    log::set_level(threshold);
    log::set_sink(
        [this](Level level, std::string_view message) { messages_.emplace_back(level, message); });
  }
  ~Collected() { tests::install_warnings_are_failures(); }
  [[nodiscard]] const auto& messages() const { return messages_; }

 private:
  std::vector<std::pair<Level, std::string>> messages_;
};

TEST(Log, PassesWhatReachesTheThreshold) {
  const Collected log(Level::kWarn);
  log::trace("t");
  log::debug("d");
  log::info("i");
  log::warn("w {} %s");
  log::error("e");
  log::write(Level::kCritical, "c");
  log::write(Level::kNone, "n");
  EXPECT_EQ(log::level(), Level::kWarn);
  EXPECT_THAT(log.messages(), ElementsAre(Pair(Level::kWarn, "w {} %s"), Pair(Level::kError, "e"),
                                          Pair(Level::kCritical, "c")));
}

TEST(Log, PassesNothingAtNone) {
  const Collected log(Level::kNone);
  log::write(Level::kCritical, "c");
  EXPECT_TRUE(log.messages().empty());
}

TEST(Log, CallsTheSinkOnceAtATime) {
  const Collected log(Level::kTrace);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) log::info("message");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(log.messages().size(), 2000U);
}

TEST(Log, WritesToStandardErrorByDefault) {
  const Collected restore(Level::kWarn);
  log::set_sink(nullptr);
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  log::info("quiet");
  log::warn("loud");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "[warning] loud\n");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST(Log, WritesToAFileAsWell) {
  const tests::TempFolder folder;
  const Collected log(Level::kInfo);
  log::add_file((folder / "run.log").string());
  log::debug("too small");
  log::info("kept");
  const auto bytes = read_file(folder / "run.log");
  const std::string text(bytes.begin(), bytes.end());
  EXPECT_THAT(text, HasSubstr(" info: kept\n"));
  EXPECT_EQ(text.find("too small"), std::string::npos);
  EXPECT_THROW(log::add_file("/proc/none/run.log"), OutputError);
}

TEST(Log, ParsesLevels) {
  EXPECT_EQ(log::parse_level("trace"), Level::kTrace);
  EXPECT_EQ(log::parse_level("info"), Level::kInfo);
  EXPECT_EQ(log::parse_level("warn"), Level::kWarn);
  EXPECT_EQ(log::parse_level("warning"), Level::kWarn);
  EXPECT_EQ(log::parse_level("critical"), Level::kCritical);
  EXPECT_EQ(log::parse_level("none"), Level::kNone);
  try {
    (void)log::parse_level("loud");
    ADD_FAILURE() << "'loud' is no level";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "log level 'loud' is not one of trace, debug, info, warn, error, critical, none");
  }
}

}  // namespace
}  // namespace vcisr
