// SPDX-License-Identifier: Apache-2.0
// vcisr_paper draws as the published code does: chi-square over 10,000 draws at a fixed seed. Above
// 400 lines because one walk through a recipe feeds all tallies: apart they would read the steps'
// order twice.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "degradation/bell_names.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::degradation {
namespace {

constexpr int kBatches = 10'000;
constexpr double kPi = std::numbers::pi;

/// Upper 1e-4 point of chi-square (Wilson, Hilferty): with some 60 checks at a fixed seed a true
/// distribution passes, and one whose probabilities are off by a tenth does not.
double chi_square_limit(std::size_t classes) {
  const auto freedom = static_cast<double>(classes - 1);
  const double term = 2 / (9 * freedom);
  return freedom * std::pow(1 - term + 3.719 * std::sqrt(term), 3);
}

void expect_distribution(const std::string& name, const std::vector<double>& counts,
                         const std::vector<double>& probabilities) {
  ASSERT_EQ(counts.size(), probabilities.size()) << name;
  double total = 0;
  double weight = 0;
  for (const double count : counts) total += count;
  for (const double probability : probabilities) weight += probability;
  ASSERT_GT(total, 100) << name;
  double chi_square = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i] / weight;
    ASSERT_GT(expected, 5) << name << " class " << i;
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  EXPECT_LT(chi_square, chi_square_limit(counts.size())) << name << " of " << total;
}

/// Ten classes of equal width.
void expect_uniform(const std::string& name, const std::vector<double>& values, double lo,
                    double hi) {
  std::vector<double> counts(10, 0);
  for (const double value : values) {
    ASSERT_GE(value, lo) << name;
    ASSERT_LE(value, hi) << name;
    ++counts[static_cast<std::size_t>(std::min(9.0, std::floor(10 * (value - lo) / (hi - lo))))];
  }
  expect_distribution(name, counts, std::vector<double>(10, 1));
}

void expect_chance(const std::string& name, double hits, double of, double probability) {
  expect_distribution(name, {hits, of - hits}, {probability, 1 - probability});
}

void expect_whole_numbers(const std::string& name, const std::vector<double>& values, int lo,
                          int hi) {
  std::vector<double> counts(static_cast<std::size_t>(hi - lo + 1), 0);
  for (const double value : values) {
    ASSERT_GE(value, lo) << name;
    ASSERT_LE(value, hi) << name;
    ++counts[static_cast<std::size_t>(value) - static_cast<std::size_t>(lo)];
  }
  expect_distribution(name, counts, std::vector<double>(counts.size(), 1));
}

/// What one blur of the pipeline drew.
struct BlurTally {
  std::vector<double> sizes = std::vector<double>(8, 0);
  std::vector<double> kinds = std::vector<double>(6, 0);
  std::vector<double> small_cutoffs, large_cutoffs, sigmas, rotations, betas_g, betas_p;
  double sincs = 0;
  double plateau_ones = 0;
  double total = 0;

  void add(const BlurStep& step) {
    ++total;
    if (const auto* const sinc = std::get_if<SincBlur>(&step.kernel)) {
      ++sincs;
      ++sizes.at(static_cast<std::size_t>((sinc->size - 7) / 2));
      (sinc->size < 13 ? small_cutoffs : large_cutoffs).push_back(sinc->cutoff_rad);
      return;
    }
    const auto& bell = std::get<BellBlur>(step.kernel);
    ++sizes.at(static_cast<std::size_t>((bell.size - 7) / 2));
    ++kinds.at(static_cast<std::size_t>(bell.kind));
    sigmas.push_back(bell.sigma_x);
    if (is_aniso(bell.kind)) {
      sigmas.push_back(bell.sigma_y);
      rotations.push_back(bell.rotation_rad);
    } else {
      EXPECT_EQ(bell.sigma_x, bell.sigma_y);
    }
    if (!has_beta(bell.kind)) return;
    (is_plateau(bell.kind) ? betas_p : betas_g).push_back(bell.beta);
  }

  void expect(const std::string& name, double highest_sigma) const {
    expect_distribution(name + " sizes", sizes, std::vector<double>(8, 1));
    expect_distribution(name + " kinds", kinds, {0.45, 0.25, 0.12, 0.03, 0.12, 0.03});
    expect_chance(name + " sinc", sincs, total, 0.1);
    expect_uniform(name + " cutoff of small sincs", small_cutoffs, kPi / 3, kPi);
    expect_uniform(name + " cutoff of large sincs", large_cutoffs, kPi / 5, kPi);
    expect_uniform(name + " sigma", sigmas, 0.2, highest_sigma);
    expect_uniform(name + " rotation", rotations, -kPi, kPi);
    expect_halves(name + " beta of generalized", betas_g, 0.5, 4);
    const auto ones = static_cast<double>(std::count(betas_p.begin(), betas_p.end(), 1.0));
    expect_chance(name + " plateau beta 1", ones, static_cast<double>(betas_p.size()), 0.5);
  }

  static void expect_halves(const std::string& name, const std::vector<double>& betas, double lo,
                            double hi) {
    std::vector<double> below;
    std::vector<double> above;
    for (const double beta : betas) (beta < 1 ? below : above).push_back(beta);
    expect_chance(name + " below 1", static_cast<double>(below.size()),
                  static_cast<double>(betas.size()), 0.5);
    expect_uniform(name + " low", below, lo, 1);
    expect_uniform(name + " high", above, 1, hi);
  }
};

/// What one noise stage drew.
struct NoiseTally {
  std::vector<double> sigmas, scales;
  double grays = 0;

  void add(const Step& step) {
    if (const auto* const gaussian = std::get_if<GaussianNoiseStep>(&step)) {
      sigmas.push_back(gaussian->sigma_8bit);
      grays += gaussian->gray ? 1 : 0;
    } else {
      const auto& poisson = std::get<PoissonNoiseStep>(step);
      scales.push_back(poisson.scale);
      grays += poisson.gray ? 1 : 0;
      EXPECT_EQ(poisson.order, ops::ChannelOrder::kBgr);
    }
  }

  void expect(const std::string& name, double highest_sigma, double highest_scale) const {
    const auto total = static_cast<double>(sigmas.size() + scales.size());
    expect_chance(name + " Gaussian", static_cast<double>(sigmas.size()), total, 0.5);
    expect_chance(name + " gray", grays, total, 0.4);
    expect_uniform(name + " sigma", sigmas, 1, highest_sigma);
    expect_uniform(name + " Poisson scale", scales, 0.05, highest_scale);
  }
};

/// One resizing. Sizes are those of a picture so large that the scale can be read off them.
struct ResizeTally {
  std::vector<double> ups, downs;
  std::vector<double> modes = std::vector<double>(3, 0);
  double keeps = 0;

  void add(const ResizeStep& step) {
    ASSERT_TRUE(step.scale.has_value());
    ++modes.at(static_cast<std::size_t>(step.mode));
    (*step.scale > 1 ? ups : downs).push_back(*step.scale);
  }

  void expect(const std::string& name, const std::vector<double>& directions, double lo,
              double hi) const {
    expect_distribution(name + " direction",
                        {static_cast<double>(ups.size()), static_cast<double>(downs.size()), keeps},
                        directions);
    expect_distribution(name + " mode", modes, {1, 1, 1});
    expect_uniform(name + " up", ups, 1, hi);
    expect_uniform(name + " down", downs, lo, 1);
  }
};

/// The published order of steps, told by their types: what is left out tells what was not drawn.
class PaperTally {
 public:
  void add(const BatchRecipe& recipe) {
    steps_ = &recipe.units.at(0).steps;
    at_ = 0;
    first_blur_.add(std::get<BlurStep>(next()));
    resize(first_resize_);
    first_noise_.add(next());
    jpeg(first_jpeg_);
    if (const auto* const blur = std::get_if<BlurStep>(&peek())) {
      second_blur_.add(*blur);
      ++at_;
    }
    resize(second_resize_);
    second_noise_.add(next());
    recipe.groups.empty() ? still_tail() : video_tail(recipe.groups.at(0).step);
    EXPECT_EQ(at_, steps_->size());
  }

  void expect() const {
    first_blur_.expect("blur 1", 3);
    second_blur_.expect("blur 2", 1.5);
    expect_chance("blur 2", second_blur_.total, kBatches, 0.8);
    first_resize_.expect("resize 1", {0.2, 0.7, 0.1}, 0.15, 1.5);
    second_resize_.expect("resize 2", {0.3, 0.4, 0.3}, 0.3, 1.2);
    first_noise_.expect("noise 1", 30, 3);
    second_noise_.expect("noise 2", 25, 2.5);
    expect_uniform("jpeg 1", first_jpeg_, 30, 95);
    const auto videos = static_cast<double>(videos_.size());
    expect_chance("video", videos, kBatches, 0.95);
    expect_chance("still: resized first", resized_first_, kBatches - videos, 0.5);
    expect_chance("still: sinc", sincs_, kBatches - videos, 0.8);
    expect_uniform("jpeg 2", last_jpeg_, 30, 95);
    expect_distribution("mode to lq", to_lq_modes_, {1, 1, 1});
    expect_videos();
  }

 private:
  const Step& peek() const { return steps_->at(at_); }
  const Step& next() { return steps_->at(at_++); }

  void resize(ResizeTally& tally) {
    if (const auto* const step = std::get_if<ResizeStep>(&peek())) {
      tally.add(*step);
      ++at_;
    } else {
      ++tally.keeps;
    }
  }

  void jpeg(std::vector<double>& qualities) {
    const auto& step = std::get<JpegStep>(next());
    EXPECT_EQ(step.coder, JpegCoder::kFloat);
    EXPECT_EQ(step.order, ops::ChannelOrder::kBgr);
    qualities.push_back(step.jpeg_quality);
  }

  void to_lq() {
    const auto& step = std::get<ResizeStep>(next());
    EXPECT_EQ(step.size, (PictureSize{90, 90}));
    EXPECT_FALSE(step.scale.has_value());
    ++to_lq_modes_.at(static_cast<std::size_t>(step.mode));
  }

  void sinc() {
    const auto* const blur = std::get_if<BlurStep>(&peek());
    if (blur == nullptr) return;
    ++sincs_;
    ++at_;
    const double cutoff = std::get<SincBlur>(blur->kernel).cutoff_rad;
    EXPECT_GE(cutoff, kPi / 3);
  }

  void still_tail() {
    if (std::holds_alternative<ResizeStep>(peek())) {
      ++resized_first_;
      to_lq();
      sinc();
      EXPECT_TRUE(std::holds_alternative<ClampStep>(next()));
      jpeg(last_jpeg_);
    } else {
      EXPECT_TRUE(std::holds_alternative<ClampStep>(next()));
      jpeg(last_jpeg_);
      to_lq();
      sinc();
    }
    EXPECT_TRUE(std::holds_alternative<Round8BitStep>(next()));
  }

  void video_tail(const VideoCompressionStep& step) {
    to_lq();
    EXPECT_TRUE(std::holds_alternative<ClampStep>(next()));
    EXPECT_TRUE(std::holds_alternative<GroupStep>(next()));
    EXPECT_EQ(step.conversion, YuvConversion::kSwscale);
    videos_.push_back(step);
  }

  void expect_videos() const {
    const std::vector<std::string> codecs = {"mpeg2video", "libxvid", "libx264", "libx265"};
    const std::vector<std::string> presets = {"slow", "medium", "fast", "faster", "superfast"};
    std::vector<double> codec_counts(4, 0);
    std::vector<double> preset_counts(5, 0);
    std::map<std::string, std::vector<double>> rates;
    std::vector<double> fps;
    std::vector<double> widths(25, 0);  // 72, 74, … 120
    double others = 0;
    double mpeg2 = 0;
    double mpeg2_kept = 0;
    for (const auto& video : videos_) {
      ++codec_counts.at(static_cast<std::size_t>(
          std::find(codecs.begin(), codecs.end(), video.codec) - codecs.begin()));
      const auto* const crf = std::get_if<media::Crf>(&video.rate);
      rates[video.codec].push_back(
          crf != nullptr ? crf->value
                         : static_cast<double>(std::get<media::BitrateKbps>(video.rate).value));
      if (crf != nullptr) {
        ++preset_counts.at(static_cast<std::size_t>(
            std::find(presets.begin(), presets.end(), video.preset) - presets.begin()));
      }
      if (video.codec == "mpeg2video") {
        ++mpeg2;
        EXPECT_EQ(video.fps, 25);
        EXPECT_GE(video.encoded_width_px, 90);
        mpeg2_kept += video.encoded_width_px == 90 ? 1 : 0;
        continue;
      }
      fps.push_back(video.fps);
      ++others;
      ++widths.at(static_cast<std::size_t>((video.encoded_width_px - 72) / 2));
    }
    expect_distribution("codec", codec_counts, {0.2, 0.2, 0.4, 0.2});
    expect_distribution("preset", preset_counts, {0.1, 0.5, 0.25, 0.12, 0.03});
    expect_whole_numbers("fps", fps, 16, 30);
    expect_whole_numbers("crf of x264", rates.at("libx264"), 20, 32);
    expect_whole_numbers("crf of x265", rates.at("libx265"), 25, 37);
    expect_uniform("bitrate of MPEG-2", rates.at("mpeg2video"), 3800, 5801);
    expect_uniform("bitrate of Xvid", rates.at("libxvid"), 3800, 5801);
    expect_distribution("width", widths, width_probabilities());
    // Kept, shrunk (never for MPEG-2), or expanded by less than two pixels.
    expect_chance("width of MPEG-2 kept", mpeg2_kept, mpeg2, 0.6 + 0.4 * (2.0 / 90) / 0.35);
  }

  /// P(2 floor(45 r) = 72 + 2 i) for r of [0.8, 1] (0.2), [1, 1.35] (0.4), or 1 (0.4).
  static std::vector<double> width_probabilities() {
    std::vector<double> result(25, 0);
    for (int i = 0; i < 25; ++i) {
      const double lo = (36.0 + i) / 45;
      const double hi = (37.0 + i) / 45;
      const auto overlap = [lo, hi](double a, double b) {
        return std::max(0.0, std::min(hi, b) - std::max(lo, a)) / (b - a);
      };
      result[static_cast<std::size_t>(i)] =
          0.2 * overlap(0.8, 1) + 0.4 * overlap(1, 1.35) + (i == 9 ? 0.4 : 0);
    }
    return result;
  }

  const std::vector<Step>* steps_ = nullptr;
  std::size_t at_ = 0;
  BlurTally first_blur_, second_blur_;
  ResizeTally first_resize_, second_resize_;
  NoiseTally first_noise_, second_noise_;
  std::vector<double> first_jpeg_, last_jpeg_;
  std::vector<double> to_lq_modes_ = std::vector<double>(3, 0);
  std::vector<VideoCompressionStep> videos_;
  double sincs_ = 0;
  double resized_first_ = 0;
};

TEST(VcisrDraws, AreDistributedAsPublished) {
  const auto pipeline = Pipeline::load("vcisr_paper");
  PaperTally tally;
  const Rng rng(2024);
  for (int batch = 0; batch < kBatches; ++batch) {
    tally.add(pipeline.draw({{360, 360}}, rng.fork(static_cast<std::uint64_t>(batch))));
  }
  tally.expect();
}

TEST(VcisrDraws, AWrongProbabilityWouldBeSeen) {
  // The test above could not fail if this passed: 0.45 instead of 0.5 of 10,000.
  const std::vector<double> counts = {4500, 5500};
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - 5000) * (count - 5000) / 5000;
  EXPECT_GT(chi_square, chi_square_limit(2));
}

TEST(VcisrDraws, APicturesOwnDrawsAreItsOwn) {
  const auto pipeline = Pipeline::load("vcisr_paper");
  std::vector<double> qualities, sigmas;
  double gray = 0;
  double noises = 0;
  const Rng rng(7);
  for (int batch = 0; batch < 40; ++batch) {
    const auto recipe = pipeline.draw(std::vector<PictureSize>(128, {360, 360}),
                                      rng.fork(static_cast<std::uint64_t>(batch)));
    for (const auto& unit : recipe.units) {
      for (const auto& step : unit.steps) {
        if (const auto* const jpeg = std::get_if<JpegStep>(&step)) {
          qualities.push_back(jpeg->jpeg_quality);
        }
        if (const auto* const noise = std::get_if<PoissonNoiseStep>(&step)) {
          gray += noise->gray ? 1 : 0;
          ++noises;
        }
      }
    }
  }
  expect_uniform("quality in a batch", qualities, 30, 95);
  expect_chance("gray in a batch", gray, noises, 0.4);
}

TEST(VcisrDraws, ABatchSharesWhatThePublishedCodeShares) {
  const auto pipeline = Pipeline::load("vcisr_paper");
  const auto recipe =
      pipeline.draw(std::vector<PictureSize>(128, {360, 360}), Rng(11).fork("shared"));
  const auto& first = recipe.units.front().steps;
  std::map<std::uint64_t, int> gray_seeds;
  for (const auto& unit : recipe.units) {
    ASSERT_EQ(unit.steps.size(), first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      ASSERT_EQ(unit.steps[i].index(), first[i].index());
      if (const auto* const resize = std::get_if<ResizeStep>(&unit.steps[i])) {
        EXPECT_EQ(resize->size, std::get<ResizeStep>(first[i]).size);
      }
      if (const auto* const noise = std::get_if<GaussianNoiseStep>(&unit.steps[i])) {
        if (noise->gray) ++gray_seeds[noise->seed];
      }
    }
  }
  EXPECT_LE(gray_seeds.size(), 2U);  // One field for each Gaussian noise stage.
  EXPECT_LE(recipe.groups.size(), 1U);
}

}  // namespace
}  // namespace vcisr::degradation
