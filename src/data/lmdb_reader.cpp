// SPDX-License-Identifier: Apache-2.0
#include "data/lmdb_reader.h"

#include <memory>
#include <span>

#include <lmdb.h>

#include "data/lmdb_check.h"
#include "vcisr/core/error.h"

namespace vcisr::data {
namespace {

struct CloseEnvironment {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
struct AbortTransaction {
  void operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
};
using Transaction = std::unique_ptr<MDB_txn, AbortTransaction>;

}  // namespace

class LmdbReader::Impl {
 public:
  explicit Impl(const std::filesystem::path& folder) : name_(folder.string()) {
    check_lmdb_file(folder / "data.mdb");
    MDB_env* environment = nullptr;
    check(mdb_env_create(&environment));
    environment_.reset(environment);
    // Reading ahead is of no use to random access.
    check(mdb_env_open(environment, folder.c_str(),
                       MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD, 0));
    const Transaction transaction = begin();
    check(mdb_dbi_open(transaction.get(), nullptr, 0, &database_));
  }

  /// Calls take(bytes) if the key is there.
  template <class Take>
  bool find(const std::string& key, Take take) const {
    // One for each call: without the lock file it costs next to nothing.
    const Transaction transaction = begin();
    MDB_val name{key.size(), const_cast<char*>(key.data())};
    MDB_val value{};
    const int code = mdb_get(transaction.get(), database_, &name, &value);
    if (code == MDB_NOTFOUND || code == MDB_BAD_VALSIZE) return false;
    check(code);
    take(std::span(static_cast<const std::uint8_t*>(value.mv_data), value.mv_size));
    return true;
  }

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void check(int code) const {
    if (code == MDB_SUCCESS) return;
    throw InputError(name_ + ": cannot be read as an LMDB: " + mdb_strerror(code));
  }

  [[nodiscard]] Transaction begin() const {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment_.get(), nullptr, MDB_RDONLY, &transaction));
    return Transaction(transaction);
  }

  std::string name_;
  std::unique_ptr<MDB_env, CloseEnvironment> environment_;
  MDB_dbi database_ = 0;
};

LmdbReader::LmdbReader(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(folder)) {}
LmdbReader::~LmdbReader() = default;

std::vector<std::uint8_t> LmdbReader::read(const std::string& key) const {
  std::vector<std::uint8_t> bytes;
  const bool is_there = impl_->find(key, [&bytes](std::span<const std::uint8_t> value) {
    bytes.assign(value.begin(), value.end());
  });
  if (!is_there) throw InputError(impl_->name() + ": has no entry '" + key + "'");
  return bytes;
}

bool LmdbReader::has(const std::string& key) const {
  return impl_->find(key, [](std::span<const std::uint8_t>) {});
}

}  // namespace vcisr::data
