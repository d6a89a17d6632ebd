// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace vcisr::data {

/// Walks all pages of an LMDB's main database, because liblmdb trusts what it maps: a file cut
/// short, or with nonsense in it, would end the program.
///
/// Memory   A bit for each page. Values are not read.
/// Errors   InputError in one sentence: not to be read, no LMDB of 64-bit little-endian machines,
///          shorter than its pages, a page or entry that leaves it.
void check_lmdb_file(const std::filesystem::path& data_file);

}  // namespace vcisr::data
