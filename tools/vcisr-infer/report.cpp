// SPDX-License-Identifier: Apache-2.0
#include "vcisr-infer/report.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "common/tool.h"
#include "vcisr/core/version.h"

namespace vcisr::tools {
namespace {

using nlohmann::json;

json film_json(const inference::FilmReport& film) {
  return {{"frames_read", film.frames_read},
          {"frames_written", film.frames_written},
          {"damaged", film.damage_count},
          {"fps", film.seconds > 0 ? static_cast<double>(film.frames_written) / film.seconds : 0},
          {"busy_seconds",
           {{"decode", film.decode_seconds},
            {"process", film.process_seconds},
            {"encode", film.encode_seconds}}},
          {"process_workers", film.process_workers}};
}

json item_json(const inference::ItemResult& result) {
  json item = {{"kind", inference::name(result.item.kind)},
               {"input", result.item.input},
               {"output", result.item.output},
               {"status", result.error ? "failed" : "done"},
               {"seconds", result.seconds},
               {"notes", result.notes}};
  if (result.input_width > 0) item["input_size"] = {result.input_width, result.input_height};
  if (result.output_width > 0) item["output_size"] = {result.output_width, result.output_height};
  if (!result.encoder.empty()) item["encoder"] = result.encoder;
  if (result.film) item["film"] = film_json(*result.film);
  if (result.error) {
    item["error"] = message_of(result.error);
    item["exit_code"] = exit_code_of(result.error);
  }
  return item;
}

}  // namespace

std::string report_json(const inference::Plan& plan,
                        const std::vector<inference::ItemResult>& results,
                        const networks::LoadedNetwork& model, const std::string& model_name,
                        const inference::Restorer& restorer, int exit_code) {
  const auto events = restorer.events();
  json report = {{"vcisr", vcisr::version()},
                 {"exit_code", exit_code},
                 {"model",
                  {{"name", model_name},
                   {"network", model.guess.yaml},
                   {"told_by", model.guess.source},
                   {"parameters", model.parameter_count},
                   {"scale", model.network->scale()}}},
                 {"device", restorer.device().str()},
                 {"precision", inference::name(restorer.precision())},
                 {"scale", restorer.scale()},
                 {"tile", events.tile_px},
                 {"out_of_memory_retries", events.out_of_memory_retries},
                 {"pictures_redone_in_fp32", events.non_finite_redone},
                 {"ignored_files", plan.ignored_files},
                 {"items", json::array()}};
  for (const auto& item : plan.skipped) {
    report["items"].push_back({{"kind", inference::name(item.kind)},
                               {"input", item.input},
                               {"output", item.output},
                               {"status", "skipped"}});
  }
  for (const auto& result : results) report["items"].push_back(item_json(result));
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string film_summary(const inference::ItemResult& result) {
  const auto& film = *result.film;
  const double busy = film.decode_seconds + film.process_seconds + film.encode_seconds;
  const auto share = [&](double seconds) { return busy > 0 ? 100 * seconds / busy : 0; };
  std::array<char, 256> text{};
  std::snprintf(
      text.data(), text.size(),
      "%lld frames in %.1f s (%.1f fps); share of the work: decode %.0f %%, process %.0f %%, "
      "encode %.0f %%",
      static_cast<long long>(film.frames_written), film.seconds,
      film.seconds > 0 ? static_cast<double>(film.frames_written) / film.seconds : 0,
      share(film.decode_seconds), share(film.process_seconds), share(film.encode_seconds));
  return text.data();
}

}  // namespace vcisr::tools
