// SPDX-License-Identifier: Apache-2.0
// Sections of datasets in the words of BasicSR, Real-ESRGAN, VCISR and traiNNer-redux.
#include "vcisr/data/training_data.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"
#include "vcisr/data/pair_shards.h"
#include "vcisr/data/paired_pictures.h"
#include "vcisr/data/patch_stream.h"

namespace vcisr::data {
namespace {

enum class DatasetKind { kPairs, kDegraded, kShards, kSingle };
using KindNames = std::vector<std::pair<std::string, DatasetKind>>;

const KindNames& train_kinds() {
  static const KindNames kinds = {{"PairedImageDataset", DatasetKind::kPairs},
                                  {"RealESRGANDataset", DatasetKind::kDegraded},
                                  {"VCISRDataset", DatasetKind::kDegraded},
                                  {"PairShardDataset", DatasetKind::kShards},
                                  {"paireddataset", DatasetKind::kPairs}};
  return kinds;
}

const KindNames& validation_kinds() {
  static const KindNames kinds = {
      {"PairedImageDataset", DatasetKind::kPairs},   {"SingleImageDataset", DatasetKind::kSingle},
      {"RealESRGANDataset", DatasetKind::kDegraded}, {"VCISRDataset", DatasetKind::kDegraded},
      {"paireddataset", DatasetKind::kPairs},        {"singledataset", DatasetKind::kSingle}};
  return kinds;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

DatasetKind read_kind(const Config& dataset, const KindNames& kinds) {
  const auto type = dataset.get<std::string>("type");
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds) {
    if (lower(name) == lower(type)) return kind;
    names.push_back(name);
  }
  throw ConfigError(dataset.where("type") + ": unknown dataset '" + type + "'" +
                    did_you_mean(type, names) + "; known: " + join(names));
}

/// A text, or a list of them; empty where it is not given.
std::vector<std::string> read_texts(const Config& dataset, const std::string& key) {
  std::vector<std::string> texts;
  if (dataset.kind(key) == Config::Kind::kList) {
    dataset.read(key, texts);
  } else if (dataset.has(key)) {
    texts.push_back(dataset.get<std::string>(key));
  }
  return texts;
}

/// One key under two names.
std::string given_name(const Config& dataset, const std::string& name, const std::string& alias) {
  if (!dataset.has(alias)) return name;
  if (dataset.has(name)) {
    throw ConfigError(dataset.where(alias) + ": means the same as '" + name +
                      "', which is given too");
  }
  return alias;
}

/// Paths that must be there.
std::vector<std::string> read_paths(const Config& dataset, const std::string& key) {
  const std::vector<std::string> paths = read_texts(dataset, key);
  for (const std::string& path : paths) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) continue;
    throw InputError(dataset.where(key) + ": there is no file or folder '" + path + "'");
  }
  return paths;
}

std::vector<std::string> required_paths(const Config& dataset, const std::string& key) {
  std::vector<std::string> paths = read_paths(dataset, key);
  if (paths.empty()) throw ConfigError(dataset.where(key) + ": is missing: a folder is needed");
  return paths;
}

PictureBackend read_backend(const Config& dataset) {
  PictureBackend backend = PictureBackend::kDisk;
  if (const auto section = dataset.find_section("io_backend")) {
    section->read_enum("type", backend,
                       {{"disk", PictureBackend::kDisk}, {"lmdb", PictureBackend::kLmdb}});
    section->accept_foreign({"db_paths", "client_keys"});
  }
  return backend;
}

media::SubFolders read_sub_folders(const Config& dataset) {
  bool are_read = true;
  dataset.read(given_name(dataset, "sub_folders", "recursive"), are_read);
  return are_read ? media::SubFolders::kRead : media::SubFolders::kLeaveOut;
}

PairedFiles read_files(const Config& dataset) {
  PairedFiles files;
  files.hq_roots = read_paths(dataset, "dataroot_gt");
  files.lq_roots = read_paths(dataset, "dataroot_lq");
  files.meta_info = read_paths(dataset, given_name(dataset, "meta_info", "meta_info_file"));
  dataset.read("filename_tmpl", files.filename_tmpl);
  files.backend = read_backend(dataset);
  files.sub_folders = read_sub_folders(dataset);
  return files;
}

/// In hq pixels. traiNNer's and neosr's names count lq pixels.
std::optional<std::int64_t> read_patch_size(const Config& dataset,
                                            const TrainingDataContext& context) {
  constexpr Range<std::int64_t> kSides{1, 1 << 14};
  std::optional<std::int64_t> size = context.patch_size;
  std::string given;
  for (const std::string key : {"gt_size", "lq_size", "patch_size"}) {
    if (!dataset.has(key)) continue;
    const std::int64_t side =
        dataset.get<std::int64_t>(key, kSides) * (key == "gt_size" ? 1 : context.scale);
    if (!given.empty() && side != *size) {
      throw ConfigError(dataset.where(key) + ": makes hq patches of " + std::to_string(side) +
                        ", but '" + given + "' of " + std::to_string(*size));
    }
    size = side;
    given = key;
  }
  if (!size || *size % context.scale == 0) return size;
  throw ConfigError((given.empty() ? dataset.where() : dataset.where(given)) + ": hq patches of " +
                    std::to_string(*size) + " are no multiple of the scale, " +
                    std::to_string(context.scale));
}

/// 0 is one for each core; more than those help nobody.
int read_threads(const Config& dataset) {
  int threads = 0;
  dataset.read("num_worker_per_gpu", threads, {0, 1024});
  return std::min(threads, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

void read_common(const Config& dataset, const TrainingDataContext& context,
                 TrainingPairsOptions& options) {
  dataset.read(given_name(dataset, "batch_size_per_gpu", "batch_size"), options.batch_size,
               {1, 1 << 20});
  dataset.read("use_hflip", options.augment.use_hflip);
  dataset.read("use_rot", options.augment.use_rot);
  options.threads = read_threads(dataset);
  options.seed = context.seed;
  options.rank = context.rank;
  options.world = context.world;
}

std::unique_ptr<TrainingPairs> make_pairs(const Config& dataset,
                                          const TrainingDataContext& context) {
  PairedPicturesOptions options;
  read_common(dataset, context, options);
  options.files = read_files(dataset);
  for (const std::string key : {"dataroot_gt", "dataroot_lq"}) {
    static_cast<void>(required_paths(dataset, key));
  }
  options.scale = context.scale;
  const auto patch_size = read_patch_size(dataset, context);
  if (!patch_size) throw ConfigError(dataset.where("gt_size") + ": is missing: pixels of a patch");
  options.patch_size = *patch_size;
  dataset.read("dataset_enlarge_ratio", options.dataset_enlarge_ratio, {1, 1e6});
  dataset.read("use_shuffle", options.shuffle_pictures);
  if (context.needs_sharpened) options.sharpening.emplace();
  return std::make_unique<PairedPictures>(options);
}

std::unique_ptr<TrainingPairs> make_shards(const Config& dataset,
                                           const TrainingDataContext& context) {
  PairShardsOptions options;
  read_common(dataset, context, options);
  options.sources = required_paths(dataset, given_name(dataset, "dataroot", "dataroot_gt"));
  options.scale = context.scale;
  TrainingDataContext own = context;
  own.patch_size.reset();  // What is meant for pictures does not cut stored patches.
  options.patch_size = read_patch_size(dataset, own);
  dataset.read("use_shuffle", options.shuffle);
  if (context.needs_sharpened) options.sharpening.emplace();
  return std::make_unique<PairShards>(options);
}

/// Pictures and films, or one list of them below one folder.
void read_sources(const Config& dataset, PatchStreamOptions& options) {
  const std::vector<std::string> roots = required_paths(dataset, "dataroot_gt");
  const std::string list_key = given_name(dataset, "meta_info", "meta_info_file");
  const std::vector<std::string> lists = read_paths(dataset, list_key);
  if (lists.empty()) {
    options.sources = roots;
    return;
  }
  if (roots.size() > 1) {
    throw ConfigError(dataset.where(list_key) +
                      ": a list needs one folder that it belongs to, but dataroot_gt names " +
                      std::to_string(roots.size()));
  }
  for (const std::string& list : lists) {
    if (media::lower_extension(list) == "txt") continue;
    throw ConfigError(dataset.where(list_key) + ": lists are .txt files, which '" + list +
                      "' is not");
  }
  options.sources = lists;
  options.list_root = roots.front();
}

std::unique_ptr<TrainingPairs> make_degraded(const Config& dataset,
                                             const TrainingDataContext& context) {
  if (context.pipeline == nullptr) {
    throw ConfigError(dataset.where("type") + ": '" + dataset.get<std::string>("type") +
                      "' degrades what it reads, but the file has no degradation (a section "
                      "'degradation', or its keys at the top)");
  }
  const std::int64_t scale = context.pipeline->options().scale;
  if (scale != context.scale) {
    throw ConfigError(dataset.where() + ": the degradation reduces by " + std::to_string(scale) +
                      ", but the training's scale is " + std::to_string(context.scale));
  }
  if (read_backend(dataset) != PictureBackend::kDisk) {
    throw ConfigError(dataset.section("io_backend").where("type") +
                      ": pictures to degrade are read from files: 'disk' is needed");
  }
  // Epochs are as long as the sources; nothing else depends on them.
  dataset.accept_foreign({"dataset_enlarge_ratio"});
  PatchStreamOptions options;
  read_common(dataset, context, options);
  read_sources(dataset, options);
  options.sub_folders = read_sub_folders(dataset);
  options.patch_size = read_patch_size(dataset, context).value_or(options.patch_size);
  dataset.read("shuffle_buffer", options.shuffle_buffer, {0, 1 << 20});
  dataset.read("cells_per_clip", options.cells_per_clip, {1, 1 << 20});
  dataset.read_enum("small_pictures", options.small_pictures,
                    {{"mirror", SmallPictures::kMirror}, {"leave_out", SmallPictures::kLeaveOut}});
  dataset.read("use_shuffle", options.shuffle_pictures);
  if (!context.needs_sharpened) options.sharpening.reset();
  return std::make_unique<PatchStream>(options, context.pipeline);
}

}  // namespace

std::unique_ptr<TrainingPairs> make_training_pairs(const Config& dataset,
                                                   const TrainingDataContext& context) {
  std::string name;
  dataset.read("name", name);  // For people.
  dataset.accept_foreign(
      {"prefetch_mode", "queue_size", "pin_memory", "persistent_workers", "num_prefetch_queue"});
  switch (read_kind(dataset, train_kinds())) {
    case DatasetKind::kPairs:
      return make_pairs(dataset, context);
    case DatasetKind::kShards:
      return make_shards(dataset, context);
    case DatasetKind::kDegraded:
    case DatasetKind::kSingle:
      break;
  }
  return make_degraded(dataset, context);
}

std::unique_ptr<ValidationPictures> make_validation_pictures(const Config& dataset,
                                                             const TrainingDataContext& context) {
  ValidationPicturesOptions options;
  dataset.read("name", options.name);
  const DatasetKind kind = read_kind(dataset, validation_kinds());
  options.files = read_files(dataset);
  if (kind == DatasetKind::kSingle) {
    static_cast<void>(required_paths(dataset, "dataroot_lq"));
    options.files.hq_roots.clear();
  } else {
    static_cast<void>(required_paths(dataset, "dataroot_gt"));
  }
  options.scale = context.scale;
  options.pipeline = context.pipeline;
  return std::make_unique<ValidationPictures>(std::move(options));
}

}  // namespace vcisr::data
