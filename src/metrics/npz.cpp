// SPDX-License-Identifier: Apache-2.0
#include "metrics/npz.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <string_view>

#include "tensorfile/checkpoint_writer.h"
#include "tensorfile/crc32.h"
#include "tensorfile/zip_reader.h"
#include "tensorfile/zip_writer.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

using tensorfile::load_le;
using tensorfile::printable;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostNumbers = std::size_t{1} << 20;
constexpr std::size_t kMostArrayBytes = kMostNumbers * sizeof(double) + 65536;
constexpr std::size_t kHeaderAlignment = 64;

[[noreturn]] void damaged(const std::string& array, const std::string& what) {
  throw CheckpointError("is damaged: its array '" + printable(array) + "' " + what);
}

/// What follows `'key':` in a header, up to the next comma outside brackets or the end.
std::string_view header_value(std::string_view header, std::string_view key,
                              const std::string& array) {
  std::string quoted = "'";
  quoted.append(key).append("':");
  const std::size_t found = header.find(quoted);
  if (found == std::string_view::npos) damaged(array, "has a header without " + std::string(key));
  std::string_view rest = header.substr(found + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t end = rest.starts_with('(') ? rest.find(')') : rest.find_first_of(",}");
  if (end == std::string_view::npos) damaged(array, "has a header that does not end");
  return rest.substr(0, end);
}

std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& array) {
  if (!text.starts_with('(')) damaged(array, "has no shape");
  std::vector<std::int64_t> shape;
  text.remove_prefix(1);
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == ',') {
      text.remove_prefix(1);
      continue;
    }
    std::int64_t side = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), side);
    if (error != std::errc() || side < 0) damaged(array, "has no shape");
    shape.push_back(side);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return shape;
}

/// Errors  CheckpointError for more than kMostNumbers.
std::size_t count_of(const std::vector<std::int64_t>& shape, const std::string& array) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) {
    if (side != 0 && count > kMostNumbers / static_cast<std::size_t>(side)) {
      damaged(array, "claims to be larger than any model's");
    }
    count *= static_cast<std::size_t>(side);
  }
  return count;
}

struct Header {
  std::vector<std::int64_t> shape;
  std::size_t element_bytes = 0;
  bool columns_first = false;
  std::size_t data_at = 0;
};

Header parse_header(const std::vector<std::uint8_t>& bytes, const std::string& array) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (bytes.size() < 12 || !text.starts_with(kMagic)) damaged(array, "does not begin as numpy's");
  const int length_bytes = bytes[6] == 1 ? 2 : 4;
  if (bytes[6] < 1 || bytes[6] > 3) damaged(array, "is of an unknown version of numpy's format");
  Header header;
  const std::uint64_t length = load_le(&bytes[8], length_bytes);
  header.data_at = 8 + static_cast<std::size_t>(length_bytes);
  if (length > bytes.size() - header.data_at) damaged(array, "ends inside its header");
  const std::string_view dict = text.substr(header.data_at, length);
  header.data_at += length;

  const std::string_view type = header_value(dict, "descr", array);
  if (type != "'<f8'" && type != "'<f4'") {
    throw CheckpointError("has numbers of type " + printable(type) + " in '" + printable(array) +
                          "', where '<f8' or '<f4' was expected");
  }
  header.element_bytes = type == "'<f8'" ? 8 : 4;
  header.columns_first = header_value(dict, "fortran_order", array) == "True";
  header.shape = parse_shape(header_value(dict, "shape", array), array);
  if (header.shape.size() > 2) damaged(array, "has more than two dimensions");
  if (bytes.size() - header.data_at != count_of(header.shape, array) * header.element_bytes) {
    damaged(array, "has more or less numbers than its shape says");
  }
  return header;
}

double element(const std::uint8_t* bytes, std::size_t count) {
  if (count == 8) return std::bit_cast<double>(load_le(bytes, 8));
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(load_le(bytes, 4))));
}

NpyArray parse_array(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  const Header header = parse_header(bytes, name);
  NpyArray array{header.shape, {}};
  const std::size_t count = count_of(header.shape, name);
  const bool transposed = header.columns_first && header.shape.size() == 2;
  const auto rows = transposed ? static_cast<std::size_t>(header.shape[0]) : 1;
  const auto columns = transposed ? static_cast<std::size_t>(header.shape[1]) : count;
  array.values.reserve(count);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t at = column * rows + row;
      array.values.push_back(
          element(bytes.data() + header.data_at + at * header.element_bytes, header.element_bytes));
    }
  }
  return array;
}

std::vector<std::uint8_t> npy_bytes(const NpyArray& array) {
  std::string shape;
  for (const std::int64_t side : array.shape) shape += std::to_string(side) + ", ";
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t bare = kMagic.size() + 4 + header.size() + 1;
  header.append((kHeaderAlignment - bare % kHeaderAlignment) % kHeaderAlignment, ' ');
  header += '\n';
  std::vector<std::uint8_t> bytes(kMagic.begin(), kMagic.end());
  bytes.insert(bytes.end(), {1, 0, static_cast<std::uint8_t>(header.size() & 255),
                             static_cast<std::uint8_t>(header.size() >> 8)});
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const double value : array.values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  return bytes;
}

}  // namespace

std::map<std::string, NpyArray> read_npz(const tensorfile::ByteSource& source) {
  std::map<std::string, NpyArray> arrays;
  for (const auto& record : tensorfile::read_zip_directory(source)) {
    constexpr std::string_view kSuffix = ".npy";
    if (!record.name.ends_with(kSuffix)) continue;
    const std::string name = record.name.substr(0, record.name.size() - kSuffix.size());
    if (record.bytes > kMostArrayBytes) damaged(name, "is larger than any model's");
    const auto bytes = source.read(record.offset, record.bytes);
    if (tensorfile::crc32(bytes) != record.crc32) damaged(name, "does not match its checksum");
    arrays.insert_or_assign(name, parse_array(bytes, name));
  }
  return arrays;
}

void write_npz(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, NpyArray>>& arrays,
               AtomicFile::Existing existing) {
  tensorfile::CheckpointOutput output(path, existing == AtomicFile::Existing::kReplace);
  tensorfile::ZipWriter zip(output);
  for (const auto& [name, array] : arrays) zip.add(name + ".npy", npy_bytes(array));
  zip.finish();
  output.commit();
}

}  // namespace vcisr::metrics
