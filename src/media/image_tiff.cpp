// SPDX-License-Identifier: Apache-2.0
#include "media/image_tiff.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

namespace vcisr::media {
namespace {

/// libtiff's own buffers, e.g. for one compressed strip of a hostile file.
constexpr tmsize_t kMaxLibtiffBytes = tmsize_t{2} << 30;

TiffMemory& memory_of(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }

std::size_t size_of(const TiffMemory& memory) {
  return memory.output != nullptr ? memory.output->size() : memory.input.size();
}

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
  auto& memory = memory_of(handle);
  const auto wanted = static_cast<std::size_t>(std::max<tmsize_t>(size, 0));
  const std::size_t all = size_of(memory);
  if (memory.position >= all) return 0;
  const std::size_t part = std::min(wanted, all - memory.position);
  const auto* from = memory.output != nullptr ? memory.output->data() : memory.input.data();
  std::memcpy(to, from + memory.position, part);
  memory.position += part;
  return static_cast<tmsize_t>(part);
}

tmsize_t write_bytes(thandle_t handle, void* from, tmsize_t size) {
  auto& memory = memory_of(handle);
  if (memory.output == nullptr || size < 0) return -1;
  const auto part = static_cast<std::size_t>(size);
  try {
    if (memory.output->size() < memory.position + part) {
      memory.output->resize(memory.position + part);
    }
  } catch (const std::bad_alloc&) {
    return -1;  // libtiff is C: no exception may pass through it
  }
  std::memcpy(memory.output->data() + memory.position, from, part);
  memory.position += part;
  return size;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto& memory = memory_of(handle);
  if (whence == SEEK_CUR) offset += memory.position;
  if (whence == SEEK_END) offset += size_of(memory);
  memory.position = static_cast<std::size_t>(offset);
  return offset;
}

int close_nothing(thandle_t /*handle*/) { return 0; }

toff_t size_callback(thandle_t handle) { return size_of(memory_of(handle)); }

int on_error(TIFF* /*tiff*/, void* user, const char* /*module*/, const char* format,
             va_list arguments) {
  auto& memory = *static_cast<TiffMemory*>(user);
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  try {
    if (memory.error.empty()) memory.error = text.data();
  } catch (const std::bad_alloc&) {
    return 1;
  }
  return 1;  // handled: not printed
}

int on_warning(TIFF* /*tiff*/, void* /*user*/, const char* /*module*/, const char* /*format*/,
               va_list /*arguments*/) {
  return 1;  // private tags of cameras and editors, mostly
}

}  // namespace

TiffPtr open_tiff(TiffMemory& memory, const std::string& name, const char* mode) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMaxLibtiffBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &memory);
  TiffPtr tiff(TIFFClientOpenExt(name.c_str(), mode, &memory, read_bytes, write_bytes, seek,
                                 close_nothing, size_callback, nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

}  // namespace vcisr::media
