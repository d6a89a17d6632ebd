// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace vcisr {

/// Root of what the library throws outside tensor code. The message is one sentence: subject, value
/// found, what was expected. A library never exits, prints or swallows; tools turn each type into
/// its exit code (docs/cli.md).
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Wrong flag, wrong key, wrong value: the user's request makes no sense. Exit code 2.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A film or picture that cannot be read or written.
class MediaError : public Error {
 public:
  using Error::Error;
};

/// An input that cannot be read. Exit code 3.
class InputError : public MediaError {
 public:
  using MediaError::MediaError;
};

/// An output that cannot be written: encoder, container, disk, existing file. Exit code 4.
class OutputError : public MediaError {
 public:
  using MediaError::MediaError;
};

/// A device that is missing or out of memory. Exit code 5.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A model file that is missing, damaged, hostile or of another network. Exit code 6.
class CheckpointError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (SIGINT, SIGTERM). Exit code 130.
class Interrupted : public Error {
 public:
  Interrupted() : Error("interrupted") {}
};

}  // namespace vcisr
