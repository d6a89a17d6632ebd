// SPDX-License-Identifier: Apache-2.0
#include "common/tool.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <new>

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <torch/version.h>

#include "common/config_file.h"
#include "common/progress.h"
#include "vcisr/core/error.h"
#include "vcisr/core/log.h"
#include "vcisr/core/text.h"
#include "vcisr/core/version.h"
#include "vcisr/media/video_encoder.h"
#include "vcisr/ops/device.h"

namespace vcisr::tools {
namespace {

/// Every name that the parser knows, for "did you mean".
std::vector<std::string> known_flags(const CLI::App& app, const FlagAliases& aliases) {
  std::vector<std::string> names;
  for (const auto& [other, ours] : aliases) names.push_back(other);
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

int report_failure(const CLI::App& app, const std::exception_ptr& error) {
  finish_progress_line();
  std::fprintf(stderr, "%s: error: %s\n", app.get_name().c_str(), message_of(error).c_str());
  return exit_code_of(error);
}

int report_usage(const CLI::App& app, const std::string& sentence) {
  std::fprintf(stderr, "%s: error: %s (see %s --help)\n", app.get_name().c_str(), sentence.c_str(),
               app.get_name().c_str());
  return kUsage;
}

int handle_parse_error(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments, const FlagAliases& aliases) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version.
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const auto& argument : arguments) {
      const std::string flag = argument.substr(0, argument.find('='));
      const auto known = known_flags(app, aliases);
      if (flag.starts_with("-") && flag.size() > 1 && app.get_option_no_throw(flag) == nullptr &&
          std::find(known.begin(), known.end(), flag) == known.end()) {
        return report_usage(app, "unknown option '" + flag + "'" + did_you_mean(flag, known));
      }
    }
  }
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return report_usage(app, text);
}

}  // namespace

int exit_code_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ConfigError&) {
    return kUsage;
  } catch (const InputError&) {
    return kInputUnreadable;
  } catch (const OutputError&) {
    return kOutputFailed;
  } catch (const DeviceError&) {
    return kDeviceFailed;
  } catch (const std::bad_alloc&) {
    return kDeviceFailed;
  } catch (const CheckpointError&) {
    return kModelFailed;
  } catch (const Interrupted&) {
    return kInterrupted;
  } catch (...) {
    return kFailed;
  }
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& caught) {
    std::string text = caught.what();
    // LibTorch appends where it was thrown; users want the sentence.
    for (const char* mark : {"\nException raised from", "\nframe #0"}) {
      text = text.substr(0, text.find(mark));
    }
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  } catch (...) {
    return "unknown failure";
  }
}

std::vector<std::string> normalise_arguments(int argc, char** argv, const FlagAliases& aliases) {
  std::vector<std::string> result;
  bool only_values = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--") only_values = true;
    if (!only_values && argument.size() > 1 && argument.front() == '-') {
      const auto equals = argument.find('=');
      std::string flag = argument.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : argument.substr(equals);
      if (flag.starts_with("--")) std::replace(flag.begin(), flag.end(), '_', '-');
      for (const auto& [other, ours] : aliases) {
        if (flag == other) flag = ours;
      }
      argument = flag + value;
      // The parser takes "--flag=" for a flag whose value is the next word.
      if (value == "=") {
        result.push_back(flag);
        argument.clear();
      }
    }
    result.push_back(std::move(argument));
  }
  return result;
}

int run(CLI::App& app, int argc, char** argv, const FlagAliases& aliases,
        const std::function<int()>& body, ConfigFlag config) {
  install_log_sink(app.get_name());
  auto arguments = normalise_arguments(argc, argv, aliases);
  try {
    if (config == ConfigFlag::kHoldsFlags) {
      arguments = expand_config_file(app, std::move(arguments), aliases);
    }
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return handle_parse_error(app, error, arguments, aliases);
  } catch (const std::exception&) {
    return report_failure(app, std::current_exception());
  }
  try {
    return body();
  } catch (const std::exception&) {
    return report_failure(app, std::current_exception());
  }
}

void keep_large_buffers() {
#ifdef __GLIBC__
  // glibc gives buffers above 32 MiB back to the system at once, and the next picture's page faults
  // cost a quarter of a convolution chain's time (measured at 640x360).
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_ARENA_MAX, 1);
#endif
}

void install_log_sink(const std::string& tool) {
  log::set_level(log::Level::kInfo);
  log::set_sink([tool](log::Level level, std::string_view message) {
    static constexpr const char* kNames[] = {
        "trace", "debug", "", "warning: ", "error: ", "critical: ", ""};
    const char* word = kNames[static_cast<int>(level)];
    const bool is_detail = level < log::Level::kInfo;
    finish_progress_line();
    std::fprintf(stderr, "%s: %s%s%.*s\n", tool.c_str(), word, is_detail ? ": " : "",
                 static_cast<int>(message.size()), message.data());
  });
}

std::string version_text(const std::string& tool) {
  std::string text = tool + " " + std::string(version()) + "\n";
  text += "  LibTorch " TORCH_VERSION "\n";
  text += "  FFmpeg " + media::ffmpeg_version() + "\n";
  text +=
      std::string("  CUDA kernels: ") + (ops::has_cuda_kernels() ? "built" : "not built") + "\n";
  const auto gpus = ops::cuda_devices();
  for (const auto& gpu : gpus) {
    text += "  GPU " + std::to_string(gpu.index) + ": " + gpu.name + ", " +
            format_bytes(static_cast<double>(gpu.total_bytes)) + "\n";
  }
  if (gpus.empty()) text += "  GPU: none\n";
  return text;
}

void set_help_style(CLI::App& app) {
  app.get_formatter()->column_width(38);
  app.get_formatter()->label("TEXT", "");
  app.option_defaults()->always_capture_default(false);
}

}  // namespace vcisr::tools
