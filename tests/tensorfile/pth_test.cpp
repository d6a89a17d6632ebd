// SPDX-License-Identifier: Apache-2.0
// .pth both ways: against Python's torch, and against files that mean harm.
#include <array>
#include <cstring>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/model_files.h"
#include "support/temp_folder.h"
#include "tensorfile/crc32.h"
#include "tensorfile/pickle.h"
#include "tensorfile/zip_writer.h"
#include "vcisr/core/error.h"
#include "vcisr/core/file.h"
#include "vcisr/tensorfile/checkpoint.h"

namespace vcisr::tensorfile {
namespace {

using tests::corpus;
using tests::refusal;
using tests::TempFolder;

/// A .pth with this pickle and a storage "0" of 24 bytes.
std::filesystem::path archive(const TempFolder& folder, const std::string& pickle,
                              const std::string& folder_name = "archive/",
                              const std::string& extra = "") {
  const auto path = folder / "made.pth";
  CheckpointOutput output(path, true);
  ZipWriter zip(output);
  const std::array<std::uint8_t, 24> storage{};
  zip.add(folder_name + "data.pkl",
          {reinterpret_cast<const std::uint8_t*>(pickle.data()), pickle.size()});
  zip.add(folder_name + "data/0", storage);
  if (!extra.empty()) zip.add(extra, storage);
  zip.finish();
  output.commit();
  return path;
}

/// {"a": _rebuild_tensor_v2(storage of `elements` floats, offset, sizes, strides)}; numbers as
/// opcodes, e.g. "K\x06".
std::string tensor_pickle(const std::string& elements, const std::string& offset,
                          const std::string& sizes, const std::string& strides) {
  return "\x80\x02}X\x01" + std::string(3, '\0') +
         "actorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x01" +
         "0U\x03"
         "cpu" +
         elements + "tQ" + offset + "(" + sizes + "t(" + strides +
         "t\x89"
         "ccollections\nOrderedDict\n)RtRs.";
}

const std::string kHuge = std::string("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 10);

TEST(Pth, ReadsAHandMadeTensor) {
  const TempFolder folder;
  const auto path = archive(folder, tensor_pickle("K\x06", "K\x01", "K\x02K\x02", "K\x03K\x01"));
  ASSERT_EQ(refusal(path), "");
  EXPECT_EQ(read_checkpoint(path).tensors[0].second.sizes(), (std::vector<std::int64_t>{2, 2}));
  // Any name of the folder inside the archive.
  EXPECT_EQ(refusal(archive(folder, tensor_pickle("K\x06", "K\x01", "K\x02", "K\x01"), "net 5/x/")),
            "");
}

TEST(Pth, RefusesTensorsThatReachOutOfTheirStorage) {
  const TempFolder folder;
  struct Case {
    std::string elements, offset, sizes, strides, reason;
  };
  const std::string minus = "J\xff\xff\xff\xff";
  for (const auto& item : std::vector<Case>{
           {"K\x06", "K\x02", "K\x05", "K\x01", "reaches to element 7 of a storage of 6"},
           {"K\x06", "K\x07", "K" + std::string(1, '\0'), "K\x01", "reaches to element 7"},
           {"K\x07", "K\x01", "K\x02", "K\x01", "has 24 bytes, 28 are needed"},
           {kHuge, "K\x01", "K\x02", "K\x01", "elements"},
           {"K\x06", kHuge, "K\x02", "K\x01", "overflow"},
           {"K\x06", "K\x01", kHuge + kHuge, "K\x01K\x01", "overflow"},
           {"K\x06", "K\x01", "K\x03", kHuge, "overflow"},
           {"K\x06", minus, "K\x02", "K\x01", "starts before its storage"},
           {"K\x06", "K\x01", minus, "K\x01", "size -1"},
           {"K\x06", "K\x01", "K\x02", minus, "negative stride"},
           {"K\x06", "K\x01", "K\x02K\x02", "K\x01", "2 sizes and 1 strides"},
           {minus, "K\x01", "K\x02", "K\x01", "negative size"},
           {"K\x06", "N", "K\x02", "K\x01", "a tensor's offset"},
           {"K\x06", "K\x01", "N", "K\x01", "a tensor's sizes"},
           {"K\x06", "K" + std::string(1, '\0'), "J\xff\xff\xff\x7f", "K" + std::string(1, '\0'),
            "far more than the file has"}}) {
    const auto text = refusal(
        archive(folder, tensor_pickle(item.elements, item.offset, item.sizes, item.strides)));
    EXPECT_NE(text.find(item.reason), std::string::npos) << item.reason << ": " << text;
  }
}

TEST(Pth, RefusesPicklesThatCallSomething) {
  EXPECT_NE(refusal(corpus("pth/evil.pth")).find("it asks for posix.system"), std::string::npos);
  const TempFolder folder;
  for (const char* call :
       {"cos\nsystem\n(U\x04"
        "echo"
        "tR.",
        "cposix\nsystem\n(U\x04"
        "echo"
        "tR.",
        "c__builtin__\neval\n(U\x01"
        "1tR.",
        "cbuiltins\ngetattr\n)R.", "cbuiltins\nexec\n)R.", "csubprocess\nPopen\n)R.",
        "ctorch\nload\n)R.", "ctorch.hub\nload\n)R.", "cnumpy\nfromfile\n)R.",
        "comegaconf.os\nsystem\n)R.", "cpytorch_lightning.x\nA.os.system\n)R.",
        "crunpy\n_run_code\n)R.", "U\x02osU\x06system\x93)R.", "ccollections\nnamedtuple\n)R.",
        "cbuiltins\n__import__\n)R.", "coperator\nattrgetter\n)R.", "c\n\n)R."}) {
    const auto text = refusal(archive(folder, std::string("\x80\x02") + call));
    EXPECT_NE(text.find("is refused: it asks for "), std::string::npos) << call << ": " << text;
    EXPECT_NE(text.find("nothing in it was run"), std::string::npos) << text;
  }
  // Allowed words, used for what they are not.
  for (const char* misuse :
       {"ctorch\nFloatStorage\n)R.", "ctorch\nfloat32\n)R.", "K\x01)R.",
        "ctorch._utils\n_rebuild_tensor_v2\n)R.", "ctorch._utils\n_rebuild_parameter\n)R.",
        "ctorch._tensor\n_rebuild_from_type_v2\n)R.", "K\x01}b.", "]K\x01K\x02s.",
        "}K\x01"
        "a.",
        "(K\x01u.", ")Q.", "h\x01.", "2.", "0.", "t.", "\x90.", "i1\n.", "\x97.", "P0\n."}) {
    EXPECT_NE(refusal(archive(folder, std::string("\x80\x02") + misuse)), "") << misuse;
  }
}

TEST(Pth, LeavesConfigurationObjectsInert) {
  // As in Lightning's .ckpt: an omegaconf object with attributes and items beside the weights.
  const TempFolder folder;
  const auto tensor = tensor_pickle("K\x06", "K\x01", "K\x02", "K\x01");
  const std::string object =
      "comegaconf.dictconfig\nDictConfig\n)\x81}U\x01xctyping\nAny\nsbK\x01K\x02s";
  const std::string weights = tensor.substr(2, tensor.size() - 3);
  const std::string pickle =
      "\x80\x02}(U\x03"
      "cfg" +
      object + "U\x06params" + weights +
      "U\x05"
      "epochK\x09U\x04"
      "timeG\x3f\xf8" +
      std::string(6, '\0') + "u.";
  const auto checkpoint = read_checkpoint(archive(folder, pickle));
  EXPECT_EQ(checkpoint.tensors.size(), 1u);
  EXPECT_EQ(checkpoint.metadata,
            (std::map<std::string, std::string>{{"epoch", "9"}, {"time", "1.5"}}));
}

TEST(Pth, ReadsNestedAndCyclicPicklesInFlatMemory) {
  const TempFolder folder;
  const std::string deep =
      "\x80\x02" + std::string(1'000'000, '(') + "N" + std::string(1'000'000, 't') + ".";
  EXPECT_NE(refusal(archive(folder, deep)).find("holds no state dict"), std::string::npos);
  // A dict whose only value is itself, and a tuple in its own memo.
  EXPECT_NE(refusal(archive(folder, "\x80\x02}q\x01U\x01xh\x01s.")).find("holds no state dict"),
            std::string::npos);
  std::string copies = "\x80\x02](" + std::string(100'000, 'N') + "eq\x01";
  for (int i = 0; i < 1000; ++i) copies += "ccollections\nOrderedDict\nh\x01\x85R0";
  EXPECT_NE(refusal(archive(folder, copies + ".")), "");
}

TEST(Pth, TellsOtherArchivesApart) {
  const TempFolder folder;
  const auto tensor = tensor_pickle("K\x06", "K\x01", "K\x02", "K\x01");
  EXPECT_NE(refusal(archive(folder, tensor, "archive/", "archive/constants.pkl"))
                .find("is a TorchScript program"),
            std::string::npos);
  EXPECT_NE(refusal(archive(folder, tensor, "archive/", "other/data.pkl")).find("two records"),
            std::string::npos);
  EXPECT_NE(refusal(archive(folder, tensor, "archive/", "archive/data/0")).find("twice"),
            std::string::npos);
  EXPECT_NE(refusal(archive(folder, tensor, "archive/", "archive/byteorder")).find("big-endian"),
            std::string::npos);
}

TEST(Pth, WritesWhatItReads) {
  const TempFolder folder;
  const auto original = tests::sample_checkpoint();
  write_pth(folder / "a.pth", original, false);
  write_pth(folder / "b.pth", original, false);
  EXPECT_EQ(read_file(folder / "a.pth"), read_file(folder / "b.pth"));
  const auto back = read_checkpoint(folder / "a.pth");
  tests::expect_same_tensors(original, back);
  EXPECT_EQ(back.metadata, original.metadata);
  EXPECT_EQ(back.wrapper, "params");
  EXPECT_EQ(back.tensors[3].first, original.tensors[3].first);
  EXPECT_THROW(write_pth(folder / "a.pth", original, false), OutputError);
  write_pth(folder / "a.pth", original, true);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.pth", "b.pth"}));
}

TEST(Pth, KeepsMetadataAwayFromTheWrappersNames) {
  const TempFolder folder;
  auto checkpoint = tests::sample_checkpoint();
  checkpoint.metadata = {{"model", "a"}, {"params_ema", "b"}};
  checkpoint.wrapper = "params_ema; prefix module.";
  write_pth(folder / "a.pth", checkpoint, false);
  const auto back = read_checkpoint(folder / "a.pth");
  EXPECT_EQ(back.wrapper, "params_ema");
  EXPECT_EQ(back.metadata.at("metadata_model"), "a");
}

TEST(Pth, RefusesToWriteWhatNoFileTakes) {
  const TempFolder folder;
  Checkpoint twice;
  twice.tensors = {{"a", torch::zeros({1})}, {"a", torch::zeros({1})}};
  EXPECT_THROW(write_pth(folder / "a.pth", twice, false), OutputError);
  Checkpoint complex;
  complex.tensors = {{"a", torch::zeros({1}, torch::kComplexFloat)}};
  EXPECT_THROW(write_pth(folder / "a.pth", complex, false), OutputError);
  EXPECT_THROW(write_safetensors(folder / "a.safetensors", complex, false), OutputError);
  EXPECT_TRUE(folder.names().empty());
}

TEST(Pth, OpensInPython) {
  if (!tests::has_python()) GTEST_SKIP() << "no Python with torch";
  const TempFolder folder;
  auto checkpoint = tests::sample_checkpoint();
  const auto tied = torch::rand({5});
  checkpoint.tensors.emplace_back("tied1", tied);
  checkpoint.tensors.emplace_back("tied2", tied);
  write_pth(folder / "ours.pth", checkpoint, false);
  const auto out = tests::python(
      "import sys, torch, zipfile\n"
      "assert zipfile.ZipFile(sys.argv[1]).testzip() is None\n"
      "for mmap in (False, True):\n"
      "  f = torch.load(sys.argv[1], weights_only=True, mmap=mmap)\n"
      "  p = f['params']\n"
      "  assert p['tied1'].data_ptr() == p['tied2'].data_ptr()\n"
      "  assert torch.equal(p['transposed'], p['fp32'].t())\n"
      "  assert f['licence'] == 'Apache-2.0' and f['title'] == 'Gr\\u00fc\\u00df'\n"
      "print(type(p).__name__, *[f'{k}:{v.dtype}:{tuple(v.shape)}:{v.flatten().tolist()}'\n"
      "  for k, v in p.items() if not k.startswith('t')], sep='|')\n"
      "torch.save({'params_ema': {'module.' + k: v for k, v in p.items()}}, sys.argv[2])\n",
      {(folder / "ours.pth").string(), (folder / "theirs.pth").string()});
  EXPECT_EQ(out,
            "OrderedDict|fp32:torch.float32:(2, 3):[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]"
            "|fp64:torch.float64:(1,):[0.3333333333333333]|fp16:torch.float16:(2,):[1.5, -2.0]"
            "|bf16:torch.bfloat16:(2,):[0.5, 3.0]|int64:torch.int64:():[-7]"
            "|int32:torch.int32:(1,):[1073741824]|int16:torch.int16:(1,):[-300]"
            "|int8:torch.int8:(1,):[-3]|uint8:torch.uint8:(1,):[200]"
            "|bool:torch.bool:(2,):[True, False]|empty:torch.float32:(0, 4):[]\n");
  tests::expect_same_tensors(checkpoint, read_checkpoint(folder / "theirs.pth"));
}

TEST(Pth, ChecksumsAreThoseOfZip) {
  const std::string text = "123456789";
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(text.data()), 9);
  EXPECT_EQ(crc32(bytes), 0xCBF43926u);
  EXPECT_EQ(crc32(bytes.subspan(4), crc32(bytes.first(4))), 0xCBF43926u);
  std::vector<std::uint8_t> longer(1000);
  for (std::size_t i = 0; i < longer.size(); ++i) longer[i] = static_cast<std::uint8_t>(i * 7);
  EXPECT_EQ(crc32(std::span(longer).subspan(3), crc32(std::span(longer).first(3))), crc32(longer));
}

TEST(WritePth, KeepsSeveralDicts) {
  const TempFolder folder;
  Checkpoint plain, averaged;
  plain.tensors.emplace_back("w", torch::full({2}, 1.0F));
  plain.metadata["note"] = "x";
  averaged.tensors.emplace_back("w", torch::full({2}, 2.0F));
  write_pth(folder / "a.pth", {{"params", plain}, {"params_ema", averaged}}, false);
  const auto best = read_checkpoint(folder / "a.pth");
  EXPECT_EQ(best.wrapper, "params_ema");
  EXPECT_EQ(best.tensors[0].second[0].item<float>(), 2.0F);
  EXPECT_EQ(best.metadata.at("note"), "x");
  const auto other = read_checkpoint(folder / "a.pth", {.preferred_wrapper = "params"});
  EXPECT_EQ(other.tensors[0].second[0].item<float>(), 1.0F);
}

}  // namespace
}  // namespace vcisr::tensorfile
