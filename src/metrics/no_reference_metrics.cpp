// SPDX-License-Identifier: Apache-2.0
// NIQE, BRISQUE, NRQM and PI: metrics of one picture that rest on a model file.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "metrics/model_files.h"
#include "vcisr/metrics/brisque.h"
#include "vcisr/metrics/niqe.h"
#include "vcisr/metrics/nrqm.h"

namespace vcisr::metrics {
namespace {

/// PI's published protocol.
constexpr std::int64_t kPiBorderPx = 4;

const ModelFile kNiqeFile{
    "niqe", "model", "niqe_pris_params.npz",
    "tools/setup.sh takes it from the source distribution of basicsr 1.4.2 (PyPI), and "
    "vcisr-eval --fit-niqe makes one of your own pictures; --metric-models names its folder"};
const ModelFile kOpencvModelFile{
    "brisque-opencv", "model", "brisque_model_live.yml",
    "it is in Debian's package opencv-data and in github.com/opencv/opencv_contrib, "
    "modules/quality/samples; --metric-models names its folder"};
const ModelFile kOpencvRangeFile{"brisque-opencv", "range", "brisque_range_live.yml",
                                 kOpencvModelFile.origin};
const ModelFile kBrisqueModelFile{
    "brisque", "model", "allmodel",
    "its authors keep it in BRISQUE_release.zip of the Laboratory for Image and Video Engineering, "
    "University of Texas at Austin (live.ece.utexas.edu/research/Quality); --metric-models names "
    "its folder; brisque-opencv is another model, which needs no download"};
const ModelFile kBrisqueRangeFile{"brisque", "range", "allrange", kBrisqueModelFile.origin};
const ModelFile kNrqmFile{"nrqm", "model", "NRQM_model.mat",
                          "its authors (Ma et al.) keep it at github.com/chaoma99/sr-metric; "
                          "--metric-models names its folder"};

/// One number of one picture.
class NoReference final : public Metric {
 public:
  /// Of float32 [3, H, W] in [0, 1].
  using Value = std::function<double(const torch::Tensor& rgb)>;

  NoReference(const Column& column, const std::string& what, std::int64_t border_px, Value value)
      : value_(std::move(value)), border_px_(border_px) {
    info_.name = column.name;
    info_.protocol = column.name + ": " + what + border_text(border_px);
    info_.columns = {column};
    info_.needs_reference = false;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    return {{value_(without_border(comparison.distorted->unit_rgb(), border_px_).contiguous())},
            {}};
  }

 private:
  Value value_;
  std::int64_t border_px_;
  MetricInfo info_;
};

Column lower(const std::string& name) { return {name, "", Better::kLower, 4}; }

template <NiqeConvention convention>
MetricPtr make_niqe(const Config& config) {
  const auto options = read_common_options(config, Better::kLower);
  auto model = load_niqe_model(find_model(config, options.model_folders, kNiqeFile));
  const bool is_pyiqa = convention == NiqeConvention::kPyiqa;
  const std::string what = std::string("NIQE, ") +
                           (is_pyiqa ? "arithmetic of pyiqa 0.1.7 (full-range luma)"
                                     : "arithmetic of BasicSR 1.4.2 "
                                       "(luma 16..235)") +
                           ", model " + model.name;
  return std::make_unique<const NoReference>(lower(is_pyiqa ? "niqe" : "niqe-basicsr"), what,
                                             options.crop_border_px,
                                             [model = std::move(model)](const torch::Tensor& rgb) {
                                               return niqe(rgb, model, convention);
                                             });
}

MetricPtr make_brisque_of(const Config& config, const ModelFile& model_file,
                          const ModelFile& range_file) {
  const auto options = read_common_options(config, Better::kLower);
  auto model = BrisqueModel::load(find_model(config, options.model_folders, model_file),
                                  find_model(config, options.model_folders, range_file));
  const std::string what = "BRISQUE, features of pyiqa 0.1.7, model " + model.name();
  return std::make_unique<const NoReference>(
      lower(model_file.metric), what, options.crop_border_px,
      [model = std::move(model)](const torch::Tensor& rgb) { return brisque(rgb, model); });
}

MetricPtr make_brisque(const Config& config) {
  return make_brisque_of(config, kBrisqueModelFile, kBrisqueRangeFile);
}

MetricPtr make_brisque_opencv(const Config& config) {
  return make_brisque_of(config, kOpencvModelFile, kOpencvRangeFile);
}

MetricPtr make_nrqm(const Config& config) {
  const auto options = read_common_options(config, Better::kHigher);
  const auto model = NrqmModel::load(find_model(config, options.model_folders, kNrqmFile));
  return std::make_unique<const NoReference>(
      Column{"nrqm", "", Better::kHigher, 4},
      "NRQM, features of pyiqa 0.1.7, model " + model.name(), options.crop_border_px,
      [model](const torch::Tensor& rgb) { return nrqm(rgb, model); });
}

/// The luma 16..235 as a grey picture: the metrics' own luma of it is the same.
torch::Tensor grey_of_luma(const torch::Tensor& rgb) {
  const auto samples = rgb.mul(255).round_().to(torch::kUInt8);
  const auto y = luma(samples, Luma::kMatlabRounded).to(torch::kFloat32).div_(255);
  return y.unsqueeze(0).expand({3, -1, -1}).contiguous();
}

MetricPtr make_pi(const Config& config) {
  const auto options = read_common_options(config, Better::kLower);
  refuse_border(config, options);
  auto niqe_file = kNiqeFile;
  auto nrqm_file = kNrqmFile;
  niqe_file.key = "niqe_model";
  nrqm_file.key = "nrqm_model";
  niqe_file.metric = nrqm_file.metric = "pi";
  auto niqe_model = load_niqe_model(find_model(config, options.model_folders, niqe_file));
  const auto nrqm_model = NrqmModel::load(find_model(config, options.model_folders, nrqm_file));
  const std::string what = "PI = ((10 - NRQM) + NIQE) / 2 of the luma 16..235, rounded, models " +
                           nrqm_model.name() + " and " + niqe_model.name;
  return std::make_unique<const NoReference>(
      lower("pi"), what, kPiBorderPx,
      [niqe_model = std::move(niqe_model), nrqm_model](const torch::Tensor& rgb) {
        const auto grey = grey_of_luma(rgb);
        return (10.0 - nrqm(grey, nrqm_model) + niqe(grey, niqe_model, NiqeConvention::kPyiqa)) / 2;
      });
}

}  // namespace

MetricFamily no_reference_metrics() {
  return {
      metric_entry("niqe", "NIQE as pyiqa computes it", "{type: niqe}",
                   &make_niqe<NiqeConvention::kPyiqa>),
      metric_entry("niqe-basicsr", "NIQE as BasicSR computes it",
                   "{type: niqe-basicsr, crop_border: 4}", &make_niqe<NiqeConvention::kBasicsr>,
                   {"niqe_basicsr", "calculate_niqe"}),
      metric_entry("brisque", "BRISQUE with its authors' model", "{type: brisque}", &make_brisque),
      metric_entry("brisque-opencv", "BRISQUE with OpenCV's model", "{type: brisque-opencv}",
                   &make_brisque_opencv, {"brisque_opencv"}),
      metric_entry("nrqm", "NRQM (Ma et al.) with its authors' model", "{type: nrqm}", &make_nrqm),
      metric_entry("pi", "perceptual index of NRQM and NIQE", "{type: pi}", &make_pi)};
}

}  // namespace vcisr::metrics
