// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vcisr-degrade/arguments.h"
#include "vcisr/data/hq_source.h"
#include "vcisr/data/pair_sink.h"

namespace vcisr::tools {

/// Where everything goes, from -o and what there is to degrade.
class DegradeOutput {
 public:
  enum class Form { kFolder, kPicture, kFilm, kPattern };
  enum class Naming { kSource, kNumber };

  /// `files` are the pictures and films of whole-picture work and of replays; empty for patches.
  /// Errors  ConfigError: an output that does not fit them, or loses something.
  DegradeOutput(const DegradeArguments& arguments, std::vector<data::SourceFile> files,
                Naming naming);

  [[nodiscard]] Form form() const noexcept { return form_; }
  [[nodiscard]] Naming naming() const noexcept { return naming_; }
  /// The parts of pairs that are kept.
  [[nodiscard]] const std::vector<data::PairPart>& parts() const noexcept { return parts_; }
  [[nodiscard]] bool has_shards() const noexcept { return arguments_.shards; }

  /// Empty where the pair's part is no picture.
  [[nodiscard]] std::filesystem::path picture(data::PairPart part, const data::Pair& pair) const;
  /// Films stay films.
  [[nodiscard]] bool has_films() const;
  [[nodiscard]] std::filesystem::path film(data::PairPart part, const std::string& source) const;
  [[nodiscard]] std::filesystem::path recipe() const;
  /// In which side files and shards lie.
  [[nodiscard]] std::filesystem::path folder() const;

  /// Errors  ConfigError: two sources for one output, an output that is an input or lies in a
  ///         recursive one. OutputError: an output exists and may not be replaced.
  void check() const;
  /// Lines for --dry-run.
  void print() const;

 private:
  [[nodiscard]] std::filesystem::path by_source(data::PairPart part, const std::string& source,
                                                media::FileKind kind) const;
  void choose_form();
  void choose_extension();
  void check_collisions() const;
  void check_existing() const;
  [[nodiscard]] std::vector<std::filesystem::path> expected() const;

  const DegradeArguments& arguments_;
  std::vector<data::SourceFile> files_;
  Naming naming_;
  std::filesystem::path path_;
  Form form_ = Form::kFolder;
  std::string picture_extension_ = "png";
  std::string film_extension_;  ///< "" = films become pictures.
  std::vector<data::PairPart> parts_;
};

}  // namespace vcisr::tools
