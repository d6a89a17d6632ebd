// SPDX-License-Identifier: Apache-2.0
#include "media/image_opencv.h"

#include <limits>
#include <mutex>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "media/image_codec.h"
#include "vcisr/core/error.h"

namespace vcisr::media {
namespace {

/// OpenCV writes its log to stderr and has no hook to send it elsewhere; what matters of it comes
/// back as an exception, or is checked before OpenCV sees the file.
void silence_opencv() {
  static std::once_flag once;
  std::call_once(once,
                 [] { cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT); });
}

cv::Mat as_mat(const Image& image) {
  // The header only borrows the samples; nothing here writes through it.
  return cv::Mat(static_cast<int>(image.height), static_cast<int>(image.width),
                 CV_8UC(image.channels), const_cast<std::uint8_t*>(image.samples.data()));
}

}  // namespace

Image decode_with_opencv(ByteSpan bytes, std::int64_t width, std::int64_t height,
                         const std::string& name) {
  silence_opencv();
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw InputError(name + ": is larger than 2 GiB, which is read for PNG and TIFF only");
  }
  cv::Mat decoded;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1,
                         const_cast<std::uint8_t*>(bytes.data()));
    decoded = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    throw InputError(name + ": cannot be decoded: " + error.err);
  }
  if (decoded.empty() || decoded.depth() != CV_8U || decoded.cols != width ||
      decoded.rows != height || decoded.channels() == 2 || decoded.channels() > 4) {
    throw InputError(name + ": cannot be decoded: its data are damaged");
  }
  Image image;
  allocate_image(image, width, height, decoded.channels(), 8);
  cv::Mat samples = as_mat(image);
  switch (decoded.channels()) {
    case 1:
      decoded.copyTo(samples);
      break;
    case 3:
      cv::cvtColor(decoded, samples, cv::COLOR_BGR2RGB);
      break;
    default:
      cv::cvtColor(decoded, samples, cv::COLOR_BGRA2RGBA);
      break;
  }
  return image;
}

Bytes encode_with_opencv(const char* extension, const Image& image,
                         const std::vector<int>& parameters, const std::string& name) {
  silence_opencv();
  Bytes out;
  bool is_done = false;
  try {
    const cv::Mat samples = as_mat(image);
    cv::Mat bgr;
    switch (image.channels) {
      case 1:
        bgr = samples;
        break;
      case 2: {
        std::vector<cv::Mat> planes;
        cv::split(samples, planes);
        cv::merge(std::vector<cv::Mat>{planes[0], planes[0], planes[0], planes[1]}, bgr);
        break;
      }
      case 3:
        cv::cvtColor(samples, bgr, cv::COLOR_RGB2BGR);
        break;
      default:
        cv::cvtColor(samples, bgr, cv::COLOR_RGBA2BGRA);
        break;
    }
    is_done = cv::imencode(extension, bgr, out, parameters);
  } catch (const cv::Exception& error) {
    throw OutputError(name + ": cannot be encoded: " + error.err);
  }
  if (!is_done || out.empty()) {
    throw OutputError(name + ": cannot be encoded: OpenCV has no encoder for " + extension);
  }
  return out;
}

}  // namespace vcisr::media
