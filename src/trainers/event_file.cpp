// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/event_file.h"

#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include <torch/types.h>
#include <unistd.h>

#include "media/image_codec.h"
#include "trainers/append_file.h"
#include "trainers/event_records.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/log.h"

namespace vcisr::trainers {
namespace {

namespace fs = std::filesystem;

/// Pictures are seen once or twice: small compression effort.
constexpr int kPngCompression = 3;

double wall_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

/// Unlike any name of before: the number tells files of one second and process apart.
fs::path file_name(double seconds) {
  static std::atomic<unsigned> count{0};
  return "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(seconds)) + "." +
         host_name() + "." + std::to_string(::getpid()) + "." + std::to_string(count++);
}

fs::path in_made_folder(const fs::path& folder, double seconds) {
  make_folder(folder);
  return folder / file_name(seconds);
}

media::Image to_image(const torch::Tensor& rgb) {
  TORCH_CHECK(rgb.dim() == 3 && rgb.size(0) == 3 && rgb.dtype() == torch::kUInt8,
              "a picture for TensorBoard must be uint8 [3, H, W], it is ", rgb.dtype(), " ",
              rgb.sizes());
  const auto samples = rgb.to(torch::kCPU).permute({1, 2, 0}).contiguous();  // [H, W, 3]
  media::Image image;
  image.width = rgb.size(2);
  image.height = rgb.size(1);
  const auto* const first = samples.data_ptr<std::uint8_t>();
  image.samples.assign(first, first + samples.numel());
  return image;
}

}  // namespace

class EventFile::Impl {
 public:
  explicit Impl(const fs::path& folder) : file_(in_made_folder(folder, wall_seconds())) {}

  void add(const std::string& event) { waiting_ += tfrecord(event); }
  void flush() {
    // Cleared first: after a full disk the same bytes are not written twice.
    const std::string bytes = std::exchange(waiting_, {});
    file_.append(bytes);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return file_.path(); }

 private:
  AppendFile file_;
  std::string waiting_;
};

EventFile::EventFile(const fs::path& folder, std::optional<std::int64_t> resume_step)
    : impl_(std::make_unique<Impl>(folder)) {
  impl_->add(version_event({wall_seconds(), 0}));
  // The session's own step is the first that is forgotten.
  if (resume_step) impl_->add(session_start_event({wall_seconds(), *resume_step + 1}));
  impl_->flush();
}

EventFile::~EventFile() {
  try {
    impl_->flush();
  } catch (const OutputError& error) {
    log::debug(error.what());
  }
}

void EventFile::add_scalar(const std::string& tag, double value, std::int64_t step) {
  add_scalars({{tag, value}}, step);
}

void EventFile::add_scalars(const std::vector<std::pair<std::string, double>>& values,
                            std::int64_t step) {
  impl_->add(scalars_event({wall_seconds(), step}, values));
}

void EventFile::add_image(const std::string& tag, const torch::Tensor& rgb, std::int64_t step) {
  const auto image = to_image(rgb);
  const auto file = media::encode_png(image, {}, kPngCompression, tag);
  impl_->add(image_event({wall_seconds(), step}, tag, image.width, image.height,
                         {reinterpret_cast<const char*>(file.data()), file.size()}));
}

void EventFile::add_text(const std::string& tag, const std::string& text, std::int64_t step) {
  impl_->add(text_event({wall_seconds(), step}, tag, text));
}

void EventFile::flush() { impl_->flush(); }

const fs::path& EventFile::path() const noexcept { return impl_->path(); }

}  // namespace vcisr::trainers
