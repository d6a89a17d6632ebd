// SPDX-License-Identifier: Apache-2.0
#include "evaluation/film_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <torch/torch.h>

#include "vcisr/core/error.h"
#include "vcisr/media/rotation.h"

namespace vcisr::evaluation {
namespace {

std::string size_text(const media::VideoInfo& info) {
  return std::to_string(info.width) + "x" + std::to_string(info.height);
}

const char* range_word(const media::VideoInfo& info) {
  return info.color.range == media::ColorRange::kFull ? "full" : "limited";
}

bool is_yuv(const media::VideoInfo& info) { return info.format.layout != media::PixelLayout::kRgb; }

void check_sizes(const media::VideoInfo& a, const media::VideoInfo& b) {
  if (a.width == b.width && a.height == b.height) return;
  const bool is_turned = a.width == b.height && a.height == b.width;
  throw InputError(a.path + " is " + size_text(a) + " and " + b.path + " is " + size_text(b) +
                   (is_turned ? ": one of them is turned; turn it (ffmpeg -vf transpose)"
                              : ": films of one size are compared; scale one of them (ffmpeg -vf "
                                "scale=" +
                                    std::to_string(b.width) + ":" + std::to_string(b.height) +
                                    ", and say with which filter)"));
}

void check_depths(const media::VideoInfo& a, const media::VideoInfo& b,
                  const EvaluationOptions& options) {
  if (options.bit_depth || a.format.bit_depth == b.format.bit_depth) return;
  throw InputError(a.path + " has " + std::to_string(a.format.bit_depth) + " bits a sample and " +
                   b.path + " has " + std::to_string(b.format.bit_depth) +
                   ": --bit-depth 8 rounds both to 8, --bit-depth " +
                   std::to_string(std::max(a.format.bit_depth, b.format.bit_depth)) +
                   " widens the other");
}

void check_ranges(const media::VideoInfo& a, const media::VideoInfo& b,
                  const EvaluationOptions& options) {
  if (options.accepted.range || !is_yuv(a) || !is_yuv(b) || a.color.range == b.color.range) return;
  throw InputError(a.path + " has " + range_word(a) + " colour range and " + b.path + " " +
                   range_word(b) +
                   ": convert one of them (ffmpeg -vf scale=out_range=" + range_word(b) +
                   "), or give --accept range, which compares planes as stored and RGB as tagged");
}

/// Chroma that frames have enlarged to 4:4:4 (media::VideoDecoder).
bool has_enlarged_chroma(const media::VideoInfo& info) {
  const auto& name = info.source_pixel_format;
  return name.find("411") != std::string::npos || name.find("410") != std::string::npos ||
         name.find("440") != std::string::npos;
}

void check_planes(const media::VideoInfo& a, const media::VideoInfo& b,
                  const EvaluationOptions& options) {
  for (const auto* info : {&a, &b}) {
    if (!has_enlarged_chroma(*info)) continue;
    throw InputError(
        info->path + " is stored as " + info->source_pixel_format +
        ", whose chroma is read enlarged to 4:4:4: metrics of planes would not measure "
        "what is stored (psnr_y and ssim_y measure RGB's luma)");
  }
  if (a.format.layout != b.format.layout) {
    throw InputError(a.path + " is stored as " + a.source_pixel_format + " and " + b.path + " as " +
                     b.source_pixel_format +
                     ": metrics of planes need one format (psnr_y and ssim_y compare RGB's luma)");
  }
  const bool both_tagged = !a.matrix_guessed && !b.matrix_guessed;
  if (options.accepted.matrix || !both_tagged || !is_yuv(a) || a.color.matrix == b.color.matrix) {
    return;
  }
  throw InputError(a.path + " is " + describe(a.color) + " and " + b.path + " " +
                   describe(b.color) +
                   ": metrics of planes need one colour matrix; convert one of them (ffmpeg -vf "
                   "scale=out_color_matrix=…), or give --accept matrix");
}

/// A few thousand samples of a plane, as bytes: they show movement and cost nothing.
template <class T>
std::vector<std::uint8_t> coarse_look(const torch::Tensor& plane, const T* samples, int shift) {
  constexpr std::int64_t kRows = 64;
  const std::int64_t step = std::max<std::int64_t>(1, plane.size(0) / kRows);
  std::vector<std::uint8_t> look;
  look.reserve(static_cast<std::size_t>((plane.size(0) / step + 1) * (plane.size(1) / step + 1)));
  for (std::int64_t y = 0; y < plane.size(0); y += step) {
    const T* const row = samples + y * plane.stride(0);
    for (std::int64_t x = 0; x < plane.size(1); x += step) {
      look.push_back(static_cast<std::uint8_t>(row[x] >> shift));
    }
  }
  return look;
}

}  // namespace

std::string describe_film(const media::VideoInfo& info) {
  std::string text =
      info.path + ": " + info.codec + " " + size_text(info) + " " + info.source_pixel_format;
  if (is_yuv(info)) text += ", " + describe(info.color);
  if (info.edit_list_hidden_frames > 0) {
    text += "; its edit list hides " + std::to_string(info.edit_list_hidden_frames) +
            (info.edit_list_hidden_frames == 1 ? " picture" : " pictures");
  }
  for (const auto& note : info.notes) text += "; " + note;
  return text;
}

void check_films(const media::VideoInfo& distorted, const media::VideoInfo& other,
                 const EvaluationOptions& options, bool needs_planes) {
  check_sizes(distorted, other);
  if (media::display_quarter_turns(distorted) != media::display_quarter_turns(other)) {
    throw InputError(distorted.path + " and " + other.path +
                     " are shown with different rotations: their frames would be compared as "
                     "stored; turn one of them for good (ffmpeg does when it re-encodes)");
  }
  check_depths(distorted, other, options);
  check_ranges(distorted, other, options);
  if (needs_planes) check_planes(distorted, other, options);
}

std::string count_mismatch(const media::VideoInfo& shorter, const media::VideoInfo& longer,
                           std::int64_t frames) {
  std::string text = shorter.path + " ends after " + std::to_string(frames) +
                     (frames == 1 ? " frame" : " frames") + " and " + longer.path + " goes on";
  if (shorter.edit_list_hidden_frames > 0 || longer.edit_list_hidden_frames > 0) {
    text +=
        " (the edit list of " +
        (shorter.edit_list_hidden_frames > longer.edit_list_hidden_frames ? shorter.path
                                                                          : longer.path) +
        " hides " +
        std::to_string(std::max(shorter.edit_list_hidden_frames, longer.edit_list_hidden_frames)) +
        " pictures: --ignore-edit-list reads them)";
  }
  return text + ": give films of equally many frames, or --accept count to compare what both have";
}

void AlignmentCheck::compare_times(std::int64_t frame, double distorted_s, double reference_s,
                                   double period_s) {
  if (!time_finding_.empty() || period_s <= 0) return;
  if (std::abs(distorted_s - reference_s) <= 0.5 * period_s) return;
  char text[160];
  std::snprintf(
      text, sizeof text,
      "frame %lld is shown %.3f s after the first one in the distorted film and %.3f s in "
      "the reference; frames are compared by number",
      static_cast<long long>(frame), distorted_s, reference_s);
  time_finding_ = text;
}

AlignmentCheck::Look AlignmentCheck::look_of(const metrics::Picture& picture) {
  if (picture.planes().empty()) return {};
  const auto& plane = picture.planes().front();
  if (picture.bit_depth() == 8) return coarse_look(plane, plane.const_data_ptr<std::uint8_t>(), 0);
  return coarse_look(plane, plane.const_data_ptr<std::uint16_t>(), picture.bit_depth() - 8);
}

void AlignmentCheck::compare_looks(const metrics::Picture& distorted,
                                   const metrics::Picture& reference) {
  const auto distance = [](const Look& a, const Look& b) {
    std::uint32_t sum = 0;  // Some ten thousand bytes.
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum += static_cast<std::uint32_t>(std::abs(int{a[i]} - int{b[i]}));
    }
    return static_cast<double>(sum);
  };
  Look d = look_of(distorted);
  Look r = look_of(reference);
  if (!previous_distorted_.empty() && previous_distorted_.size() == r.size()) {
    same_ += distance(d, r);
    late_ += distance(d, previous_reference_);
    early_ += distance(previous_distorted_, r);
    ++pairs_;
  }
  previous_distorted_ = std::move(d);
  previous_reference_ = std::move(r);
}

std::vector<std::string> AlignmentCheck::findings() const {
  // A film that is shifted looks more like its neighbour by far; a still one like all of them.
  constexpr double kByFar = 0.6;
  constexpr std::int64_t kLeastPairs = 4;
  std::vector<std::string> findings;
  if (!time_finding_.empty()) findings.push_back(time_finding_);
  if (pairs_ >= kLeastPairs && std::min(early_, late_) < kByFar * same_) {
    findings.push_back(
        std::string("the distorted film looks one frame ") + (late_ < early_ ? "late" : "early") +
        ": its frames are much more like the reference's " +
        (late_ < early_ ? "previous" : "next") + " ones, so these numbers are probably wrong");
  }
  return findings;
}

}  // namespace vcisr::evaluation
