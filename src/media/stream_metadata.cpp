// SPDX-License-Identifier: Apache-2.0
#include "media/stream_metadata.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "media/av_compat.h"

namespace vcisr::media {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "BPS-eng" counts as "BPS".
bool is_one_of(std::string_view key, std::span<const std::string_view> names) {
  const std::string name = lower(key.substr(0, key.find('-')));
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_left_out(std::string_view key, TagUse use) {
  static constexpr std::array<std::string_view, 3> kOfTheFile = {"encoder", "duration", "rotate"};
  // In lower case these are an mp4's header; elsewhere they are tags that somebody wrote.
  static constexpr std::array<std::string_view, 3> kBrands = {"major_brand", "minor_version",
                                                              "compatible_brands"};
  if (std::find(kBrands.begin(), kBrands.end(), key) != kBrands.end()) return true;
  static constexpr std::array<std::string_view, 5> kOfTheCoding = {
      "bps", "number_of_frames", "number_of_bytes", "alpha_mode", "source_id"};
  if (is_one_of(key, kOfTheFile)) return true;
  if (use != TagUse::kChanged) return false;
  return is_one_of(key, kOfTheCoding) || lower(key).starts_with("_statistics");
}

}  // namespace

void copy_tags(const AVDictionary* from, AVDictionary** to, TagUse use) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    if (!is_left_out(entry->key, use)) av_dict_set(to, entry->key, entry->value, 0);
  }
}

void copy_stream_side_data([[maybe_unused]] const AVStream& from, [[maybe_unused]] AVStream& to) {
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
  // Later versions keep it in codecpar, which is copied whole.
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVPacketSideData& data = from.side_data[i];
    add_stream_side_data(to, data.type, {data.data, data.size});
  }
#endif
}

unsigned keep_codec_tag(const AVOutputFormat& muxer, const AVCodecParameters& parameters) {
  if (muxer.codec_tag == nullptr) return parameters.codec_tag;
  const bool is_known =
      av_codec_get_id(muxer.codec_tag, parameters.codec_tag) == parameters.codec_id;
  return is_known ? parameters.codec_tag : 0;
}

}  // namespace vcisr::media
