// SPDX-License-Identifier: Apache-2.0
// Steps in the few words that fit below a picture.
#include <array>
#include <cstdio>
#include <variant>

#include "vcisr/data/preview_sheet.h"

namespace vcisr::data {
namespace {

using namespace degradation;  // NOLINT(google-build-using-namespace): every line names steps.

/// A number as short as it can be: "1.2", "13", "0.63".
std::string short_number(double value, int digits = 2) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  std::string result = text.data();
  if (result.find('.') != std::string::npos) {
    result.erase(result.find_last_not_of('0') + 1);
    if (result.back() == '.') result.pop_back();
  }
  return result;
}

const char* word(BellKind kind) {
  switch (kind) {
    case BellKind::kIso:
      return "iso";
    case BellKind::kAniso:
      return "aniso";
    case BellKind::kGeneralizedIso:
      return "gen iso";
    case BellKind::kGeneralizedAniso:
      return "gen aniso";
    case BellKind::kPlateauIso:
      return "plateau";
    case BellKind::kPlateauAniso:
      return "plateau aniso";
  }
  return "";
}

const char* word(ResizeMode mode) {
  switch (mode) {
    case ResizeMode::kArea:
      return "area";
    case ResizeMode::kBilinear:
      return "bilinear";
    case ResizeMode::kBicubic:
      return "bicubic";
  }
  return "";
}

/// Words of one step; follows the size of the picture.
class Words {
 public:
  Words(const BatchRecipe& recipe, const PictureSize& hq) : recipe_(recipe), size_(hq) {}

  std::string operator()(const BlurStep& step) {
    if (const auto* const sinc = std::get_if<SincBlur>(&step.kernel)) {
      return "sinc " + std::to_string(sinc->size) + " w " + short_number(sinc->cutoff_rad);
    }
    const auto& bell = std::get<BellBlur>(step.kernel);
    const bool has_two = bell.kind == BellKind::kAniso ||
                         bell.kind == BellKind::kGeneralizedAniso ||
                         bell.kind == BellKind::kPlateauAniso;
    const bool has_beta = bell.kind != BellKind::kIso && bell.kind != BellKind::kAniso;
    std::string text = std::string("blur ") + word(bell.kind) + " " + std::to_string(bell.size) +
                       " s " + short_number(bell.sigma_x);
    if (has_two) text += "/" + short_number(bell.sigma_y);
    if (has_beta) text += " b " + short_number(bell.beta);
    return text;
  }

  std::string operator()(const ResizeStep& step) {
    const double before = static_cast<double>(size_.width);
    double factor = 1;
    if (step.scale) {
      factor = *step.scale;
      size_.width = static_cast<std::int64_t>(before * factor);
      size_.height = static_cast<std::int64_t>(static_cast<double>(size_.height) * factor);
    } else {
      factor = static_cast<double>(step.size.width) / before;
      size_ = step.size;
    }
    return std::string("resize ") + word(step.mode) + " " + short_number(factor);
  }

  std::string operator()(const GaussianNoiseStep& step) {
    return std::string("noise gauss ") + (step.gray ? "gray " : "") +
           short_number(step.sigma_8bit, 1);
  }
  std::string operator()(const PoissonNoiseStep& step) {
    return std::string("noise poisson ") + (step.gray ? "gray " : "") + short_number(step.scale);
  }
  std::string operator()(const JpegStep& step) {
    return "jpeg " + short_number(step.jpeg_quality, 0);
  }
  std::string operator()(const WebpStep& step) { return "webp " + std::to_string(step.quality); }
  std::string operator()(const ClampStep&) { return ""; }
  std::string operator()(const Round8BitStep&) { return ""; }

  std::string operator()(const GroupStep& step) {
    for (const GroupRecipe& group : recipe_.groups) {
      if (group.group == step.group) return video(group.step);
    }
    return "";
  }

 private:
  [[nodiscard]] std::string video(const VideoCompressionStep& step) const {
    std::string text = step.codec.starts_with("lib") ? step.codec.substr(3) : step.codec;
    if (const auto* const crf = std::get_if<media::Crf>(&step.rate)) {
      text += " crf " + short_number(crf->value, 1);
    } else if (const auto* const rate = std::get_if<media::BitrateKbps>(&step.rate)) {
      text += " " + std::to_string(rate->value) + " kbit/s";
    } else {
      text += " q " + std::to_string(std::get<media::FixedQuantiser>(step.rate).value);
    }
    if (!step.preset.empty()) text += " " + step.preset;
    text += " " + std::to_string(step.fps) + " fps";
    const std::int64_t width = step.encoded_width_px;
    if (width != 0 && width != size_.width) text += " w " + std::to_string(width);
    return text;
  }

  const BatchRecipe& recipe_;
  PictureSize size_;
};

}  // namespace

std::string steps_in_words(const BatchRecipe& recipe, std::size_t unit, const PictureSize& hq) {
  Words words(recipe, hq);
  std::string text;
  for (const Step& step : recipe.units.at(unit).steps) {
    const std::string next = std::visit(words, step);
    if (!next.empty()) text += (text.empty() ? "" : "; ") + next;
  }
  return text.empty() ? "nothing done" : text;
}

}  // namespace vcisr::data
