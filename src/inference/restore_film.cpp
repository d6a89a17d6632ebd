// SPDX-License-Identifier: Apache-2.0
#include "vcisr/inference/restore_film.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <ATen/Parallel.h>

#include "inference/pipeline.h"
#include "vcisr/core/error.h"
#include "vcisr/imaging/frame_tensor.h"
#include "vcisr/ops/color.h"

namespace vcisr::inference {
namespace {

using Batch = std::vector<media::Frame>;

/// The middle stage of one thread: buffers are made for the first batch and used again for all
/// others.
class FrameProcessor {
 public:
  FrameProcessor(Restorer& restorer, const media::VideoInfo& source, const FrameSink& sink)
      : restorer_(restorer),
        from_(imaging::planar_format(source.format, source.color)),
        to_format_(sink.format()),
        to_(imaging::planar_format(to_format_, sink.color())),
        quarter_turns_(sink.quarter_turns()) {}

  Batch process(const Batch& frames) {
    const torch::InferenceMode inference;
    make_buffers(frames);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      auto planes = imaging::plane_tensors(frames[i]);
      if (!restorer_.device().is_cpu()) {
        for (auto& plane : planes) plane = plane.to(restorer_.device());
      }
      auto rgb = lq_[static_cast<std::int64_t>(i)];
      ops::planar_to_rgb(planes, from_, rgb);
    }
    restorer_.restore(lq_, restored_);
    Batch done;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      done.push_back(to_frame(restored_[static_cast<std::int64_t>(i)], frames[i]));
    }
    return done;
  }

 private:
  void make_buffers(const Batch& frames) {
    const auto count = static_cast<std::int64_t>(frames.size());
    const auto h = frames.front().height();
    const auto w = frames.front().width();
    if (lq_.defined() && lq_.size(0) == count) return;
    const auto options = torch::dtype(torch::kFloat32).device(restorer_.device());
    lq_ = torch::empty({count, 3, h, w}, options);
    restored_ =
        torch::empty({count, 3, restorer_.output_size(h), restorer_.output_size(w)}, options);
  }

  media::Frame to_frame(const torch::Tensor& restored, const media::Frame& source) const {
    const auto turned =
        imaging::rotate_clockwise(restored, quarter_turns_).contiguous();  // [3, H, W]
    media::Frame frame(to_format_, turned.size(2), turned.size(1));
    auto planes = imaging::plane_tensors(frame);
    if (turned.device().is_cpu()) {
      ops::rgb_to_planar(turned, to_, planes);
    } else {
      std::vector<torch::Tensor> on_device;
      for (const auto& plane : planes) {
        on_device.push_back(torch::empty(plane.sizes(), plane.options().device(turned.device())));
      }
      ops::rgb_to_planar(turned, to_, on_device);
      for (std::size_t i = 0; i < planes.size(); ++i) planes[i].copy_(on_device[i]);
    }
    frame.pts = source.pts;
    frame.duration = source.duration;
    frame.is_damaged = source.is_damaged;
    return frame;
  }

  Restorer& restorer_;
  ops::PlanarFormat from_;
  media::PixelFormat to_format_;
  ops::PlanarFormat to_;
  int quarter_turns_;
  torch::Tensor lq_;        // [N, 3, h, w]
  torch::Tensor restored_;  // [N, 3, H, W]
};

std::int64_t choose_workers(const FilmOptions& options, const Restorer& restorer) {
  if (!restorer.is_concurrent()) return 1;
  if (options.process_workers > 0) return options.process_workers;
  if (!restorer.is_light()) return 1;
  return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 8);
}

std::int64_t choose_batch(const FilmOptions& options, const Restorer& restorer,
                          const media::VideoInfo& info) {
  if (options.batch > 0) return options.batch;
  if (restorer.device().is_cpu() || restorer.is_light()) return 1;
  // A batch fills a GPU with small pictures; from 540p on one frame does.
  const std::int64_t pixels = std::max<std::int64_t>(1, info.width * info.height);
  return std::clamp<std::int64_t>(960 * 540 / pixels, 1, 8);
}

/// LibTorch's pool is shared by the process: one thread each where several workers run side by
/// side.
class IntraOpThreads {
 public:
  explicit IntraOpThreads(std::int64_t workers) : before_(at::get_num_threads()) {
    if (workers > 1) at::set_num_threads(1);
  }
  ~IntraOpThreads() { at::set_num_threads(before_); }
  IntraOpThreads(const IntraOpThreads&) = delete;
  IntraOpThreads& operator=(const IntraOpThreads&) = delete;

 private:
  int before_;
};

}  // namespace

FrameSize restored_size(const media::VideoInfo& source, const Restorer& restorer) {
  return {restorer.output_size(source.width), restorer.output_size(source.height)};
}

FilmReport restore_film(FrameSource& source, Restorer& restorer, FrameSink& sink,
                        const FilmOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto workers = choose_workers(options, restorer);
  const auto batch_size = choose_batch(options, restorer, source.info());
  const IntraOpThreads threads(workers);

  FilmReport report;
  report.process_workers = workers;
  std::vector<FrameProcessor> processors;
  for (std::int64_t i = 0; i < workers; ++i) {
    processors.emplace_back(restorer, source.info(), sink);
  }
  Pipeline<Batch, Batch> pipeline(
      [&]() -> std::optional<Batch> {
        Batch batch;
        while (static_cast<std::int64_t>(batch.size()) < batch_size) {
          auto frame = source.read();
          if (!frame) break;
          ++report.frames_read;
          batch.push_back(std::move(*frame));
        }
        if (batch.empty()) return std::nullopt;
        return batch;
      },
      [&](Batch batch, std::size_t worker) { return processors[worker].process(batch); },
      [&](Batch batch) {
        for (const auto& frame : batch) {
          sink.write(frame);
          ++report.frames_written;
          if (options.on_progress) options.on_progress(report.frames_written);
        }
      },
      {.workers = static_cast<std::size_t>(workers), .queue_depth = 2});
  const StageSeconds busy = pipeline.run(options.stop);
  if (report.frames_written == 0) {
    throw InputError(source.info().path + ": holds no frame that can be shown");
  }
  const auto finish_start = std::chrono::steady_clock::now();
  sink.finish();
  const auto end = std::chrono::steady_clock::now();

  report.decode_seconds = busy.produce;
  report.process_seconds = busy.transform;
  report.encode_seconds = busy.consume + std::chrono::duration<double>(end - finish_start).count();
  report.seconds = std::chrono::duration<double>(end - start).count();
  report.damage_count = source.damage_count();
  report.events = restorer.events();
  return report;
}

}  // namespace vcisr::inference
