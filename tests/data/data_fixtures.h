// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "support/hash_rule.h"
#include "support/temp_folder.h"
#include "vcisr/core/config.h"
#include "vcisr/data/patch_stream.h"
#include "vcisr/degradation/pipeline.h"
#include "vcisr/imaging/film_writer.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::tests {

/// Smooth shapes with some texture, another for each name: uint8 [3, H, W].
inline torch::Tensor made_up_picture(const std::string& name, std::int64_t height,
                                     std::int64_t width) {
  const auto coarse = hash_image(name, {1, 3, 5, 6});
  const auto smooth = torch::upsample_bicubic2d(coarse, {height, width}, true)[0];
  return imaging::to_8bit(0.9 * smooth + 0.1 * hash_image(name + "_texture", {3, height, width}));
}

inline void write_picture(const std::filesystem::path& path, std::int64_t height,
                          std::int64_t width) {
  imaging::write_rgb8(path, made_up_picture(path.filename().string(), height, width));
}

/// Exact frames, each another picture in which all shifts by one pixel per frame.
inline void write_film(const std::filesystem::path& path, std::int64_t frames, std::int64_t height,
                       std::int64_t width) {
  const auto scene = made_up_picture(path.filename().string(), height, width + frames);
  imaging::FilmWriterOptions options;
  options.encoder.codec = "ffv1";
  options.encoder.threads = 1;  // FFmpeg's own slices race, as ThreadSanitizer sees it.
  imaging::FilmWriter writer(path.string(), {height, width}, {25, 1}, options);
  for (std::int64_t i = 0; i < frames; ++i) writer.write(scene.narrow(2, i, width).contiguous());
  writer.finish();
}

/// Degradation batches of 8, the first of 3 to 6.
inline std::shared_ptr<const degradation::Pipeline> pipeline_of(const std::string& stages,
                                                                const std::string& more = "") {
  return std::make_shared<const degradation::Pipeline>(Config::parse(
      "scale: 4\nbatch_size: 8\nfirst_batch_size: [3, 6]\n" + more + "stages:\n" + stages));
}
inline std::shared_ptr<const degradation::Pipeline> resize_only() {
  return pipeline_of("  - {type: resize_to_lq, modes: [area]}\n");
}
/// Noise, and clips of four through one codec or the other.
inline std::shared_ptr<const degradation::Pipeline> noise_and_codecs() {
  return pipeline_of(
      "  - {type: noise, noise_range: [1, 30], poisson_scale_range: [0.05, 3], "
      "gray_noise_prob: 0.4}\n"
      "  - {type: resize_to_lq}\n"
      "  - {type: video_compression, group_size: 4, conversion: exact,\n"
      "     video_codec: [libx264, mpeg4], video_codec_prob: [0.5, 0.5], crf_range: [20, 32],\n"
      "     mpeg2_4_qscale_range: [2, 12]}\n");
}

/// Patches of 64, in order, in training batches of 4.
inline data::PatchStreamOptions stream_options(const std::vector<std::string>& sources) {
  data::PatchStreamOptions options;
  options.sources = sources;
  options.patch_size = 64;
  options.shuffle_pictures = false;
  options.shuffle_buffer = 0;
  options.batch_size = 4;
  options.seed = 7;
  options.threads = 2;
  return options;
}

inline std::vector<data::TrainingBatch> epoch_of(data::PatchStream& stream, std::int64_t epoch) {
  stream.start_epoch(epoch, 0);
  std::vector<data::TrainingBatch> batches;
  while (auto batch = stream.next()) batches.push_back(std::move(*batch));
  return batches;
}

/// What is left of an epoch from a batch on; any supply of pairs.
inline std::vector<data::TrainingBatch> rest_of(data::TrainingPairs& pairs, std::int64_t epoch,
                                                std::int64_t first_batch) {
  pairs.start_epoch(epoch, first_batch);
  std::vector<data::TrainingBatch> batches;
  while (auto batch = pairs.next()) batches.push_back(std::move(*batch));
  return batches;
}

inline bool is_same(const torch::Tensor& a, const torch::Tensor& b) {
  return a.defined() == b.defined() && (!a.defined() || torch::equal(a, b));
}

inline bool is_same(const data::TrainingBatch& a, const data::TrainingBatch& b) {
  return is_same(a.lq, b.lq) && is_same(a.hq, b.hq) && is_same(a.hq_sharpened, b.hq_sharpened) &&
         a.names == b.names && a.pairs.size() == b.pairs.size();
}

/// `rest` is what `all` has from a batch on.
inline bool is_rest(const std::vector<data::TrainingBatch>& rest,
                    const std::vector<data::TrainingBatch>& all, std::size_t first_batch) {
  const std::size_t skipped = std::min(first_batch, all.size());
  if (rest.size() != all.size() - skipped) return false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!is_same(rest[i], all[skipped + i])) return false;
  }
  return true;
}

/// The sentence with which it fails.
template <class Error>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

inline std::vector<data::PairHistory> histories(const std::vector<data::TrainingBatch>& batches) {
  std::vector<data::PairHistory> all;
  for (const auto& batch : batches) {
    all.insert(all.end(), batch.pairs.begin(), batch.pairs.end());
  }
  return all;
}

}  // namespace vcisr::tests
