// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/event_file.h"

#include <limits>

#include <gtest/gtest.h>

#include "support/hash_rule.h"
#include "support/model_files.h"
#include "support/temp_folder.h"
#include "trainers/crc32c.h"
#include "trainers/event_records.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"

namespace vcisr::trainers {
namespace {

using tests::TempFolder;

std::string bytes_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

std::uint64_t little_endian(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return number;
}

/// The file's messages; checks every length and checksum.
std::vector<std::string> messages_of(const std::string& bytes) {
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = little_endian(bytes, at, 8);
    EXPECT_EQ(little_endian(bytes, at + 8, 4), masked_crc32c(bytes.substr(at, 8)));
    messages.push_back(bytes.substr(at + 12, size));
    EXPECT_EQ(little_endian(bytes, at + 12 + size, 4), masked_crc32c(messages.back()));
    at += 16 + size;
  }
  return messages;
}

torch::Tensor picture(std::int64_t height, std::int64_t width) {
  return (tests::hash_image("event", {3, height, width}) * 255).to(torch::kUInt8);
}

bool has_tensorboard() {
  return tests::has_python() &&
         tests::run({VCISR_TORCH_PYTHON, "-c", "import tensorboard"}).exit_code == 0;
}

TEST(EventRecords, AreByteExact) {
  using namespace std::string_literals;
  const EventTime time{.wall_seconds = 1.5, .step = 300};
  const auto head = "\x09\0\0\0\0\0\0\xF8\x3F\x10\xAC\x02"s;  // wall_time, step
  EXPECT_EQ(version_event(time), head + "\x1A\x0D" + "brain.Event:2");
  EXPECT_EQ(session_start_event(time), head + "\x3A\x02\x08\x01");
  // Summary: two values of tag and simple_value.
  EXPECT_EQ(scalars_event(time, {{"a", 1.0}, {"b", -2.0}}),
            head + "\x2A\x14"s + "\x0A\x08\x0A\x01" + "a" + "\x15\0\0\x80\x3F"s +
                "\x0A\x08\x0A\x01" + "b" + "\x15\0\0\0\xC0"s);
  EXPECT_EQ(image_event(time, "p", 2, 1, "PNG"), head + "\x2A\x12" + "\x0A\x10" + "\x0A\x01" + "p" +
                                                     "\x22\x0B" +
                                                     "\x08\x01\x10\x02\x18\x03\x22\x03" + "PNG");
  EXPECT_EQ(text_event(time, "t", "hi"), head + "\x2A\x1D" + "\x0A\x1B" + "\x0A\x01" + "t" +
                                             "\x42\x0C" +
                                             "\x08\x07\x12\x04\x12\x02\x08\x01\x42\x02" + "hi" +
                                             "\x4A\x08\x0A\x06\x0A\x04" + "text");
}

TEST(EventRecords, AreFramed) {
  using namespace std::string_literals;
  const auto record = tfrecord(std::string(32, '\0'));
  ASSERT_EQ(record.size(), 48U);
  EXPECT_EQ(record.substr(0, 8), "\x20\0\0\0\0\0\0\0"s);
  // The masked checksum of 32 zero bytes (RFC 3720: 0x8A9136AA).
  EXPECT_EQ(little_endian(record, 44, 4), 0x0FD7FFFAU);
}

TEST(EventFile, IsNamedAsTensorBoardExpects) {
  const TempFolder folder;
  const EventFile first(folder / "a" / "b");
  const EventFile second(folder / "a" / "b");
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(first.path().filename().string().starts_with("events.out.tfevents."));
}

TEST(EventFile, WritesWhenFlushedAndAtItsEnd) {
  const TempFolder folder;
  std::filesystem::path path;
  {
    EventFile events(folder.path());
    path = events.path();
    EXPECT_EQ(messages_of(bytes_of(path)).size(), 1U);
    events.add_scalar("losses/l_g_pix", 0.25, 100);
    events.add_scalars({{"a", 1}, {"b", std::numeric_limits<double>::quiet_NaN()}}, 100);
    EXPECT_EQ(messages_of(bytes_of(path)).size(), 1U);
    events.flush();
    EXPECT_EQ(messages_of(bytes_of(path)).size(), 3U);
    events.add_image("val/a", picture(4, 6), 100);
  }
  EXPECT_EQ(messages_of(bytes_of(path)).size(), 4U);
}

TEST(EventFile, RefusesPicturesOfAnotherForm) {
  const TempFolder folder;
  EventFile events(folder.path());
  EXPECT_THROW(events.add_image("a", torch::zeros({3, 4, 4}), 0), c10::Error);
  EXPECT_THROW(events.add_image("a", torch::zeros({1, 4, 4}, torch::kUInt8), 0), c10::Error);
}

TEST(EventFile, SaysWhichFolderCannotBeMade) {
  const TempFolder folder;
  write_file(folder / "file", {}, AtomicFile::Existing::kRefuse);
  try {
    const EventFile events(folder / "file" / "tb");
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_NE(std::string(error.what()).find("the folder cannot be made"), std::string::npos);
  }
}

TEST(EventFile, OpensInTensorBoard) {
  if (!has_tensorboard()) GTEST_SKIP() << "no Python with tensorboard";
  const TempFolder folder;
  {
    EventFile events(folder.path());
    for (int step = 1; step <= 5; ++step) {
      events.add_scalars({{"losses/l_g_pix", 1.0 / step}, {"lr", 1e-4}}, step);
    }
    events.add_text("config", "name: test", 0);
  }
  {
    // Resumed after step 3: what was written of 4 and 5 is forgotten.
    EventFile events(folder.path(), 3);
    events.add_scalar("losses/l_g_pix", 0.125, 4);
    events.add_image("val/a", picture(4, 6), 4);
  }
  const auto out = tests::python(
      "import sys, zlib\n"
      "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
      "events = EventAccumulator(sys.argv[1])\n"
      "events.Reload()\n"
      "print([(s.step, round(s.value, 4)) for s in events.Scalars('losses/l_g_pix')])\n"
      "image = events.Images('val/a')[0]\n"
      "print(image.step, image.width, image.height, image.encoded_image_string[:4])\n"
      "print(events.Tensors('config')[0].tensor_proto.string_val[0].decode())\n"
      "print(events.SummaryMetadata('config').plugin_data.plugin_name)\n"
      "print(events.file_version)\n",
      {folder.path().string()});
  EXPECT_EQ(out,
            "[(1, 1.0), (2, 0.5), (3, 0.3333), (4, 0.125)]\n"
            "4 6 4 b'\\x89PNG'\n"
            "name: test\n"
            "text\n"
            "2.0\n");
}

}  // namespace
}  // namespace vcisr::trainers
