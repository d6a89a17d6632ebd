// SPDX-License-Identifier: Apache-2.0
#include "vcisr-degrade/preview.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "vcisr-degrade/session.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/data/preview_sheet.h"
#include "vcisr/imaging/film_reader.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/media/image.h"
#include "vcisr/media/input_files.h"
#include "vcisr/media/rotation.h"
#include "vcisr/ops/intra_op.h"

namespace vcisr::tools {
namespace {

namespace fs = std::filesystem;

torch::Tensor first_frame(const std::string& path) {
  media::VideoDecoderOptions decoder;
  decoder.threads = 1;
  imaging::FilmReader reader(path, decoder);
  const auto frame = reader.read();
  if (!frame) throw InputError(path + ": has no frame");
  const int turns = media::display_quarter_turns(reader.info()).value_or(0);
  return imaging::rotate_clockwise(*frame, turns).contiguous();
}

void check_output(const DegradeArguments& a, const fs::path& input) {
  const fs::path sheet = a.preview;
  if (!media::can_write_image(sheet)) {
    throw ConfigError("--preview '" + a.preview +
                      "' cannot be written as a picture (png, jpg, webp, tif)");
  }
  std::error_code error;
  if (fs::equivalent(sheet, input, error)) {
    throw ConfigError("--preview '" + a.preview + "' is the input: give another name");
  }
  if (!a.overwrite && fs::exists(fs::symlink_status(sheet, error))) {
    throw OutputError(a.preview + ": exists already (replace it with --overwrite)");
  }
}

}  // namespace

int preview(const DegradeArguments& a, const degradation::Pipeline& pipeline,
            const std::stop_token& stop) {
  const auto list = media::list_inputs(
      a.inputs, a.recursive ? media::SubFolders::kRead : media::SubFolders::kLeaveOut);
  const media::InputFile& file = list.files.front();
  check_output(a, file.path);
  if (a.dry_run) {
    std::printf("%s -> %s\n", file.path.c_str(), a.preview.c_str());
    return kOk;
  }
  const auto picture = file.kind == media::FileKind::kFilm ? first_frame(file.path.string())
                                                           : imaging::read_rgb8(file.path);
  const std::uint64_t seed = a.seed.value_or(0);
  data::PreviewOptions options;
  options.count = a.preview_count;
  options.size_px = a.preview_size;
  options.seed = seed;
  options.name = file.path.string();
  options.title = file.path.filename().string() + "   " + fs::path(a.config).filename().string() +
                  "   x" + std::to_string(pipeline.options().scale) + "   seed " +
                  std::to_string(seed);
  for (const auto& setting : a.settings) options.title += "   " + setting;
  WorkerPool pool(thread_count(a), ops::use_one_intra_op_thread);
  const auto sheet = data::preview_sheet(picture, pipeline, pool, options, stop);
  imaging::write_rgb8(
      a.preview, sheet,
      {.existing = a.overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse});
  log::info(a.preview + ": " + std::to_string(sheet.size(2)) + "x" + std::to_string(sheet.size(1)));
  return kOk;
}

}  // namespace vcisr::tools
