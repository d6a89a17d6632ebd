// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vcisr/data/batch_degrader.h"
#include "vcisr/imaging/film_reader.h"
#include "vcisr/media/input_files.h"
#include "vcisr/media/video_decoder.h"

namespace vcisr::data {

/// A picture or film to degrade.
struct SourceFile {
  std::filesystem::path path;
  std::string name;  ///< What recipes call it.
  media::FileKind kind = media::FileKind::kPicture;
};

/// What is known of a picture beside its samples and its Origin.
struct PictureTag {
  std::int64_t unit = 0;    ///< Number in the recipe.
  imaging::FrameTime time;  ///< Of a film's frame.
  /// The film whose frame it is, as it is stored (a viewer may see it turned); nullptr for a
  /// picture.
  std::shared_ptr<const media::VideoInfo> film;
};

/// A picture or film that cannot be read to its end.
struct SourceFailure {
  std::string source;  ///< As recipes call it.
  std::exception_ptr error;
};

/// Pictures to degrade together, or, in its place in the order, what failed.
struct SourceBatch {
  HqBatch batch;  ///< Groups have the recipe's numbers; their units are indices of `pictures`.
  std::vector<PictureTag> tags;          ///< For each picture.
  std::optional<SourceFailure> failure;  ///< The batch is empty then.
};

/// Threads that read pictures ahead.
struct ReaderThreads {
  int count = 2;
  std::function<void()> on_start;  ///< As WorkerPool's.
};

/// Where the pictures to degrade come from, recipes included, in the order of the outputs.
///
/// Threads  one object, one thread at a time.
class HqSource {
 public:
  virtual ~HqSource() = default;

  /// nullopt at the end. Errors  what stops the whole work; a source that cannot be read is a
  /// SourceBatch.
  [[nodiscard]] virtual std::optional<SourceBatch> next() = 0;
};

}  // namespace vcisr::data
