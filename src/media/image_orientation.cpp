// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "media/image_codec.h"

namespace vcisr::media {
namespace {

/// Where the upright picture's pixel (x, y) lies in the file.
struct Turn {
  bool swaps_sides;
  bool flips_x;  ///< Of the file's column.
  bool flips_y;  ///< Of the file's row.
};

// EXIF 1..8: upright, mirrored, half turn, flipped, transposed, needs 90 degrees clockwise,
// transversed, needs 90 degrees counter-clockwise.
constexpr std::array<Turn, 8> kTurns = {{{false, false, false},
                                         {false, true, false},
                                         {false, true, true},
                                         {false, false, true},
                                         {true, false, false},
                                         {true, false, true},
                                         {true, true, true},
                                         {true, true, false}}};

template <std::size_t kBytes>
void turn_pixels(const Image& from, Image& to, const Turn& turn) {
  for (std::int64_t y = 0; y < to.height; ++y) {
    auto* out = to.samples.data() + static_cast<std::size_t>(y * to.width) * kBytes;
    for (std::int64_t x = 0; x < to.width; ++x, out += kBytes) {
      std::int64_t column = turn.swaps_sides ? y : x;
      std::int64_t row = turn.swaps_sides ? x : y;
      if (turn.flips_x) column = from.width - 1 - column;
      if (turn.flips_y) row = from.height - 1 - row;
      std::memcpy(
          out, from.samples.data() + static_cast<std::size_t>(row * from.width + column) * kBytes,
          kBytes);
    }
  }
}

}  // namespace

void apply_orientation(Image& image, int orientation) {
  if (orientation <= 1 || orientation > 8) return;
  const auto& turn = kTurns[static_cast<std::size_t>(orientation - 1)];
  Image upright;
  allocate_image(upright, turn.swaps_sides ? image.height : image.width,
                 turn.swaps_sides ? image.width : image.height, image.channels, image.bit_depth);
  switch (image.channels * image.bit_depth / 8) {
    case 1:
      turn_pixels<1>(image, upright, turn);
      break;
    case 2:
      turn_pixels<2>(image, upright, turn);
      break;
    case 3:
      turn_pixels<3>(image, upright, turn);
      break;
    case 4:
      turn_pixels<4>(image, upright, turn);
      break;
    case 6:
      turn_pixels<6>(image, upright, turn);
      break;
    default:
      turn_pixels<8>(image, upright, turn);
      break;
  }
  upright.metadata = std::move(image.metadata);
  image = std::move(upright);
}

}  // namespace vcisr::media
