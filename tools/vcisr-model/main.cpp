// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>
#include <vector>

#include "common/tool.h"
#include "vcisr-model/model_commands.h"

namespace vcisr::tools {
namespace {

struct ModelArguments {
  std::string input;
  std::string output;
  std::string dtype;
  std::vector<std::string> metadata;
  bool json = false;
  ModelInfoOptions info;
  bool overwrite = false;
};

void add_common(CLI::App& command, ModelArguments& a) {
  command.add_option("FILE", a.input, "Model file: .pth, .pt, .ckpt, .safetensors")->required();
  command.add_option("--network", a.info.network,
                     "Network of a file that does not tell, as vcisr-infer takes it");
  command.add_option("--wrapper", a.info.wrapper, "Which dict of a .pth, e.g. params_ema");
  command.add_flag("--json", a.json, "Answer in JSON");
}

int convert(const ModelArguments& a) {
  ModelConvertOptions options;
  options.network = a.info.network;
  options.wrapper = a.info.wrapper;
  options.dtype = parse_dtype(a.dtype);
  options.overwrite = a.overwrite;
  options.output = a.info.output;
  for (const auto& word : a.metadata) options.metadata.push_back(parse_metadata(word));
  std::fputs(convert_model(a.input, a.output, options).c_str(), stdout);
  return kOk;
}

int run_command(const CLI::App& app, ModelArguments& a) {
  a.info.output = a.json ? ModelOutput::kJson : ModelOutput::kText;
  if (app.got_subcommand("convert")) return convert(a);
  if (app.got_subcommand("info")) {
    std::fputs(describe_model(a.input, a.info).c_str(), stdout);
    return kOk;
  }
  const auto verdict = verify_model(a.input, a.info);
  std::fputs(verdict.text.c_str(), stdout);
  return verdict.is_sound ? kOk : kModelFailed;
}

}  // namespace
}  // namespace vcisr::tools

int main(int argc, char** argv) {
  using namespace vcisr::tools;
  CLI::App app("Looks into, converts and checks model files.", "vcisr-model");
  ModelArguments a;
  set_help_style(app);
  app.set_version_flag("--version", version_text("vcisr-model"), "Versions");
  app.require_subcommand(1);
  auto* info = app.add_subcommand("info", "What is in a file and which network fits");
  add_common(*info, a);
  info->add_flag("--tensors", a.info.list_tensors, "Also every tensor");
  auto* convert = app.add_subcommand("convert", "Between .pth and .safetensors, and between types");
  add_common(*convert, a);
  convert->add_option("OUTPUT", a.output, ".safetensors or .pth")->required();
  convert->add_option("--dtype", a.dtype, "fp32, fp16, bf16, keep. Default: keep");
  convert->add_option("--set-metadata", a.metadata, "key=value; repeatable")
      ->allow_extra_args(false);
  convert->add_flag("-y,--overwrite", a.overwrite, "Replace an existing output");
  auto* verify = app.add_subcommand("verify", "Is it whole, does it fit, are its numbers finite");
  add_common(*verify, a);
  app.footer(
      "Examples:\n"
      "  vcisr-model info RealESRGAN_x4plus.pth\n"
      "  vcisr-model convert RealESRGAN_x4plus.pth RealESRGAN_x4plus.safetensors --dtype bf16\n"
      "  vcisr-model verify weights/realesr-animevideov3.pth --json");
  return run(app, argc, argv, {}, [&] { return run_command(app, a); });
}
