// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_fixtures.h"
#include "vcisr/core/error.h"

namespace vcisr::tests {
namespace {

using media::VideoDecoder;
using media::VideoDecoderOptions;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PacketReader : public ::testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

  [[nodiscard]] std::string bytes_of(const std::string& name) const {
    std::ifstream file(at(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string error_of(const std::string& name) const {
    return message_of<InputError>([&] { read_all(at(name)); });
  }
  /// Shortened to a share of its bytes: an error of its own, most frames with keep_going.
  void expect_truncation_is_noticed(const std::string& name, double share) const {
    const std::string whole = bytes_of(name);
    const std::string cut = "cut_" + name;
    write(cut,
          whole.substr(0, static_cast<std::size_t>(share * static_cast<double>(whole.size()))));
    EXPECT_THAT(error_of(cut), StartsWith(at(cut) + ": damaged at frame ")) << name;
    VideoDecoderOptions options;
    options.keep_going = true;
    VideoDecoder decoder(at(cut), options);
    const auto shots = read_all(decoder);
    EXPECT_GE(shots.size(), 5u) << name;
    EXPECT_LT(shots.size(), 50u) << name;
    EXPECT_GE(decoder.damage_count(), 1) << name;
  }
  TempFolder folder;
};

TEST_F(PacketReader, NamesWhatCannotBeOpened) {
  write("text.mp4", "This is no film, whatever its name says.\n");
  write("empty.mp4", "");
  write("half.txt", std::string(5000, 'x'));
  EXPECT_EQ(error_of("missing.mp4"),
            at("missing.mp4") + ": cannot be opened: No such file or directory");
  EXPECT_EQ(error_of("empty.mp4"), at("empty.mp4") + ": is empty (0 bytes), a film was expected");
  EXPECT_EQ(message_of<InputError>([&] { VideoDecoder(folder.path().string()); }),
            folder.path().string() + ": is a folder, a film was expected");
  EXPECT_THAT(error_of("text.mp4"), HasSubstr("Invalid data found when processing input"));
  EXPECT_THAT(error_of("half.txt"), HasSubstr("is a text file"));
}

TEST_F(PacketReader, NoticesTruncatedFilms) {
  const Words x264 = {"-c:v", "libx264", "-g", "25", "-b:v", "400k"};
  ffmpeg(picture(2, "25", "160x120") + tone(2) + x264 +
         Words{"-c:a", "aac", "-movflags", "+faststart", at("front.mp4")});
  ffmpeg(picture(2, "25", "160x120") + x264 + Words{at("end.mp4")});
  ffmpeg({"-i", at("front.mp4"), "-c", "copy", at("a.mkv")});
  ffmpeg({"-i", at("front.mp4"), "-map", "0:v", "-c:v", "mpeg4", at("a.avi")});
  ffmpeg({"-i", at("front.mp4"), "-map", "0:v", at("a.y4m")});
  for (const char* name : {"front.mp4", "a.mkv", "a.avi", "a.y4m"}) {
    expect_truncation_is_noticed(name, 0.5);
    expect_truncation_is_noticed(name, 0.9);
  }
  const std::string whole = bytes_of("end.mp4");
  write("cut.mp4", whole.substr(0, whole.size() * 9 / 10));
  EXPECT_THAT(error_of("cut.mp4"), HasSubstr("moov atom not found"));
}

TEST_F(PacketReader, NoticesAFilmThatLacksItsLastPacketOnly) {
  ffmpeg(picture(1) + Words{"-c:v", "libx264", "-movflags", "+faststart", at("a.mp4")});
  const auto packets = ffprobe(at("a.mp4"), {"-show_packets"})["packets"];
  const auto last = std::stoul(packets.back()["pos"].get<std::string>());
  write("cut.mp4", bytes_of("a.mp4").substr(0, last));
  EXPECT_THAT(error_of("cut.mp4"),
              AnyOf(HasSubstr("index lists more packets"), HasSubstr("partial file")));
}

TEST_F(PacketReader, NoticesDamagedData) {
  ffmpeg(picture(1, "25", "160x120") +
         Words{"-c:v", "ffv1", "-level", "3", "-slicecrc", "1", "-g", "1", at("a.mkv")});
  std::string bytes = bytes_of("a.mkv");
  for (std::size_t i = 0; i < 40; ++i) bytes[bytes.size() / 2 + i] ^= static_cast<char>(37 + i);
  write("bad.mkv", bytes);
  EXPECT_THAT(error_of("bad.mkv"), HasSubstr("damaged at frame"));
  VideoDecoderOptions options;
  options.keep_going = true;
  VideoDecoder decoder(at("bad.mkv"), options);
  const auto shots = read_all(decoder);
  EXPECT_EQ(shots.size(), 25u);
  EXPECT_EQ(decoder.damage_count(), 1);
  EXPECT_TRUE(std::any_of(shots.begin(), shots.end(), [](const Shot& s) { return s.is_damaged; }));
}

TEST_F(PacketReader, TakesAStreamThatBeginsInTheMiddleOfAGroup) {
  ffmpeg(picture(2) + Words{"-c:v", "libx264", "-bf", "2", "-g", "20", at("a.ts")});
  const std::string whole = bytes_of("a.ts");
  // A few transport packets in: the first pictures lack their references.
  const std::size_t cut = whole.size() / 4 / 188 * 188;
  const std::size_t tables = 188 * 3;
  write("b.ts", whole.substr(0, tables) + whole.substr(cut));
  VideoDecoder decoder(at("b.ts"));
  EXPECT_GE(read_all(decoder).size(), 15u);
  EXPECT_EQ(decoder.damage_count(), 0);
}

TEST_F(PacketReader, OpensNamesThatLookLikeProtocolsOrFlags) {
  ffmpeg(picture(0.2) + Words{"-c:v", "libx264", at("a.mp4")});
  for (const char* name : {"http:x.mp4", "-i.mp4", "with space ü.mp4", "100%03d.mp4"}) {
    std::filesystem::copy_file(at("a.mp4"), at(name));
    EXPECT_EQ(read_all(at(name)).size(), 5u) << name;
  }
}

}  // namespace
}  // namespace vcisr::tests
