// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/film_sink.h"

#include <system_error>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/media/input_files.h"

namespace vcisr::data {
namespace fs = std::filesystem;

imaging::FilmWriterOptions lossless_film(const fs::path& path, AtomicFile::Existing existing) {
  imaging::FilmWriterOptions options;
  options.existing = existing;
  media::VideoEncoderOptions& encoder = options.encoder;
  encoder.threads = 1;
  encoder.copy_audio = false;
  encoder.copy_subtitles = false;
  encoder.copy_attachments = false;
  encoder.copy_chapters = false;
  encoder.copy_metadata = false;
  encoder.muxer_options = {{"fflags", "+bitexact"}};
  const std::string extension = media::lower_extension(path);
  if (extension == "mkv" || extension == "avi") {
    encoder.codec = "ffv1";
    encoder.pixel_format = "bgr0";
  } else if (extension == "webm") {
    encoder.codec = "libvpx-vp9";
    encoder.pixel_format = "gbrp";
    encoder.crf = 0;
    encoder.encoder_options = {{"lossless", "1"}, {"cpu-used", "5"}};
  } else if (extension == "mp4" || extension == "mov" || extension == "m4v" || extension == "ts" ||
             extension == "m2ts") {
    encoder.codec = "libx264rgb";
    encoder.pixel_format = "rgb24";
    encoder.preset = "veryfast";  // Without loss, slower ones save little.
    encoder.encoder_options = {{"qp", "0"}};
  } else {
    throw ConfigError("output '" + path.string() +
                      "' cannot hold RGB frames without loss; mkv, avi, mp4, mov, m4v, ts, m2ts "
                      "and webm can");
  }
  return options;
}

FilmSink::FilmSink(PairPart part, Naming naming, AtomicFile::Existing existing)
    : part_(part), naming_(std::move(naming)), existing_(existing) {}

void FilmSink::write(const PairBatch& batch) {
  for (const Pair& pair : batch.pairs) {
    if (pair.tag.film != nullptr) write(pair);
  }
}

void FilmSink::write(const Pair& pair) {
  const torch::Tensor& frame = pair.part(part_);
  const degradation::RecipeUnit& unit = pair.recipe;
  if (writer_ == nullptr || source_ != unit.source) {
    close();
    open(pair, frame);
  }
  const std::string subject = unit.source + ": frame " + std::to_string(unit.frame);
  if (unit.frame <= last_frame_) {
    throw InputError(subject + " comes after frame " + std::to_string(last_frame_) +
                     ": for a film, frames are needed in ascending order, each once");
  }
  if (frame.size(1) != size_.height || frame.size(2) != size_.width) {
    throw InputError(subject + " has become " + std::to_string(frame.size(2)) + "x" +
                     std::to_string(frame.size(1)) + " in a film of " +
                     std::to_string(size_.width) + "x" + std::to_string(size_.height));
  }
  writer_->write(frame, pair.tag.time);
  last_frame_ = unit.frame;
}

void FilmSink::open(const Pair& pair, const torch::Tensor& frame) {
  const fs::path path = naming_(pair.recipe.source);
  make_folder(path.parent_path());
  size_ = {frame.size(1), frame.size(2)};
  writer_ = std::make_unique<imaging::FilmWriter>(path.string(), size_, *pair.tag.film,
                                                  media::VideoDecoderOptions{},
                                                  lossless_film(path, existing_));
  source_ = pair.recipe.source;
  last_frame_ = -1;
}

void FilmSink::close() {
  if (writer_ != nullptr) writer_->finish();
  writer_.reset();
}

void FilmSink::abandon(const std::string& source) {
  if (writer_ != nullptr && source_ == source) writer_.reset();
}

void FilmSink::finish() { close(); }

}  // namespace vcisr::data
