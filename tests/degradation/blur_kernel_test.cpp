// SPDX-License-Identifier: Apache-2.0
#include "vcisr/degradation/blur_kernel.h"

#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/degradation_golden.h"
#include "vcisr/core/error.h"
#include "vcisr/ops/blur.h"

namespace vcisr::degradation {
namespace {

const std::map<std::string, BellKind> kKinds = {{"iso", BellKind::kIso},
                                                {"aniso", BellKind::kAniso},
                                                {"generalized_iso", BellKind::kGeneralizedIso},
                                                {"generalized_aniso", BellKind::kGeneralizedAniso},
                                                {"plateau_iso", BellKind::kPlateauIso},
                                                {"plateau_aniso", BellKind::kPlateauAniso}};

torch::Tensor golden_kernel(const nlohmann::json& params) {
  const auto size = params.at("size").get<std::int64_t>();
  if (params.at("type") == "sinc") {
    return sinc_blur_kernel(size, params.at("cutoff").get<double>());
  }
  return bell_blur_kernel({.kind = kKinds.at(params.at("type").get<std::string>()),
                           .size = size,
                           .sigma_x = params.at("sx").get<double>(),
                           .sigma_y = params.value("sy", 1.0),
                           .rotation_rad = params.value("theta", 0.0),
                           .beta = params.value("beta", 1.0)});
}

/// Nine digits of values up to 1.
void expect_values(const torch::Tensor& ours, const nlohmann::json& expected,
                   const std::string& name) {
  const auto values = expected.get<std::vector<double>>();
  const auto flat = ours.contiguous().flatten();
  ASSERT_EQ(flat.numel(), static_cast<std::int64_t>(values.size())) << name;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), values[i], 1e-9)
        << name << " at " << i;
  }
}

TEST(BlurKernel, IsThePublishedOne) {
  const auto& cases = tests::degradation_golden().at("kernels");
  ASSERT_EQ(cases.size(), 17U);
  for (const auto& item : cases) {
    const auto name = item.at("id").get<std::string>();
    const auto kernel = golden_kernel(item.at("params"));
    const auto& expected = item.at("kernel_f64");
    EXPECT_EQ(kernel.scalar_type(), torch::kFloat64);
    EXPECT_EQ(kernel.sizes().vec(), expected.at("shape").get<std::vector<std::int64_t>>());
    EXPECT_NEAR(kernel.sum().item<double>(), 1, 1e-14);
    if (expected.contains("values")) {
      expect_values(kernel, expected.at("values"), name);
      continue;
    }
    const std::int64_t radius = kernel.size(0) / 2;
    const auto& rows = expected.at("rows");
    expect_values(kernel[0], rows.at("row0"), name);
    expect_values(kernel[1], rows.at("row1"), name);
    expect_values(kernel[radius], rows.at("rowr"), name);
    expect_values(kernel.select(1, 0), rows.at("col0"), name);
    EXPECT_NEAR(kernel[radius][radius].item<double>(), expected.at("centre").get<double>(), 1e-9);
    EXPECT_NEAR(kernel.abs().sum().item<double>(), expected.at("sum_abs").get<double>(), 1e-8);
    EXPECT_NEAR(kernel.square().sum().item<double>(), expected.at("sum_sq").get<double>(), 1e-9);
  }
}

TEST(BlurKernel, FiltersAsThePublishedCode) {
  for (const auto& item : tests::degradation_golden().at("kernels")) {
    const auto name = item.at("id").get<std::string>();
    const auto how = item.at("how").get<std::string>();
    const auto& expected = item.at("filtered");
    const auto begin = how.find("input image ") + std::string("input image ").size();
    const auto x = tests::golden_image(how.substr(begin, how.find(' ', begin) - begin),
                                       expected.at("shape").get<std::vector<std::int64_t>>());
    const auto kernel = pad_blur_kernel(golden_kernel(item.at("params")), 21);
    ASSERT_EQ(kernel.sizes().vec(), (std::vector<std::int64_t>{21, 21}));
    // Two float32 programs that sum in another order.
    tests::expect_golden(ops::filter2d(x, kernel.to(torch::kFloat32)).squeeze(0), expected, 2e-6,
                         name);
  }
}

struct Spot {
  std::int64_t row, column;
  double value;
};

void expect_spots(const torch::Tensor& kernel, const std::vector<Spot>& spots) {
  for (const auto& spot : spots) {
    EXPECT_NEAR(kernel[spot.row][spot.column].item<double>(), spot.value, 1e-9)
        << kernel.sizes() << " at " << spot.row << ", " << spot.column;
  }
}

TEST(BlurKernel, HasThePublishedSpotValues) {
  const auto iso = [](BellKind kind, double beta) {
    return bell_blur_kernel({.kind = kind, .size = 7, .sigma_x = 1.3, .beta = beta});
  };
  const auto aniso = [](BellKind kind, double beta) {
    return bell_blur_kernel(
        {.kind = kind, .size = 9, .sigma_x = 2, .sigma_y = 0.7, .rotation_rad = 0.6, .beta = beta});
  };
  expect_spots(
      iso(BellKind::kIso, 1),
      {{3, 3, .0952743205}, {0, 0, .000463623039}, {3, 0, .00664615453}, {3, 4, .070873906}});
  expect_spots(aniso(BellKind::kAniso, 1), {{4, 4, .114509484},
                                            {0, 0, .000792164293},
                                            {0, 8, 1.99822973e-15},
                                            {4, 0, .000160904714},
                                            {0, 4, 8.95371009e-07},
                                            {4, 5, .0759581561},
                                            {5, 4, .0549115945}});
  expect_spots(iso(BellKind::kGeneralizedIso, 2.5), {{3, 3, .155727927}, {3, 4, .136107619}});
  expect_spots(
      aniso(BellKind::kGeneralizedAniso, 0.8),
      {{4, 4, .0887091812}, {0, 0, .00383391797}, {4, 5, .0578797621}, {5, 4, .044921638}});
  expect_spots(iso(BellKind::kPlateauIso, 1.5),
               {{3, 3, .10731966}, {0, 0, .00300111622}, {3, 0, .00807553148}});
  expect_spots(
      aniso(BellKind::kPlateauAniso, 1.5),
      {{4, 4, .122009206}, {0, 0, .00376884849}, {0, 8, .000241446851}, {4, 5, .0699661289}});
  expect_spots(sinc_blur_kernel(9, 1.5),
               {{4, 4, .228752522}, {0, 0, .0147166865}, {4, 0, -.0210973768}, {4, 5, .170172511}});
  expect_spots(
      sinc_blur_kernel(21, std::numbers::pi / 3),
      {{10, 10, .087758104}, {0, 0, .00244985059}, {10, 0, -.00121329822}, {10, 11, .0762656935}});
}

TEST(BlurKernel, IsotropicKindsReadOneSigmaOnly) {
  const auto kernel = bell_blur_kernel({.size = 9, .sigma_x = 1.7});
  EXPECT_TRUE(torch::equal(
      kernel, bell_blur_kernel({.size = 9, .sigma_x = 1.7, .sigma_y = -1, .rotation_rad = 2})));
  EXPECT_TRUE(torch::allclose(kernel, bell_blur_kernel({.kind = BellKind::kAniso,
                                                        .size = 9,
                                                        .sigma_x = 1.7,
                                                        .sigma_y = 1.7,
                                                        .rotation_rad = 2})));
}

TEST(BlurKernel, PulseChangesNothingAndPaddingCentres) {
  const auto x = torch::rand({1, 3, 9, 11});
  EXPECT_TRUE(torch::equal(ops::filter2d(x, pad_blur_kernel(pulse_blur_kernel(1), 21)), x));
  EXPECT_TRUE(torch::equal(ops::filter2d(x, pulse_blur_kernel(21)), x));
  const auto kernel = torch::rand({3, 3});
  const auto padded = pad_blur_kernel(kernel, 7);
  EXPECT_TRUE(torch::equal(padded.slice(0, 2, 5).slice(1, 2, 5), kernel));
  EXPECT_EQ(padded.count_nonzero().item<std::int64_t>(), 9);
  EXPECT_EQ(bell_blur_kernel({.size = 1}).item<double>(), 1);
  EXPECT_EQ(sinc_blur_kernel(1, 1).item<double>(), 1);
}

TEST(BlurKernel, SaysWhatIsOutOfRange) {
  const auto message = [](const auto& run) -> std::string {
    try {
      (void)run();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message([] { return bell_blur_kernel({.size = 8}); }),
            "A blur kernel's size must be odd and at least 1, but is 8.");
  EXPECT_EQ(message([] { return bell_blur_kernel({.sigma_x = 0}); }),
            "A blur kernel's sigma_x must be more than 0, but is 0.");
  EXPECT_EQ(message([] { return bell_blur_kernel({.kind = BellKind::kAniso, .sigma_y = -1}); }),
            "A blur kernel's sigma_y must be more than 0, but is -1.");
  EXPECT_EQ(message([] { return bell_blur_kernel({.kind = BellKind::kPlateauIso, .beta = 0}); }),
            "A blur kernel's beta must be more than 0, but is 0.");
  EXPECT_EQ(message([] {
              return bell_blur_kernel({.kind = BellKind::kAniso,
                                       .rotation_rad = std::numeric_limits<double>::infinity()});
            }),
            "A blur kernel's rotation must be finite.");
  EXPECT_EQ(message([] { return sinc_blur_kernel(7, 4); }),
            "A sinc kernel's cutoff must be more than 0 and at most pi, but is 4.");
  EXPECT_EQ(message([] { return pulse_blur_kernel(-1); }),
            "A blur kernel's size must be odd and at least 1, but is -1.");
  EXPECT_EQ(message([] {
              return pad_blur_kernel(torch::ones({9, 9}), 7);
            }),
            "A blur kernel to be padded to 7 must be square, of odd size and no larger, but is "
            "[9, 9].");
  EXPECT_EQ(message([] { return gaussian_taps(4, 1); }),
            "The number of Gaussian taps must be odd and at least 1, but is 4.");
}

}  // namespace
}  // namespace vcisr::degradation
