// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <torch/types.h>

#include "vcisr/data/paired_pictures.h"
#include "vcisr/degradation/pipeline.h"

namespace vcisr::data {

struct ValidationPicturesOptions {
  std::string name = "val";  ///< Of the set, for logs and folders.
  /// Without hq_roots: pictures to restore, and nothing to compare with. Without lq_roots: lq is
  /// made from hq by the pipeline.
  PairedFiles files;
  std::int64_t scale = 4;
  std::shared_ptr<const degradation::Pipeline> pipeline;
};

struct ValidationPicture {
  std::string name;  ///< Of the picture, without extension, unique in the set: "city_0001".
  torch::Tensor lq;  ///< uint8 [3, h, w].
  torch::Tensor hq;  ///< uint8 [3, scale * h, scale * w]; undefined where there is none.
};

/// Whole pictures in a fixed order.
///
/// Sizes    hq may be larger than `scale` times lq and is cut at the right and at the bottom then
///          (with a warning where that is `scale` samples or more), as BasicSR does.
/// Random   lq that is made here: the picture's number alone, the same in every run.
/// Threads  at() from any.
/// Memory   lq pictures that were made here are kept.
/// Errors   The constructor: ConfigError, InputError as PairedPictures; ConfigError where lq must
/// be
///          made and there is no pipeline, or one for another scale. at(): InputError: what cannot
///          be read, hq that is too small.
class ValidationPictures {
 public:
  explicit ValidationPictures(ValidationPicturesOptions options);
  ~ValidationPictures();

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool has_hq() const noexcept;
  [[nodiscard]] ValidationPicture at(std::size_t index) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
