// SPDX-License-Identifier: Apache-2.0
#include "vcisr/media/color_spec.h"

#include "media/av_ptr.h"
#include "vcisr/core/error.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vcisr::media {
namespace {

ColorMatrix guess_matrix(std::int64_t width, std::int64_t height) {
  return width >= 1280 || height > 576 ? ColorMatrix::kBt709 : ColorMatrix::kBt601;
}

ChromaLocation chroma_location(int tag) {
  switch (tag) {
    case AVCHROMA_LOC_CENTER:
      return ChromaLocation::kCenter;
    case AVCHROMA_LOC_TOPLEFT:
      return ChromaLocation::kTopLeft;
    case AVCHROMA_LOC_TOP:
      return ChromaLocation::kTop;
    case AVCHROMA_LOC_BOTTOMLEFT:
      return ChromaLocation::kBottomLeft;
    case AVCHROMA_LOC_BOTTOM:
      return ChromaLocation::kBottom;
    default:
      return ChromaLocation::kLeft;
  }
}

}  // namespace

ResolvedColor resolve_color(const ColorTags& tags, std::int64_t width, std::int64_t height) {
  ResolvedColor resolved;
  resolved.spec.range = tags.range == AVCOL_RANGE_JPEG ? ColorRange::kFull : ColorRange::kLimited;
  resolved.spec.chroma_location = chroma_location(tags.chroma_location);
  switch (tags.matrix) {
    case AVCOL_SPC_BT709:
      resolved.spec.matrix = ColorMatrix::kBt709;
      break;
    case AVCOL_SPC_FCC:
      resolved.spec.matrix = ColorMatrix::kFcc;
      break;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      resolved.spec.matrix = ColorMatrix::kBt601;
      break;
    case AVCOL_SPC_SMPTE240M:
      resolved.spec.matrix = ColorMatrix::kSmpte240m;
      break;
    case AVCOL_SPC_BT2020_NCL:
      resolved.spec.matrix = ColorMatrix::kBt2020;
      break;
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
      resolved.spec.matrix = guess_matrix(width, height);
      resolved.matrix_guessed = true;
      break;
    case AVCOL_SPC_RGB:
      // The samples are RGB: no matrix was applied, and this one is for whoever needs YUV next.
      resolved.spec.matrix = guess_matrix(width, height);
      break;
    default: {
      const char* known = av_color_space_name(static_cast<AVColorSpace>(tags.matrix));
      throw InputError("colour matrix " +
                       (known == nullptr ? std::to_string(tags.matrix) : std::string(known)) +
                       " is not supported; supported are BT.709, BT.601, FCC, SMPTE 240M and "
                       "BT.2020 non-constant luminance");
    }
  }
  return resolved;
}

std::string describe(const ColorSpec& spec) {
  static constexpr const char* kMatrices[] = {"BT.601", "BT.709", "BT.2020", "FCC", "SMPTE 240M"};
  static constexpr const char* kLocations[] = {"left", "center",      "top left",
                                               "top",  "bottom left", "bottom"};
  return std::string(kMatrices[static_cast<int>(spec.matrix)]) +
         (spec.range == ColorRange::kFull ? " full" : " limited") + ", chroma " +
         kLocations[static_cast<int>(spec.chroma_location)];
}

}  // namespace vcisr::media
