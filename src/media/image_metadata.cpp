// SPDX-License-Identifier: Apache-2.0
#include "media/image_metadata.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "media/image_exif.h"
#include "vcisr/core/log.h"

namespace vcisr::media {
namespace {

constexpr std::size_t kIccHeaderBytes = 128;

}  // namespace

bool is_icc_profile(ByteSpan icc) {
  return icc.size() >= kIccHeaderBytes && has_text(icc, 36, "acsp") &&
         load_u32_be(icc, 0) >= kIccHeaderBytes && load_u32_be(icc, 0) <= icc.size();
}

bool icc_fits(ByteSpan icc, ColorModel model) {
  return is_icc_profile(icc) && has_text(icc, 16, model == ColorModel::kGray ? "GRAY" : "RGB ");
}

void warn_left_out(const std::string& name, const std::string& kind, const std::string& why) {
  log::warn(name + ": its " + kind + " is damaged (" + why + ") and was left out");
}

void take_icc(ImageMetadata& metadata, Bytes icc, const std::string& name) {
  if (!is_icc_profile(icc)) return warn_left_out(name, "ICC profile", "not a profile");
  metadata.icc = std::move(icc);
}

void take_exif(ImageMetadata& metadata, ByteSpan exif, const std::string& name) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (has_text(exif, 0, kPrefix)) exif = exif.subspan(kPrefix.size());
  if (!is_exif(exif)) return warn_left_out(name, "EXIF", "no directory");
  metadata.exif.assign(exif.begin(), exif.end());
}

void take_xmp(ImageMetadata& metadata, ByteSpan xmp, const std::string& name) {
  // Some writers close the packet with a zero byte.
  while (!xmp.empty() && xmp.back() == 0) xmp = xmp.first(xmp.size() - 1);
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  if (text.find('<') == std::string_view::npos || text.find('\0') != std::string_view::npos) {
    return warn_left_out(name, "XMP", "not a text");
  }
  metadata.xmp.assign(xmp.begin(), xmp.end());
}

void reset_xmp_orientation(Bytes& xmp) {
  constexpr std::string_view kProperty = "tiff:Orientation";
  auto at = xmp.begin();
  while (true) {
    at = std::search(at, xmp.end(), kProperty.begin(), kProperty.end());
    if (at == xmp.end()) return;
    const bool is_end_tag = at != xmp.begin() && *(at - 1) == '/';
    at += static_cast<std::ptrdiff_t>(kProperty.size());
    if (is_end_tag) continue;
    // ="6" as an attribute, >6< as an element.
    auto value = at;
    while (value != xmp.end() &&
           (*value == ' ' || *value == '=' || *value == '"' || *value == '\'' || *value == '>')) {
      ++value;
    }
    if (value != at && value != xmp.end() && *value >= '1' && *value <= '8') *value = '1';
  }
}

}  // namespace vcisr::media
