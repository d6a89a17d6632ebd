// SPDX-License-Identifier: Apache-2.0
#include "media/encoder_parameter_names.h"

#include <sstream>

namespace vcisr::media {
namespace {

std::vector<std::string> split(const char* words) {
  std::istringstream stream(words);
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(std::move(word));
  return list;
}

bool is_x264(std::string_view encoder) { return encoder == "libx264" || encoder == "libx264rgb"; }

constexpr const char* kX264Names =
    "asm threads lookahead-threads sliced-threads sync-lookahead deterministic cpu-independent "
    "level bluray-compat avcintra-class avcintra-flavor sar overscan videoformat range colorprim "
    "transfer colormatrix chromaloc alternative-transfer mastering-display cll fps ref dpb-size "
    "keyint min-keyint scenecut intra-refresh bframes b-adapt b-bias b-pyramid open-gop nf "
    "no-deblock deblock slice-max-size slice-max-mbs slice-min-mbs slices slices-max cabac "
    "constrained-intra tff bff interlaced fake-interlaced frame-packing cqm cqmfile psnr ssim aud "
    "sps-id global-header repeat-headers annexb force-cfr nal-hrd filler pic-struct crop-rect "
    "opencl analyse partitions 8x8dct weightb weightp direct-pred chroma-qp-offset me merange "
    "mvrange mvrange-thread subme psy-rd psy chroma-me mixed-refs trellis fast-pskip dct-decimate "
    "deadzone-inter deadzone-intra nr bitrate qp qp_constant rc-lookahead qpmin qpmax qpstep crf "
    "crf-max ratetol vbv-maxrate vbv-bufsize vbv-init ipratio pbratio aq-mode aq-strength mbtree "
    "qcomp qblur cplxblur zones pass stats log";

constexpr const char* kX265Names =
    "asm frame-threads pools pmode pme wpp log-level csv preset tune profile level-idc high-tier "
    "ref limit-refs allow-non-conformance uhd-bd rd ctu min-cu-size limit-modes rect amp "
    "early-skip rskip splitrd-skip fast-intra b-intra cu-lossless tskip-fast rd-refine "
    "analysis-save analysis-load rdoq-level tu-intra-depth tu-inter-depth limit-tu nr-intra "
    "nr-inter tskip rdpenalty max-tu-size dynamic-rd ssim-rd max-merge me subme merange "
    "temporal-mvp weightp weightb analyze-src-pics hme strong-intra-smoothing constrained-intra "
    "psy-rd psy-rdoq open-gop keyint min-keyint scenecut scenecut-bias intra-refresh rc-lookahead "
    "gop-lookahead lookahead-slices lookahead-threads b-adapt bframes bframe-bias b-pyramid "
    "fades bitrate crf crf-max crf-min vbv-bufsize vbv-maxrate vbv-init vbv-end lossless aq-mode "
    "aq-strength aq-motion hevc-aq qg-size cutree pass stats slow-firstpass strict-cbr cbqpoffs "
    "crqpoffs ipratio pbratio qcomp qpstep qpmin qpmax rc-grain const-vbv qblur cplxblur zones "
    "signhide qpfile scaling-list deblock sao sao-non-deblock limit-sao selective-sao sar "
    "display-window overscan videoformat range colorprim transfer colormatrix chromaloc "
    "master-display max-cll hdr10 hdr10-opt dhdr10-info min-luma max-luma cll annexb "
    "repeat-headers aud hrd info hash temporal-layers opt-qp-pps opt-ref-list-length-pps "
    "vui-timing-info vui-hrd-info slices copy-pic field interlace frames fps total-frames "
    "qp nr deblock psnr ssim";

constexpr const char* kSvtNames =
    "width height input-depth fps-num fps-denom profile color-format level tier "
    "hierarchical-levels preset svtav1-params pin unpinned lp asm rc qp crf tbr mbr use-q-file "
    "qpfile "
    "use-fixed-qindex-offsets key-frame-chroma-qindex-offset key-frame-qindex-offset "
    "qindex-offsets chroma-qindex-offsets min-qp max-qp vbv-bufsize buf-initial-sz buf-optimal-sz "
    "recode-loop min-section-pct max-section-pct undershoot-pct overshoot-pct gop-constraint-rc "
    "enable-qm qm-min qm-max keyint irefresh-type scd lookahead pred-struct tile-rows tile-columns "
    "enable-dlf enable-cdef enable-restoration enable-tpl-la enable-mfmv enable-dg fast-decode "
    "enable-tf enable-overlays tune scm rmv film-grain film-grain-denoise superres-mode "
    "superres-denom superres-kf-denom superres-qthres superres-kf-qthres sframe-dist sframe-mode "
    "color-primaries transfer-characteristics matrix-coefficients color-range "
    "chroma-sample-position mastering-display content-light enable-stat-report aq-mode passes";

}  // namespace

std::string parameter_list_name(std::string_view encoder) {
  if (is_x264(encoder)) return "x264-params";
  if (encoder == "libx265") return "x265-params";
  if (encoder == "libsvtav1") return "svtav1-params";
  if (encoder == "libaom-av1") return "aom-params";
  if (encoder == "librav1e") return "rav1e-params";
  return "";
}

std::vector<std::string> parameter_names(std::string_view encoder) {
  if (is_x264(encoder)) return split(kX264Names);
  if (encoder == "libx265") return split(kX265Names);
  if (encoder == "libsvtav1") return split(kSvtNames);
  return {};
}

std::vector<std::string> parameter_words(std::string_view encoder, std::string_view option) {
  const bool is_avc = is_x264(encoder);
  if (!is_avc && encoder != "libx265") return {};
  if (option == "preset") {
    return split("ultrafast superfast veryfast faster fast medium slow slower veryslow placebo");
  }
  if (option == "tune") {
    return split(is_avc ? "film animation grain stillimage psnr ssim fastdecode zerolatency"
                        : "psnr ssim grain zerolatency fastdecode animation");
  }
  if (option == "profile" && is_avc) return split("baseline main high high10 high422 high444");
  return {};
}

}  // namespace vcisr::media
