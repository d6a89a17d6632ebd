// SPDX-License-Identifier: Apache-2.0
#include "data/pair_list.h"

#include <filesystem>
#include <map>

#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

void check(const PairedFiles& files) {
  if (files.hq_roots.empty()) throw ConfigError("no folder of hq pictures (dataroot_gt) was given");
  if (files.lq_roots.size() != files.hq_roots.size()) {
    throw ConfigError("pairs need as many folders of lq as of hq pictures, not " +
                      std::to_string(files.lq_roots.size()) + " (dataroot_lq) for " +
                      std::to_string(files.hq_roots.size()) + " (dataroot_gt)");
  }
  if (!files.meta_info.empty() && files.meta_info.size() != files.hq_roots.size()) {
    throw ConfigError("there are " + std::to_string(files.meta_info.size()) +
                      " lists (meta_info) for " + std::to_string(files.hq_roots.size()) +
                      " folders (dataroot_gt), but must be one for each");
  }
  const std::size_t place = files.filename_tmpl.find("{}");
  if (place == std::string::npos ||
      files.filename_tmpl.find("{}", place + 2) != std::string::npos) {
    throw ConfigError("filename_tmpl is '" + files.filename_tmpl +
                      "', but must hold {} once, for the hq picture's name");
  }
}

/// "a/0001" with "{}x4" to "a/0001x4".
std::string partner_key(const std::string& key, const std::string& filename_tmpl) {
  const std::size_t name_at = key.rfind('/') == std::string::npos ? 0 : key.rfind('/') + 1;
  const std::size_t place = filename_tmpl.find("{}");
  return key.substr(0, name_at) + filename_tmpl.substr(0, place) + key.substr(name_at) +
         filename_tmpl.substr(place + 2);
}

}  // namespace

PairList::PairList(const PairedFiles& files) {
  check(files);
  for (std::size_t root = 0; root < files.hq_roots.size(); ++root) {
    const std::string list = files.meta_info.empty() ? "" : files.meta_info[root];
    hq_.push_back(open_pictures(files.hq_roots[root], list, files.backend, files.sub_folders));
    lq_.push_back(open_pictures(files.lq_roots[root], "", files.backend, files.sub_folders));
    pair_up(files, root);
  }
}

void PairList::pair_up(const PairedFiles& files, std::size_t root) {
  const auto& lq = lq_[root]->pictures();
  std::map<std::string, std::size_t> lq_of;
  for (std::size_t i = 0; i < lq.size(); ++i) lq_of.emplace(lq[i].key, i);
  const auto& hq = hq_[root]->pictures();
  for (std::size_t i = 0; i < hq.size(); ++i) {
    const std::string key = partner_key(hq[i].key, files.filename_tmpl);
    const auto found = lq_of.find(key);
    if (found == lq_of.end()) {
      throw InputError(hq[i].name + ": has no partner '" + key + "' in " + files.lq_roots[root]);
    }
    pairs_.push_back({root, i, found->second});
    lq_of.erase(found);
  }
  if (!files.meta_info.empty() || lq_of.empty()) return;
  throw InputError(lq[lq_of.begin()->second].name + ": has no partner in " + files.hq_roots[root] +
                   " (a list, meta_info, would choose pairs)");
}

const StoredPicture& PairList::hq(std::size_t index) const {
  const Place& place = pairs_[index];
  return hq_[place.root]->pictures()[place.hq];
}

const StoredPicture& PairList::lq(std::size_t index) const {
  const Place& place = pairs_[index];
  return lq_[place.root]->pictures()[place.lq];
}

torch::Tensor PairList::read_hq(std::size_t index) const {
  const Place& place = pairs_[index];
  return hq_[place.root]->read(place.hq);
}

torch::Tensor PairList::read_lq(std::size_t index) const {
  const Place& place = pairs_[index];
  return lq_[place.root]->read(place.lq);
}

}  // namespace vcisr::data
