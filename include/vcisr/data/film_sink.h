// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "vcisr/core/file.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/imaging/film_writer.h"

namespace vcisr::data {

/// The encoder that keeps every sample of RGB in a container: FFV1 (mkv, avi), x264's RGB mode
/// without a quantiser (mp4, mov, m4v, ts, m2ts), VP9 lossless (webm). One thread and no
/// identifiers of the moment, so that the same frames give the same file.
///
/// Errors  ConfigError: a container that holds none of them (y4m, yuv).
[[nodiscard]] imaging::FilmWriterOptions lossless_film(const std::filesystem::path& path,
                                                       AtomicFile::Existing existing);

/// One part of each pair of a film as a lossless film: frames with the source's times, nothing
/// beside the pictures. Pairs of pictures are passed over. Folders are made as needed.
///
/// Needs   A film's frames one after another, in ascending order.
/// Errors  InputError: frames in another order, or of another size than the first.
class FilmSink final : public PairSink {
 public:
  /// Where the film of that source goes.
  using Naming = std::function<std::filesystem::path(const std::string& source)>;

  FilmSink(PairPart part, Naming naming, AtomicFile::Existing existing);

  void write(const PairBatch& batch) override;
  void abandon(const std::string& source) override;
  void finish() override;

 private:
  void write(const Pair& pair);
  void open(const Pair& pair, const torch::Tensor& frame);
  void close();

  PairPart part_;
  Naming naming_;
  AtomicFile::Existing existing_;
  std::string source_;                           // Of the open film.
  std::int64_t last_frame_ = -1;                 // Of it.
  imaging::FilmSize size_;                       // Of it.
  std::unique_ptr<imaging::FilmWriter> writer_;  // nullptr where none is open.
};

}  // namespace vcisr::data
