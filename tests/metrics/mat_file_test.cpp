// SPDX-License-Identifier: Apache-2.0
#include "metrics/mat_file.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/mat_writer.h"
#include "support/temp_folder.h"
#include "vcisr/core/error.h"

namespace vcisr::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::TempFolder;

std::string error_of(const std::filesystem::path& path) {
  try {
    (void)read_mat_file(path);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

template <class T>
matvar_t* typed(const char* name, matio_classes kind, matio_types type, std::array<T, 3> values) {
  std::array<std::size_t, 2> sizes = {3, 1};
  return Mat_VarCreate(name, kind, type, 2, sizes.data(), values.data(), 0);
}

TEST(MatFile, ReadsEveryTypeOfNumber) {
  const TempFolder folder;
  const auto path = folder.path() / "types.mat";
  for (const auto compression : {MAT_COMPRESSION_NONE, MAT_COMPRESSION_ZLIB}) {
    write_mat(path,
              {typed<double>("a", MAT_C_DOUBLE, MAT_T_DOUBLE, {1, -2.5, 3e9}),
               typed<float>("b", MAT_C_SINGLE, MAT_T_SINGLE, {1, -2.5, 3}),
               typed<std::int8_t>("c", MAT_C_INT8, MAT_T_INT8, {1, -2, 3}),
               typed<std::uint8_t>("d", MAT_C_UINT8, MAT_T_UINT8, {1, 200, 3}),
               typed<std::int16_t>("e", MAT_C_INT16, MAT_T_INT16, {1, -2, 3000}),
               typed<std::uint16_t>("f", MAT_C_UINT16, MAT_T_UINT16, {1, 2, 60000}),
               typed<std::int32_t>("g", MAT_C_INT32, MAT_T_INT32, {1, -70000, 3}),
               typed<std::uint32_t>("h", MAT_C_UINT32, MAT_T_UINT32, {1, 2, 3000000000})},
              compression);
    const std::vector<MatValue> values = read_mat_file(path);
    ASSERT_EQ(values.size(), 8u);
    for (const MatValue& value : values) {
      EXPECT_EQ(value.kind, MatValue::Kind::kNumbers) << value.name;
      EXPECT_THAT(value.sizes, ElementsAre(3, 1));
    }
    EXPECT_THAT(values[0].numbers, ElementsAre(1, -2.5, 3e9));
    EXPECT_THAT(values[1].numbers, ElementsAre(1, -2.5, 3));
    EXPECT_THAT(values[2].numbers, ElementsAre(1, -2, 3));
    EXPECT_THAT(values[3].numbers, ElementsAre(1, 200, 3));
    EXPECT_THAT(values[4].numbers, ElementsAre(1, -2, 3000));
    EXPECT_THAT(values[5].numbers, ElementsAre(1, 2, 60000));
    EXPECT_THAT(values[6].numbers, ElementsAre(1, -70000, 3));
    EXPECT_THAT(values[7].numbers, ElementsAre(1, 2, 3000000000.0));
  }
}

TEST(MatFile, ReadsCellsAndStructs) {
  const TempFolder folder;
  const auto path = folder.path() / "nested.mat";
  const MatValue tree =
      cell("outer", {struct_array("", {{numbers("x", 1, 1, {1}), numbers("y", 2, 1, {2, 3})},
                                       {numbers("x", 1, 1, {4}), numbers("y", 1, 2, {5, 6})}}),
                     numbers("", 0, 0, {})});
  for (const auto compression : {MAT_COMPRESSION_NONE, MAT_COMPRESSION_ZLIB}) {
    write_mat(path, {to_matvar(tree)}, compression);
    const std::vector<MatValue> values = read_mat_file(path);
    ASSERT_EQ(values.size(), 1u);
    EXPECT_EQ(values[0].name, "outer");
    EXPECT_EQ(values[0].kind, MatValue::Kind::kCell);
    ASSERT_EQ(values[0].children.size(), 2u);
    EXPECT_TRUE(values[0].children[1].numbers.empty());
    const MatValue& structs = values[0].children[0];
    EXPECT_EQ(structs.kind, MatValue::Kind::kStruct);
    ASSERT_EQ(structs.children.size(), 2u);
    ASSERT_EQ(structs.children[1].children.size(), 2u);
    EXPECT_EQ(structs.children[1].children[1].name, "y");
    EXPECT_THAT(structs.children[0].children[1].numbers, ElementsAre(2, 3));
    EXPECT_THAT(structs.children[1].children[0].numbers, ElementsAre(4));
    EXPECT_THAT(structs.children[1].children[1].sizes, ElementsAre(1, 2));
  }
}

TEST(MatFile, LeavesTextAlone) {
  const TempFolder folder;
  const auto path = folder.path() / "text.mat";
  std::array<std::size_t, 2> sizes = {1, 3};
  std::string text = "abc";
  write_mat(path, {Mat_VarCreate("t", MAT_C_CHAR, MAT_T_UINT8, 2, sizes.data(), text.data(), 0)},
            MAT_COMPRESSION_NONE);
  EXPECT_EQ(read_mat_file(path).at(0).kind, MatValue::Kind::kOther);
}

TEST(MatFile, SaysWhatIsNoMatlabFile) {
  const TempFolder folder;
  EXPECT_THAT(error_of(folder.path() / "missing.mat"), HasSubstr("missing.mat: "));
  const auto path = folder.path() / "text.mat";
  std::ofstream(path) << "this is no MATLAB file, but it is long enough to have a header: "
                      << std::string(500, '.');
  EXPECT_THAT(error_of(path), StartsWith(path.string() + ": "));
}

TEST(MatFile, NoticesATruncatedFile) {
  const TempFolder folder;
  const auto path = folder.path() / "short.mat";
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));
  for (const auto compression : {MAT_COMPRESSION_NONE, MAT_COMPRESSION_ZLIB}) {
    for (const double share : {0.1, 0.3, 0.6, 0.9, 0.99}) {
      write_mat(path,
                {to_matvar(struct_array("s", {{numbers("x", 20, 20, values)}})),
                 to_matvar(numbers("last", 20, 20, values))},
                compression);
      const auto size = static_cast<double>(std::filesystem::file_size(path));
      std::filesystem::resize_file(path, static_cast<std::uintmax_t>(share * size));
      EXPECT_THAT(error_of(path), StartsWith(path.string() + ": ")) << compression << " " << share;
    }
  }
}

TEST(MatFile, ReadsFromSeveralThreads) {
  const TempFolder folder;
  const auto path = folder.path() / "shared.mat";
  write_mat(path, {to_matvar(numbers("x", 1, 3, {1, 2, 3}))}, MAT_COMPRESSION_ZLIB);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&path] { EXPECT_THAT(read_mat_file(path).at(0).numbers, ElementsAre(1, 2, 3)); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace vcisr::metrics
