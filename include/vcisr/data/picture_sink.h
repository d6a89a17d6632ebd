// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "vcisr/core/worker_pool.h"
#include "vcisr/data/pair_sink.h"
#include "vcisr/media/image.h"

namespace vcisr::data {

/// Where a pair's picture goes; empty: not here.
using PictureNaming = std::function<std::filesystem::path(const Pair&)>;

/// How frames of a film with a rotation are written.
enum class FrameTurn { kAsStored, kAsSeen };

struct PictureSinkOptions {
  PairPart part = PairPart::kLq;
  FrameTurn turn = FrameTurn::kAsSeen;
  media::ImageWriteOptions write;
};

/// One part of each pair as a picture file. Folders are made as needed.
///
/// Threads  Files are encoded and written on the pool, which must outlive the sink.
/// Memory   At most four pictures for each thread of the pool wait to be written.
/// Errors   write() and finish() throw what a file before met.
class PictureSink final : public PairSink {
 public:
  PictureSink(WorkerPool& pool, PictureNaming naming, const PictureSinkOptions& options);
  ~PictureSink() override;

  void write(const PairBatch& batch) override;
  void finish() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vcisr::data
