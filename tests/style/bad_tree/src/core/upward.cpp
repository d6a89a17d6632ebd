// SPDX-License-Identifier: Apache-2.0
// A file that breaks the layer rule, so that the rule is seen to catch one. Never compiled.
#include "vcisr/networks/network.h"
