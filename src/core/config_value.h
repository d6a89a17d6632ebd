// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/yaml_tree.h"

// From YAML scalars to C++ values and back.
namespace vcisr::yaml {

/// Parse the scalar; "" when fine, else what is wrong, to follow "where: ".
[[nodiscard]] std::string parse_value(const Node& node, bool& value);
[[nodiscard]] std::string parse_value(const Node& node, int& value);
[[nodiscard]] std::string parse_value(const Node& node, std::int64_t& value);
[[nodiscard]] std::string parse_value(const Node& node, float& value);
[[nodiscard]] std::string parse_value(const Node& node, double& value);
[[nodiscard]] std::string parse_value(const Node& node, std::string& value);

/// The shortest text that reads back as the value.
[[nodiscard]] std::string to_text(bool value);
[[nodiscard]] std::string to_text(int value);
[[nodiscard]] std::string to_text(std::int64_t value);
[[nodiscard]] std::string to_text(float value);
[[nodiscard]] std::string to_text(double value);
inline std::string to_text(const std::string& value) { return value; }

/// "an integer", for "… was expected".
inline const char* type_name(bool) { return "true or false"; }
inline const char* type_name(int) { return "an integer"; }
inline const char* type_name(std::int64_t) { return "an integer"; }
inline const char* type_name(float) { return "a number"; }
inline const char* type_name(double) { return "a number"; }
inline const char* type_name(const std::string&) { return "text"; }

/// What stands there instead: "a list", "a section", "'text'", "nothing (~)".
[[nodiscard]] std::string describe(const Node& node);

/// True if the text, written without quotes, would not come back as the same text.
[[nodiscard]] bool needs_quotes(const std::string& text);

}  // namespace vcisr::yaml
