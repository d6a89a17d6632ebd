// SPDX-License-Identifier: Apache-2.0
#include "tensorfile/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "tensorfile/byte_source.h"
#include "tensorfile/pickle_machine.h"
#include "vcisr/core/error.h"

namespace vcisr::tensorfile {

void bad_pickle(const std::string& what) {
  throw CheckpointError("is damaged: its pickle " + what);
}

PickleMachine::PickleMachine(std::span<const std::uint8_t> program) : program_(program) {
  none_ = make({.kind = ObjectKind::kNone});
  false_ = make({.kind = ObjectKind::kBool, .integer = 0});
  true_ = make({.kind = ObjectKind::kBool, .integer = 1});
  empty_tuple_ = make({.kind = ObjectKind::kTuple});
  inert_ = make({.kind = ObjectKind::kGlobal, .text = "plain data"});
}

PickleGraph PickleMachine::run() {
  if (program_.size() < 2 || program_[0] != 0x80) bad_pickle("has no protocol number");
  for (;;) {
    const std::uint8_t opcode = take(1)[0];
    if (opcode == '.') break;
    if (!execute_scalar(opcode) && !execute_text(opcode) && !execute_container(opcode) &&
        !execute_object(opcode) && !execute_stack(opcode)) {
      bad_pickle("has the opcode " + std::to_string(opcode) + ", which torch.save never writes");
    }
  }
  graph_.root = pop();
  graph_.bytes_read = position_;
  return std::move(graph_);
}

bool PickleMachine::execute_scalar(std::uint8_t opcode) {
  switch (opcode) {
    case 'N':
      push(none_);
      return true;
    case 0x88:
      push(true_);
      return true;
    case 0x89:
      push(false_);
      return true;
    case 'K':
      push_integer(static_cast<std::int64_t>(take_number(1)));
      return true;
    case 'M':
      push_integer(static_cast<std::int64_t>(take_number(2)));
      return true;
    case 'J':
      push_integer(static_cast<std::int32_t>(static_cast<std::uint32_t>(take_number(4))));
      return true;
    case 0x8a:
      push_long(take_number(1));
      return true;
    case 0x8b:
      push_long(take_number(4));
      return true;
    case 'G': {
      std::uint64_t bits = 0;
      for (const auto byte : take(8)) bits = (bits << 8) | byte;  // Big-endian.
      push_new({.kind = ObjectKind::kFloat, .real = std::bit_cast<double>(bits)});
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::execute_text(std::uint8_t opcode) {
  switch (opcode) {
    case 'X':
      push_text(ObjectKind::kString, take_number(4));
      return true;
    case 0x8c:
      push_text(ObjectKind::kString, take_number(1));
      return true;
    case 0x8d:
      push_text(ObjectKind::kString, take_number(8));
      return true;
    case 'U':  // Python 2's str: the names in old files.
      push_text(ObjectKind::kString, take_number(1));
      return true;
    case 'T':
      push_text(ObjectKind::kString, take_number(4));
      return true;
    case 'C':
      push_text(ObjectKind::kBytes, take_number(1));
      return true;
    case 'B':
      push_text(ObjectKind::kBytes, take_number(4));
      return true;
    case 0x8e:
    case 0x96:
      push_text(ObjectKind::kBytes, take_number(8));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::execute_container(std::uint8_t opcode) {
  switch (opcode) {
    case ')':
      push(empty_tuple_);
      return true;
    case 't':
      push_new({.kind = ObjectKind::kTuple, .items = pop_to_mark()});
      return true;
    case 0x85:
    case 0x86:
    case 0x87:
      tuple_of(opcode - 0x84u);
      return true;
    case ']':
      push_new({.kind = ObjectKind::kList});
      return true;
    case '}':
      push_new({.kind = ObjectKind::kDict});
      return true;
    case 0x8f:
      push_inert();
      return true;
    case 0x91:
      pop_to_mark();
      push_inert();
      return true;
    case 'a': {
      const ObjectId value = pop();
      append(top(), {&value, 1});
      return true;
    }
    case 'e':
    case 0x90: {
      const auto values = pop_to_mark();
      append(top(), values);
      return true;
    }
    case 's': {
      const ObjectId value = pop();
      const std::array<ObjectId, 2> pair = {pop(), value};
      set_items(top(), pair);
      return true;
    }
    case 'u': {
      const auto pairs = pop_to_mark();
      set_items(top(), pairs);
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::execute_object(std::uint8_t opcode) {
  switch (opcode) {
    case 'c': {
      const std::string module = take_line();
      push_global(module, take_line());
      return true;
    }
    case 0x93: {
      const std::string name = expect(pop(), ObjectKind::kString, "a global's name").text;
      const std::string module = expect(pop(), ObjectKind::kString, "a global's module").text;
      push_global(module, name);
      return true;
    }
    case 0x92:  // With keyword arguments, which no class of ours reads.
      pop();
      [[fallthrough]];
    case 'R':
    case 0x81: {
      const ObjectId arguments = pop();
      push_new(call(pop(), arguments));
      return true;
    }
    case 'b':
      build();
      return true;
    case 'Q':
      push_storage();
      return true;
    default:
      return false;
  }
}

bool PickleMachine::execute_stack(std::uint8_t opcode) {
  switch (opcode) {
    case 0x80: {
      const auto protocol = take_number(1);
      if (protocol < 2 || protocol > 5) {
        bad_pickle("has the protocol " + std::to_string(protocol) + ", 2 to 5 are read");
      }
      return true;
    }
    case 0x95:
      take(8);  // Frames only help readers of streams.
      return true;
    case '(':
      if (marks_.size() >= kMostPickleObjects) bad_pickle("is nested too deeply");
      marks_.push_back(stack_.size());
      return true;
    case '0':
      if (!marks_.empty() && marks_.back() == stack_.size()) {
        marks_.pop_back();
      } else {
        pop();
      }
      return true;
    case '1':
      pop_to_mark();
      return true;
    case '2':
      push(top());
      return true;
    case 'q':
      remember(take_number(1));
      return true;
    case 'r':
      remember(take_number(4));
      return true;
    case 0x94:
      remember(memo_.size());
      return true;
    case 'h':
      push(recall(take_number(1)));
      return true;
    case 'j':
      push(recall(take_number(4)));
      return true;
    default:
      return false;
  }
}

std::span<const std::uint8_t> PickleMachine::take(std::uint64_t count) {
  if (count > program_.size() - position_) bad_pickle("is truncated");
  const auto bytes = program_.subspan(position_, count);
  position_ += count;
  return bytes;
}

std::string PickleMachine::take_line() {
  constexpr std::size_t kLongestName = 1000;
  const auto rest = program_.subspan(position_);
  const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{'\n'});
  const auto length = static_cast<std::size_t>(end - rest.begin());
  if (end == rest.end() || length > kLongestName) bad_pickle("has a name without an end");
  position_ += length + 1;
  return {rest.begin(), end};
}

std::uint64_t PickleMachine::load(std::span<const std::uint8_t> bytes) {
  return load_le(bytes.data(), static_cast<int>(bytes.size()));
}

ObjectId PickleMachine::make(PickleObject object) {
  if (graph_.objects.size() >= kMostPickleObjects) bad_pickle("holds too many objects");
  // Copies of one long list must not multiply what the file holds.
  items_ += object.items.size();
  if (items_ > 4 * kMostPickleObjects) bad_pickle("holds too many items");
  graph_.objects.push_back(std::move(object));
  return static_cast<ObjectId>(graph_.objects.size() - 1);
}

void PickleMachine::push(ObjectId id) {
  if (stack_.size() >= kMostPickleObjects) bad_pickle("needs too deep a stack");
  stack_.push_back(id);
}

void PickleMachine::push_integer(std::int64_t value) {
  push_new({.kind = ObjectKind::kInt, .integer = value});
}

void PickleMachine::push_long(std::uint64_t bytes) {
  const auto digits = take(bytes);
  if (digits.size() > 8) {  // Beyond 64 bits: random states and the like, never a size.
    push_inert();
    return;
  }
  std::uint64_t value = load(digits);
  const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
  if (negative && digits.size() < 8) value |= ~std::uint64_t{0} << (8 * digits.size());
  push_integer(static_cast<std::int64_t>(value));
}

void PickleMachine::push_text(ObjectKind kind, std::uint64_t bytes) {
  const auto text = take(bytes);
  push_new({.kind = kind, .text = std::string(text.begin(), text.end())});
}

ObjectId PickleMachine::pop() {
  const ObjectId id = top();
  stack_.pop_back();
  return id;
}

ObjectId& PickleMachine::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    bad_pickle("takes from an empty stack");
  return stack_.back();
}

std::vector<ObjectId> PickleMachine::pop_to_mark() {
  if (marks_.empty()) bad_pickle("lacks a mark");
  const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<ObjectId> items(from, stack_.end());
  stack_.erase(from, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::remember(std::uint64_t slot) {
  if (memo_.size() >= kMostPickleObjects) bad_pickle("stores too many objects");
  memo_[slot] = top();
}

ObjectId PickleMachine::recall(std::uint64_t slot) const {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) bad_pickle("recalls what was never stored");
  return found->second;
}

void PickleMachine::tuple_of(std::size_t count) {
  std::vector<ObjectId> items(count);
  for (std::size_t i = count; i-- > 0;) items[i] = pop();
  push_new({.kind = ObjectKind::kTuple, .items = std::move(items)});
}

PickleGraph read_pickle(std::span<const std::uint8_t> bytes) { return PickleMachine(bytes).run(); }

}  // namespace vcisr::tensorfile
