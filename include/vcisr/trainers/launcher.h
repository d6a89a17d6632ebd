// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vcisr::trainers {

/// Who started the processes of a training, and so which environment variables say where each
/// stands.
enum class Launcher {
  kAuto,     ///< The first whose variables are there: torchrun, Open MPI, srun; else one process.
  kNone,     ///< One process, whatever the environment says.
  kPytorch,  ///< torchrun: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT.
  kMpi,      ///< mpirun of Open MPI: OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK, _LOCAL_SIZE.
  kSlurm     ///< srun: SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_NODELIST.
};

/// "auto", "none", "pytorch", "mpi", "slurm"; ConfigError names the allowed words.
[[nodiscard]] Launcher parse_launcher(std::string_view name);

/// Where this process stands among those that train together.
struct ProcessPlace {
  int rank = 0;        ///< 0 <= rank < world. Rank 0 logs, saves and validates.
  int world = 1;       ///< Number of processes.
  int local_rank = 0;  ///< Number on this machine: picks the GPU.
  /// Where the processes meet: rank 0's machine and a free port of it.
  std::string rendezvous_host = "127.0.0.1";
  int rendezvous_port = 29500;
  /// The launcher listens there already (torchrun's agent does), so rank 0 must not.
  bool is_rendezvous_hosted = false;
};

/// Reads an environment variable; tests give their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

/// Reads the launcher's variables. MASTER_ADDR and MASTER_PORT win over what else is known of the
/// rendezvous: `port` (a config's dist_params.port), else 29500 or, under Slurm, a port made of the
/// job's number, so that two jobs on one machine do not meet each other. Where all processes are
/// on one machine, they meet on the loopback address.
///
/// Errors  ConfigError for variables that are missing, no numbers or out of range, and where Open
///         MPI spans machines but MASTER_ADDR does not say where rank 0 is.
[[nodiscard]] ProcessPlace find_process_place(
    Launcher launcher, const Environment& environment = process_environment(),
    std::optional<int> port = std::nullopt);

/// The hosts of Slurm's compressed list: "node[01-03,7],gpu" is node01, node02, node03, node7, gpu.
/// Errors  ConfigError for text that is no such list, or more than 65,536 hosts.
[[nodiscard]] std::vector<std::string> expand_node_list(std::string_view list);

}  // namespace vcisr::trainers
