// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/model_files.h"
#include "support/temp_folder.h"
#include "vcisr/core/file.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tensorfile {
namespace {

using tests::corpus;
using tests::refusal;
using tests::TempFolder;

std::filesystem::path file_of(const TempFolder& folder, const std::string& header,
                              std::size_t data_bytes) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    text[i] = static_cast<char>((std::uint64_t{header.size()} >> (8 * i)) & 255);
  }
  tests::write_text(folder / "made.safetensors", text + header + std::string(data_bytes, '\1'));
  return folder / "made.safetensors";
}

TEST(Safetensors, WritesWhatItReads) {
  const TempFolder folder;
  const auto original = tests::sample_checkpoint();
  write_safetensors(folder / "a.safetensors", original, false);
  write_safetensors(folder / "b.safetensors", original, false);
  const auto bytes = read_file(folder / "a.safetensors");
  EXPECT_EQ(bytes, read_file(folder / "b.safetensors"));
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0u);
  const auto back = read_checkpoint(folder / "a.safetensors");
  tests::expect_same_tensors(original, back);
  EXPECT_EQ(back.metadata.at("licence"), "Apache-2.0");
  EXPECT_EQ(back.metadata.at("format"), "pt");
  EXPECT_THROW(write_safetensors(folder / "a.safetensors", original, false), OutputError);
  EXPECT_THROW(write_safetensors(folder / "no/a.safetensors", original, false), OutputError);
}

TEST(Safetensors, KeepsTheOrderOfTensorsOfOneType) {
  const TempFolder folder;
  Checkpoint checkpoint;
  for (const char* name : {"z", "a", "m"}) checkpoint.tensors.emplace_back(name, torch::rand({3}));
  write_safetensors(folder / "a.safetensors", checkpoint, false);
  const auto back = read_checkpoint(folder / "a.safetensors");
  EXPECT_EQ(back.tensors[0].first, "z");
  EXPECT_EQ(back.tensors[1].first, "a");
  EXPECT_EQ(back.tensors[2].first, "m");
}

TEST(Safetensors, RefusesWhatTheFormatForbids) {
  const TempFolder folder;
  struct Case {
    std::string header;
    std::size_t data_bytes;
    std::string reason;
  };
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const auto with = [](const std::string& body) { return "{" + body + "}"; };
  for (const auto& item : std::vector<Case>{
           {with(a), 4, "outside the file"},
           {with(a), 9, "9 bytes of data, its header describes 8"},
           {with(a + "," + a), 8, "names 'a' twice"},
           {with(a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]})"), 8, "overlap"},
           {with(a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})"), 16, "hole"},
           {with(R"("a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), 8, "8 bytes for 3"},
           {with(R"("a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), 8, "size -2"},
           {with(R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), 8, "outside"},
           {with(R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,-8]})"), 8, "outside"},
           {with(R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0]})"), 8, "outside"},
           {with(R"("a":{"dtype":"F32","shape":[2]})"), 8, "lacks dtype, shape or data_offsets"},
           {with(R"("a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]})"), 8, "wrong kind"},
           {with(R"("a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})"), 8, "wrong kind"},
           {with(R"("a":{"dtype":"F8_E5M2","shape":[8],"data_offsets":[0,8]})"), 8,
            "as F8_E5M2, which is not supported"},
           {with(R"("a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]})"), 0,
            "overflow"},
           {with(R"("a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]})"), 8,
            "is damaged"},
           {with(R"("a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"), 8,
            "twice"},
           {with(R"("a":{"dtype":"F32","more":1,"shape":[2],"data_offsets":[0,8]})"), 8,
            "unknown field 'more'"},
           {with(R"("a":7)"), 0, "wrong kind"},
           {with(R"("__metadata__":{"k":1},)" + a), 8, "wrong kind"},
           {with(R"("__metadata__":{"k":"1","k":"2"},)" + a), 8, "twice"},
           {with(R"("__metadata__":{"k":"1"})"), 0, "holds no tensors"},
           {with(""), 0, "holds no tensors"},
           {"{\"a\":", 8, "is no JSON"},
           {"{} x", 0, "is no JSON"},
           {"{" + std::string(100'000, '['), 0, "is no JSON"},
           {R"({"a":)" + std::string(100'000, '{'), 0, "is no JSON"},
           {with(R"("a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]})"), 8, ""}}) {
    const auto text = refusal(file_of(folder, item.header, item.data_bytes));
    if (item.reason.empty()) {
      EXPECT_EQ(text, "");
    } else {
      EXPECT_NE(text.find(item.reason), std::string::npos) << item.reason << ": " << text;
    }
  }
  EXPECT_NE(refusal(corpus("safetensors/f8.safetensors")).find("F8_E4M3"), std::string::npos);
  EXPECT_NE(refusal(corpus("safetensors/overflow.safetensors")).find("overflow"),
            std::string::npos);
}

TEST(Safetensors, RefusesAHeaderLargerThanTheFile) {
  const TempFolder folder;
  for (const char last : {'\0', '\x7f', '\xff'}) {
    std::string text("\xff\xff\xff\x00\x00\x00\x00", 7);
    text += last;
    tests::write_text(folder / "a.safetensors", text + "{}");
    EXPECT_NE(refusal(folder / "a.safetensors").find("safetensors header claims"),
              std::string::npos);
  }
}

TEST(Safetensors, RefusesBoolsThatAreNone) {
  const TempFolder folder;
  Checkpoint checkpoint;
  checkpoint.tensors = {{"b", torch::ones({4}, torch::kBool)}};
  write_safetensors(folder / "a.safetensors", checkpoint, false);
  auto bytes = read_file(folder / "a.safetensors");
  bytes.back() = 2;
  tests::write_bytes(folder / "a.safetensors", bytes);
  EXPECT_NE(refusal(folder / "a.safetensors").find("'b' holds what is no bool"), std::string::npos);
}

TEST(Safetensors, OpensInPython) {
  if (!tests::has_python()) GTEST_SKIP() << "no Python with torch";
  if (tests::run({VCISR_TORCH_PYTHON, "-c", "import safetensors"}).exit_code != 0) {
    GTEST_SKIP() << "no Python package safetensors";
  }
  const TempFolder folder;
  const auto checkpoint = tests::sample_checkpoint();
  write_safetensors(folder / "ours.safetensors", checkpoint, false);
  const auto out = tests::python(
      "import sys\n"
      "from safetensors.torch import load_file, save_file\n"
      "from safetensors import safe_open\n"
      "p = load_file(sys.argv[1])\n"
      "print(safe_open(sys.argv[1], 'pt').metadata()['licence'], len(p))\n"
      "save_file({k: v.contiguous() for k, v in p.items()}, sys.argv[2])\n",
      {(folder / "ours.safetensors").string(), (folder / "theirs.safetensors").string()});
  EXPECT_EQ(out, "Apache-2.0 12\n");
  tests::expect_same_tensors(checkpoint, read_checkpoint(folder / "theirs.safetensors"));
}

}  // namespace
}  // namespace vcisr::tensorfile
