// SPDX-License-Identifier: Apache-2.0
#include "trainers/training_loop.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "trainers/batch_dump.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/core/hash.h"
#include "vcisr/core/log.h"
#include "vcisr/imaging/rgb_picture.h"
#include "vcisr/networks/network.h"
#include "vcisr/trainers/training_report.h"

namespace vcisr::trainers {
namespace {

constexpr std::int64_t kMostNonFinite = 100;  // In a row, before training is given up.
constexpr std::int64_t kMostDumps = 10;
constexpr std::int64_t kMostLoggedPictures = 8;  // In event files, per validation.

std::string hash_of(const std::string& yaml) {
  return sha256({reinterpret_cast<const std::uint8_t*>(yaml.data()), yaml.size()});
}

/// Names of pictures become names of files.
std::string file_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

}  // namespace

TrainingLoop::TrainingLoop(TrainingSession& session, const TrainingJob& job,
                           const TrainingObserver& observer, const std::stop_token& stop)
    : session_(session), job_(job), observer_(observer), stop_(stop) {
  state_ = state_to_resume(job);
  resume();
  if (is_first()) open_folder();
  session_.group->barrier();
}

std::filesystem::path state_to_resume(const TrainingJob& job) {
  if (!job.resume_state.empty()) return job.resume_state;
  // As in BasicSR, what the experiment has reached goes before what its file began with.
  const auto states = job.resume == Resume::kNever ? std::vector<StateFile>()
                                                   : list_states(states_folder(job.options));
  return states.empty() ? std::filesystem::path(job.options.path.resume_state) : states.back().path;
}

void TrainingLoop::resume() {
  position_.seed = session_.options.seed;
  if (state_.empty()) return;
  position_ = read_training_state(state_, *session_.model);
  if (position_.seed != session_.options.seed) {
    throw ConfigError(state_.string() + ": was trained with manual_seed " +
                      std::to_string(position_.seed) + ", but the file has " +
                      std::to_string(session_.options.seed));
  }
  seconds_before_ = position_.seconds;
  saved_step_ = position_.step;
  if (position_.config_hash != hash_of(session_.yaml)) {
    log::info(state_.string() +
              ": was written with another configuration; training goes on exactly only with the "
              "same one");
  }
  if (position_.step > session_.options.total_steps) {
    log::warn(state_.string() + ": has done " + std::to_string(position_.step) +
              " steps already, more than train.total_iter");
  }
  const auto world = static_cast<std::size_t>(session_.group->world());
  if (position_.data.size() != world) {
    log::warn(state_.string() + ": was written by " + std::to_string(position_.data.size()) +
              " processes, but " + std::to_string(world) +
              " go on: the data are not met in the same order");
    position_.data.assign(world, position_.data.front());
  }
  data_position_ = position_.data[static_cast<std::size_t>(session_.group->rank())];
}

/// Processes that degrade pictures come to the ends of their epochs at different steps.
void TrainingLoop::gather_positions() {
  auto& group = *session_.group;
  auto table = torch::zeros({group.world(), 2}, torch::kInt64);
  table[group.rank()][0] = data_position_.epoch;
  table[group.rank()][1] = data_position_.batch;
  std::vector<torch::Tensor> shared = {table.to(session_.device)};
  group.all_reduce_sum(shared);
  table = shared.front().cpu();
  position_.data.clear();
  for (std::int64_t rank = 0; rank < group.world(); ++rank) {
    position_.data.push_back(
        {table[rank][0].item<std::int64_t>(), table[rank][1].item<std::int64_t>()});
  }
}

void TrainingLoop::open_folder() {
  const bool resumes = !state_.empty() || job_.resume == Resume::kIfPossible;
  folder_.emplace(session_.options,
                  resumes ? ExperimentFolder::Start::kResume : ExperimentFolder::Start::kFresh);
  log::add_file(folder_->log_file().string());
  folder_->keep_config(job_.config_name, session_.yaml, job_.command);
  const bool has_events = session_.options.logger.tensorboard;
  log_.emplace(TrainingLogOptions{.experiment = session_.options.name,
                                  .metrics_path = folder_->metrics(),
                                  .event_folder = has_events ? folder_->events() : "",
                                  .resume_step = position_.step});
  log_->add_text("config", "```yaml\n" + session_.yaml + "```", position_.step);
  checkpoints_.emplace(*folder_, session_.options, hash_of(session_.yaml));
  set_later_states_aside();
  if (!state_.empty()) {
    log::info("going on from " + state_.string() + ", step " + std::to_string(position_.step));
  }
  log::info(session_.options.name + ": " +
            std::to_string(networks::count_parameters(session_.model->network())) +
            " parameters on " + session_.device.str() + ", seed " + std::to_string(position_.seed));
}

/// They are of a future that will come out differently; --auto-resume must not take them up.
void TrainingLoop::set_later_states_aside() const {
  const auto aside = folder_->states() / ("superseded_" + time_stamp());
  for (const auto& state : list_states(folder_->states())) {
    if (state.step <= position_.step) continue;
    std::error_code error;
    std::filesystem::create_directories(aside, error);
    std::filesystem::rename(state.path, aside / state.path.filename(), error);
    if (error) {
      throw OutputError(state.path.string() + ": cannot be moved to " + aside.string() + ": " +
                        error.message());
    }
    log::info(state.path.string() + " is later than the state in use: moved to " + aside.string());
  }
}

std::vector<data::TrainingBatch> TrainingLoop::take_batches() {
  std::vector<data::TrainingBatch> batches;
  const auto wanted = static_cast<std::size_t>(session_.options.accumulated_batches);
  while (batches.size() < wanted) {
    if (auto batch = session_.pairs->next()) {
      batches.push_back(std::move(*batch));
      ++data_position_.batch;
      continue;
    }
    if (data_position_.batch == 0) {
      throw InputError(session_.dataset.where("dataroot_gt") + ": an epoch has no whole batch");
    }
    ++data_position_.epoch;
    data_position_.batch = 0;
    session_.pairs->start_epoch(data_position_.epoch, 0);
  }
  return batches;
}

void TrainingLoop::step() {
  const auto begin = Clock::now();
  const DataPosition before = data_position_;
  std::vector<data::TrainingBatch> batches;
  try {
    batches = take_batches();
  } catch (...) {
    data_position_ = before;  // Of an accumulated step, what was taken is met again.
    throw;
  }
  const auto have_data = Clock::now();
  std::vector<DeviceBatch> on_device;
  for (const auto& batch : batches) on_device.push_back(to_device(batch, session_.device));
  const auto outcome = session_.model->step(on_device, position_.step);
  ++position_.step;
  times_.add(std::chrono::duration<double>(Clock::now() - begin).count(),
             std::chrono::duration<double>(have_data - begin).count());
  after_step(outcome, batches);
}

void TrainingLoop::after_step(const StepOutcome& outcome,
                              const std::vector<data::TrainingBatch>& batches) {
  const auto& options = session_.options;
  if (outcome.is_finite) {
    non_finite_in_a_row_ = 0;
  } else {
    note_non_finite(batches);
  }
  const auto is_time = [this](std::int64_t interval) {
    return interval > 0 && position_.step % interval == 0;
  };
  if (is_time(options.logger.print_interval) || position_.step == options.total_steps) {
    log(outcome);
  }
  if (is_validation_due()) validate();
  if (is_time(options.logger.save_interval)) save();
  if (is_first() && observer_.on_step) observer_.on_step(position_.step);
}

void TrainingLoop::note_non_finite(const std::vector<data::TrainingBatch>& batches) {
  ++position_.skipped_steps;
  ++non_finite_in_a_row_;
  // Loss scaling finds its scale by overflowing: nothing is wrong with the batch.
  const bool is_search =
      session_.options.precision == MixedPrecision::kFloat16 && session_.model->loss_scale() >= 1;
  if (is_search) return;
  if (is_first() && position_.skipped_steps <= kMostDumps) {
    const auto path = folder_->root() / "non_finite" /
                      ("step_" + std::to_string(position_.step) + ".safetensors");
    dump_batches(path, batches);
    log::warn("step " + std::to_string(position_.step) +
              " was not finite: its update is left out, its batch is in " + path.string());
  }
  if (non_finite_in_a_row_ >= kMostNonFinite) {
    throw Error(std::to_string(kMostNonFinite) + " steps in a row were not finite, up to step " +
                std::to_string(position_.step) + "; nothing was saved since step " +
                std::to_string(std::max<std::int64_t>(0, saved_step_)));
  }
}

void TrainingLoop::log(const StepOutcome& outcome) {
  LogPoint point{.step = position_.step,
                 .epoch = data_position_.epoch,
                 .learning_rates = session_.model->learning_rates(position_.step - 1),
                 .step_seconds = times_.step(),
                 .data_seconds = times_.data()};
  point.eta_seconds =
      times_.step() * static_cast<double>(session_.options.total_steps - position_.step);
  times_.restart();
  std::vector<torch::Tensor> values;
  for (const auto& [name, value] : outcome.values) values.push_back(value);
  if (outcome.gradient_norm.defined()) {
    values.push_back(outcome.gradient_norm.to(torch::kFloat32));
  }
  std::vector<torch::Tensor> together = {torch::stack(values)};
  if (session_.group->world() > 1) {
    session_.group->all_reduce_sum(together);
    together.front().div_(session_.group->world());
  }
  if (!is_first()) return;
  const auto numbers = together.front().cpu();  // The only wait for the device.
  for (std::size_t i = 0; i < outcome.values.size(); ++i) {
    point.losses.emplace_back(outcome.values[i].first,
                              numbers[static_cast<std::int64_t>(i)].item<double>());
  }
  if (outcome.gradient_norm.defined()) {
    point.others.emplace_back("grad_norm_g", numbers[-1].item<double>());
  }
  if (session_.options.precision == MixedPrecision::kFloat16) {
    point.others.emplace_back("loss_scale", session_.model->loss_scale());
  }
  if (position_.skipped_steps > 0) {
    point.others.emplace_back("skipped_steps", static_cast<double>(position_.skipped_steps));
  }
  log_->add(point);
}

/// All processes write here: each has its share of a set's pictures.
void TrainingLoop::keep_picture(const ValidatedPicture& picture) {
  const std::string name = file_name(picture.name);
  auto folder = states_folder(session_.options).parent_path() / "visualization";
  if (session_.validator->names().size() > 1) folder /= file_name(picture.dataset);
  folder /= name;
  make_folder(folder);
  imaging::write_rgb8(folder / (name + "_" + std::to_string(position_.step) + ".png"),
                      picture.restored, {.existing = AtomicFile::Existing::kReplace});
  if (log_ && logged_pictures_++ < kMostLoggedPictures) {
    log_->add_image(picture.dataset + "/" + name, picture.restored, position_.step);
  }
}

void TrainingLoop::validate() {
  if (session_.options.validation.interval == 0 || session_.validator->is_empty() ||
      position_.validated_step == position_.step) {
    return;
  }
  logged_pictures_ = 0;
  const auto keep = [this](const ValidatedPicture& picture) {
    if (session_.options.validation.save_images) keep_picture(picture);
  };
  const auto points =
      session_.validator->run(session_.model->network_for_validation(), session_.device,
                              *session_.group, position_.step, keep, stop_);
  position_.validated_step = position_.step;
  summary_.validation = points;
  if (!is_first()) return;
  for (const auto& point : points) log_->add(point);
  keep_best(points);
}

void TrainingLoop::keep_best(const std::vector<ValidationPoint>& points) {
  bool is_main = true;  // The first metric of the first set decides which model is the best.
  for (const auto& point : points) {
    for (const auto& [name, value] : point.metrics) {
      const auto& metrics = session_.validator->metrics();
      const auto metric = std::find_if(metrics.begin(), metrics.end(),
                                       [&n = name](const auto& m) { return m.name == n; });
      const bool higher = metric->metric->info().columns.front().better == metrics::Better::kHigher;
      auto [record, is_new] =
          position_.best.try_emplace(point.dataset + "/" + name, BestRecord{value, position_.step});
      if (!is_new && (higher ? value > record->second.value : value < record->second.value)) {
        record->second = {value, position_.step};
        is_new = true;
      }
      if (is_new && is_main) checkpoints_->save_best(*session_.model, position_);
      is_main = false;
    }
  }
}

void TrainingLoop::note_time() {
  position_.seconds =
      seconds_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

void TrainingLoop::save() {
  if (saved_step_ == position_.step) return;
  saved_step_ = position_.step;
  note_time();
  position_.config_hash = hash_of(session_.yaml);
  gather_positions();
  if (is_first()) checkpoints_->save(*session_.model, position_);
  session_.group->barrier();
}

/// After a picture or data set that cannot be read or written any more. Other processes are gone.
void TrainingLoop::save_what_is_whole() {
  if (session_.group->world() > 1 || saved_step_ == position_.step || position_.step == 0) return;
  try {
    save();
    log::info("saved at step " + std::to_string(position_.step) + "; --auto-resume goes on there");
  } catch (const OutputError&) {
    // A full disk is what was being reported.
  }
}

void TrainingLoop::finish() {
  save();  // Before a validation that may take its time.
  if (session_.options.validation.interval > 0 && position_.validated_step != position_.step) {
    validate();
    saved_step_ = -1;
    save();  // With its records.
  }
  if (!is_first()) return;
  checkpoints_->save_latest(*session_.model, position_);
  std::error_code ignored;
  if (std::filesystem::file_size(folder_->metrics(), ignored) == 0 || ignored) return;
  write_training_report(folder_->metrics(), folder_->report(), session_.options.name);
}

TrainingSummary TrainingLoop::run() {
  const std::int64_t total = session_.options.total_steps;
  summary_.first_step = position_.step;
  started_ = Clock::now();
  if (is_first() && observer_.on_begin) observer_.on_begin(position_.step, total);
  if (position_.step < total) {
    if (is_validation_due() && position_.step > 0) validate();  // It was killed meanwhile.
    session_.pairs->start_epoch(data_position_.epoch, data_position_.batch);
  }
  while (position_.step < total) {
    if (session_.group->any(stop_.stop_requested())) {
      save();
      if (is_first()) {
        log::info("stopped after step " + std::to_string(position_.step) +
                  "; --auto-resume goes on from there");
      }
      throw Interrupted();
    }
    try {
      step();
    } catch (const Interrupted&) {  // While it validated: the step itself is done.
      save();
      throw;
    } catch (const MediaError&) {
      save_what_is_whole();
      throw;
    }
  }
  session_.pairs.reset();  // Its threads.
  finish();
  note_time();
  summary_.steps = position_.step;
  summary_.skipped_steps = position_.skipped_steps;
  summary_.seconds = position_.seconds - seconds_before_;
  if (folder_) summary_.folder = folder_->root();
  return summary_;
}

}  // namespace vcisr::trainers
