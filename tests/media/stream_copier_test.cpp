// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/video_fixtures.h"

namespace vcisr::tests {
namespace {

using nlohmann::json;

/// What a new encoding may change (issue: profile, level, references, bit rate, size, extradata)
/// and what follows from it in ffprobe's report; DefaultDuration-less containers estimate
/// durations.
bool may_differ(const std::string& key) {
  static const std::set<std::string> keys = {
      "profile",     "level",           "refs",         "bit_rate",
      "size",        "extradata_size",  "max_bit_rate", "filename",
      "probe_score", "has_b_frames",    "codec_tag",    "codec_tag_string",
      "is_avc",      "nal_length_size", "ts_id",        "ts_packetsize"};
  return keys.contains(key);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

json without_changing_tags(const json& tags) {
  json kept = json::object();
  for (const auto& [key, value] : tags.items()) {
    const std::string name = upper(key);
    if (name != "ENCODER" && name != "DURATION" && !name.starts_with("BPS")) kept[key] = value;
  }
  return kept;
}

void compare(const json& a, const json& b, const std::string& path, Words& found) {
  if (a.is_object() && b.is_object()) {
    const bool is_tags = path.ends_with(".tags");
    const json left = is_tags ? without_changing_tags(a) : a;
    const json right = is_tags ? without_changing_tags(b) : b;
    std::set<std::string> keys;
    for (const auto& item : left.items()) keys.insert(item.key());
    for (const auto& item : right.items()) keys.insert(item.key());
    for (const auto& key : keys) {
      if (may_differ(key)) continue;
      compare(left.value(key, json()), right.value(key, json()), path + "." + key, found);
    }
  } else if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      compare(a[i], b[i], path + "[" + std::to_string(i) + "]", found);
    }
  } else if (a != b) {
    // A copied last audio packet has its full length, as with `ffmpeg -c copy`.
    const bool is_duration = path.ends_with(".duration") || path.ends_with(".duration_ts");
    const auto number = [](const json& value) {
      return value.is_string()   ? std::stod(value.get<std::string>())
             : value.is_number() ? value.get<double>()
                                 : -1.0;
    };
    const double scale = path.ends_with("_ts") ? 0.02 * std::max(number(a), 1.0) : 0.02;
    if (is_duration && !path.starts_with("streams[0]") && !a.is_null() && !b.is_null() &&
        std::abs(number(a) - number(b)) <= scale) {
      return;
    }
    found.push_back(path + ": " + a.dump() + " -> " + b.dump());
  }
}

/// Everything ffprobe tells about the streams, and every packet that was copied.
Words differences(const std::filesystem::path& from, const std::filesystem::path& to) {
  Words found;
  const json a = ffprobe(from);
  const json b = ffprobe(to);
  for (const char* part : {"streams", "chapters", "format"}) compare(a[part], b[part], part, found);
  for (std::size_t i = 1; i < a["streams"].size(); ++i) {
    const std::string type = a["streams"][i].value("codec_type", "");
    if (type != "audio" && type != "subtitle" && type != "video") continue;
    const std::string map = "0:" + std::to_string(i);
    if (packet_hash(from, map) != packet_hash(to, map)) found.push_back("packets of " + map);
  }
  const auto left = read_all(from);
  const auto right = read_all(to);
  const auto same_time = [](const Shot& x, const Shot& y) {
    return x.pts == y.pts && x.duration == y.duration;
  };
  if (!std::equal(left.begin(), left.end(), right.begin(), right.end(), same_time)) {
    found.push_back("times or durations of the frames");
  }
  return found;
}

media::VideoEncoderOptions quick() {
  media::VideoEncoderOptions options;
  options.encoder_options = {{"threads", "1"}};
  return options;
}

/// Text files that the films are made of.
class StreamCopier : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder / "meta.txt")
        << ";FFMETADATA1\ntitle=Film\nartist=Somebody\ncomment=two words\n"
           "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=300\ntitle=One\n"
           "[CHAPTER]\nTIMEBASE=1/1000\nSTART=300\nEND=800\ntitle=Two\n";
    std::ofstream(folder / "text.srt") << "1\n00:00:00,100 --> 00:00:00,500\nHello\n\n"
                                          "2\n00:00:00,600 --> 00:00:00,780\nWorld\n";
    std::ofstream(folder / "font.ttf") << std::string(3000, 'f');
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder / name).string(); }

  /// Two languages of audio, subtitles, chapters, tags.
  [[nodiscard]] Words rich_inputs() const {
    return picture(0.8) + tone(0.8) + tone(0.9, 880) +
           Words{"-i",
                 at("meta.txt"),
                 "-i",
                 at("text.srt"),
                 "-map",
                 "0",
                 "-map",
                 "1",
                 "-map",
                 "2",
                 "-map",
                 "4",
                 "-map_metadata",
                 "3",
                 "-map_chapters",
                 "3",
                 "-metadata:s:a:0",
                 "language=eng",
                 "-metadata:s:a:1",
                 "language=ger",
                 "-metadata:s:a:1",
                 "title=Deutsch",
                 "-disposition:a:1",
                 "0",
                 "-metadata:s:s:0",
                 "language=fre",
                 "-vf",
                 "setsar=32/27"};
  }
  static Words x264(const std::string& matrix) {
    return {"-c:v", "libx264",          "-bf",  "3",          "-g",   "10",           "-colorspace",
            matrix, "-color_primaries", matrix, "-color_trc", matrix, "-color_range", "tv"};
  }
  TempFolder folder;
};

TEST_F(StreamCopier, KeepsEverythingOfAnMp4) {
  ffmpeg(rich_inputs() + x264("bt709") + Words{"-c:a", "aac", "-c:s", "mov_text", at("a.mp4")});
  const auto notes = recode(at("a.mp4"), at("b.mp4"), quick());
  // The chapter track is made anew from the chapters.
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("chapters are written as such"), std::string::npos) << notes[0];
  EXPECT_EQ(differences(at("a.mp4"), at("b.mp4")), Words{});
}

TEST_F(StreamCopier, KeepsEverythingOfAMatroskaFilm) {
  ffmpeg({"-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", at("cover.jpg")});
  ffmpeg(rich_inputs() + x264("smpte170m") +
         Words{"-c:a", "aac", "-c:s", "srt", "-attach", at("font.ttf"), "-metadata:s:t:0",
               "mimetype=application/x-truetype-font", "-attach", at("cover.jpg"),
               "-metadata:s:t:1", "mimetype=image/jpeg", "-metadata:s:t:1", "filename=cover.jpg",
               at("a.mkv")});
  EXPECT_TRUE(recode(at("a.mkv"), at("b.mkv"), quick()).empty());
  EXPECT_EQ(differences(at("a.mkv"), at("b.mkv")), Words{});
}

TEST_F(StreamCopier, KeepsEverythingOfAWebm) {
  ffmpeg(picture(0.4) + tone(0.4) +
         Words{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-colorspace",
               "bt709", "-c:a", "libopus", "-metadata", "title=W", at("a.webm")});
  media::VideoEncoderOptions options = quick();
  options.encoder_options.emplace_back("cpu-used", "8");
  EXPECT_TRUE(recode(at("a.webm"), at("b.webm"), options).empty());
  EXPECT_EQ(differences(at("a.webm"), at("b.webm")), Words{});
}

TEST_F(StreamCopier, KeepsEverythingOfATransportStream) {
  ffmpeg(picture(0.8) + tone(0.8) + tone(0.8, 880) +
         Words{"-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:0", "language=eng",
               "-metadata:s:a:1", "language=deu"} +
         x264("bt709") + Words{"-c:a", "mp2", at("a.ts")});
  EXPECT_TRUE(recode(at("a.ts"), at("b.ts"), quick()).empty());
  EXPECT_EQ(differences(at("a.ts"), at("b.ts")), Words{});
}

TEST_F(StreamCopier, KeepsTimesOfVariableRate) {
  const Words vfr = {"-vf",    "select='not(eq(mod(n,5),2))+eq(n,7)'",
                     "-vsync", "vfr",
                     "-c:v",   "libx264",
                     "-bf",    "2",
                     "-c:a",   "aac"};
  for (const char* extension : {"mp4", "mkv"}) {
    const std::string from = at(std::string("a.") + extension);
    const std::string to = at(std::string("b.") + extension);
    ffmpeg(picture(0.8) + tone(0.8) + vfr + Words{from});
    recode(from, to, quick());
    EXPECT_EQ(differences(from, to), Words{}) << extension;
  }
}

TEST_F(StreamCopier, KeepsNtscTimesInMp4AndMatroska) {
  for (const char* name : {"a.mp4", "a.mkv"}) {
    ffmpeg(picture(0.8, "30000/1001") + tone(0.8) +
           Words{"-c:v", "libx264", "-bf", "3", "-c:a", "aac", at(name)});
    recode(at(name), at(std::string("b") + name), quick());
    EXPECT_EQ(differences(at(name), at(std::string("b") + name)), Words{}) << name;
  }
}

TEST_F(StreamCopier, KeepsTenBitFilmsWithTheirHdrMetadata) {
  ffmpeg(picture(0.4) + tone(0.4) +
         Words{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
               "log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)"
               "WP(15635,16450)L(10000000,1):max-cll=1000,400",
               "-pix_fmt", "yuv420p10le", "-colorspace", "bt2020nc", "-color_primaries", "bt2020",
               "-color_trc", "smpte2084", "-tag:v", "hvc1", "-c:a", "aac", at("a.mp4")});
  ffmpeg({"-i", at("a.mp4"), "-c", "copy", at("a.mkv")});
  media::VideoEncoderOptions options = quick();
  options.preset = "ultrafast";
  for (const char* extension : {"mp4", "mkv"}) {
    const std::string from = at(std::string("a.") + extension);
    const std::string to = at(std::string("b.") + extension);
    recode(from, to, options);
    EXPECT_EQ(differences(from, to), Words{}) << extension;
    const media::VideoInfo info = media::VideoDecoder(to).info();
    ASSERT_TRUE(info.mastering_display && info.content_light) << extension;
    EXPECT_NEAR(info.mastering_display->max_luminance.value(), 1000, 0.01);
    EXPECT_NEAR(info.mastering_display->primaries[0][0].value(), 0.68, 1e-4);
    EXPECT_EQ(info.content_light->max_content, 1000u);
  }
  EXPECT_EQ(ffprobe(at("b.mp4"))["streams"][0]["codec_tag_string"], "hvc1");
}

TEST_F(StreamCopier, KeepsAudioThatStartsLaterThanThePictures) {
  ffmpeg(picture(0.8) + Words{"-itsoffset", "0.08"} + tone(0.8) +
         Words{"-map", "0", "-map", "1", "-c:v", "libx264", "-c:a", "aac", at("a.mp4")});
  recode(at("a.mp4"), at("b.mp4"), quick());
  EXPECT_EQ(differences(at("a.mp4"), at("b.mp4")), Words{});
}

TEST_F(StreamCopier, KeepsAStartThatIsNoWholeMillisecond) {
  // The edit list hides the first two frames: the film begins at 1/30 s.
  ffmpeg(picture(1, "30") + Words{"-c:v", "libx264", "-bf", "0", "-g", "30", at("a.mp4")});
  ffmpeg({"-ss", "0.9", "-itsoffset", "0.0333333", "-i", at("a.mp4"), "-c", "copy",
          "-movie_timescale", "90000", at("b.mp4")});
  recode(at("b.mp4"), at("c.mp4"), quick());
  EXPECT_EQ(times(read_all(at("b.mp4"))), times(read_all(at("c.mp4"))));
}

TEST_F(StreamCopier, CopiesAudioThatEndsLaterThanThePicturesToItsEnd) {
  ffmpeg(picture(0.2) + tone(2) + Words{"-c:v", "libx264", "-c:a", "aac", at("a.mkv")});
  recode(at("a.mkv"), at("b.mkv"), quick());
  EXPECT_EQ(packet_hash(at("a.mkv"), "0:a"), packet_hash(at("b.mkv"), "0:a"));
}

TEST_F(StreamCopier, MovesCoverArtBetweenContainers) {
  ffmpeg({"-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", at("cover.png")});
  ffmpeg(picture(0.2) + Words{"-i", at("cover.png"), "-map", "0", "-map", "1", "-c:v:0", "libx264",
                              "-c:v:1", "copy", "-disposition:v:1", "attached_pic", at("a.mp4")});
  recode(at("a.mp4"), at("b.mp4"), quick());
  EXPECT_EQ(differences(at("a.mp4"), at("b.mp4")), Words{});
  recode(at("b.mp4"), at("c.mkv"), quick());
  recode(at("c.mkv"), at("d.mp4"), quick());
  const std::string hash = packet_hash(at("a.mp4"), "0:1");
  EXPECT_FALSE(hash.empty());
  EXPECT_EQ(packet_hash(at("c.mkv"), "0:1"), hash);
  EXPECT_EQ(packet_hash(at("d.mp4"), "0:1"), hash);
  EXPECT_EQ(ffprobe(at("c.mkv"))["streams"][1]["disposition"]["attached_pic"], 1);
}

TEST_F(StreamCopier, SaysWhatTheContainerCannotHold) {
  ffmpeg(rich_inputs() + x264("bt709") + Words{"-c:a", "aac", "-c:s", "mov_text", at("a.mp4")});
  const auto notes = recode(at("a.mp4"), at("b.mkv"), quick());
  const auto has = [&notes](const std::string& text) {
    return std::any_of(notes.begin(), notes.end(), [&text](const std::string& note) {
      return note.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(has("mov_text, fre) is left out: matroska cannot hold it")) << notes.size();
  const json probe = ffprobe(at("b.mkv"));
  EXPECT_EQ(probe["streams"].size(), 3u);
  EXPECT_EQ(probe["chapters"].size(), 2u);
}

TEST_F(StreamCopier, LeavesOutWhatIsNotWanted) {
  ffmpeg(rich_inputs() + x264("bt709") +
         Words{"-c:a", "aac", "-c:s", "srt", "-attach", at("font.ttf"), "-metadata:s:t:0",
               "mimetype=application/x-truetype-font", at("a.mkv")});
  media::VideoEncoderOptions options = quick();
  options.copy_audio = options.copy_subtitles = options.copy_attachments = false;
  options.copy_chapters = options.copy_metadata = false;
  EXPECT_TRUE(recode(at("a.mkv"), at("b.mkv"), options).empty());
  const json probe = ffprobe(at("b.mkv"));
  EXPECT_EQ(probe["streams"].size(), 1u);
  EXPECT_EQ(probe["chapters"].size(), 0u);
  EXPECT_FALSE(probe["format"]["tags"].contains("title"));
}

TEST_F(StreamCopier, CutsAtPacketsAndStartsAtZero) {
  ffmpeg(rich_inputs() + x264("bt709") + Words{"-c:a", "aac", "-c:s", "srt", at("a.mkv")});
  media::VideoDecoderOptions cut;
  cut.start_s = 0.24;
  cut.end_s = 0.64;
  recode(at("a.mkv"), at("b.mkv"), quick(), cut);
  const auto all = read_all(at("a.mkv"));
  const auto kept = read_all(at("b.mkv"));
  EXPECT_EQ(kept.size(), 10u);
  EXPECT_LT(kept.front().pts, 40);
  const json probe = ffprobe(at("b.mkv"), {"-show_packets", "-select_streams", "a:0"});
  ASSERT_FALSE(probe["packets"].empty());
  EXPECT_GE(probe["packets"].front()["pts"].get<int>(), 0);
  EXPECT_LT(probe["packets"].front()["pts"].get<int>(), 24);
  EXPECT_LT(probe["packets"].back()["pts"].get<int>(), 400);
  EXPECT_GT(probe["packets"].back()["pts"].get<int>(), 350);
  ASSERT_EQ(probe["chapters"].size(), 2u);
  EXPECT_EQ(probe["chapters"][1]["end_time"], "0.400000");
}

TEST_F(StreamCopier, KeepsUncommonMetadataOfMp4) {
  ffmpeg(picture(0.2) + Words{"-c:v", "libx264", "-movflags", "use_metadata_tags", "-metadata",
                              "com.example.camera=Model 7", "-metadata", "title=T", at("a.mp4")});
  recode(at("a.mp4"), at("b.mp4"), quick());
  const json tags = ffprobe(at("b.mp4"))["format"]["tags"];
  EXPECT_EQ(tags.value("com.example.camera", ""), "Model 7");
  EXPECT_EQ(tags.value("title", ""), "T");
}

TEST_F(StreamCopier, WritesTheSameBytesTwice) {
  ffmpeg(rich_inputs() + x264("bt709") + Words{"-c:a", "aac", "-c:s", "srt", at("a.mkv")});
  const auto bytes = [this](const std::string& name) {
    std::ifstream file(at(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  recode(at("a.mkv"), at("b.mkv"), quick());
  recode(at("a.mkv"), at("c.mkv"), quick());
  EXPECT_EQ(bytes("b.mkv"), bytes("c.mkv"));
}

}  // namespace
}  // namespace vcisr::tests
