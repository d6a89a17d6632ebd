// SPDX-License-Identifier: Apache-2.0
#include "support/subprocess.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vcisr::tests {
namespace {

using Pipe = std::array<int, 2>;

Pipe make_pipe() {
  Pipe ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return ends;
}

[[noreturn]] void execute(const std::vector<std::string>& arguments, const Pipe& in,
                          const Pipe& out, const Pipe& err) {
  ::dup2(in[0], 0);
  ::dup2(out[1], 1);
  ::dup2(err[1], 2);
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

/// Appends what is there; false at the end of the stream.
bool drain(int fd, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

SubprocessResult run(const std::vector<std::string>& arguments, const std::string& input) {
  ::signal(SIGPIPE, SIG_IGN);
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) execute(arguments, in, out, err);
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);

  SubprocessResult result;
  std::size_t written = 0;
  int input_fd = in[1];
  if (input.empty()) {
    ::close(input_fd);
    input_fd = -1;
  } else {
    ::fcntl(input_fd, F_SETFL, O_NONBLOCK);
  }
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    std::array<pollfd, 3> fds = {pollfd{out_open ? out[0] : -1, POLLIN, 0},
                                 pollfd{err_open ? err[0] : -1, POLLIN, 0},
                                 pollfd{input_fd, POLLOUT, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
    if (fds[0].revents != 0) out_open = drain(out[0], result.out);
    if (fds[1].revents != 0) err_open = drain(err[0], result.err);
    if (fds[2].revents != 0) {
      const ssize_t count = ::write(input_fd, input.data() + written, input.size() - written);
      if (count > 0) written += static_cast<std::size_t>(count);
      if ((count < 0 && errno != EAGAIN && errno != EINTR) || written == input.size()) {
        ::close(input_fd);
        input_fd = -1;
      }
    }
  }
  if (input_fd >= 0) ::close(input_fd);
  ::close(out[0]);
  ::close(err[0]);

  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.peak_rss_kib = usage.ru_maxrss;
  return result;
}

bool has_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((std::filesystem::path(folder) / name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace vcisr::tests
