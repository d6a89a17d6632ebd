// SPDX-License-Identifier: Apache-2.0
#include "vcisr/core/hash.h"

#include <fstream>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

// FIPS 180-4 examples.
TEST(Sha256, GivesThePublishedAnswers) {
  EXPECT_EQ(sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(bytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::vector<std::uint8_t>(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const tests::TempFolder folder;
  std::ofstream(folder / "a") << std::string(1000000, 'a');
  EXPECT_EQ(sha256_file(folder / "a"),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::ofstream(folder / "empty").close();
  EXPECT_EQ(sha256_file(folder / "empty"), sha256({}));
  EXPECT_THROW((void)sha256_file(folder / "none"), InputError);
  EXPECT_THROW((void)sha256_file(folder.path()), InputError);
}

// Frozen: cache keys and journals must not change with the library's version.
TEST(Xxh3, KeepsItsAnswers) {
  EXPECT_EQ(xxh3_64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(xxh3_64(bytes("abc")), 0x78af5f94892f3950u);
}

}  // namespace
}  // namespace vcisr
