// SPDX-License-Identifier: Apache-2.0
#include "vcisr/trainers/launcher.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "vcisr/core/error.h"
#include "vcisr/core/text.h"

namespace vcisr::trainers {
namespace {

constexpr int kLargestWorld = 1 << 20;
constexpr int kDefaultPort = 29500;

/// Numbers out of environment variables.
class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  /// Set and not empty.
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
    auto value = environment_(name);
    if (value && value->empty()) value.reset();
    return value;
  }
  [[nodiscard]] bool has(const std::string& name) const { return text(name).has_value(); }

  [[nodiscard]] std::optional<int> find_number(const std::string& name, int low, int high) const {
    const auto word = text(name);
    if (!word) return std::nullopt;
    int value = 0;
    const char* const end = word->data() + word->size();
    const auto [stop, problem] = std::from_chars(word->data(), end, value);
    if (problem != std::errc() || stop != end || value < low || value > high) {
      throw ConfigError("the environment variable " + name + " is '" + *word +
                        "', but should be a whole number in [" + std::to_string(low) + ", " +
                        std::to_string(high) + "]");
    }
    return value;
  }

  [[nodiscard]] int number(const std::string& name, int low, int high) const {
    const auto value = find_number(name, low, high);
    if (!value) throw ConfigError("the environment variable " + name + " is not set");
    return *value;
  }

 private:
  const Environment& environment_;
};

/// The names under which a launcher gives rank, world and local rank.
struct PlaceNames {
  std::string rank;
  std::string world;
  std::string local_rank;
};

ProcessPlace read_place(const Variables& variables, const PlaceNames& names) {
  ProcessPlace place;
  place.world = variables.number(names.world, 1, kLargestWorld);
  place.rank = variables.number(names.rank, 0, place.world - 1);
  place.local_rank = variables.find_number(names.local_rank, 0, place.world - 1).value_or(0);
  return place;
}

/// What is said of the rendezvous by everybody's variables, or by the config.
void read_rendezvous(const Variables& variables, std::optional<int> port, ProcessPlace& place) {
  place.rendezvous_host = variables.text("MASTER_ADDR").value_or(place.rendezvous_host);
  if (port) place.rendezvous_port = *port;
  place.rendezvous_port =
      variables.find_number("MASTER_PORT", 1, 65535).value_or(place.rendezvous_port);
}

ProcessPlace read_torchrun(const Variables& variables, std::optional<int> port) {
  ProcessPlace place = read_place(variables, {"RANK", "WORLD_SIZE", "LOCAL_RANK"});
  read_rendezvous(variables, port, place);
  // torchrun's agent keeps its own store open at that address and lets the processes use it.
  place.is_rendezvous_hosted = variables.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
  return place;
}

ProcessPlace read_open_mpi(const Variables& variables, std::optional<int> port) {
  ProcessPlace place = read_place(
      variables, {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"});
  const int local_world =
      variables.find_number("OMPI_COMM_WORLD_LOCAL_SIZE", 1, place.world).value_or(place.world);
  if (local_world < place.world && !variables.has("MASTER_ADDR")) {
    throw ConfigError(
        "mpirun started processes on several machines: give the name of rank 0's with "
        "mpirun -x MASTER_ADDR=<host>");
  }
  read_rendezvous(variables, port, place);
  return place;
}

ProcessPlace read_slurm(const Variables& variables, std::optional<int> port) {
  const bool has_step_world = variables.has("SLURM_STEP_NUM_TASKS");
  ProcessPlace place = read_place(
      variables,
      {"SLURM_PROCID", has_step_world ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS", "SLURM_LOCALID"});
  for (const char* const name : {"SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"}) {
    const auto list = variables.text(name);
    if (!list) continue;
    const auto hosts = expand_node_list(*list);
    if (hosts.size() > 1) place.rendezvous_host = hosts.front();
    break;
  }
  if (const auto job = variables.text("SLURM_JOB_ID")) {
    int digits = 0;
    for (const char c : *job) digits = (digits * 10 + (c >= '0' && c <= '9' ? c - '0' : 0)) % 10000;
    place.rendezvous_port = 15000 + digits;
  }
  read_rendezvous(variables, port, place);
  return place;
}

Launcher recognise(const Variables& variables) {
  if (variables.has("RANK") && variables.has("WORLD_SIZE")) return Launcher::kPytorch;
  if (variables.has("OMPI_COMM_WORLD_RANK")) return Launcher::kMpi;
  // A batch script has SLURM_PROCID too, but only srun starts one process per task.
  if (variables.has("SLURM_PROCID") && variables.has("SLURM_STEP_ID")) return Launcher::kSlurm;
  return Launcher::kNone;
}

[[noreturn]] void refuse_list(std::string_view list, const std::string& why) {
  throw ConfigError("'" + std::string(list) + "' is no list of Slurm nodes: " + why);
}

/// Splits at commas outside brackets.
std::vector<std::string_view> split_items(std::string_view list) {
  std::vector<std::string_view> items;
  bool in_brackets = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i == list.size() || (list[i] == ',' && !in_brackets)) {
      items.push_back(list.substr(begin, i - begin));
      begin = i + 1;
    } else if (list[i] == '[' || list[i] == ']') {
      if ((list[i] == '[') == in_brackets) refuse_list(list, "its brackets do not match");
      in_brackets = !in_brackets;
    }
  }
  if (in_brackets) refuse_list(list, "its brackets do not match");
  return items;
}

constexpr std::size_t kMostHosts = 65536;

/// "01-03" is 01, 02, 03: as wide as its first number. "7" is itself.
std::vector<std::string> expand_range(std::string_view list, std::string_view range) {
  const std::size_t dash = range.find('-');
  const std::string_view first = range.substr(0, dash);
  const std::string_view last = dash == range.npos ? first : range.substr(dash + 1);
  std::array<std::size_t, 2> bounds{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string_view text = i == 0 ? first : last;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), bounds[i]);
    if (problem != std::errc() || stop != text.data() + text.size()) {
      refuse_list(list, "'" + std::string(range) + "' is no range of numbers");
    }
  }
  if (bounds[1] < bounds[0]) refuse_list(list, "'" + std::string(range) + "' runs backwards");
  if (bounds[1] - bounds[0] >= kMostHosts) refuse_list(list, "it has too many nodes");
  std::vector<std::string> numbers;
  for (std::size_t number = bounds[0]; number <= bounds[1]; ++number) {
    std::string digits = std::to_string(number);
    if (digits.size() < first.size()) digits.insert(0, first.size() - digits.size(), '0');
    numbers.push_back(std::move(digits));
  }
  return numbers;
}

/// One item, which may have several groups of brackets: all combinations, the last group fastest.
std::vector<std::string> expand_item(std::string_view list, std::string_view item) {
  std::vector<std::string> hosts = {""};
  while (!item.empty()) {
    const std::size_t open = item.find('[');
    for (auto& host : hosts) host += item.substr(0, open);
    if (open == item.npos) break;
    const std::size_t close = item.find(']', open);
    std::vector<std::string> longer;
    for (const auto range : split_items(item.substr(open + 1, close - open - 1))) {
      for (auto& number : expand_range(list, range)) longer.push_back(std::move(number));
    }
    if (hosts.size() * longer.size() > kMostHosts) refuse_list(list, "it has too many nodes");
    std::vector<std::string> product;
    for (const auto& host : hosts) {
      for (const auto& number : longer) product.push_back(host + number);
    }
    hosts = std::move(product);
    item.remove_prefix(close + 1);
  }
  return hosts;
}

}  // namespace

Launcher parse_launcher(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Launcher>, 5> kNames = {
      {{"auto", Launcher::kAuto},
       {"none", Launcher::kNone},
       {"pytorch", Launcher::kPytorch},
       {"mpi", Launcher::kMpi},
       {"slurm", Launcher::kSlurm}}};
  std::vector<std::string> words;
  for (const auto& [word, launcher] : kNames) {
    if (word == name) return launcher;
    words.emplace_back(word);
  }
  throw ConfigError("unknown launcher '" + std::string(name) + "' (known: " + join(words) + ")" +
                    did_you_mean(name, words));
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

ProcessPlace find_process_place(Launcher launcher, const Environment& environment,
                                std::optional<int> port) {
  const Variables variables(environment);
  if (launcher == Launcher::kAuto) launcher = recognise(variables);
  switch (launcher) {
    case Launcher::kPytorch:
      return read_torchrun(variables, port);
    case Launcher::kMpi:
      return read_open_mpi(variables, port);
    case Launcher::kSlurm:
      return read_slurm(variables, port);
    case Launcher::kAuto:
    case Launcher::kNone:
      break;
  }
  ProcessPlace alone;
  alone.rendezvous_port = port.value_or(kDefaultPort);
  return alone;
}

std::vector<std::string> expand_node_list(std::string_view list) {
  std::vector<std::string> hosts;
  for (const auto item : split_items(list)) {
    if (item.empty()) refuse_list(list, "a name is missing");
    for (auto& host : expand_item(list, item)) hosts.push_back(std::move(host));
    if (hosts.size() > kMostHosts) refuse_list(list, "it has too many nodes");
  }
  return hosts;
}

}  // namespace vcisr::trainers
