# Compiler flags, sanitizers and the compiler cache, for every target of ours.
find_package(Threads REQUIRED)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness lets the cache serve units that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()

add_library(chasqui_options INTERFACE)
target_compile_options(chasqui_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-qual -Wnull-dereference -fno-strict-overflow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports overflows and null dereferences inside inlined library code that do not exist.
  target_compile_options(chasqui_options INTERFACE
    -Wno-null-dereference -Wno-restrict -Wno-stringop-overflow -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-array-bounds -Wno-stringop-overread
    -fpch-preprocess)
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Without times in it, a precompiled header from the compiler cache is good for another build folder as well.
  target_compile_options(chasqui_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_compile_features(chasqui_options INTERFACE cxx_std_20)
target_link_libraries(chasqui_options INTERFACE Threads::Threads)

if(CHASQUI_SANITIZE STREQUAL "address+undefined")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(CHASQUI_SANITIZE STREQUAL "thread")
  # Asio has fences that the sanitizer cannot see; what crosses threads here goes through mutexes.
  set(sanitize -fsanitize=thread -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND sanitize -Wno-tsan)
  endif()
elseif(CHASQUI_SANITIZE STREQUAL "fuzzer")
  set(sanitize -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(NOT CHASQUI_SANITIZE STREQUAL "")
  message(FATAL_ERROR "CHASQUI_SANITIZE: unknown value '${CHASQUI_SANITIZE}'")
endif()
if(sanitize)
  target_compile_options(chasqui_options INTERFACE ${sanitize})
  target_link_options(chasqui_options INTERFACE ${sanitize})
endif()

# One set of standard headers, compiled once per layer: the include table lets every layer use them.
set(CHASQUI_PCH <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <functional> <map> <memory> <optional>
    <set> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
