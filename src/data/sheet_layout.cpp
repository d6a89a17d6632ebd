// SPDX-License-Identifier: Apache-2.0
// The one place that draws text, with OpenCV's strokes.
#include "data/sheet_layout.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace vcisr::data {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kTextScale = 0.42;
constexpr double kHeadingScale = 0.5;
constexpr int kLine = 17;          // Pixels from one line of text to the next.
constexpr int kGap = 16;           // Between tiles.
constexpr int kLeastColumn = 300;  // A narrower tile would leave no room for its text.
const cv::Scalar kPaper(250, 250, 248);
const cv::Scalar kInk(48, 44, 40);
const cv::Scalar kStrongInk(16, 16, 16);

int text_width(const std::string& text, double scale) {
  int baseline = 0;
  return cv::getTextSize(text, kFont, scale, 1, &baseline).width;
}

/// Where a line may be broken: after "; ", or, for a part wider than the column, at blanks.
std::vector<std::string> wrapped(const std::string& text, int width, double scale) {
  std::vector<std::string> lines(1);
  const auto append = [&lines, width, scale](const std::string& piece, const std::string& joint) {
    const std::string longer = lines.back().empty() ? piece : lines.back() + joint + piece;
    if (lines.back().empty() || text_width(longer, scale) <= width) {
      lines.back() = longer;
    } else {
      lines.push_back(piece);
    }
  };
  const auto each = [](const std::string& whole, const std::string& separator, const auto& take) {
    std::size_t begin = 0;
    for (;;) {
      const auto end = whole.find(separator, begin);
      take(whole.substr(begin, end == std::string::npos ? end : end - begin));
      if (end == std::string::npos) return;
      begin = end + separator.size();
    }
  };
  each(text, "; ", [&](const std::string& part) {
    if (text_width(part, scale) <= width) {
      append(part, "; ");
    } else {
      each(part, " ", [&](const std::string& piece) { append(piece, " "); });
    }
  });
  return lines;
}

void put(cv::Mat& canvas, const std::string& text, int x, int y, double scale,
         const cv::Scalar& ink) {
  cv::putText(canvas, text, {x, y}, kFont, scale, ink, 1, cv::LINE_AA);
}

cv::Mat to_mat(const torch::Tensor& picture) {
  const torch::Tensor samples = picture.permute({1, 2, 0}).contiguous();
  cv::Mat mat(static_cast<int>(samples.size(0)), static_cast<int>(samples.size(1)), CV_8UC3);
  std::memcpy(mat.data, samples.const_data_ptr<std::uint8_t>(),
              static_cast<std::size_t>(samples.numel()));
  return mat;
}

torch::Tensor to_tensor(const cv::Mat& mat) {
  const auto samples = torch::from_blob(mat.data, {mat.rows, mat.cols, 3}, torch::kUInt8);
  return samples.permute({2, 0, 1}).contiguous();
}

int columns_for(std::size_t tiles) {
  return static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles))));
}

}  // namespace

torch::Tensor draw_sheet(const std::string& title, const std::vector<SheetTile>& tiles) {
  const int tile_height = static_cast<int>(tiles.front().picture.size(1));
  const int tile_width = static_cast<int>(tiles.front().picture.size(2));
  const int column = std::max(tile_width, kLeastColumn);
  const int columns = columns_for(tiles.size());
  const int width = columns * (column + kGap) + kGap;

  const auto title_lines = wrapped(title, width - 2 * kGap, kHeadingScale);
  const int title_height = 2 * kGap - 1 + static_cast<int>(title_lines.size()) * kLine;

  std::vector<std::vector<std::string>> texts;
  std::vector<int> row_heights;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    texts.push_back(wrapped(tiles[i].text, column, kTextScale));
    const auto row = i / static_cast<std::size_t>(columns);
    row_heights.resize(row + 1, 0);
    const int lines = 1 + static_cast<int>(texts.back().size());  // With the heading.
    row_heights[row] = std::max(row_heights[row], tile_height + lines * kLine + 2 * kGap);
  }
  int height = title_height;
  for (const int row : row_heights) height += row;

  cv::Mat canvas(height, width, CV_8UC3, kPaper);
  for (int i = 0; const auto& line : title_lines) {
    put(canvas, line, kGap, kGap + ++i * kLine, kHeadingScale, kStrongInk);
  }
  int top = title_height;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int place = static_cast<int>(i) % columns;
    if (i > 0 && place == 0) top += row_heights[i / static_cast<std::size_t>(columns) - 1];
    const int left = kGap + place * (column + kGap);
    to_mat(tiles[i].picture).copyTo(canvas(cv::Rect(left, top, tile_width, tile_height)));
    int y = top + tile_height + kLine;
    put(canvas, tiles[i].heading, left, y, kHeadingScale, kStrongInk);
    for (const auto& line : texts[i]) put(canvas, line, left, y += kLine, kTextScale, kInk);
  }
  return to_tensor(canvas);
}

}  // namespace vcisr::data
