// SPDX-License-Identifier: Apache-2.0
// VMAF by Netflix's libvmaf (2.0 or later), whose models are built in.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

extern "C" {
#include <libvmaf/libvmaf.h>
}

#include "metrics/families.h"
#include "metrics/metric_options.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

struct CloseContext {
  void operator()(VmafContext* context) const { vmaf_close(context); }
};
struct DestroyModel {
  void operator()(VmafModel* model) const { vmaf_model_destroy(model); }
};
using ContextPtr = std::unique_ptr<VmafContext, CloseContext>;
using ModelPtr = std::unique_ptr<VmafModel, DestroyModel>;

/// libvmaf returns negative numbers of errno.
void check(int status, const char* action) {
  TORCH_CHECK(status == 0, "vmaf: libvmaf could not ", action, ": ",
              std::strerror(std::abs(status)));
}

ModelPtr load_model(const std::string& version) {
  VmafModelConfig config{};
  config.name = "vmaf";
  config.flags = VMAF_MODEL_FLAGS_DEFAULT;
  VmafModel* model = nullptr;
  if (vmaf_model_load(&model, &config, version.c_str()) != 0) {
    throw ConfigError("vmaf: libvmaf " + std::string(vmaf_version()) + " has no model '" + version +
                      "' (known: vmaf_v0.6.1, vmaf_v0.6.1neg, vmaf_4k_v0.6.1)");
  }
  return ModelPtr(model);
}

VmafPixelFormat pixel_format(const Picture& picture) {
  const auto& planes = picture.planes();
  if (planes.size() == 1) return VMAF_PIX_FMT_YUV400P;
  if (planes[1].size(0) != picture.height()) return VMAF_PIX_FMT_YUV420P;
  return planes[1].size(1) == picture.width() ? VMAF_PIX_FMT_YUV444P : VMAF_PIX_FMT_YUV422P;
}

/// libvmaf keeps what it is given: each frame is copied once.
VmafPicture copy_of(const Picture& picture) {
  VmafPicture copy{};
  check(vmaf_picture_alloc(&copy, pixel_format(picture), static_cast<unsigned>(picture.bit_depth()),
                           static_cast<unsigned>(picture.width()),
                           static_cast<unsigned>(picture.height())),
        "allocate a picture");
  for (std::size_t i = 0; i < picture.planes().size(); ++i) {
    const auto& plane = picture.planes()[i];
    const auto bytes = static_cast<std::size_t>(plane.element_size());
    const auto* const from = static_cast<const std::uint8_t*>(plane.const_data_ptr());
    auto* const to = static_cast<std::uint8_t*>(copy.data[i]);
    for (std::int64_t y = 0; y < plane.size(0); ++y) {
      std::memcpy(to + y * copy.stride[i],
                  from + static_cast<std::size_t>(y * plane.stride(0)) * bytes,
                  static_cast<std::size_t>(plane.size(1)) * bytes);
    }
  }
  return copy;
}

/// VMAF's motion feature looks at the frame before: frames go in order.
class Meter final : public SequenceMeter {
 public:
  explicit Meter(const std::string& version) : model_(load_model(version)) {
    VmafConfiguration config{};
    config.log_level = VMAF_LOG_LEVEL_NONE;
    config.n_threads = 1;
    VmafContext* context = nullptr;
    check(vmaf_init(&context, config), "start");
    context_.reset(context);
    check(vmaf_use_features_from_model(context_.get(), model_.get()), "use the model");
  }

  void add(const Comparison& frame) override {
    check_pair(frame, "vmaf");
    const Picture& d = *frame.distorted;
    const Picture& r = *frame.reference;
    TORCH_CHECK(!d.planes().empty() && !r.planes().empty(),
                "vmaf compares the planes of films as they are stored; pictures and RGB films have "
                "none");
    TORCH_CHECK(pixel_format(d) == pixel_format(r),
                "vmaf compares planes, but the films have different chroma formats");
    auto reference = copy_of(r);
    auto distorted = copy_of(d);
    check(vmaf_read_pictures(context_.get(), &reference, &distorted, frames_), "read a frame");
    ++frames_;
  }

  [[nodiscard]] std::vector<Scores> finish() override {
    check(vmaf_read_pictures(context_.get(), nullptr, nullptr, 0), "end");
    std::vector<Scores> scores;
    for (unsigned i = 0; i < frames_; ++i) {
      double value = 0;
      check(vmaf_score_at_index(context_.get(), model_.get(), &value, i), "score a frame");
      scores.push_back({{value}, {1.0 / (value + 1.0), 1.0}});
    }
    return scores;
  }

 private:
  ModelPtr model_;  // Outlives the context.
  ContextPtr context_;
  unsigned frames_ = 0;
};

class Vmaf final : public Metric {
 public:
  Vmaf(const std::string& name, std::string version) : version_(std::move(version)) {
    (void)load_model(version_);
    info_.name = name;
    info_.protocol = name + ": VMAF, model " + version_ + ", libvmaf " + vmaf_version() +
                     ", planes as stored; harmonic: 1 / mean(1 / (v + 1)) - 1";
    info_.columns = {{name, "", Better::kHigher, 4}};
    info_.needs_planes = true;
    info_.needs_order = true;
  }

  [[nodiscard]] const MetricInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Scores measure(const Comparison& comparison) const override {
    Meter meter(version_);
    meter.add(comparison);
    return meter.finish().front();
  }

  [[nodiscard]] std::vector<PooledScore> pooled(std::span<const double> sums) const override {
    return {{{info_.name + "_harmonic", "", Better::kHigher, 4}, sums[1] / sums[0] - 1.0}};
  }

  [[nodiscard]] std::unique_ptr<SequenceMeter> sequence_meter() const override {
    return std::make_unique<Meter>(version_);
  }

 private:
  std::string version_;
  MetricInfo info_;
};

MetricPtr make_vmaf_of(const Config& config, const std::string& name, std::string version) {
  config.read("version", version);
  refuse_border(config, read_common_options(config, Better::kHigher));
  return std::make_unique<const Vmaf>(name, version);
}

MetricPtr make_vmaf(const Config& config) { return make_vmaf_of(config, "vmaf", "vmaf_v0.6.1"); }

MetricPtr make_vmaf_neg(const Config& config) {
  return make_vmaf_of(config, "vmaf_neg", "vmaf_v0.6.1neg");
}

}  // namespace

MetricFamily vmaf_metrics() {
  return {metric_entry("vmaf", "VMAF by libvmaf", "{type: vmaf, version: vmaf_v0.6.1}", &make_vmaf),
          metric_entry("vmaf_neg", "VMAF without enhancement gain", "{type: vmaf_neg}",
                       &make_vmaf_neg)};
}

}  // namespace vcisr::metrics
