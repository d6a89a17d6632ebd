// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensorfile/pickle.h"

namespace vcisr::tensorfile {

/// The stack machine that a pickle is a program for. pickle.cpp has the opcodes, pickle_objects.cpp
/// what objects come of them.
class PickleMachine {
 public:
  explicit PickleMachine(std::span<const std::uint8_t> program);
  PickleGraph run();

 private:
  // Opcodes by family; each returns false for one that is not its own.
  bool execute_scalar(std::uint8_t opcode);
  bool execute_text(std::uint8_t opcode);
  bool execute_container(std::uint8_t opcode);
  bool execute_object(std::uint8_t opcode);
  bool execute_stack(std::uint8_t opcode);

  // The program.
  std::span<const std::uint8_t> take(std::uint64_t count);
  std::uint64_t take_number(int bytes) { return load(take(static_cast<std::uint64_t>(bytes))); }
  std::string take_line();
  static std::uint64_t load(std::span<const std::uint8_t> bytes);

  // The stack.
  ObjectId make(PickleObject object);
  void push(ObjectId id);
  void push_new(PickleObject object) { push(make(std::move(object))); }
  void push_integer(std::int64_t value);
  void push_long(std::uint64_t bytes);
  void push_text(ObjectKind kind, std::uint64_t bytes);
  ObjectId pop();
  ObjectId& top();
  std::vector<ObjectId> pop_to_mark();
  void remember(std::uint64_t slot);
  ObjectId recall(std::uint64_t slot) const;
  void push_inert() {
    push_new({.kind = ObjectKind::kInert, .integer = static_cast<std::int64_t>(inert_)});
  }
  void tuple_of(std::size_t count);

  // Objects.
  void push_global(const std::string& module, const std::string& name);
  void append(ObjectId target, std::span<const ObjectId> values);
  void set_items(ObjectId target, std::span<const ObjectId> pairs);
  void build();
  void push_storage();
  [[nodiscard]] PickleObject call(ObjectId function, ObjectId arguments);
  [[nodiscard]] PickleObject rebuild_tensor(const std::vector<ObjectId>& arguments, bool own_type);
  [[nodiscard]] PickleObject make_dict(const std::vector<ObjectId>& arguments) const;
  [[nodiscard]] const PickleObject& expect(ObjectId id, ObjectKind kind, const char* what) const;
  [[nodiscard]] std::vector<std::int64_t> integers(ObjectId id, const char* what) const;

  std::span<const std::uint8_t> program_;
  std::size_t position_ = 0;
  PickleGraph graph_;
  std::vector<ObjectId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, ObjectId> memo_;
  std::unordered_map<std::string, std::size_t> storage_by_key_;
  ObjectId none_ = 0, false_ = 0, true_ = 0, empty_tuple_ = 0, inert_ = 0;
  std::size_t items_ = 0;  ///< In all objects together.
};

/// Errors of this family all begin alike.
[[noreturn]] void bad_pickle(const std::string& what);

}  // namespace vcisr::tensorfile
