# SPDX-License-Identifier: Apache-2.0
# VCISR_SANITIZE puts one set of sanitizers on every target of ours, tests included.
add_library(vcisr_sanitizers INTERFACE)
if(VCISR_SANITIZE)
  target_compile_options(vcisr_sanitizers INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${VCISR_SANITIZE} -fno-omit-frame-pointer>)
  target_link_options(vcisr_sanitizers INTERFACE -fsanitize=${VCISR_SANITIZE})
endif()
