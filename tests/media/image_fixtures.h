// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "media/image_bytes.h"
#include "support/subprocess.h"
#include "vcisr/core/error.h"
#include "vcisr/media/image.h"

namespace vcisr::tests {

using media::Bytes;
using media::ByteSpan;
using media::Image;

inline void save(const std::filesystem::path& path, ByteSpan bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline Bytes load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline Bytes to_bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

/// Smooth ramps with a few edges: every sample differs between neighbours, and JPEG and WebP stay
/// close to it.
inline Image make_image(std::int64_t width, std::int64_t height, int channels, int bit_depth) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bit_depth = bit_depth;
  const double max = bit_depth == 16 ? 65535 : 255;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double fx = (static_cast<double>(x) + 0.5) / static_cast<double>(width);
        const double fy = (static_cast<double>(y) + 0.25) / static_cast<double>(height);
        const double value = c == 0 ? fx : c == 1 ? fy : c == 2 ? (fx + fy) / 2 : 1 - fx * fy;
        const auto sample = static_cast<std::uint16_t>(value * max);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&sample);
        if (bit_depth == 16) {
          image.samples.insert(image.samples.end(), bytes, bytes + 2);
        } else {
          image.samples.push_back(static_cast<std::uint8_t>(sample));
        }
      }
    }
  }
  return image;
}

inline std::uint32_t sample_at(const Image& image, std::size_t index) {
  if (image.bit_depth == 8) return image.samples.at(index);
  std::uint16_t value = 0;
  std::memcpy(&value, image.samples.data() + 2 * index, 2);
  return value;
}

inline void expect_same_picture(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.bit_depth, b.bit_depth);
  EXPECT_TRUE(a.samples == b.samples);
}

/// Largest difference of samples of two 8-bit pictures of one size.
inline int max_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.samples.size(), b.samples.size());
  int largest = 0;
  for (std::size_t i = 0; i < std::min(a.samples.size(), b.samples.size()); ++i) {
    largest = std::max(largest, std::abs(int{a.samples[i]} - int{b.samples[i]}));
  }
  return largest;
}

/// The message of an error of that type; a failure if none is thrown.
template <class E>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no error";
  return "";
}

inline std::string read_error(const std::filesystem::path& path) {
  return message_of<InputError>([&path] { (void)media::read_image(path); });
}

/// What ffmpeg decodes from a file, as raw samples; fails if it has anything to complain about.
inline std::string decode_with_ffmpeg(const std::filesystem::path& path,
                                      const std::string& pixel_format) {
  const auto result = run({"ffmpeg", "-v", "error", "-noautorotate", "-i", path.string(), "-f",
                           "rawvideo", "-pix_fmt", pixel_format, "-"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

/// The smallest thing that passes for an ICC profile, of a colour space such as "RGB ".
inline Bytes make_icc(std::string_view space, std::size_t size = 200) {
  Bytes icc;
  for (std::size_t i = 0; i < size; ++i) icc.push_back(static_cast<std::uint8_t>(i * 7 + i / 256));
  icc[0] = static_cast<std::uint8_t>(size >> 24);
  icc[1] = static_cast<std::uint8_t>(size >> 16);
  icc[2] = static_cast<std::uint8_t>(size >> 8);
  icc[3] = static_cast<std::uint8_t>(size);
  std::copy(space.begin(), space.end(), icc.begin() + 16);
  const std::string_view signature = "acsp";
  std::copy(signature.begin(), signature.end(), icc.begin() + 36);
  return icc;
}

inline Bytes make_xmp(int orientation) {
  return to_bytes(
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF><rdf:Description tiff:Orientation=\"" +
      std::to_string(orientation) + "\" dc:title=\"M\xC3\xBChle\"/></rdf:RDF></x:xmpmeta>");
}

/// An EXIF stream: Make, Orientation, an Exif directory (PixelXDimension as SHORT, PixelYDimension
/// as LONG, a lens name), a GPS directory, and a thumbnail's directory with an orientation of its
/// own.
inline Bytes make_exif(bool is_big, int orientation) {
  Bytes out = to_bytes(is_big ? std::string_view("MM\0*", 4) : std::string_view("II*\0", 4));
  const auto u16 = [&](std::uint32_t v) {
    is_big ? media::append_u16_be(out, v) : media::append_u16_le(out, v);
  };
  const auto u32 = [&](std::uint32_t v) {
    is_big ? media::append_u32_be(out, v) : media::append_u32_le(out, v);
  };
  const auto entry_short = [&](std::uint32_t tag, std::uint32_t value) {
    u16(tag), u16(3), u32(1), u16(value), u16(0);
  };
  const auto entry_long = [&](std::uint32_t tag, std::uint32_t type, std::uint32_t count,
                              std::uint32_t value) { u16(tag), u16(type), u32(count), u32(value); };
  u32(8);
  u16(4);                                                        // 8: first directory
  entry_long(0x010F, 2, 9, 62);                                  // Make
  entry_short(0x0112, static_cast<std::uint32_t>(orientation));  // Orientation
  entry_long(0x8769, 4, 1, 72);                                  // Exif
  entry_long(0x8825, 4, 1, 124);                                 // GPS
  u32(150);                                                      // thumbnail's directory
  media::append(out, std::string_view("Kamerawk\0\0", 10));      // 62
  u16(3);                                                        // 72: Exif directory
  entry_short(0xA002, 640);                                      // PixelXDimension
  entry_long(0xA003, 4, 1, 480);                                 // PixelYDimension
  entry_long(0xA434, 2, 10, 114);                                // LensModel
  u32(0);
  media::append(out, std::string_view("Lens 35mm\0", 10));  // 114
  u16(1);                                                   // 124: GPS directory
  entry_long(0x0002, 5, 1, 142);                            // latitude (one rational)
  u32(0);
  u32(52), u32(1);  // 142
  u16(1);           // 150: thumbnail
  entry_short(0x0112, 6);
  u32(0);
  return out;
}

/// Makes the checksums of a PNG's chunks fit its bytes again, by the definition of CRC-32.
inline void fix_png_checksums(Bytes& png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = media::load_u32_be(png, at);
    if (length > png.size() - at - 12) return;
    std::uint32_t crc = 0xFFFFFFFFu;
    for (std::size_t i = at + 4; i < at + 8 + length; ++i) {
      crc ^= png[i];
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    }
    crc = ~crc;
    for (std::size_t i = 0; i < 4; ++i) {
      png[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    }
    at += 12 + length;
  }
}

/// True if the lens's name of make_exif is in the bytes.
inline bool has_lens(ByteSpan bytes) {
  const std::string_view lens = "Lens 35mm";
  return std::search(bytes.begin(), bytes.end(), lens.begin(), lens.end()) != bytes.end();
}

}  // namespace vcisr::tests
