// SPDX-License-Identifier: Apache-2.0
#include "trainers/event_records.h"

#include <bit>

#include "trainers/crc32c.h"

namespace vcisr::trainers {
namespace {

// Wire types of protocol buffers.
constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kBytes = 2;
constexpr int kFixed32 = 5;

// Fields of event.proto, summary.proto, tensor.proto.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr int kStatus = 1, kStart = 1;
}
namespace summary {
constexpr int kValue = 1;
}
namespace value {
constexpr int kTag = 1, kSimpleValue = 2, kImage = 4, kTensor = 8, kMetadata = 9;
}
namespace image {
constexpr int kHeight = 1, kWidth = 2, kColorspace = 3, kFile = 4, kRgb = 3;
}
namespace metadata {
constexpr int kPlugin = 1, kPluginName = 1;
}
namespace tensor {
constexpr int kType = 1, kShape = 2, kStrings = 8, kStringType = 7;
constexpr int kDimension = 2, kSize = 1;
}  // namespace tensor

void append_little_endian(std::string& out, std::uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((bits >> (8 * i)) & 0xFF));
}

/// One message, field by field.
class Message {
 public:
  Message& integer(int field, std::int64_t number) {
    key(field, kVarint);
    varint(static_cast<std::uint64_t>(number));
    return *this;
  }
  Message& number64(int field, double number) {
    key(field, kFixed64);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(number), 8);
    return *this;
  }
  Message& number32(int field, float number) {
    key(field, kFixed32);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(number), 4);
    return *this;
  }
  Message& bytes(int field, std::string_view text) {
    key(field, kBytes);
    varint(text.size());
    bytes_.append(text);
    return *this;
  }
  Message& message(int field, const Message& inner) { return bytes(field, inner.bytes_); }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  void key(int field, int wire_type) { varint(static_cast<std::uint64_t>(field << 3 | wire_type)); }
  void varint(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_.push_back(static_cast<char>(number | 0x80));
    bytes_.push_back(static_cast<char>(number));
  }

  std::string bytes_;
};

Message begin_event(const EventTime& time) {
  Message message;
  message.number64(event::kWallTime, time.wall_seconds).integer(event::kStep, time.step);
  return message;
}

std::string summary_event(const EventTime& time, const std::vector<Message>& values) {
  Message all;
  for (const auto& one : values) all.message(summary::kValue, one);
  return std::move(begin_event(time).message(event::kSummary, all)).take();
}

}  // namespace

std::string tfrecord(std::string_view bytes) {
  std::string record;
  record.reserve(bytes.size() + 16);
  append_little_endian(record, bytes.size(), 8);
  append_little_endian(record, masked_crc32c(record), 4);
  record.append(bytes);
  append_little_endian(record, masked_crc32c(bytes), 4);
  return record;
}

std::string version_event(const EventTime& time) {
  return std::move(begin_event(time).bytes(event::kFileVersion, "brain.Event:2")).take();
}

std::string session_start_event(const EventTime& time) {
  Message session;
  session.integer(session_log::kStatus, session_log::kStart);
  return std::move(begin_event(time).message(event::kSessionLog, session)).take();
}

std::string scalars_event(const EventTime& time,
                          const std::vector<std::pair<std::string, double>>& values) {
  std::vector<Message> messages;
  for (const auto& [tag, number] : values) {
    Message one;
    one.bytes(value::kTag, tag).number32(value::kSimpleValue, static_cast<float>(number));
    messages.push_back(std::move(one));
  }
  return summary_event(time, messages);
}

std::string image_event(const EventTime& time, const std::string& tag, std::int64_t width,
                        std::int64_t height, std::string_view file) {
  Message picture;
  picture.integer(image::kHeight, height)
      .integer(image::kWidth, width)
      .integer(image::kColorspace, image::kRgb)
      .bytes(image::kFile, file);
  Message one;
  one.bytes(value::kTag, tag).message(value::kImage, picture);
  return summary_event(time, {one});
}

std::string text_event(const EventTime& time, const std::string& tag, std::string_view text) {
  Message plugin, description, dimension, shape, strings, one;
  plugin.bytes(metadata::kPluginName, "text");
  description.message(metadata::kPlugin, plugin);
  dimension.integer(tensor::kSize, 1);
  shape.message(tensor::kDimension, dimension);
  strings.integer(tensor::kType, tensor::kStringType)
      .message(tensor::kShape, shape)
      .bytes(tensor::kStrings, text);
  one.bytes(value::kTag, tag)
      .message(value::kTensor, strings)
      .message(value::kMetadata, description);
  return summary_event(time, {one});
}

}  // namespace vcisr::trainers
