// SPDX-License-Identifier: Apache-2.0
#include "vcisr-eval/fit_niqe.h"

#include <c10/util/Exception.h>

#include "common/progress.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/metrics/niqe.h"

namespace vcisr::tools {
namespace {

metrics::NiqeConvention convention_of(const EvalArguments& a) {
  if (a.metrics.empty() || a.metrics == std::vector<std::string>{"niqe"}) {
    return metrics::NiqeConvention::kPyiqa;
  }
  if (a.metrics == std::vector<std::string>{"niqe-basicsr"}) {
    return metrics::NiqeConvention::kBasicsr;
  }
  throw ConfigError("--fit-niqe fits one convention: --metric niqe or --metric niqe-basicsr");
}

void check_output(const EvalArguments& a) {
  if (!a.fit_niqe.ends_with(".npz")) {
    throw ConfigError("--fit-niqe '" + a.fit_niqe + "': the model is an .npz file");
  }
  if (std::filesystem::exists(a.fit_niqe) && !a.overwrite) {
    throw OutputError(a.fit_niqe + ": exists already (replace it with --overwrite)");
  }
}

}  // namespace

int fit_niqe(const EvalArguments& a, const std::vector<evaluation::EvaluationItem>& pictures,
             const std::stop_token& stop) {
  metrics::NiqeFit fit(convention_of(a));
  check_output(a);
  Progress progress(progress_style(a), {"pictures", "per s", "pictures_per_s"});
  progress.start(a.distorted, static_cast<std::int64_t>(pictures.size()));
  std::int64_t used = 0;
  std::int64_t seen = 0;
  for (const auto& picture : pictures) {
    if (stop.stop_requested()) throw Interrupted();
    if (picture.kind == media::FileKind::kFilm) {
      throw InputError(picture.distorted.string() + ": is a film; a model is fitted to pictures");
    }
    try {
      fit.add(imaging::to_float(imaging::read_rgb8(picture.distorted)));
      ++used;
    } catch (const c10::Error& error) {
      log::warn(picture.distorted.string() + ": left out: " + error.what_without_backtrace());
    } catch (const InputError& error) {
      log::warn(std::string("left out: ") + error.what());
    }
    progress.update(++seen);
  }
  progress.finish();
  metrics::save_niqe_model(
      a.fit_niqe, fit.finish(),
      a.overwrite ? AtomicFile::Existing::kReplace : AtomicFile::Existing::kRefuse);
  log::info(a.fit_niqe + ": fitted to " + std::to_string(fit.blocks()) + " blocks of " +
            std::to_string(used) + " pictures");
  return kOk;
}

}  // namespace vcisr::tools
