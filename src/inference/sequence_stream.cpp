// SPDX-License-Identifier: Apache-2.0
// Numbered pictures as sources and sinks.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/inference/frame_stream.h"
#include "vcisr/media/rotation.h"

namespace vcisr::inference {
namespace fs = std::filesystem;
namespace {

/// "frames/%05d.png" taken apart: text before and after the number, and how it is padded.
struct Pattern {
  std::string before;
  std::string after;
  int digits = 0;

  [[nodiscard]] std::string path(std::int64_t number) const {
    std::string text = std::to_string(number);
    if (static_cast<int>(text.size()) < digits) {
      text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
    }
    return before + text + after;
  }
};

std::optional<Pattern> parse_pattern(const std::string& path) {
  const auto percent = path.find('%');
  if (percent == std::string::npos) return std::nullopt;
  std::size_t end = percent + 1;
  while (end < path.size() && path[end] >= '0' && path[end] <= '9') ++end;
  if (end >= path.size() || path[end] != 'd' || path.find('%', end) != std::string::npos) {
    return std::nullopt;
  }
  Pattern pattern;
  pattern.before = path.substr(0, percent);
  pattern.after = path.substr(end + 1);
  if (end > percent + 1) {
    std::from_chars(path.data() + percent + 1, path.data() + end, pattern.digits);
    if (pattern.digits > 20) return std::nullopt;
  }
  return pattern;
}

/// The number in a file name that fits the pattern.
std::optional<std::int64_t> number_of(const Pattern& pattern, const std::string& path) {
  if (path.size() <= pattern.before.size() + pattern.after.size()) return std::nullopt;
  if (!path.starts_with(pattern.before) || !path.ends_with(pattern.after)) return std::nullopt;
  const char* first = path.data() + pattern.before.size();
  const char* last = path.data() + path.size() - pattern.after.size();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc() || end != last || number < 0 || pattern.path(number) != path) {
    return std::nullopt;
  }
  return number;
}

std::vector<fs::path> files_of_pattern(const Pattern& pattern, const std::string& text) {
  const fs::path folder = fs::path(text).parent_path();
  std::int64_t lowest = INT64_MAX;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const auto path = folder.empty() ? entry.path().filename() : folder / entry.path().filename();
    if (const auto number = number_of(pattern, path.string())) lowest = std::min(lowest, *number);
  }
  if (error) throw InputError(folder.string() + ": cannot be listed: " + error.message());
  std::vector<fs::path> files;
  for (std::int64_t number = lowest; number != INT64_MAX; ++number) {
    const fs::path file = pattern.path(number);
    if (!fs::exists(file)) break;
    files.push_back(file);
  }
  return files;
}

std::vector<fs::path> files_of(const std::string& pattern_or_folder) {
  std::vector<fs::path> files;
  if (const auto pattern = parse_pattern(pattern_or_folder)) {
    files = files_of_pattern(*pattern, pattern_or_folder);
  } else {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(pattern_or_folder, error)) {
      if (entry.is_regular_file() && media::has_image_extension(entry.path())) {
        files.push_back(entry.path());
      }
    }
    if (error) throw InputError(pattern_or_folder + ": cannot be listed: " + error.message());
    std::sort(files.begin(), files.end());
  }
  if (files.empty()) throw InputError(pattern_or_folder + ": no picture of that name was found");
  return files;
}

media::PixelFormat format_of(const media::Image& image) {
  return {image.is_gray() ? media::PixelLayout::kGray : media::PixelLayout::kRgb,
          image.bit_depth > 8 ? 16 : 8};
}

template <class T>
void split_planes(const media::Image& image, media::Frame& frame) {
  const auto* source = reinterpret_cast<const T*>(image.samples.data());
  for (int channel = 0; channel < frame.format().plane_count(); ++channel) {
    const auto& plane = frame.plane(channel);
    for (std::int64_t y = 0; y < image.height; ++y) {
      auto* row = reinterpret_cast<T*>(plane.data + y * plane.stride_bytes);
      const T* in = source + y * image.width * image.channels + channel;
      for (std::int64_t x = 0; x < image.width; ++x) row[x] = in[x * image.channels];
    }
  }
}

template <class T>
void merge_planes(const media::Frame& frame, media::Image& image) {
  auto* target = reinterpret_cast<T*>(image.samples.data());
  for (int channel = 0; channel < image.channels; ++channel) {
    const auto& plane = frame.plane(channel);
    for (std::int64_t y = 0; y < image.height; ++y) {
      const auto* row = reinterpret_cast<const T*>(plane.data + y * plane.stride_bytes);
      T* out = target + y * image.width * image.channels + channel;
      for (std::int64_t x = 0; x < image.width; ++x) out[x * image.channels] = row[x];
    }
  }
}

class SequenceSource final : public FrameSource {
 public:
  SequenceSource(const std::string& pattern_or_folder, const media::Rational& frame_rate)
      : files_(files_of(pattern_or_folder)) {
    const auto first = media::read_image(files_.front());
    info_.path = pattern_or_folder;
    info_.container = "pictures";
    info_.codec = files_.front().extension().string();
    info_.width = first.width;
    info_.height = first.height;
    info_.format = format_of(first);
    info_.source_pixel_format = media::name(info_.format);
    info_.color.range = media::ColorRange::kFull;
    info_.time_base = {frame_rate.den, frame_rate.num};
    info_.frame_rate = frame_rate;
    info_.start_pts = 0;
    info_.frame_count = static_cast<std::int64_t>(files_.size());
    info_.duration_s = static_cast<double>(files_.size()) / frame_rate.value();
    info_.has_alpha = first.has_alpha();
    if (info_.has_alpha) info_.notes.push_back("the pictures' alpha is left out of the film");
  }

  const media::VideoInfo& info() const override { return info_; }

  std::optional<media::Frame> read() override {
    if (next_ == files_.size()) return std::nullopt;
    const auto& file = files_[next_];
    const auto image = media::read_image(file);
    const auto format = format_of(image);
    if (image.width != info_.width || image.height != info_.height || format != info_.format) {
      throw InputError(file.string() + ": is " + std::to_string(image.width) + "x" +
                       std::to_string(image.height) + " " + media::name(format) + ", but " +
                       files_.front().string() + " is " + std::to_string(info_.width) + "x" +
                       std::to_string(info_.height) + " " + media::name(info_.format) +
                       ": the pictures of one film must be of one kind");
    }
    media::Frame frame(format, image.width, image.height);
    if (image.bit_depth > 8) {
      split_planes<std::uint16_t>(image, frame);
    } else {
      split_planes<std::uint8_t>(image, frame);
    }
    frame.pts = static_cast<std::int64_t>(next_++);
    frame.duration = 1;
    return frame;
  }

  std::int64_t damage_count() const override { return 0; }

 private:
  std::vector<fs::path> files_;
  media::VideoInfo info_;
  std::size_t next_ = 0;
};

class SequenceSink final : public FrameSink {
 public:
  SequenceSink(const std::string& text, const media::VideoInfo& source, int bit_depth,
               const media::ImageWriteOptions& options)
      : text_(text),
        options_(options),
        quarter_turns_(media::display_quarter_turns(source).value_or(0)) {
    const auto pattern = parse_pattern(text);
    if (!pattern) {
      throw ConfigError("output '" + text + "' is not a pattern like frames/%05d.png");
    }
    if (!media::can_write_image(text)) {
      throw ConfigError("output '" + text + "' does not end in .png, .jpg, .webp or .tif");
    }
    pattern_ = *pattern;
    format_.layout = source.format.layout == media::PixelLayout::kGray ? media::PixelLayout::kGray
                                                                       : media::PixelLayout::kRgb;
    format_.bit_depth = bit_depth;
    if (options.existing == AtomicFile::Existing::kRefuse && fs::exists(pattern_.path(1))) {
      throw OutputError(pattern_.path(1) + ": exists already (replace it with --overwrite)");
    }
  }

  media::PixelFormat format() const override { return format_; }
  media::ColorSpec color() const override {
    return {media::ColorMatrix::kBt601, media::ColorRange::kFull, media::ChromaLocation::kLeft};
  }
  int quarter_turns() const override { return quarter_turns_; }
  std::string description() const override { return "pictures " + text_; }
  std::vector<std::string> notes() const override {
    return {"a picture sequence holds no sound, no subtitles and no times"};
  }

  void write(const media::Frame& frame) override {
    media::Image image;
    image.width = frame.width();
    image.height = frame.height();
    image.channels = frame.format().plane_count();
    image.bit_depth = frame.format().bit_depth;
    image.samples.resize(static_cast<std::size_t>(image.width * image.height * image.channels *
                                                  frame.format().bytes_per_sample()));
    if (image.bit_depth > 8) {
      merge_planes<std::uint16_t>(frame, image);
    } else {
      merge_planes<std::uint8_t>(frame, image);
    }
    media::write_image(pattern_.path(++written_), image, options_);
  }

  void finish() override {}

 private:
  std::string text_;
  Pattern pattern_;
  media::ImageWriteOptions options_;
  media::PixelFormat format_;
  int quarter_turns_;
  std::int64_t written_ = 0;
};

}  // namespace

bool is_sequence_pattern(const std::string& path) { return parse_pattern(path).has_value(); }

std::unique_ptr<FrameSource> open_sequence(const std::string& pattern_or_folder,
                                           const media::Rational& frame_rate) {
  return std::make_unique<SequenceSource>(pattern_or_folder, frame_rate);
}

std::unique_ptr<FrameSink> create_sequence(const std::string& pattern,
                                           const media::VideoInfo& source, int bit_depth,
                                           const media::ImageWriteOptions& options) {
  return std::make_unique<SequenceSink>(pattern, source, bit_depth, options);
}

}  // namespace vcisr::inference
