// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vcisr::media {

enum class ColorMatrix { kBt601, kBt709, kBt2020, kFcc, kSmpte240m };
enum class ColorRange { kLimited, kFull };
enum class ChromaLocation { kLeft, kCenter, kTopLeft, kTop, kBottomLeft, kBottom };

/// What YUV <-> RGB conversion needs: resolved from the stream's tags, or guessed where untagged.
struct ColorSpec {
  ColorMatrix matrix = ColorMatrix::kBt601;
  ColorRange range = ColorRange::kLimited;
  ChromaLocation chroma_location = ChromaLocation::kLeft;
  bool operator==(const ColorSpec&) const = default;
};

/// The stream's own tags as ITU-T H.273 code points (FFmpeg's AVCOL_* values); 2 = unspecified for
/// the first three, 0 = unspecified for the last two. Carried to the output untouched.
struct ColorTags {
  int primaries = 2;
  int transfer = 2;
  int matrix = 2;
  int range = 0;
  int chroma_location = 0;
  bool operator==(const ColorTags&) const = default;
};

/// Matrix: the tag; untagged, BT.709 from 1280 wide or above 576 lines on, else BT.601.
/// Range: the tag; untagged, limited. Chroma location: the tag; untagged, left.
struct ResolvedColor {
  ColorSpec spec;
  bool matrix_guessed = false;
};
/// Errors  InputError for a matrix that no linear conversion covers (ICtCp, BT.2020 constant
/// luminance).
[[nodiscard]] ResolvedColor resolve_color(const ColorTags& tags, std::int64_t width,
                                          std::int64_t height);

/// "BT.709 limited, chroma left".
[[nodiscard]] std::string describe(const ColorSpec& spec);

}  // namespace vcisr::media
