// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/recipe_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "degradation/recipe_json.h"
#include "vcisr/core/error.h"

namespace vcisr::degradation {
namespace {

constexpr int kVersion = 1;

/// True where the picture's group is what comes last, as usual: then the line says it in one key.
bool ends_with_its_group(const std::vector<Step>& steps) {
  std::size_t groups = 0;
  for (const Step& step : steps) groups += std::holds_alternative<GroupStep>(step) ? 1 : 0;
  return groups == 1 && std::holds_alternative<GroupStep>(steps.back());
}

Json crop_json(const Crop& crop) {
  Json json{{"top", crop.top}, {"left", crop.left}};
  if (crop.height == crop.width) {
    json["size"] = crop.height;
  } else {
    json["height"] = crop.height;
    json["width"] = crop.width;
  }
  return json;
}

Crop read_crop(const Json& object, const std::string& where) {
  JsonReader reader(object, where);
  Crop crop;
  crop.top = reader.integer("top");
  crop.left = reader.integer("left");
  if (reader.find("size") != nullptr) {
    crop.height = reader.integer("size");
    crop.width = crop.height;
  } else {
    crop.height = reader.integer("height");
    crop.width = reader.integer("width");
  }
  reader.expect_all_read();
  if (crop.top < 0 || crop.left < 0 || crop.height < 1 || crop.width < 1) {
    reader.fail("", "top and left must be 0 at least, sizes 1");
  }
  return crop;
}

Json augment_json(const Augment& augment) {
  Json words = Json::array();
  if (augment.hflip) words.push_back("hflip");
  if (augment.vflip) words.push_back("vflip");
  if (augment.transpose) words.push_back("transpose");
  return words;
}

Augment read_augment(JsonReader& reader, const Json& words) {
  Augment augment;
  const std::string known = "a list of hflip, vflip and transpose is needed, each once at most";
  if (!words.is_array()) reader.fail("augment", known);
  for (const Json& word : words) {
    bool* const part = word == "hflip"       ? &augment.hflip
                       : word == "vflip"     ? &augment.vflip
                       : word == "transpose" ? &augment.transpose
                                             : nullptr;
    if (part == nullptr || *part) reader.fail("augment", known);
    *part = true;
  }
  return augment;
}

/// Gathers the lines of a file.
class Lines {
 public:
  void add(const Json& json, const std::string& where) {
    if (is_first_) {
      read_header(json, where);
      is_first_ = false;
    } else if (json.is_object() && json.contains("unit")) {
      read_unit(json, where);
    } else {
      read_group(json, where);
    }
  }

  [[nodiscard]] Recipe finish(const std::string& name) {
    if (is_first_) throw InputError(name + ": empty, where a recipe was expected");
    for (const auto& [group, where] : named_) {
      if (!groups_.contains(group)) {
        throw InputError(where + ": group " + std::to_string(group) + " has no line of its own");
      }
    }
    return std::move(recipe_);
  }

 private:
  void read_header(const Json& json, const std::string& where) {
    JsonReader reader(json, where);
    if (!reader.has("vcisr_recipe")) {
      reader.fail("", "no recipe: the first line must be {\"vcisr_recipe\": 1, …}");
    }
    if (reader.integer("vcisr_recipe") != kVersion) {
      reader.fail("vcisr_recipe", "only version 1 is known");
    }
    RecipeHeader& header = recipe_.header;
    if (reader.find("config") != nullptr) header.config = reader.text("config");
    if (reader.find("seed") != nullptr) header.seed = reader.seed("seed");
    if (reader.find("scale") != nullptr) header.scale = reader.integer("scale", {1, 16});
    if (reader.find("degrades") != nullptr &&
        reader.word("degrades", {"hq", "hq_sharpened"}) == "hq_sharpened") {
      header.source = DegradedSource::kSharpened;
    }
    reader.expect_all_read();
  }

  static const Json& list_of(JsonReader& reader, const std::string& key) {
    const Json* const list = reader.find(key);
    if (list == nullptr || !list->is_array()) reader.fail(key, "a list is needed");
    return *list;
  }

  void read_unit(const Json& json, const std::string& where) {
    JsonReader reader(json, where);
    RecipeUnit unit;
    unit.unit = reader.integer("unit");
    if (!units_.insert(unit.unit).second) reader.fail("unit", "this number stands twice");
    unit.source = reader.text("source");
    if (reader.find("frame") != nullptr) unit.frame = reader.integer("frame");
    if (const Json* const crop = reader.find("crop"))
      unit.crop = read_crop(*crop, where + ": crop");
    if (const Json* const augment = reader.find("augment")) {
      unit.augment = read_augment(reader, *augment);
    }
    const Json& stages = list_of(reader, "stages");
    for (std::size_t i = 0; i < stages.size(); ++i) {
      unit.steps.push_back(read_step(stages[i], where + ": stages[" + std::to_string(i) + "]"));
    }
    if (reader.find("group") != nullptr)
      unit.steps.emplace_back(GroupStep{reader.integer("group")});
    reader.expect_all_read();
    for (const Step& step : unit.steps) {
      if (const auto* const group = std::get_if<GroupStep>(&step)) named_[group->group] = where;
    }
    recipe_.units.push_back(std::move(unit));
  }

  void read_group(const Json& json, const std::string& where) {
    JsonReader reader(json, where);
    if (!reader.has("group")) reader.fail("", "a line needs \"unit\" or \"group\"");
    GroupRecipe group;
    group.group = reader.integer("group");
    if (!groups_.insert(group.group).second) reader.fail("group", "this number stands twice");
    const Json& units = list_of(reader, "units");
    for (const Json& unit : units) {
      if (!unit.is_number_integer()) reader.fail("units", "a list of unit numbers is needed");
      group.units.push_back(unit.get<std::int64_t>());
    }
    if (group.units.empty()) reader.fail("units", "a group needs one at least");
    const Json& stages = list_of(reader, "stages");
    if (stages.size() != 1) reader.fail("stages", "a group has one stage, video_compression");
    group.step = read_video_step(stages[0], where + ": stages[0]");
    reader.expect_all_read();
    recipe_.groups.push_back(std::move(group));
  }

  Recipe recipe_;
  bool is_first_ = true;
  std::set<std::int64_t> units_, groups_;
  std::map<std::int64_t, std::string> named_;
};

}  // namespace

Recipe read_recipe(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path.string() + ": cannot be read: " + std::strerror(errno));
  Lines lines;
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = path.string() + ":" + std::to_string(number);
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) throw InputError(where + ": not a line of JSON");
    lines.add(json, where);
  }
  if (file.bad()) throw InputError(path.string() + ": cannot be read to its end");
  return lines.finish(path.string());
}

std::string recipe_line(const RecipeHeader& header) {
  Json json{{"vcisr_recipe", kVersion}, {"config", header.config}, {"seed", header.seed}};
  json["scale"] = header.scale;
  json["degrades"] = header.source == DegradedSource::kSharpened ? "hq_sharpened" : "hq";
  return json.dump();
}

std::string recipe_line(const RecipeUnit& unit) {
  Json json{{"unit", unit.unit}, {"source", unit.source}, {"frame", unit.frame}};
  if (unit.crop) json["crop"] = crop_json(*unit.crop);
  if (unit.augment != Augment{}) json["augment"] = augment_json(unit.augment);
  const bool is_plain = ends_with_its_group(unit.steps);
  if (is_plain) json["group"] = std::get<GroupStep>(unit.steps.back()).group;
  Json stages = Json::array();
  for (std::size_t i = 0; i < unit.steps.size() - (is_plain ? 1 : 0); ++i) {
    stages.push_back(to_json(unit.steps[i]));
  }
  json["stages"] = std::move(stages);
  return json.dump();
}

std::string recipe_line(const GroupRecipe& group) {
  Json json{{"group", group.group}, {"units", group.units}};
  json["stages"] = Json::array({to_json(group.step)});
  return json.dump();
}

class RecipeWriter::Impl {
 public:
  Impl(const std::filesystem::path& path, AtomicFile::Existing existing)
      : file_(path, existing), stream_(file_.temporary_path(), std::ios::binary) {}

  void write(const std::string& line) {
    stream_ << line << '\n';
    if (!stream_) fail();
  }
  void finish() {
    stream_.close();
    if (!stream_) fail();
    file_.commit();
  }

 private:
  [[noreturn]] void fail() const {
    throw OutputError(file_.final_path().string() + ": cannot be written: " + std::strerror(errno));
  }

  AtomicFile file_;
  std::ofstream stream_;
};

RecipeWriter::RecipeWriter(const std::filesystem::path& path, const RecipeHeader& header,
                           AtomicFile::Existing existing)
    : impl_(std::make_unique<Impl>(path, existing)) {
  impl_->write(recipe_line(header));
}
RecipeWriter::~RecipeWriter() = default;

void RecipeWriter::write(const RecipeUnit& unit) { impl_->write(recipe_line(unit)); }
void RecipeWriter::write(const GroupRecipe& group) { impl_->write(recipe_line(group)); }
void RecipeWriter::finish() { impl_->finish(); }

}  // namespace vcisr::degradation
