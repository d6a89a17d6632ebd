// SPDX-License-Identifier: Apache-2.0
#include "metrics/mat_file.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include <matio.h>

#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

/// Deeper than any model; keeps a hostile file from the end of the stack.
constexpr int kMostDepth = 32;
/// More than any model has; a few damaged bytes make millions of empty ones.
constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kMostNumbers = std::size_t{1} << 27;  // 1 GiB
/// Of deflate; a number takes a byte at least.
constexpr std::size_t kMostCompression = 1032;

struct CloseFile {
  void operator()(mat_t* file) const noexcept { Mat_Close(file); }
};
struct FreeVariable {
  void operator()(matvar_t* variable) const noexcept { Mat_VarFree(variable); }
};
using FilePtr = std::unique_ptr<mat_t, CloseFile>;
using VariablePtr = std::unique_ptr<matvar_t, FreeVariable>;

/// What matio said last; it would print it.
std::string& last_message() {
  thread_local std::string message;
  return message;
}

void keep_message(int /*level*/, char* message) { last_message() = message; }

std::string reason() { return last_message().empty() ? "" : " (" + last_message() + ")"; }

/// Counts what is kept of a file: sizes that a few damaged bytes make huge must not fill the
/// memory.
class Budget {
 public:
  explicit Budget(std::uintmax_t file_bytes)
      : numbers_left_(static_cast<std::size_t>(
            std::min<std::uintmax_t>(file_bytes, kMostNumbers / kMostCompression) *
            kMostCompression)) {}

  void take_values(std::size_t count) {
    if (count > values_left_) {
      throw CheckpointError("it holds more than " + std::to_string(kMostValues) + " values");
    }
    values_left_ -= count;
  }

  void take_numbers(std::size_t count) {
    if (count > numbers_left_) throw CheckpointError("it claims more numbers than it can hold");
    numbers_left_ -= count;
  }

 private:
  std::size_t values_left_ = kMostValues;
  std::size_t numbers_left_;
};

template <class T>
void copy_numbers(const matvar_t& variable, std::size_t count, std::vector<double>& out) {
  out.resize(count);
  const auto* const in = static_cast<const T*>(variable.data);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<double>(in[i]);
}

/// False for what is no array of real numbers, or has other bytes than its sizes say.
bool read_numbers(const matvar_t& variable, std::size_t count, std::vector<double>& out,
                  Budget& budget) {
  if (variable.isComplex != 0) return false;
  if (count == 0) return true;
  if (variable.data == nullptr || variable.data_size <= 0 ||
      variable.nbytes / static_cast<std::size_t>(variable.data_size) != count) {
    return false;
  }
  budget.take_numbers(count);
  const auto is_of = [&variable](std::size_t bytes) {
    return static_cast<std::size_t>(variable.data_size) == bytes;
  };
  const auto take = [&]<class T>(T) {
    if (!is_of(sizeof(T))) return false;
    copy_numbers<T>(variable, count, out);
    return true;
  };
  switch (variable.class_type) {
    case MAT_C_DOUBLE:
      return take(double{});
    case MAT_C_SINGLE:
      return take(float{});
    case MAT_C_INT8:
      return take(std::int8_t{});
    case MAT_C_UINT8:
      return take(std::uint8_t{});
    case MAT_C_INT16:
      return take(std::int16_t{});
    case MAT_C_UINT16:
      return take(std::uint16_t{});
    case MAT_C_INT32:
      return take(std::int32_t{});
    case MAT_C_UINT32:
      return take(std::uint32_t{});
    case MAT_C_INT64:
      return take(std::int64_t{});
    case MAT_C_UINT64:
      return take(std::uint64_t{});
    default:
      return false;
  }
}

MatValue to_value(const matvar_t* variable, std::string name, int depth, Budget& budget);

/// An element of a struct array. matio keeps the fields of all elements in one array of pointers.
MatValue to_record(const matvar_t& variable, std::size_t element, int depth, Budget& budget) {
  MatValue record;
  record.kind = MatValue::Kind::kRecord;
  const unsigned fields = Mat_VarGetNumberOfFields(const_cast<matvar_t*>(&variable));
  char* const* const names = Mat_VarGetStructFieldnames(&variable);
  const auto* const values = static_cast<matvar_t* const*>(variable.data);
  if (names == nullptr) return record;
  budget.take_values(fields);
  for (unsigned i = 0; i < fields; ++i) {
    record.children.push_back(to_value(values[element * fields + i],
                                       names[i] == nullptr ? "" : names[i], depth + 1, budget));
  }
  return record;
}

/// Cells and structs hold pointers to others; how many there really are is in nbytes.
void add_children(const matvar_t& variable, std::size_t count, int depth, MatValue& value,
                  Budget& budget) {
  const bool is_cell = value.kind == MatValue::Kind::kCell;
  const std::size_t pointers_each =
      is_cell ? 1 : Mat_VarGetNumberOfFields(const_cast<matvar_t*>(&variable));
  const std::size_t pointers = variable.nbytes / sizeof(matvar_t*);
  if (count == 0 || pointers_each == 0 || variable.data == nullptr) return;
  if (count > pointers / pointers_each) return;
  budget.take_values(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (is_cell) {
      value.children.push_back(
          to_value(static_cast<matvar_t* const*>(variable.data)[i], "", depth + 1, budget));
    } else {
      value.children.push_back(to_record(variable, i, depth, budget));
    }
  }
}

MatValue to_value(const matvar_t* variable, std::string name, int depth, Budget& budget) {
  MatValue value;
  value.name = std::move(name);
  if (variable == nullptr) return value;
  if (depth > kMostDepth) throw CheckpointError("it is nested too deep");
  std::size_t count = 1;
  for (int i = 0; i < variable->rank; ++i) {
    value.sizes.push_back(variable->dims[i]);
    if (__builtin_mul_overflow(count, variable->dims[i], &count)) return value;
  }
  if (variable->class_type == MAT_C_CELL) {
    value.kind = MatValue::Kind::kCell;
    add_children(*variable, count, depth, value, budget);
  } else if (variable->class_type == MAT_C_STRUCT) {
    value.kind = MatValue::Kind::kStruct;
    add_children(*variable, count, depth, value, budget);
  } else if (read_numbers(*variable, count, value.numbers, budget)) {
    value.kind = MatValue::Kind::kNumbers;
  }
  return value;
}

}  // namespace

std::vector<MatValue> read_mat_file(const std::filesystem::path& path) {
  static std::mutex mutex;  // matio keeps where its messages go in a global
  const std::scoped_lock lock(mutex);
  Mat_LogInitFunc("vcisr", &keep_message);
  last_message().clear();
  const FilePtr file(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
  if (file == nullptr) {
    throw CheckpointError(path.string() + ": no MATLAB file could be read here" + reason());
  }
  std::vector<MatValue> variables;
  std::error_code error_code;
  const std::uintmax_t file_bytes = std::filesystem::file_size(path, error_code);
  Budget budget(error_code ? 0 : file_bytes);
  last_message().clear();
  for (VariablePtr next(Mat_VarReadNext(file.get())); next != nullptr;
       next.reset(Mat_VarReadNext(file.get()))) {
    try {
      variables.push_back(to_value(next.get(), next->name == nullptr ? "" : next->name, 0, budget));
    } catch (const CheckpointError& error) {
      throw CheckpointError(path.string() + ": " + error.what());
    }
  }
  if (!last_message().empty()) {
    throw CheckpointError(path.string() + ": the file is damaged or truncated" + reason());
  }
  return variables;
}

}  // namespace vcisr::metrics
