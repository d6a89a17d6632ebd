// SPDX-License-Identifier: Apache-2.0
// Expected numbers are those of CPython 3's random.Random.
#include "data/python_random.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace vcisr::data {
namespace {

TEST(PythonRandom, GivesPythonsNumbers) {
  PythonRandom random(777);
  EXPECT_EQ(random.next_u32(), 984982403U);
  EXPECT_EQ(random.random(), 0.4458441245972824);
  EXPECT_EQ(random.randint(0, 187), 94);
  EXPECT_EQ(random.randint(0, 1), 1);
  EXPECT_EQ(random.randint(-5, 1000000), 871748);
  EXPECT_EQ(random.randint(0, 4294967294), 1443725975);
}

TEST(PythonRandom, GoesOnBehindTheFirst624Words) {
  PythonRandom random(0);
  for (int i = 0; i < 2000; ++i) static_cast<void>(random.next_u32());
  EXPECT_EQ(random.next_u32(), 4065999976U);
  EXPECT_EQ(random.random(), 0.6642090292154819);
}

TEST(PythonRandom, TakesWordsForARangeOfOneNumber) {
  PythonRandom random(777);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(random.randint(5, 5), 5);
  EXPECT_EQ(random.next_u32(), 3765422230U);
}

TEST(PythonRandom, RefusesAnEmptyRange) {
  PythonRandom random(1);
  EXPECT_THROW((void)random.randint(2, 1), c10::Error);
}

}  // namespace
}  // namespace vcisr::data
