// SPDX-License-Identifier: Apache-2.0
#include "vcisr/data/validation_pictures.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "data/hq_picture.h"
#include "data/pair_list.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/data/sharpened_picture.h"
#include "vcisr/degradation/batch_run.h"
#include "vcisr/imaging/rgb_picture.h"

namespace vcisr::data {
namespace {

constexpr std::uint64_t kSeed = 0;  // Validation does not change with the training's seed.

std::string size_text(const torch::Tensor& picture) {
  return std::to_string(picture.size(2)) + "x" + std::to_string(picture.size(1));
}

}  // namespace

class ValidationPictures::Impl {
 public:
  explicit Impl(ValidationPicturesOptions options) : options_(std::move(options)) {
    const PairedFiles& files = options_.files;
    if (!files.hq_roots.empty() && !files.lq_roots.empty()) {
      pairs_.emplace(files);
      for (std::size_t i = 0; i < pairs_->size(); ++i) add_name(pairs_->lq(i).key);
      return;
    }
    if (files.lq_roots.empty()) check_pipeline();
    open_singles(files.lq_roots.empty() ? files.hq_roots : files.lq_roots);
    if (files.lq_roots.empty()) made_.resize(names_.size());
  }

  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] bool has_hq() const { return !options_.files.hq_roots.empty(); }

  [[nodiscard]] ValidationPicture at(std::size_t index) const {
    TORCH_CHECK(index < names_.size(), "ValidationPictures: there is no picture ", index);
    ValidationPicture picture;
    picture.name = names_[index];
    if (pairs_) {
      picture.lq = pairs_->read_lq(index);
      picture.hq = cut_to_lq(index, picture.lq, pairs_->read_hq(index));
    } else if (made_.empty()) {
      picture.lq = read_single(index);
    } else {
      const std::string& name = single(index).name;
      const torch::Tensor whole = read_single(index);
      picture.hq = cropped({whole, {}}, crop_to_multiple(whole, options_.scale, name), name).hq;
      picture.lq = made_from(index, picture.hq);
    }
    return picture;
  }

 private:
  struct Place {
    std::size_t store = 0;
    std::size_t index = 0;
  };

  void check_pipeline() const {
    if (options_.files.hq_roots.empty()) {
      throw ConfigError("the validation set '" + options_.name +
                        "' has neither a folder of lq (dataroot_lq) nor one of hq pictures "
                        "(dataroot_gt)");
    }
    if (options_.pipeline == nullptr) {
      throw ConfigError("the validation set '" + options_.name +
                        "' has no lq pictures (dataroot_lq), and there is no degradation to make "
                        "them");
    }
    const std::int64_t scale = options_.pipeline->options().scale;
    if (scale == options_.scale) return;
    throw ConfigError("the degradation reduces by " + std::to_string(scale) +
                      ", but the training's scale is " + std::to_string(options_.scale));
  }

  void open_singles(const std::vector<std::string>& roots) {
    const PairedFiles& files = options_.files;
    if (!files.meta_info.empty() && files.meta_info.size() != roots.size()) {
      throw ConfigError("there are " + std::to_string(files.meta_info.size()) +
                        " lists (meta_info) for " + std::to_string(roots.size()) +
                        " folders, but must be one for each");
    }
    for (std::size_t root = 0; root < roots.size(); ++root) {
      const std::string list = files.meta_info.empty() ? "" : files.meta_info[root];
      stores_.push_back(open_pictures(roots[root], list, files.backend, files.sub_folders));
      for (std::size_t i = 0; i < stores_.back()->pictures().size(); ++i) {
        singles_.push_back({root, i});
        add_name(stores_.back()->pictures()[i].key);
      }
    }
  }

  /// Names become those of files and folders.
  void add_name(std::string key) {
    std::replace(key.begin(), key.end(), '/', '_');
    std::string name = key;
    for (int number = 2; !met_.insert(name).second; ++number) {
      name = key + "_" + std::to_string(number);
    }
    names_.push_back(std::move(name));
  }

  [[nodiscard]] const StoredPicture& single(std::size_t index) const {
    const Place& place = singles_[index];
    return stores_[place.store]->pictures()[place.index];
  }
  [[nodiscard]] torch::Tensor read_single(std::size_t index) const {
    const Place& place = singles_[index];
    return stores_[place.store]->read(place.index);
  }

  [[nodiscard]] torch::Tensor cut_to_lq(std::size_t index, const torch::Tensor& lq,
                                        const torch::Tensor& hq) const {
    const std::int64_t height = options_.scale * lq.size(1);
    const std::int64_t width = options_.scale * lq.size(2);
    const std::string sizes = pairs_->hq(index).name + " has " + size_text(hq);
    const std::string needed = std::to_string(options_.scale) + " times the " + size_text(lq) +
                               " of " + pairs_->lq(index).name;
    if (hq.size(1) < height || hq.size(2) < width) {
      throw InputError(sizes + ", less than " + needed);
    }
    if (hq.size(1) >= height + options_.scale || hq.size(2) >= width + options_.scale) {
      const std::scoped_lock lock(mutex_);
      if (warned_.insert(index).second) log::warn(sizes + ", and is cut to " + needed);
    }
    return hq.narrow(1, 0, height).narrow(2, 0, width).contiguous();
  }

  [[nodiscard]] torch::Tensor made_from(std::size_t index, const torch::Tensor& hq) const {
    {
      const std::scoped_lock lock(mutex_);
      if (made_[index].defined()) return made_[index];
    }
    const bool is_sharpened =
        options_.pipeline->options().source == degradation::DegradedSource::kSharpened;
    const Rng rng = Rng(kSeed).fork("validation").fork(index);
    const auto recipe = options_.pipeline->draw({{hq.size(1), hq.size(2)}}, rng);
    const torch::Tensor source = is_sharpened ? sharpened_picture(hq) : hq;
    torch::Tensor lq = degradation::degrade_batch({imaging::to_float(source)}, recipe).front();
    const std::scoped_lock lock(mutex_);
    made_[index] = lq;
    return lq;
  }

  ValidationPicturesOptions options_;
  std::optional<PairList> pairs_;                      // Of lq and hq; or …
  std::vector<std::unique_ptr<PictureStore>> stores_;  // … of one of them.
  std::vector<Place> singles_;
  std::vector<std::string> names_;
  std::set<std::string> met_;  // Names.
  mutable std::mutex mutex_;   // Of the rest.
  mutable std::vector<torch::Tensor> made_;
  mutable std::set<std::size_t> warned_;
};

ValidationPictures::ValidationPictures(ValidationPicturesOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ValidationPictures::~ValidationPictures() = default;

const std::string& ValidationPictures::name() const noexcept { return impl_->name(); }
std::size_t ValidationPictures::size() const noexcept { return impl_->size(); }
bool ValidationPictures::has_hq() const noexcept { return impl_->has_hq(); }
ValidationPicture ValidationPictures::at(std::size_t index) const { return impl_->at(index); }

}  // namespace vcisr::data
