// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vcisr/core/config.h"
#include "vcisr/losses/gan.h"
#include "vcisr/losses/loss.h"
#include "vcisr/losses/perceptual.h"
#include "vcisr/networks/discriminator.h"
#include "vcisr/networks/network.h"
#include "vcisr/trainers/learning_rate.h"
#include "vcisr/trainers/optimizer.h"
#include "vcisr/trainers/train_options.h"

namespace vcisr::trainers {

/// A loss on pixels, by the name that logs have for it ("l_g_pix").
struct PixelTerm {
  std::string name;
  losses::LossPtr loss;
};

/// What a training file says of the networks and of what they are trained with.
struct TrainingParts {
  std::string network_yaml;  ///< Builds the same network again; goes into model files.
  std::shared_ptr<networks::Network> network;
  networks::DiscriminatorPtr discriminator;  ///< nullptr without a GAN loss.

  std::vector<PixelTerm> pixel;
  std::optional<losses::PerceptualLoss> perceptual;
  std::optional<losses::GanLoss> gan;

  AdamOptions optimizer;
  std::shared_ptr<const LearningRate> learning_rate;
  AdamOptions discriminator_optimizer;
  std::shared_ptr<const LearningRate> discriminator_learning_rate;
};

/// network_g alone. Errors  ConfigError, also where it does not enlarge by options.scale.
[[nodiscard]] networks::NetworkPtr make_network(const Config& config, const TrainOptions& options);
/// Loads path.pretrain_network_g, if that is given. Errors  CheckpointError.
void load_generator(const PathOptions& path, networks::Network& network);

/// Reads network_g, network_d and `train`: losses as BasicSR's pixel_opt, perceptual_opt and
/// gan_opt or as traiNNer's list `losses`; optim_g, optim_d; scheduler, scheduler_d. Without
/// scheduler_d the discriminator follows `scheduler`, except VCISR's, which is the generator's
/// alone, as published.
///
/// Random   Weights are drawn from LibTorch's generator: seed it before.
/// Errors   ConfigError with file, line and key; CheckpointError: VGG19's weights are missing.
[[nodiscard]] TrainingParts make_training_parts(const Config& config, const TrainOptions& options);

/// Loads what path.pretrain_network_g and _d name. With strict_load false, tensors that are missing
/// or do not fit are left as they are, and a warning lists them.
/// Errors   CheckpointError.
void load_pretrained(const TrainOptions& options, TrainingParts& parts);

}  // namespace vcisr::trainers
